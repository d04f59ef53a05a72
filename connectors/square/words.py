"""Square's own words and what they mean here."""

from model.records.payment import MoneyStatus, PaymentKind
from model.records.shipment import FulfilmentStatus, ReturnStatus

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
