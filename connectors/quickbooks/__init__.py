"""QuickBooks Online: vouchers are posted as journal entries, and read back."""

from connectors.quickbooks.connector import QuickBooks

CONNECTOR = QuickBooks
