"""ShipStation's own words and what they mean here.

Source: the OpenAPI document's enumeration of `orderStatus`; `rejected_fulfillment` stands in the vendor's own pages only
(https://docs.shipstation.com/apis/shipstation-v1/openapi/orders/list_orders).
"""

from typing import Final

from model.records.advice import RequestState

WAITING: Final = "awaiting_shipment"
LEFT: Final = "shipped"
CALLED_BACK: Final = "cancelled"

ORDER_STATE: Final[dict[str, RequestState]] = {
    "awaiting_payment": "on_hold",
    WAITING: "accepted",
    "pending_fulfillment": "working",
    "on_hold": "on_hold",
    "rejected_fulfillment": "on_hold",
    LEFT: "shipped",
    CALLED_BACK: "cancelled",
}
"""We never ask for an order that awaits payment; somebody there put it so. One that a fulfilment provider of theirs rejected waits too."""

CARRIER: Final = {"stamps_com": "USPS", "ups": "UPS", "ups_walleted": "UPS", "fedex": "FedEx"}
"""Names that buyers and channels know; other carriers' codes go as they are."""

OPEN: Final = frozenset({"awaiting_payment", WAITING, "on_hold"})
"""The only statuses in which the vendor lets an order be changed."""
