"""From Shopify's prices to the hub's parts: one arithmetic for both shapes in which the vendor writes an order.

Shopify prices a line at unit price × quantity *as ordered* and keeps units that were refunded or removed by an edit in it: `quantity`,
`discountAllocations`, `taxLines`, `totalTaxSet` and `totalPriceSet` all stand "before returns", units added by an edit included. The hub
does the same, so an edited order sums; what was taken away stands in `refunds` (an edit that removes units writes a refund with restock
type CANCEL or NO_RESTOCK and no money).

Discounts spread over several lines (allocation ACROSS) stay with the order, one adjustment per application; those of each line
(EACH, ONE) or of one line chosen by hand (EXPLICIT) are the line's own; those of a shipping line lower the shipping.

When prices include tax, the tax of the platform's own tax lines is taken out: a line's price after all discounts less its tax is net;
an order-level discount is split into net and tax in the same proportion, so that the parts sum to the total exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from model.errors import MalformedError
from model.records.order import Adjustment, OrderLine
from model.values.money import decimal_amount, split


class Tax(NamedTuple):
    """One tax line, in minor units."""

    title: str
    rate: Decimal | None
    minor: int


class Share(NamedTuple):
    """What a discount application takes off one line, in minor units as priced."""

    application: int
    """The place of the application among the order's."""
    minor: int
    is_order_level: bool
    title: str
    code: str | None


class Line(NamedTuple):
    """A line as priced: `unit_minor` with tax inside if the order's prices include it, before every discount."""

    external_id: str
    title: str
    sku: str | None
    quantity: int
    """Units, as ordered."""
    unit_minor: int
    shares: Sequence[Share]
    taxes: Sequence[Tax]
    product_external_id: str | None
    variant_external_id: str | None
    requires_shipping: bool
    is_gift_card: bool

    @property
    def is_own_make(self) -> bool:
        """Whether no ware of the shop stands behind it: a custom line, or a tip."""
        return not (self.product_external_id or self.variant_external_id or self.requires_shipping or self.is_gift_card)


class Shipping(NamedTuple):
    """A shipping line as priced, before its discounts."""

    title: str
    code: str | None
    minor: int
    shares: Sequence[Share]
    taxes: Sequence[Tax]
    is_removed: bool


class Charge(NamedTuple):
    """A fee, duty or tip as priced."""

    title: str
    minor: int
    taxes: Sequence[Tax]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Everything priced in one order, in the buyer's currency."""

    currency: str
    prices_include_tax: bool
    lines: Sequence[Line]
    shipping: Sequence[Shipping]
    shipping_minor: int | None
    """The vendor's own sum of shipping prices before discounts; tells whether removed shipping lines count."""
    charges: Sequence[Charge]
    tip_minor: int
    tax_minor: int | None
    order_taxes: Sequence[Tax] = ()
    """Taxes of the whole order, for payloads whose lines carry none."""
    unallocated: Share | None = None
    """A discount the order states but allocates to no line."""


class Parts(NamedTuple):
    """The parts of an order in the hub's sense, and their sums."""

    lines: tuple[OrderLine, ...]
    adjustments: tuple[Adjustment, ...]
    shipping_minor: int
    tax_minor: int
    charges_minor: int
    discount_minor: int


def parts_of(bill: Bill) -> Parts:
    """The bill in canonical parts; `check_order` proves that they sum."""
    lines, tips = _without_tips(bill)
    told = [(line, *_line(line, bill)) for line in lines]
    shipping = [_shipping(line, bill) for line in _standing(bill)]
    charges = [_charge(charge, bill) for charge in (*bill.charges, *tips) if charge.minor or charge.taxes]
    discounts = list(_discounts(share for _, _, shares in told for share in shares))
    if bill.unallocated is not None and bill.unallocated.minor:
        discounts.append(_discount(bill.unallocated))
    taxes = [_tax(tax, line.external_id) for line, _, _ in told for tax in line.taxes]
    taxes += [_tax(tax, None) for source in (*_standing(bill), *bill.charges, *tips) for tax in source.taxes]
    taxes = taxes or [_tax(tax, None) for tax in bill.order_taxes]
    return Parts(
        lines=tuple(line for _, line, _ in told),
        adjustments=(*shipping, *taxes, *charges, *discounts),
        shipping_minor=_sum(shipping),
        tax_minor=_sum(taxes) if bill.tax_minor is None else bill.tax_minor,
        charges_minor=_sum(charges),
        discount_minor=_sum(discounts),
    )


def _line(line: Line, bill: Bill) -> tuple[OrderLine, Sequence[Share]]:
    """The canonical line, and the order-level discounts on it before tax."""
    listed = line.unit_minor * line.quantity
    own = sum(share.minor for share in line.shares if not share.is_order_level)
    shared: Sequence[Share] = [share for share in line.shares if share.is_order_level]
    tax = sum(tax.minor for tax in line.taxes)
    total = listed - own
    if bill.prices_include_tax and line.taxes:
        paid = total - sum(share.minor for share in shared)
        ratio = _net_to_tax(f"lines[{line.external_id}]", paid, tax, line.taxes)
        shared = [share._replace(minor=split(share.minor, ratio)[0]) for share in shared]
        total = paid - tax + sum(share.minor for share in shared)
        own = split(own, ratio)[0] if own else 0
    return (
        OrderLine(
            external_id=line.external_id,
            title=line.title,
            quantity=line.quantity * 1000,
            total_minor=total,
            tax_minor=tax,
            sku=line.sku,
            unit_price=str(decimal_amount(line.unit_minor, bill.currency)),
            discount_minor=own,
            product_external_id=line.product_external_id,
            variant_external_id=line.variant_external_id,
            requires_shipping=line.requires_shipping,
            is_gift_card=line.is_gift_card,
        ),
        shared,
    )


def _net_to_tax(where: str, paid: int, tax: int, taxes: Sequence[Tax]) -> tuple[int | Decimal, int | Decimal]:
    """How much of a paid price is net and how much tax; by the rates where nothing is left to pay."""
    if not 0 <= tax <= paid:
        raise MalformedError(f"{where}: the tax does not fit into the price that includes it")
    if paid == 0:
        return 1, sum((tax.rate or Decimal(0) for tax in taxes), start=Decimal(0))
    return paid - tax, tax


def _standing(bill: Bill) -> Sequence[Shipping]:
    """The shipping lines that count: removed ones only where the vendor's own sum of shipping says so."""
    kept = [line for line in bill.shipping if not line.is_removed]
    if len(kept) < len(bill.shipping) and bill.shipping_minor == sum(line.minor for line in bill.shipping):
        return bill.shipping
    return kept


def _shipping(line: Shipping, bill: Bill) -> Adjustment:
    paid = line.minor - sum(share.minor for share in line.shares)
    net = paid - sum(tax.minor for tax in line.taxes) if bill.prices_include_tax else paid
    return Adjustment(kind="shipping", title=line.title, amount_minor=net, code=line.code)


def _charge(charge: Charge, bill: Bill) -> Adjustment:
    net = charge.minor - sum(tax.minor for tax in charge.taxes) if bill.prices_include_tax else charge.minor
    return Adjustment(kind="charge", title=charge.title, amount_minor=net)


def _without_tips(bill: Bill) -> tuple[Sequence[Line], list[Charge]]:
    """The lines that are goods, and the tip as a charge.

    The vendor states the sum of tips and also writes a tip given at checkout as a line without product, variant or shipping; nothing
    marks it in GraphQL, so it is known by its amount. A wrong guess does not sum and is refused.
    """
    if not bill.tip_minor:
        return bill.lines, []
    own_make = [line for line in bill.lines if line.is_own_make]
    tips = own_make if _listed(own_make) == bill.tip_minor else [line for line in own_make if _listed([line]) == bill.tip_minor][:1]
    if not tips:
        return bill.lines, [Charge("tip", bill.tip_minor, ())]
    gone = {line.external_id for line in tips}
    return [line for line in bill.lines if line.external_id not in gone], [Charge("tip", _listed([tip]), tip.taxes) for tip in tips]


def _listed(lines: Iterable[Line]) -> int:
    return sum(line.unit_minor * line.quantity for line in lines)


def _discounts(shares: Iterable[Share]) -> Iterable[Adjustment]:
    """One adjustment per discount application, in the vendor's order."""
    by_index: dict[int, Share] = {}
    for share in shares:
        before = by_index.get(share.application)
        by_index[share.application] = share if before is None else share._replace(minor=share.minor + before.minor)
    return [_discount(by_index[index]) for index in sorted(by_index)]


def _discount(share: Share) -> Adjustment:
    return Adjustment(kind="discount", title=share.title, amount_minor=share.minor, code=share.code)


def _tax(tax: Tax, line_external_id: str | None) -> Adjustment:
    rate = None if tax.rate is None else f"{tax.rate:f}"
    return Adjustment(kind="tax", title=tax.title, amount_minor=tax.minor, rate=rate, line_external_id=line_external_id)


def _sum(adjustments: Iterable[Adjustment]) -> int:
    return sum(adjustment.amount_minor for adjustment in adjustments)
