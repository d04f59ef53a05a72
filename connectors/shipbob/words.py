"""ShipBob's own words and what they mean here.

Source: its OpenAPI document (enums) and https://developer.shipbob.com/status-reference.
"""

from typing import Final

from model.records.advice import Condition, RequestState

LEFT: Final = "Completed"
"""The only status of a shipment that has left ShipBob."""
CALLED_BACK: Final = "Cancelled"
SWEPT: Final = "CleanSweeped"
"""Documented by its name alone: swept out of a pick that could not be done, so that nothing of it left."""

ORDER_STATE: Final[dict[str, RequestState]] = {
    "Processing": "accepted",
    "ImportReview": "on_hold",
    "Exception": "on_hold",
    "PartiallyFulfilled": "part_shipped",
    "Fulfilled": "shipped",
    CALLED_BACK: "cancelled",
}
"""`Exception` is no refusal: ShipBob waits for stock, or for the product to become active."""

SHIPMENT_STATE: Final[dict[str, RequestState]] = {
    "None": "accepted",
    "Processing": "accepted",
    "LabeledCreated": "working",
    "ImportReview": "on_hold",
    "OnHold": "on_hold",
    "Exception": "on_hold",
    LEFT: "shipped",
    CALLED_BACK: "cancelled",
    SWEPT: "on_hold",
}

UNDER_WAY: Final = frozenset({"Picked", "Packed", "Labeled"})
"""Details of a shipment in `Processing` that somebody has begun to pick."""

CONDITION: Final[dict[str, Condition]] = {"Restock": "sellable", "Quarantine": "held", "Dispose": "damaged"}
"""What became of returned goods. What is disposed of never lay on a shelf; it arrived all the same, as damaged."""

RETURN_IS_DONE: Final[dict[str, bool]] = {
    "AwaitingArrival": False,
    "Awaiting Arrival": False,
    "Arrived": False,
    "Processing": False,
    "Completed": True,
    "Cancelled": False,
}
"""Spelt both ways in the specification."""

RECEIVING_IS_DONE: Final[dict[str, bool]] = {
    **dict.fromkeys(("Awaiting", "Processing", "Cancelled", "Incomplete", "Arrived", "PartiallyArrived", "PartiallyArrivedAtHub"), False),
    **dict.fromkeys(("ArrivedAtHub", "ProcessingAtHub", "InternalTransfer"), False),
    "Completed": True,
}
