"""The ShipBob warehouse of the street: it ships what it is asked to, in its own time."""
