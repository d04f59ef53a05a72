"""Shopify's words in the hub's: enums of the schema 2026-07, which the REST shape writes in lower case and older forms."""

from collections.abc import Mapping
from typing import Final, TypeVar

from model.errors import MalformedError
from model.records.order import FulfilmentState, PaymentState, ReturnState
from model.records.payment import MoneyStatus, PaymentKind, Restock
from model.records.shipment import FulfilmentStatus, ReturnStatus

W = TypeVar("W")

PAYMENT_STATES: Final[Mapping[str, PaymentState]] = {
    "PENDING": "unpaid",
    "AUTHORIZED": "authorized",
    "PARTIALLY_PAID": "part_paid",
    "PAID": "paid",
    "PARTIALLY_REFUNDED": "part_refunded",
    "REFUNDED": "refunded",
    "VOIDED": "voided",
    "EXPIRED": "expired",
}

FULFILMENT_STATES: Final[Mapping[str, FulfilmentState]] = {
    "UNFULFILLED": "unfulfilled",
    "OPEN": "unfulfilled",
    "RESTOCKED": "unfulfilled",
    "SCHEDULED": "unfulfilled",
    "REQUEST_DECLINED": "unfulfilled",
    "ON_HOLD": "on_hold",
    "IN_PROGRESS": "in_progress",
    "PENDING_FULFILLMENT": "in_progress",
    "PARTIALLY_FULFILLED": "part_fulfilled",
    "FULFILLED": "fulfilled",
}

RETURN_STATES: Final[Mapping[str, ReturnState]] = {
    "NO_RETURN": "none",
    "RETURN_FAILED": "none",
    "RETURN_REQUESTED": "requested",
    "IN_PROGRESS": "requested",
    "INSPECTION_COMPLETE": "part_returned",
    "RETURNED": "part_returned",
}
"""RETURNED says "some items"; an order of which no unit is left becomes `returned` in the mapping."""

RETURN_STATUSES: Final[Mapping[str, ReturnStatus]] = {
    "REQUESTED": "requested",
    "OPEN": "open",
    "CLOSED": "closed",
    "CANCELED": "cancelled",
    "DECLINED": "cancelled",
}

OWN_GATEWAY: Final = "shopify_payments"
"""Shopify Payments; other gateways settle elsewhere and never appear in its balance."""

PAYMENT_KINDS: Final[Mapping[str, PaymentKind]] = {
    "AUTHORIZATION": "authorization",
    "EMV_AUTHORIZATION": "authorization",
    "CAPTURE": "capture",
    "SALE": "sale",
    "CHANGE": "sale",
    "VOID": "void",
}
"""CHANGE is cash handed back at the till: a sale of a negative amount, so that sale and change sum to what stayed in the drawer."""

NO_PAYMENTS: Final = frozenset({"REFUND", "SUGGESTED_REFUND"})
"""Refund transactions are told by their refund; a suggestion is no fact."""

MONEY_STATUSES: Final[Mapping[str, MoneyStatus]] = {
    "SUCCESS": "succeeded",
    "PENDING": "pending",
    "AWAITING_RESPONSE": "pending",
    "UNKNOWN": "pending",
    "FAILURE": "failed",
    "ERROR": "failed",
}

RESTOCKS: Final[Mapping[str, Restock]] = {
    "CANCEL": "cancel",
    "RETURN": "return",
    "NO_RESTOCK": "none",
    "LEGACY_RESTOCK": "unknown",
}

FULFILMENT_STATUSES: Final[Mapping[str, FulfilmentStatus]] = {
    "SUCCESS": "shipped",
    "OPEN": "pending",
    "PENDING": "pending",
    "CANCELLED": "cancelled",
    "ERROR": "failed",
    "FAILURE": "failed",
}

ARRIVED: Final = frozenset({"DELIVERED", "PICKED_UP"})
"""Display states of a parcel that is with its buyer."""

SETTLED_DISPUTES: Final = frozenset({"WON", "PREVENTED"})
"""Disputes that leave the money where it is."""

REST_FULFILMENTS: Final[Mapping[str, str]] = {"PARTIAL": "PARTIALLY_FULFILLED", "PENDING": "PENDING_FULFILLMENT"}
"""The REST shape's own words; `pending` stands in the vendor's test notifications."""


def known(table: Mapping[str, W], word: str, where: str) -> W:
    """The hub's word for a word that no shop can make up; unknown is a MalformedError naming the place."""
    found = table.get(word)
    if found is None:
        raise MalformedError(f"{where}: {word[:40]!r} is unknown")
    return found


def is_order_level(allocation_method: str, target_selection: str) -> bool:
    """Whether a discount is one amount spread over lines, and not each line's own."""
    return allocation_method == "ACROSS" and target_selection != "EXPLICIT"


def payment_method(gateway: str | None, *, is_card: bool) -> str | None:
    """The kind of tender, where the vendor tells it: card, cash or gift_card."""
    if is_card:
        return "card"
    return gateway if gateway in {"cash", "gift_card"} else None


def payment_reference(gateway: str | None, transaction_id: str, payment_id: str | None) -> str | None:
    """What a payout will name: for Shopify Payments the transaction itself, for others the payment id that they were given."""
    return transaction_id if gateway == OWN_GATEWAY else payment_id or None
