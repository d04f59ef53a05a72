"""The books: posting rules, vouchers, periods, and what they must agree with."""
