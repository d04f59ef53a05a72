"""Vendure's own words and what they mean here. Shops may add states of their own; those are translated under `statuses`."""

from collections.abc import Mapping
from typing import Final, TypeVar

from model.errors import MalformedError
from model.records.payment import MoneyStatus, PaymentKind
from model.records.shipment import FulfilmentStatus

T = TypeVar("T")

ORDER_STATES: Final[dict[str, None]] = dict.fromkeys(
    (
        "Created",
        "Draft",
        "AddingItems",
        "ArrangingPayment",
        "PaymentAuthorized",
        "PaymentSettled",
        "PartiallyShipped",
        "Shipped",
        "PartiallyDelivered",
        "Delivered",
        "Modifying",
        "ArrangingAdditionalPayment",
        "Cancelled",
    )
)

PAYMENT_STATES: Final[dict[str, tuple[PaymentKind, MoneyStatus]]] = {
    "Created": ("sale", "pending"),
    "Authorized": ("authorization", "succeeded"),
    "Settled": ("sale", "succeeded"),
    "Declined": ("sale", "failed"),
    "Error": ("sale", "failed"),
    "Cancelled": ("authorization", "cancelled"),
}

REFUND_STATES: Final[dict[str, MoneyStatus]] = {"Pending": "pending", "Settled": "succeeded", "Failed": "failed"}

FULFILMENT_STATES: Final[dict[str, FulfilmentStatus]] = {
    "Created": "pending",
    "Pending": "pending",
    "Shipped": "shipped",
    "Delivered": "delivered",
    "Cancelled": "cancelled",
}


def standard(place: str, word: str, table: Mapping[str, object], statuses: Mapping[str, str]) -> str:
    """The word itself if Vendure documents it, else its translation; an unknown one is a MalformedError that says how to translate it."""
    if word in table:
        return word
    translated = statuses.get(word, "")
    if translated not in table:
        raise MalformedError(f"{place}: {word[:40]!r} is unknown; translate it under settings.statuses")
    return translated


def meaning(place: str, word: str, table: Mapping[str, T], statuses: Mapping[str, str]) -> T:
    """What a state means here."""
    return table[standard(place, word, table, statuses)]
