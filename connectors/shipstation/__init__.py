"""ShipStation through its API V1."""

from connectors.shipstation.connector import ShipStation

CONNECTOR = ShipStation
