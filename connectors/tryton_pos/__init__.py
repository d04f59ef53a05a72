"""Tryton's point of sale: an open-source till whose sales, returns and payments are read over its JSON-RPC."""

from connectors.tryton_pos.connector import TrytonPos

CONNECTOR = TrytonPos
