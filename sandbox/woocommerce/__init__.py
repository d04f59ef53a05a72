"""The WooCommerce shop of the street."""
