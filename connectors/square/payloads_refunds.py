"""Refunds as they are read: Square's PaymentRefund, and the envelope of ours around one."""

from connectors._kit import Payload
from connectors.square.payloads import Money


class RefundDocument(Payload):
    """One refund of a payment; `order_id` is the return document Square writes for it, not the sale."""

    id: str
    order_id: str | None = None
    payment_id: str | None = None
    status: str
    reason: str | None = None
    amount_money: Money
    created_at: str
    updated_at: str | None = None


class OrderRefundDocument(Payload):
    """A refund as it came (`refunds`), with the id under which its order tells it, and the sale it is of."""

    id: str
    order_id: str | None = None
    refund: RefundDocument
