"""ShipBob, a 3PL, through its API 2026-01."""

from connectors.shipbob.connector import ShipBob

CONNECTOR = ShipBob
