"""Money of purchase orders: the currency, prices and their basis, allowances and charges (SAC), tax (TXI), totals (AMT).

Source: X12 004010; elements 98 (CUR01), 639 (PO1-05), 248 (SAC01), 331 (SAC12), 662 (TXI07), 522 (AMT01).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from connectors._kit.x12.segments import BAD_CHARACTER, BAD_CODE, MISSING, Flaw, FlawedError, Segment, malformed
from connectors._kit.x12.told import Told, code_at
from model.errors import MalformedError
from model.records.order import Adjustment, AdjustmentKind
from model.values.money import exponent, minor_units, rounded_minor_units

CURRENCY: Final = "currency"
"""Word under which the account's settings say the currency of orders that tell none."""

BASIS: Final[dict[str, int]] = {
    **{f"PO105:{code}": 1 for code in ("PE", "TE", "UM", "QE", "LE", "WE", "CP", "UP")},
    "PO105:HP": 100,
    "PO105:TP": 1000,
    "PO105:NC": 0,
}
"""Element 639: of how many units a price is the price; 0 where nothing is charged. Retail prices (RE) are none of ours."""
COUNTED: Final[dict[str, bool]] = {"SAC12:02": True, "SAC12:06": True, "SAC12:01": False, "SAC12:15": False}
"""Element 331: whether an allowance or charge is part of what the order costs; billed back (01) and for information (15) are not."""
SHIPPING: Final = frozenset({"D240", "D500", "G821", "G830", "G831"})
"""Element 1300: freight, handling and shipping."""
TAXED: Final[dict[str, bool]] = {"TXI07:A": True, "TXI07:O": False}
"""Element 662: whether a tax is added; what is told for information is not. A tax that prices include has no place here."""

_PRICE = re.compile(r"(?:\d{1,14}(?:\.\d{0,8})?|\.\d{1,8})", re.ASCII)
_CENTS = re.compile(r"-?\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """What a line costs, and whether it had to be rounded."""

    minor: int
    is_rounded: bool


def currency_of(head: Sequence[Segment], told: Told) -> str:
    """The order's currency, as it says or as it was agreed; a MalformedError where nobody says it."""
    segment = next((each for each in head if each.name == "CUR"), None)
    agreed = told.statuses.get(CURRENCY, "")
    if segment is None and not agreed:
        raise FlawedError("CUR: no currency is told; agree on one and set settings.currency", Flaw(segment="CUR", in_segment="3"))
    code = segment.need(2) if segment is not None else agreed
    return known_currency(segment, code)


def known_currency(segment: Segment | None, code: str) -> str:
    """A code of ISO 4217."""
    try:
        exponent(code)
    except MalformedError:
        if segment is None:
            raise
        raise malformed(segment, 2, "is no currency of ISO 4217", BAD_CODE) from None
    return code


def decimal_at(segment: Segment, number: int) -> Decimal:
    """A decimal number that is not negative."""
    text = segment.need(number)
    if not _PRICE.fullmatch(text):
        raise malformed(segment, number, "is no amount", BAD_CHARACTER)
    return Decimal(text)


def exact_at(segment: Segment, number: int, currency: str) -> int:
    """Minor units of a decimal amount with no more places than its currency has."""
    try:
        return minor_units(decimal_at(segment, number), currency)
    except FlawedError:
        raise
    except MalformedError as error:
        raise malformed(segment, number, str(error).removeprefix("amount: ")) from None


def price_at(segment: Segment, number: int, basis: int, told: Told, *, table: Mapping[str, int] = BASIS) -> tuple[Decimal, int]:
    """A unit price and of how many units it is one; a MalformedError where no price is told."""
    per = code_at(segment, basis, table, told) if segment.at(basis) else 1
    if per == 0:
        return Decimal(0), 1
    if not segment.at(number):
        raise malformed(segment, number, "no price is told; an order without prices is not taken in", MISSING)
    return decimal_at(segment, number), per


def line_amount(segment: Segment, number: int, quantity: int, price: tuple[Decimal, int], currency: str) -> Amount:
    """Quantity times price; half a minor unit is rounded to even, and said to be so."""
    exact = Decimal(quantity) / 1000 * price[0] / price[1]
    try:
        rounded = rounded_minor_units(exact, currency)
    except MalformedError as error:
        raise malformed(segment, number, str(error).removeprefix("amount: ")) from None
    return Amount(rounded, Decimal(rounded).scaleb(-exponent(currency)) != exact)


def adjustments_in(segments: Sequence[Segment], told: Told, currency: str, line: str | None = None) -> tuple[Adjustment, ...]:
    """Allowances, charges and taxes of an order, or of a line of it."""
    found = [_allowance(each, told, currency, line) for each in segments if each.name == "SAC"]
    found += [_tax(each, told, currency, line) for each in segments if each.name == "TXI"]
    return tuple(each for each in found if each is not None)


def _allowance(segment: Segment, told: Told, currency: str, line: str | None) -> Adjustment | None:
    """One SAC. Its amount has two places that are not written (N2), whatever the currency."""
    direction = segment.need(1)
    if direction == "N" or not (code_at(segment, 12, COUNTED, told) if segment.at(12) else True):
        return None
    if direction not in {"A", "C"}:
        raise malformed(segment, 1, "is neither an allowance nor a charge", BAD_CODE)
    if not segment.at(5):
        raise malformed(segment, 5, "names no amount; shares and rates are not computed here", MISSING)
    if not _CENTS.fullmatch(segment.at(5)):
        raise malformed(segment, 5, "is no amount in hundredths", BAD_CHARACTER)
    try:
        amount = minor_units(Decimal(segment.at(5)).scaleb(-2), currency)
    except MalformedError as error:
        raise malformed(segment, 5, str(error).removeprefix("amount: ")) from None
    kind: AdjustmentKind = "discount" if direction == "A" else "shipping" if segment.at(2) in SHIPPING and line is None else "charge"
    title = segment.at(15) or ("allowance" if direction == "A" else "charge")
    return Adjustment(kind=kind, title=title[:80], amount_minor=amount, code=segment.at(2) or None, line_external_id=line)


def _tax(segment: Segment, told: Told, currency: str, line: str | None) -> Adjustment | None:
    if not (code_at(segment, 7, TAXED, told) if segment.at(7) else True):
        return None
    if not segment.at(2):
        raise malformed(segment, 2, "names no amount; taxes are not computed here", MISSING)
    rate = format(decimal_at(segment, 3).scaleb(-2).normalize(), "f") if segment.at(3) else None
    amount = exact_at(segment, 2, currency)
    return Adjustment(kind="tax", title=segment.need(1)[:80], amount_minor=amount, rate=rate, line_external_id=line)


def total_at(segments: Sequence[Segment], qualifier: str, currency: str) -> tuple[Segment, int] | None:
    """What an AMT of this kind says: `TT` the whole order, `1` its lines."""
    segment = next((each for each in segments if each.name == "AMT" and each.at(1) == qualifier), None)
    return None if segment is None else (segment, exact_at(segment, 2, currency))
