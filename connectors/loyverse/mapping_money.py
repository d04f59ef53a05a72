"""The money of a receipt, in minor units: net lines and taxes that sum to what was paid, or a refusal that names the place.

`total_money` holds lines, taxes (INCLUDED and ADDED alike), tip and surcharge, after all discounts; Loyverse spreads discounts of the whole
receipt over its lines, so all are the lines' own. Rounding of cash stands among the payments as `CASHROUNDING`. Whether it is part of
`total_money` is not documented: where the other payments make the total alone it is left out, where they make it only with the rounding
what was paid is the total, and the rounding a charge.
Source: https://developer.loyverse.com/docs/ (v1.0), Receipt, line_item, Payment.
"""

from decimal import Decimal
from typing import NamedTuple

from connectors._kit.words import standard
from connectors.loyverse.payloads import Line, PaymentPart, Receipt, Tax
from model.errors import MalformedError
from model.records.order import Adjustment
from model.values.money import minor_units

ROUNDING = "CASHROUNDING"
TAXES: dict[str, bool] = {"INCLUDED": True, "ADDED": False}
"""Loyverse's types of tax: whether prices hold it."""


class LineSums(NamedTuple):
    """One line, after its discounts."""

    net: int
    tax: int
    discount: int


class Sums(NamedTuple):
    """The whole receipt."""

    total: int
    tax: int
    lines: tuple[LineSums, ...]
    charges: tuple[Adjustment, ...]
    taxes: tuple[Adjustment, ...]


def minor(amount: Decimal | None, currency: str) -> int:
    """Minor units; nothing told is nothing."""
    return 0 if amount is None else minor_units(amount, currency)


def receipt_sums(receipt: Receipt, currency: str) -> Sums:
    """All parts of a receipt; a tax that is not the sum of its lines' is refused here, any other part by its record."""
    total = minor(receipt.total_money, currency)
    if total < 0:
        raise MalformedError("total_money: is negative")
    lines = tuple(_line(line, currency) for line in receipt.line_items)
    tax = minor(receipt.total_tax, currency)
    of_lines = sum(line.tax for line in lines)
    if tax != of_lines:
        raise MalformedError(f"total_tax: the lines' taxes sum to {of_lines}, the receipt says {tax} minor units")
    rounding = _rounding(receipt, total, currency)
    told = (("Tip", minor(receipt.tip, currency)), ("Surcharge", minor(receipt.surcharge, currency)), ("Cash rounding", rounding))
    charges = tuple(Adjustment(kind="charge", title=title, amount_minor=amount) for title, amount in told if amount)
    taxes = tuple(_tax(each, currency) for each in receipt.total_taxes or ())
    return Sums(total + rounding, tax, lines, charges, tuple(each for each in taxes if each.amount_minor))


def includes_tax(receipt: Receipt) -> bool:
    """Whether prices hold a tax; the amounts of records are net either way."""
    return any(TAXES.get(tax.type, False) for tax in receipt.total_taxes or ())


def moved(receipt: Receipt) -> list[tuple[int, PaymentPart]]:
    """The payments with which money moved, each with its place, from 1."""
    return [(place, part) for place, part in enumerate(receipt.payments or (), 1) if part.type != ROUNDING]


def _line(line: Line, currency: str) -> LineSums:
    place = f"line_items[{line.id[:40]}]"
    tax = sum(_tax_minor(each, currency, place) for each in line.line_taxes or ())
    return LineSums(minor(line.total_money, currency) - tax, tax, minor(line.total_discount, currency))


def _tax_minor(tax: Tax, currency: str, place: str) -> int:
    standard(f"{place}.line_taxes.type", tax.type, TAXES, {})
    return minor(tax.money_amount, currency)


def _tax(tax: Tax, currency: str) -> Adjustment:
    rate = None if tax.rate is None else format((tax.rate / 100).normalize(), "f")
    return Adjustment(kind="tax", title=tax.name or "Tax", amount_minor=minor(tax.money_amount, currency), rate=rate)


def _rounding(receipt: Receipt, total: int, currency: str) -> int:
    """What rounding of cash adds to the total; a MalformedError where the payments do not make it."""
    if not receipt.payments:
        return 0
    given = sum(minor(part.money_amount, currency) for _place, part in moved(receipt))
    rounded = sum(minor(part.money_amount, currency) for part in receipt.payments if part.type == ROUNDING)
    if given not in {total, total - rounded}:
        raise MalformedError(f"payments: sum to {given}, the receipt says {total} minor units of {currency}")
    return given - total
