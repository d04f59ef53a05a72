"""Tryton: an open-source ERP whose general ledger takes our vouchers, over its JSON-RPC."""

from connectors.tryton.connector import Tryton

CONNECTOR = Tryton
