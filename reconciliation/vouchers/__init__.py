"""From what happened to balanced vouchers, by posting rules that are data."""
