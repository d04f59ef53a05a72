"""Amounts of a sale: what each line comes to, and what was given and taken by each means.

Tryton keeps of a line its quantity and two unit prices, one with tax and one without, and reckons the rest, which it does not show: the
line with tax and without, each rounded to the currency's smallest coin, half to even; their difference is its tax. The sale's totals are
the sums of those. We reckon the same, and refuse what does not sum to the totals that Tryton shows.
Source: trytond-sale-point 8.2, sale.py (`gross_amount`, `untax_amount`, `tax_amount`); trytond-currency 8.2, currency.py (`round`).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from connectors.tryton_pos.payloads import Currency, Line, Method, Paid, Sale, WireDecimal
from model.errors import MalformedError
from model.records.payment import Payment, Refund
from model.values.instant import micros, utc_instant
from model.values.money import exact_amount, minor_units

CASH: Final = "cash"
OTHER: Final = "other"
_DIGITS: Final = 120
"""More than a product of two bounded numbers has, so that nothing but the rounding that we ask for rounds."""


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """A line in minor units, below nothing where goods come back."""

    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Tendered:
    """What a sale was paid by: what each means brought less what it gave back, and what it gave back on the whole."""

    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]

    @property
    def total_minor(self) -> int:
        """What stays in the till."""
        return sum(payment.amount_minor for payment in self.payments) - sum(refund.amount_minor for refund in self.refunds)


def minor(amount: WireDecimal, currency: str) -> int:
    """Exact minor units."""
    return minor_units(amount.value, currency)


def line_amounts(line: Line, currency: Currency, *, is_gross: bool) -> LineAmounts:
    """A line as Tryton reckons it; MalformedError where that is not the amount it shows, with tax or without as the till's prices are."""
    gross = coins_minor(line.quantity, line.unit_gross_price, currency)
    net = coins_minor(line.quantity, line.unit_list_price, currency)
    stated, reckoned = minor(line.amount, currency.code), gross if is_gross else net
    if stated != reckoned:
        raise MalformedError(f"lines[{line.id}].amount: is {stated}, and price times quantity {reckoned} minor units")
    return LineAmounts(net, gross - net)


def check_sums(sale: Sale, lines: list[LineAmounts], money: Tendered, *, is_done: bool) -> None:
    """A MalformedError where the sale's totals are not its lines', or a sale that is done is not paid."""
    currency = sale.currency.code
    for place, stated, parts in (
        ("total_tax", minor(sale.total_tax, currency), sum(amounts.tax_minor for amounts in lines)),
        ("total", minor(sale.total, currency), sum(amounts.net_minor + amounts.tax_minor for amounts in lines)),
    ):
        if stated != parts:
            raise MalformedError(f"{place}: lines sum to {parts}, the sale says {stated} minor units of {currency}")
    if is_done and money.total_minor != minor(sale.total, currency):
        raise MalformedError(f"payments: sum to {money.total_minor}, and the sale is done at {minor(sale.total, currency)} minor units")


def tendered(sale: Sale) -> Tendered:
    """One record for each means: 50.00 in cash and 6.90 back are a payment of 43.10; less than nothing is a refund."""
    if len({paid.id for paid in sale.payments}) != len(sale.payments):
        raise MalformedError("payments: an id appears twice")
    means: dict[int, list[Paid]] = {}
    for paid in sale.payments:
        means.setdefault(paid.method.id, []).append(paid)
    sums = [(parts, sum(minor(part.amount, sale.currency.code) for part in parts if part.amount)) for parts in means.values()]
    return Tendered(
        tuple(_payment(sale, parts, left) for parts, left in sums if left > 0),
        tuple(_refund(sale, parts, -left) for parts, left in sums if left < 0),
    )


def _payment(sale: Sale, parts: list[Paid], amount_minor: int) -> Payment:
    updated_at = utc_instant(max((part.write_date or part.create_date).text for part in parts))
    return Payment(
        external_id=str(parts[0].id),
        order_external_id=str(sale.id),
        kind="sale",
        status="succeeded",
        amount_minor=amount_minor,
        currency=sale.currency.code,
        created_at=utc_instant(min(part.create_date.text for part in parts)),
        updated_at=updated_at,
        source_version=micros(updated_at),
        gateway=parts[0].method.name,
        method=_method(parts[0].method),
    )


def _refund(sale: Sale, parts: list[Paid], amount_minor: int) -> Refund:
    return Refund(
        external_id=str(parts[0].id),
        order_external_id=str(sale.id),
        status="succeeded",
        amount_minor=amount_minor,
        currency=sale.currency.code,
        created_at=utc_instant(min(part.create_date.text for part in parts)),
    )


def _method(method: Method) -> str:
    return CASH if method.cash else OTHER


def coins_minor(quantity: Decimal, price: WireDecimal, currency: Currency) -> int:
    """Price times quantity in minor units, rounded to the smallest coin as Tryton rounds a line."""
    factor = currency.rounding.value
    if factor <= 0:
        raise MalformedError("currency.rounding: is no coin")
    with localcontext(prec=_DIGITS):
        coins = (exact_amount(quantity) * price.value / factor).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return minor_units(coins * factor, currency.code)
