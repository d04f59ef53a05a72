"""Tryton's own words for how a sale stands, and what they mean here."""

from collections.abc import Mapping
from typing import Final

from model.records.order import FulfilmentState
from model.records.shipment import ReturnStatus

SALE_STATE: Final[Mapping[str, FulfilmentState]] = {
    "open": "on_hold",
    "done": "fulfilled",
    "posted": "fulfilled",
    "cancelled": "unfulfilled",
}
"""A sale has a number from when it was first done. One that is open all the same was opened anew: somebody corrects it."""

RETURN_STATE: Final[Mapping[str, ReturnStatus]] = {"open": "open", "done": "closed", "posted": "closed", "cancelled": "cancelled"}
"""Goods that come back lie on the counter when the sale is done, and the money is given."""
