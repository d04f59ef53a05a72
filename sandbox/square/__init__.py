"""The Square shop of the street."""
