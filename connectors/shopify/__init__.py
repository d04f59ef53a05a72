"""Shopify: orders with payments, refunds, parcels and returns through the GraphQL Admin API; REST-shaped webhooks are read as well."""

from connectors.shopify.connector import Shopify

CONNECTOR = Shopify
