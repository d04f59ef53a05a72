"""Stripe: payouts with the lines of the balance they are paid from, and disputes (REST API v1)."""

from connectors.stripe.connector import Stripe

CONNECTOR = Stripe
