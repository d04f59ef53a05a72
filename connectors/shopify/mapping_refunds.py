"""A refund from what either shape tells of it.

The money is what its transactions moved: failed ones do not count, a pending one keeps the whole refund pending. A refund without
transactions moved none: goods taken back, or units removed by an edit of the order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from connectors.shopify.terms import ShopSide
from model.errors import MalformedError
from model.records.payment import MoneyStatus, Refund, RefundLine, Restock


class Move(NamedTuple):
    """One refund transaction."""

    status: MoneyStatus
    minor: int
    currency: str
    parent_external_id: str | None
    in_shop: ShopSide


class Taken(NamedTuple):
    """Units of a line, or shipping (no line), as priced: `minor` contains the tax if the order's prices include it."""

    minor: int
    tax_minor: int
    line_external_id: str = ""
    quantity: int = 0
    restock: Restock = "unknown"

    def net(self, *, includes_tax: bool) -> int:
        """The amount before tax."""
        return self.minor - self.tax_minor if includes_tax else self.minor


class RefundTold(NamedTuple):
    """What a payload says of one refund."""

    external_id: str
    order_external_id: str
    created_at: datetime
    currency: str | None
    """The currency of its lines; None if it has none."""
    reason: str | None
    lines: Sequence[Taken]
    shipping: Sequence[Taken]
    moves: Sequence[Move]
    includes_tax: bool | None
    """Whether the order's prices include tax; None where the payload stands alone and does not say."""


def refund_of(told: RefundTold) -> Refund:
    """The canonical refund."""
    counting = [move for move in told.moves if move.status != "failed"] or told.moves
    currencies = {move.currency for move in counting} or {told.currency}
    currency = currencies.pop()
    if currencies or currency is None:
        raise MalformedError(f"refunds[{told.external_id}]: its currency cannot be told")
    amount = sum(move.minor for move in counting)
    in_shop = _in_shop(counting)
    includes_tax = _includes_tax(told, amount) if told.includes_tax is None else told.includes_tax
    return Refund(
        external_id=told.external_id,
        order_external_id=told.order_external_id,
        status=_status(told.moves),
        amount_minor=amount,
        currency=currency,
        shop_minor=in_shop.minor,
        shop_currency=in_shop.currency,
        created_at=told.created_at,
        reason=told.reason,
        payment_external_id=next((move.parent_external_id for move in counting if move.parent_external_id), None),
        shipping_minor=sum(taken.net(includes_tax=includes_tax) for taken in told.shipping),
        lines=tuple(
            RefundLine(
                line_external_id=taken.line_external_id,
                quantity=taken.quantity * 1000,
                amount_minor=taken.net(includes_tax=includes_tax),
                tax_minor=taken.tax_minor,
                restock=taken.restock,
            )
            for taken in told.lines
        ),
    )


def _in_shop(counting: Sequence[Move]) -> ShopSide:
    """The sum in the shop's currency, where every transaction tells it."""
    currencies = {move.in_shop.currency for move in counting}
    if len(currencies) != 1 or None in currencies:
        return ShopSide()
    return ShopSide(sum(move.in_shop.minor or 0 for move in counting), currencies.pop())


def _includes_tax(told: RefundTold, amount: int) -> bool:
    """Told by the money: with tax inside, the priced amounts alone make up what was paid back."""
    return amount == sum(taken.minor for taken in (*told.lines, *told.shipping))


def _status(moves: Sequence[Move]) -> MoneyStatus:
    statuses = {move.status for move in moves}
    if "pending" in statuses:
        return "pending"
    return "failed" if statuses == {"failed"} else "succeeded"
