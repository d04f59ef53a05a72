"""The amounts of a Vendure order, by Vendure's own rules (`order-line.entity`, `default-order-tax-calculation-strategy`, 3.7).

A line's net is told three times: listed, after discounts of its own, and after its share of the order's discounts. Each is rounded by
itself, and `subTotal` is the sum of the last, so the order's discount is exactly the sum of the steps from the second to the third;
the promotions behind it share it by the amounts Vendure names (largest remainder). Shipping is net of its own discounts. Tax is the
step from `total` to `totalWithTax`; the tax summary names its rates, but is rounded rate by rate where a line has several, so the
rates share the true tax by largest remainder, as long as no more than a unit for each part and rate is missing. Units that were
cancelled are no longer in any of these figures. Amounts are hundredths in every currency (money precision 2, which the connector
checks).
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from connectors.vendure.payloads import Line, OrderDocument
from model.errors import MalformedError
from model.records.order import Adjustment
from model.values.money import exponent, split

PRECISION = 2
"""Decimal places of every amount, whatever the currency (`moneyStrategyPrecision`)."""


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """An order's amounts in minor units."""

    adjustments: tuple[Adjustment, ...]
    shipping_minor: int
    tax_minor: int
    charges_minor: int
    discount_minor: int
    total_minor: int


def minor(hundredths: int, currency: str) -> int:
    """Minor units of an amount in hundredths: a yen is 100 of them, a fils a tenth."""
    places = exponent(currency)
    if places == PRECISION:
        return hundredths
    if places > PRECISION:
        return hundredths * 10 ** (places - PRECISION)
    whole, rest = divmod(hundredths, 10 ** (PRECISION - places))
    if rest:
        raise MalformedError(f"amount: has more decimal places than {currency} knows")
    return whole


def decimal_text(hundredths: int) -> str:
    """The amount in major units as decimal text."""
    return str(Decimal(hundredths).scaleb(-PRECISION))


def order_amounts(document: OrderDocument) -> OrderAmounts:
    """All amounts of an order; figures of Vendure that contradict each other are a MalformedError."""
    currency = document.currency_code
    _check_sums(document)
    adjustments = _shipping(document, currency) + _surcharges(document, currency) + _discounts(document, currency)
    tax = minor(document.total_with_tax - document.total, currency)
    adjustments += _taxes(document, tax, currency)
    return OrderAmounts(
        adjustments=tuple(adjustments),
        shipping_minor=minor(document.shipping, currency),
        tax_minor=tax,
        charges_minor=_sum(adjustments, "charge"),
        discount_minor=_sum(adjustments, "discount"),
        total_minor=minor(document.total_with_tax, currency),
    )


def _check_sums(document: OrderDocument) -> None:
    lines = sum(line.prorated_line_price for line in document.lines)
    surcharges = sum(surcharge.price for surcharge in document.surcharges)
    shipping = sum(line.discounted_price for line in document.shipping_lines)
    _agree("subTotal", lines + surcharges, document.sub_total)
    _agree("shipping", shipping, document.shipping)
    _agree("total", document.sub_total + document.shipping, document.total)


def _agree(place: str, listed: int, stated: int) -> None:
    if listed != stated:
        raise MalformedError(f"{place}: parts sum to {listed}, the order says {stated} hundredths")


def _sum(adjustments: list[Adjustment], kind: str) -> int:
    return sum(adjustment.amount_minor for adjustment in adjustments if adjustment.kind == kind)


def _shipping(document: OrderDocument, currency: str) -> list[Adjustment]:
    return [
        Adjustment(
            kind="shipping",
            title=line.shipping_method.name if line.shipping_method else "shipping",
            amount_minor=minor(line.discounted_price, currency),
        )
        for line in document.shipping_lines
    ]


def _surcharges(document: OrderDocument, currency: str) -> list[Adjustment]:
    """Surcharges are charges; Vendure also uses negative ones as favours, which are discounts here."""
    return [
        Adjustment(
            kind="charge" if surcharge.price >= 0 else "discount",
            title=surcharge.description or "surcharge",
            amount_minor=minor(abs(surcharge.price), currency),
        )
        for surcharge in document.surcharges
    ]


def _discounts(document: OrderDocument, currency: str) -> list[Adjustment]:
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for line in document.lines:
        for promotion, amount in _distributed(line):
            sums[promotion] += amount
    codes = {f"PROMOTION:{promotion.id}": promotion.coupon_code for promotion in document.promotions}
    return [
        Adjustment(kind="discount", title=title, amount_minor=minor(amount, currency), code=codes.get(source))
        for (source, title), amount in sums.items()
        if amount
    ]


def _distributed(line: Line) -> list[tuple[tuple[str, str], int]]:
    """The order's discounts on one line: who gave how much of the step between its two net prices."""
    step = line.discounted_line_price - line.prorated_line_price
    named = [discount for discount in line.discounts if discount.type == "DISTRIBUTED_ORDER_PROMOTION"]
    if not named:
        return [(("", "discount"), step)]
    shares = split(step, [abs(discount.amount) for discount in named])
    return [((d.adjustment_source, d.description or "discount"), share) for d, share in zip(named, shares, strict=True)]


def _taxes(document: OrderDocument, tax: int, currency: str) -> list[Adjustment]:
    rows = [row for row in document.tax_summary if row.tax_total]
    listed = sum(minor(row.tax_total, currency) for row in rows)
    parts = len(document.lines) + len(document.surcharges) + len(document.shipping_lines)
    if abs(tax - listed) > parts * len(rows):
        raise MalformedError(f"taxSummary: rates sum to {listed}, the order's tax is {tax} minor units")
    amounts = split(tax, [abs(row.tax_total) for row in rows]) if listed != tax else [minor(row.tax_total, currency) for row in rows]
    return [
        Adjustment(kind="tax", title=row.description or "tax", amount_minor=amount, rate=f"{row.tax_rate.scaleb(-2).normalize():f}")
        for row, amount in zip(rows, amounts, strict=True)
    ]
