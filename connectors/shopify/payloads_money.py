"""What Shopify Payments answers (GraphQL Admin API 2026-07): payouts, lines of the balance, disputes."""

from typing import Annotated

from pydantic import Field

from connectors.shopify.payloads import GraphPayload, Money, Node

Number = Annotated[str, Field(pattern=r"^\d{1,20}$")] | Annotated[int, Field(ge=0, lt=10**20, strict=True)]
"""Scalar BigInt: text, or a number."""


class Payout(GraphPayload):
    """A transfer between the balance and the bank; `net` is the amount, `transaction_type` its direction."""

    id: str
    status: str
    issued_at: str
    transaction_type: str
    external_trace_id: str | None = None
    net: Money


class AssociatedPayout(GraphPayload):
    """The payout that carries a line; no id as long as there is none."""

    id: str | None = None


class BalanceTransaction(GraphPayload):
    """A line of the balance: `amount` less `fee` is `net`, all as they move the balance."""

    id: str
    type: str
    test: bool
    transaction_date: str
    source_type: str | None = None
    source_id: Number | None = None
    source_order_transaction_id: Number | None = None
    refunded_transaction_id: str | None = None
    """Not the vendor's: what a refund gives back from, added while it was fetched (`payouts`)."""
    adjustment_reason: str | None = None
    amount: Money
    fee: Money
    net: Money
    associated_order: Node | None = None
    associated_payout: AssociatedPayout


class DisputedTransaction(GraphPayload):
    """A transaction of the order that is in dispute."""

    id: str
    kind: str
    status: str
    gateway: str | None = None


class DisputedOrder(GraphPayload):
    """The order that is in dispute."""

    id: str
    transactions: tuple[DisputedTransaction, ...]


class DisputeReason(GraphPayload):
    """Why, in one word."""

    reason: str


class PaymentsDispute(GraphPayload):
    """A buyer's bank asks for money back, or asks about it first (`type` INQUIRY)."""

    id: str
    status: str
    type: str
    initiated_at: str
    evidence_due_by: str | None = None
    evidence_sent_on: str | None = None
    finalized_on: str | None = None
    amount: Money
    reason_details: DisputeReason
    order: DisputedOrder | None = None
