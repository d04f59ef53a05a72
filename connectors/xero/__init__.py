"""Xero: vouchers are posted as manual journals, and read back."""

from connectors.xero.connector import Xero

CONNECTOR = Xero
