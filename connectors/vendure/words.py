"""Vendure's own words and what they mean here. Shops may add states of their own; those are translated under `statuses`."""

from typing import Final

from model.records.payment import MoneyStatus, PaymentKind
from model.records.shipment import FulfilmentStatus

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
