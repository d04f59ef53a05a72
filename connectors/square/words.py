"""Square's own words and what they mean here."""

from collections.abc import Mapping
from typing import TypeVar

from model.errors import MalformedError
from model.records.payment import MoneyStatus, PaymentKind
from model.records.shipment import FulfilmentStatus, ReturnStatus

T = TypeVar("T")

RETURN_STATUS: dict[str, ReturnStatus] = {"DRAFT": "requested", "OPEN": "open", "COMPLETED": "closed", "CANCELED": "cancelled"}
"""A completed return document: the goods are back on the counter and the money has been given."""

FULFILMENT_STATUS: dict[str, FulfilmentStatus] = {
    "PROPOSED": "pending",
    "RESERVED": "pending",
    "PREPARED": "pending",
    "COMPLETED": "delivered",
    "CANCELED": "cancelled",
    "FAILED": "failed",
}

TENDER_STATUS: dict[str, MoneyStatus] = {
    "AUTHORIZED": "pending",
    "PENDING": "pending",
    "CAPTURED": "succeeded",
    "COMPLETED": "succeeded",
    "VOIDED": "cancelled",
    "FAILED": "failed",
}

PAYMENT_STATUS: dict[str, tuple[PaymentKind, MoneyStatus]] = {
    "APPROVED": ("authorization", "succeeded"),
    "PENDING": ("sale", "pending"),
    "COMPLETED": ("sale", "succeeded"),
    "CANCELED": ("authorization", "cancelled"),
    "FAILED": ("sale", "failed"),
}

REFUND_STATUS: dict[str, MoneyStatus] = {
    "PENDING": "pending",
    "APPROVED": "succeeded",
    "COMPLETED": "succeeded",
    "REJECTED": "failed",
    "FAILED": "failed",
}


def standard(place: str, word: str, table: Mapping[str, object], statuses: Mapping[str, str]) -> str:
    """The word itself if Square documents it, else its translation; an unknown one is a MalformedError that says how to translate it."""
    if word in table:
        return word
    translated = statuses.get(word, "")
    if translated not in table:
        raise MalformedError(f"{place}: {word[:40]!r} is unknown; translate it under settings.statuses")
    return translated


def meaning(place: str, word: str, table: Mapping[str, T], statuses: Mapping[str, str]) -> T:
    """What a status word means here."""
    return table[standard(place, word, table, statuses)]
