"""The Shopify shop of the street."""
