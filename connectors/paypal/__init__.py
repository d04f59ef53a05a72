"""PayPal: the lines of a balance, withdrawals to the bank, and disputes (Transaction Search and Disputes API v1)."""

from connectors.paypal.connector import PayPal

CONNECTOR = PayPal
