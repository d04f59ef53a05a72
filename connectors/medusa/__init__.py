"""Medusa: an open-source shop, read over its REST Admin API."""

from connectors.medusa.connector import Medusa

CONNECTOR = Medusa
