"""Loyverse."""

from connectors.loyverse.connector import Loyverse

CONNECTOR = Loyverse
