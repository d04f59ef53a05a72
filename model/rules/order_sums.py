"""The law every stored order obeys: its parts sum to its total, in the buyer's currency."""

from model.errors import MalformedError
from model.records.order import AdjustmentKind, Order
from model.values.money import exponent

MAX_LINES = 5_000
"""More lines than any real order has; such a payload is set aside instead of straining every page it is part of."""


def check_order(order: Order) -> Order:
    """The order itself, or a MalformedError that names the part which does not fit."""
    exponent(order.currency)
    exponent(order.shop_currency)
    if len(order.lines) > MAX_LINES:
        raise MalformedError(f"lines: {len(order.lines)} lines, more than {MAX_LINES}")
    _check_identity(order)
    for kind, stated in _stated(order):
        listed = sum(adjustment.amount_minor for adjustment in order.adjustments if adjustment.kind == kind)
        if listed != stated:
            raise MalformedError(f"{kind}: parts sum to {listed}, the order says {stated} minor units")
    parts = sum(line.total_minor for line in order.lines) + order.shipping_minor + order.tax_minor
    parts += order.charges_minor - order.discount_minor
    if parts != order.total_minor:
        raise MalformedError(f"total: parts sum to {parts}, the order says {order.total_minor} minor units of {order.currency}")
    return order


def _stated(order: Order) -> tuple[tuple[AdjustmentKind, int], ...]:
    return (
        ("shipping", order.shipping_minor),
        ("tax", order.tax_minor),
        ("charge", order.charges_minor),
        ("discount", order.discount_minor),
    )


def _check_identity(order: Order) -> None:
    if not order.external_id:
        raise MalformedError("external_id: is empty")
    ids: set[str] = set()
    for line in order.lines:
        if line.quantity < 0:
            raise MalformedError(f"lines[{line.external_id}].quantity: is negative")
        if line.external_id in ids:
            raise MalformedError(f"lines[{line.external_id}].external_id: appears twice")
        ids.add(line.external_id)
