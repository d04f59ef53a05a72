"""Medusa's own words and what they mean here. Words that a shop's own modules add are translated under `statuses`."""

from typing import Final

from model.records.shipment import ReturnStatus

ORDER_STATES: Final[dict[str, None]] = dict.fromkeys(("pending", "completed", "draft", "archived", "canceled", "requires_action"))

RETURN_STATES: Final[dict[str, ReturnStatus]] = {
    "open": "requested",  # begun by the shop's people and not yet confirmed
    "requested": "open",
    "partially_received": "open",
    "received": "received",
    "canceled": "cancelled",
}
