"""The amounts of a Square sale, taken apart so that they sum to Square's own total.

Square states for each line what the buyer pays (`total_money`) and the tax within (`total_tax_money`), so the net of a line is
exact whatever the tax type, and `gross_sales_money`, whose tax content depends on the country, is not needed. Discounts scoped to
the ORDER and apportioned service charges are spread over the lines by Square; they are lifted out again and stand at the order.
Where tax is INCLUSIVE those shares hold tax too: their net part is split off by the line's inclusive rates, and since the line's net
is what remains, the sum stays exact. The tip is a charge; `total_money` normally includes it, and where a document states
the total without it, the tip is added, for it is money the buyer agreed to pay.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from connectors.square.payloads import Applied, Discount, LineItem, Money, OrderDocument, ServiceCharge, Tax
from model.errors import MalformedError
from model.records.order import Adjustment
from model.values.money import exact_amount, split


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """One line's net before order-level discount, its tax, and the discount of its own already off the net."""

    total_minor: int
    tax_minor: int
    discount_minor: int
    gross_discount_minor: int
    """Every discount on the line as Square counts it, with the tax within where prices hold tax."""


@dataclass(frozen=True, slots=True)
class _Lifted:
    """Shares lifted out of the lines, summed by the uid of their origin, net of tax."""

    discounts: defaultdict[str | None, int]
    charges: defaultdict[str | None, int]


@dataclass(frozen=True, slots=True)
class SaleAmounts:
    """A sale's amounts in minor units of one currency."""

    lines: tuple[LineAmounts, ...]
    adjustments: tuple[Adjustment, ...]
    tax_minor: int
    charges_minor: int
    discount_minor: int
    total_minor: int


def minor(money: Money | None, currency: str) -> int:
    """An amount in the document's currency, 0 where absent; another currency is a MalformedError."""
    if money is None:
        return 0
    if money.currency != currency:
        raise MalformedError(f"currency: an amount in {money.currency[:8]!r} in a document of {currency}")
    return money.amount


def sale_amounts(order: OrderDocument, uids: Sequence[str], currency: str) -> SaleAmounts:
    """All amounts of a sale; `uids` names its lines. Parts that contradict Square's own sums are a MalformedError."""
    taxes = {tax.uid: tax for tax in order.taxes or ()}
    discounts = {discount.uid: discount for discount in order.discounts or ()}
    adjustments: list[Adjustment] = []
    lifted = _Lifted(defaultdict(int), defaultdict(int))
    lines: list[LineAmounts] = []
    for uid, line in zip(uids, order.line_items or (), strict=True):
        adjustments += _taxes(line.applied_taxes, minor(line.total_tax_money, currency), taxes, uid, currency)
        lines.append(_line(line, uid, taxes, discounts, lifted, currency))
    adjustments += _charges(order, taxes, lifted.charges, currency)
    adjustments += [
        Adjustment(kind="discount", title=_name(discounts.get(uid), "discount"), amount_minor=net) for uid, net in lifted.discounts.items()
    ]
    return _checked(order, tuple(lines), tuple(adjustments), currency)


def _line(
    line: LineItem,
    uid: str,
    taxes: dict[str | None, Tax],
    discounts: dict[str | None, Discount],
    lifted: _Lifted,
    currency: str,
) -> LineAmounts:
    tax = minor(line.total_tax_money, currency)
    net = minor(line.total_money, currency) - tax
    gross_discount = _shares(line.applied_discounts, line.total_discount_money, f"lines[{uid}].discount", currency)
    charge = _shares(line.applied_service_charges, line.total_service_charge_money, f"lines[{uid}].service_charge", currency)
    rate = _inclusive_rate(line.applied_taxes, taxes) if gross_discount or charge else None
    own_discount = gross_discount
    for share in line.applied_discounts or ():
        discount = discounts.get(share.discount_uid)
        if discount is not None and discount.scope == "ORDER":
            amount = minor(share.applied_money, currency)
            own_discount -= amount
            amount = _net(amount, rate)
            lifted.discounts[share.discount_uid] += amount
            net += amount
    if charge:
        for share in line.applied_service_charges or (Applied(applied_money=line.total_service_charge_money),):
            amount = _net(minor(share.applied_money, currency), rate)
            lifted.charges[share.service_charge_uid] += amount
            net -= amount
    return LineAmounts(net, tax, _net(own_discount, rate), gross_discount)


def _shares(shares: list[Applied] | None, stated: Money | None, place: str, currency: str) -> int:
    """The sum of the shares on a line, or its stated total where Square lists none; the two must agree."""
    if not shares:
        return minor(stated, currency)
    total = sum(minor(share.applied_money, currency) for share in shares)
    if stated is not None and total != minor(stated, currency):
        raise MalformedError(f"{place}: shares sum to {total}, the line says {stated.amount} minor units")
    return total


def _taxes(shares: list[Applied] | None, stated: int, taxes: dict[str | None, Tax], uid: str | None, currency: str) -> list[Adjustment]:
    """The taxes on one line or charge; a tax without shares keeps its amount under the title `tax`."""
    if not shares:
        return [Adjustment(kind="tax", title="tax", amount_minor=stated, line_external_id=uid)] if stated else []
    found: list[Adjustment] = []
    for share in shares:
        tax = taxes.get(share.tax_uid)
        rate = fraction(tax.percentage) if tax and tax.percentage else None
        amount = minor(share.applied_money, currency)
        found.append(Adjustment(kind="tax", title=_name(tax, "tax"), amount_minor=amount, rate=rate, line_external_id=uid))
    total = sum(tax.amount_minor for tax in found)
    if total != stated:
        raise MalformedError(f"lines[{uid}].tax: taxes sum to {total}, the line says {stated} minor units")
    return found


def _charges(order: OrderDocument, taxes: dict[str | None, Tax], apportioned: dict[str | None, int], currency: str) -> list[Adjustment]:
    found: list[Adjustment] = []
    for charge in order.service_charges or ():
        title = charge.name or "service charge"
        if is_apportioned(charge):
            found.append(Adjustment(kind="charge", title=title, amount_minor=apportioned.pop(charge.uid, 0)))
            continue
        tax = minor(charge.total_tax_money, currency)
        found.append(Adjustment(kind="charge", title=title, amount_minor=charge_total(charge, currency) - tax))
        found += _taxes(charge.applied_taxes, tax, taxes, None, currency)
    found += [Adjustment(kind="charge", title="service charge", amount_minor=rest) for rest in apportioned.values()]
    tip, rounding = minor(order.total_tip_money, currency), rounding_minor(order, currency)
    found += [Adjustment(kind="charge", title="tip", amount_minor=tip)] if tip else []
    found += [Adjustment(kind="charge", title="rounding", amount_minor=rounding)] if rounding else []
    return found


def is_apportioned(charge: ServiceCharge) -> bool:
    """Whether Square spreads the charge over the lines, so that their totals already hold it."""
    return charge.treatment_type == "APPORTIONED_TREATMENT" or (charge.calculation_phase or "").startswith("APPORTIONED")


def charge_total(charge: ServiceCharge, currency: str) -> int:
    """What the buyer pays for a charge, tax included."""
    if charge.total_money is None:
        return minor(charge.applied_money or charge.amount_money, currency) + minor(charge.total_tax_money, currency)
    return minor(charge.total_money, currency)


def rounding_minor(order: OrderDocument, currency: str) -> int:
    """Cash rounding of the sale, in minor units."""
    return minor(order.rounding_adjustment.amount_money, currency) if order.rounding_adjustment else 0


def _checked(order: OrderDocument, lines: tuple[LineAmounts, ...], adjustments: tuple[Adjustment, ...], currency: str) -> SaleAmounts:
    tax, charges, discount = (_sum(adjustments, kind) for kind in ("tax", "charge", "discount"))
    _agree("tax", tax, order.total_tax_money, currency)
    _agree("discount", sum(line.gross_discount_minor for line in lines), order.total_discount_money, currency)
    if order.service_charges:
        applied = sum(minor(charge.applied_money or charge.amount_money, currency) for charge in order.service_charges)
        _agree("service_charge", applied, order.total_service_charge_money, currency)
    parts = sum(line.total_minor for line in lines) + tax + charges - discount
    stated, tip = minor(order.total_money, currency), minor(order.total_tip_money, currency)
    total = stated + tip if parts == stated + tip else stated
    return SaleAmounts(lines, adjustments, tax, charges, discount, total)


def _agree(place: str, listed: int, stated: Money | None, currency: str) -> None:
    if stated is not None and listed != minor(stated, currency):
        raise MalformedError(f"{place}: parts sum to {listed}, the order says {stated.amount} minor units")


def _sum(adjustments: Iterable[Adjustment], kind: str) -> int:
    return sum(adjustment.amount_minor for adjustment in adjustments if adjustment.kind == kind)


def _name(origin: Tax | Discount | None, otherwise: str) -> str:
    return (origin.name if origin else None) or otherwise


def _inclusive_rate(shares: list[Applied] | None, taxes: dict[str | None, Tax]) -> Decimal | None:
    """Percent of inclusive tax on a line, or None where there is none."""
    rates = [
        _percent(tax.percentage)
        for share in shares or ()
        if (tax := taxes.get(share.tax_uid)) and tax.type == "INCLUSIVE" and tax.percentage
    ]
    return sum(rates, Decimal(0)) or None


def _net(amount: int, rate: Decimal | None) -> int:
    """The part of an amount that is no tax, where it holds tax of this percentage."""
    return amount if rate is None or not amount else split(amount, (Decimal(100), rate))[0]


@lru_cache(maxsize=256)
def _percent(text: str) -> Decimal:
    value = exact_amount(text)
    if value < 0:
        raise MalformedError("taxes.percentage: is negative")
    return value


@lru_cache(maxsize=256)
def fraction(percentage: str) -> str:
    """A percentage as a fraction in decimal text: `7.25` -> `0.0725`."""
    text = f"{_percent(percentage).scaleb(-2):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
