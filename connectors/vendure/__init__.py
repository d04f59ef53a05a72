"""Vendure: an open-source shop, read over its GraphQL Admin API."""

from connectors.vendure.connector import Vendure

CONNECTOR = Vendure
