"""The lines of an ORDERS: each LIN with the segments up to the next, as an order line net of tax.

Source: UN/EDIFACT D.96A, ORDERS segment groups 25 to 50; code lists 7143, 6063, 5125, 5025, 1229.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from connectors._kit.edifact.segments import Segment
from connectors._kit.edifact.terms import EdifactTerms
from connectors._kit.order_sheets.sums import fits
from model.errors import MalformedError, RejectedError
from model.records.order import OrderLine
from model.values.money import decimal_amount, minor_units, rounded_minor_units
from model.values.quantity import PIECE, thousandths

Group = tuple[Segment, ...]

_ORDERED: Final = ("21", "1")
"""Code 6063: ordered quantity, and what some write instead: discrete quantity."""
_FREE: Final = frozenset({"192", "193"})
_NET: Final = ("AAA", "CAL")
"""Code 5125: net calculation price, and what some write instead: calculation price. A gross one says nothing of what the line costs."""
_INSIDE: Final = frozenset({"LOC", "ALC", "SCC"})
"""What begins a part of the line: goods for one place or one day, or what an allowance is for. Its quantities are not the line's."""
_AMOUNT: Final = "203"
"""Code 5025: line amount."""
TAXES: Final = ("124", "176")
_IN_FORCE: Final = frozenset({"", "1", "5"})
"""Code 1229: added, or accepted as it is."""


@dataclass(frozen=True, slots=True)
class Read:
    """A line, and the rate by which it is taxed, where one is told."""

    line: OrderLine
    rate: Decimal | None


def read_line(group: Group, place: int, currency: str, terms: EdifactTerms) -> Read:
    """One line; errors name the segment."""
    head = group[0]
    if head.at(2) not in _IN_FORCE:
        raise RejectedError(f"{head}, element 02: is a change of a line; changes of orders are not read here")
    numbers = _numbers(group)
    sku = next((numbers[code] for code in terms.sku_from if code in numbers), None)
    if sku is None:
        raise head.wrong(f"no id of the line is one of {', '.join(terms.sku_from)}; set edifact.sku_from", 3)
    quantity, unit = _quantity(group, terms)
    price = _price(group)
    total = _total(group, quantity, price, currency)
    rate = rate_of(group)
    return Read(
        OrderLine(
            external_id=head.at(1) or str(place),
            title=_title(group) or sku,
            quantity=thousandths(quantity),
            total_minor=total,
            tax_minor=_tax(group, total, rate, currency, terms),
            sku=sku,
            unit=unit,
            unit_price=price[1] if price else None,
            product_external_id=head.at(3) or None,
        ),
        rate,
    )


def amount(segment: Segment, currency: str) -> int:
    """The amount of a MOA in minor units of the order's currency."""
    own = segment.at(1, 3)
    if own and own != currency:
        raise segment.wrong("is in another currency than the order", 1, 3)
    try:
        return minor_units(segment.number(1, 2), currency)
    except MalformedError as error:
        raise segment.wrong(_reason(error), 1, 2) from None


def rate_of(group: Group) -> Decimal | None:
    """The rate of a TAX as a fraction; None where none is told. RejectedError where there are two."""
    taxes = [segment for segment in group if segment.tag == "TAX" and segment.at(5, 4)]
    if not taxes:
        return None
    rates = {Decimal(segment.number(5, 4)) for segment in taxes}
    if len(rates) > 1:
        raise RejectedError(f"{taxes[1]}, element 05-4: is a second rate; ask for tax amounts (MOA+124)")
    return rates.pop() / 100


def _reason(error: MalformedError) -> str:
    return str(error).removeprefix("amount: ").removeprefix("quantity: ")


def _numbers(group: Group) -> dict[str, str]:
    """The line's ids by their kind (code 7143): of LIN first, then of PIA."""
    found: dict[str, str] = {}
    places = [(group[0], range(3, 4)), *((segment, range(2, 7)) for segment in group if segment.tag == "PIA")]
    for segment, elements in places:
        for element in elements:
            number, kind = segment.at(element, 1), segment.at(element, 2)
            if number and kind:
                found.setdefault(kind, number)
    return found


def _title(group: Group) -> str:
    return " ".join(part for segment in group if segment.tag == "IMD" for part in _words(segment))


def _words(segment: Segment) -> tuple[str, ...]:
    """What an IMD says in words: the fourth and fifth component."""
    return tuple(part for part in (segment.at(3, 4), segment.at(3, 5)) if part)


def _one(group: Group, tag: str, codes: tuple[str, ...]) -> Segment | None:
    """The segment of the first code that is told; a MalformedError where it is told again and otherwise, as nobody knows which is meant."""
    told = [segment for segment in group if segment.tag == tag]
    code = next((code for code in codes if any(segment.at(1) == code for segment in told)), None)
    alike = [segment for segment in told if segment.at(1) == code]
    for each in alike:
        if each.elements != alike[0].elements:
            raise each.wrong(f"says something else than {alike[0]} of the same line; ask the partner for one of them", 1)
    return alike[0] if alike else None


def _quantity(group: Group, terms: EdifactTerms) -> tuple[Decimal, str]:
    told = [segment for segment in group if segment.tag == "QTY"]
    if free := next((segment for segment in told if segment.at(1) in _FREE), None):
        raise RejectedError(f"{free}, element 01-1: is of free goods, which are not read here; take the order by hand")
    own = group[: next((place for place, segment in enumerate(group) if segment.tag in _INSIDE), len(group))]
    found = _one(own, "QTY", _ORDERED)
    if found is None:
        raise group[0].wrong("the line has no QTY+21, so it does not say how many", 1)
    quantity = Decimal(found.number(1, 2))
    try:
        count = thousandths(quantity)
    except MalformedError as error:
        raise found.wrong(_reason(error), 1, 2) from None
    if count <= 0:
        raise found.wrong("is not positive", 1, 2)
    code = found.at(1, 3)
    return quantity, terms.units.get(code, code) if code else PIECE


def _price(group: Group) -> tuple[Decimal, str] | None:
    """What one of it costs, and the price as it is told."""
    found = _one(group, "PRI", _NET)
    if found is None:
        return None
    text = found.number(1, 2)
    basis = Decimal(found.number(1, 5)) if found.at(1, 5) else Decimal(1)
    if basis <= 0:
        raise found.wrong("is not positive", 1, 5)
    return Decimal(text) / basis, text


def _total(group: Group, quantity: Decimal, price: tuple[Decimal, str] | None, currency: str) -> int:
    told = _one(group, "MOA", (_AMOUNT,))
    if told is not None:
        stated = amount(told, currency)
        if price is not None and not any(segment.tag == "ALC" for segment in group):
            _check_fits(told, stated, quantity, price, currency)
        return stated
    if price is None:
        raise RejectedError(f"{group[0]}: tells neither MOA+203 nor PRI+AAA, so nobody knows what it costs; ask the partner for prices")
    try:
        return minor_units(price[0] * quantity, currency)
    except MalformedError:
        raise RejectedError(f"{group[0]}: its price times its quantity is no whole amount of {currency}; ask for MOA+203") from None


def _check_fits(told: Segment, stated: int, quantity: Decimal, price: tuple[Decimal, str], currency: str) -> None:
    """A net price times the quantity is the amount of the line, but for what rounding the price's last place makes of it."""
    computed, written = price[0] * quantity, Decimal(price[1])
    counted = computed / written if written else quantity  # of what the price is for, be it a hundred
    if not fits(computed, stated, written, counted, currency):
        raise told.wrong("is not the quantity times the net price; ask the partner which of them holds", 1, 2)


def _tax(group: Group, total: int, rate: Decimal | None, currency: str, terms: EdifactTerms) -> int:
    """Tax in minor units: as told, or by the rate where that was agreed."""
    told = next((segment for code in TAXES for segment in group if segment.tag == "MOA" and segment.at(1) == code), None)
    if told is not None:
        return amount(told, currency)
    if not rate or not terms.tax_by_rate:
        return 0
    return rounded_minor_units(decimal_amount(total, currency) * rate, currency)
