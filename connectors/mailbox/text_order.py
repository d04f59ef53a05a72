"""A mail written for people -> Order, by the template that was declared for its sender. Pure. What stands twice is refused, not chosen."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from connectors._kit.local_forms import DateOrder, Mark, local_minor, local_moment
from connectors.mailbox.evidence import SURE
from connectors.mailbox.patterns import rows_of, values_of
from connectors.mailbox.slices import LONGEST_NUMBER, Slice
from connectors.mailbox.templates import TextTemplate
from model.errors import MalformedError
from model.records.order import Adjustment, AdjustmentKind, FieldSource, Order, OrderLine, Party
from model.values.instant import micros
from model.values.money import decimal_amount, minor_units
from model.values.quantity import thousandths

_ADJUSTMENTS: Final[Mapping[str, AdjustmentKind]] = {"shipping": "shipping", "tax": "tax", "discount": "discount"}
_QUANTITY: Final = {mark: re.compile(rf"[+-]?[0-9]{{1,12}}(?:[{mark}][0-9]{{1,12}})?") for mark in (".", ",")}
_ONE: Final = 1000
_LONGEST: Final = 500


class TextOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a template found in a text, and what it says about the forms of numbers and dates."""

    fields: dict[str, list[str]]
    lines: list[dict[str, str]]
    currency: str | None
    decimal: Mark
    date_order: DateOrder
    least_lines: int


def found_by(template: TextTemplate, text: str) -> TextOrder:
    """Everything in a text that the template's patterns fit."""
    return TextOrder(
        fields={name: values_of(pattern, text) for name, pattern in template.fields.items()},
        lines=rows_of(template.line, text),
        currency=template.currency,
        decimal=template.decimal,
        date_order=template.date_order,
        least_lines=template.least_lines,
    )


def read_text_order(told: Slice, arrived_at: datetime) -> Order:
    """The order under the sender's own number. MalformedError names the field that is missing, stands twice, or cannot be read."""
    found = msgspec.json.decode(told.body, type=TextOrder)
    number, currency = _needed(found, "number"), found.currency or _needed(found, "currency").upper()
    if len(number) > LONGEST_NUMBER:  # its id is cut off there, so two orders would be one
        raise MalformedError(f"number: is longer than {LONGEST_NUMBER} characters; mend the template")
    zone = ZoneInfo(told.zone) if told.zone else UTC
    lines = tuple(_line(place, each, found, currency) for place, each in enumerate(found.lines, 1))
    if len(lines) < found.least_lines:
        raise MalformedError(f"lines: {len(lines)} were found, {found.least_lines} are the least; mend the template, or have it sent again")
    parts = tuple(_adjustments(found, currency))
    total = _minor("total", _needed(found, "total"), found, currency)
    sums = {kind: sum(each.amount_minor for each in parts if each.kind == kind) for kind in _ADJUSTMENTS.values()}
    return Order(
        external_id=number,
        number=number,
        placed_at=local_moment(_needed(found, "placed"), found.date_order, zone),
        updated_at=arrived_at,
        source_version=micros(arrived_at),
        currency=currency,
        total_minor=total,
        shipping_minor=sums["shipping"],
        tax_minor=sums["tax"],
        charges_minor=0,
        discount_minor=sums["discount"],
        shop_currency=currency,
        shop_total_minor=total,
        payment_state="unpaid",
        fulfilment_state="unfulfilled",
        source_status=(),
        lines=lines,
        adjustments=parts,
        parties=tuple(_parties(found)),
        source_name="e-mail",
        buyer_note=_only(found, "note"),
        sources=tuple(_sources(found, told)),
    )


def _only(found: TextOrder, name: str) -> str | None:
    """The value of a field; None where it is not there, and a MalformedError where it stands there twice, and differently."""
    values = sorted({value for value in found.fields.get(name, []) if value})
    if len(values) > 1:
        raise MalformedError(f"{name}: stands in the text {len(values)} times and differently; have it sent again, or mend the template")
    if values and len(values[0]) > _LONGEST:
        raise MalformedError(f"{name}: is longer than {_LONGEST} characters")
    return values[0] if values else None


def _needed(found: TextOrder, name: str) -> str:
    value = _only(found, name)
    if value is None:
        raise MalformedError(f"{name}: is not where the template says; have it sent again, or mend the template")
    return value


def _minor(name: str, text: str, found: TextOrder, currency: str) -> int:
    try:
        return local_minor(text, currency, found.decimal)
    except MalformedError as error:
        raise MalformedError(f"{name}: {error}") from None


def _line(place: int, told: Mapping[str, str], found: TextOrder, currency: str) -> OrderLine:
    quantity = _quantity(f"lines[{place}].quantity", told["quantity"], found.decimal)
    if quantity <= 0:
        raise MalformedError(f"lines[{place}].quantity: is not above zero")
    price = _minor(f"lines[{place}].unit_price", told["unit_price"], found, currency) if told.get("unit_price") else None
    by_price = None if price is None else minor_units(decimal_amount(price, currency) * quantity / Decimal(_ONE), currency)
    stated = _minor(f"lines[{place}].line_total", told["line_total"], found, currency) if told.get("line_total") else by_price
    if stated is None or (by_price is not None and by_price != stated):
        raise MalformedError(f"lines[{place}]: its price times its quantity is not its total; have it sent again")
    return OrderLine(
        external_id=str(place),
        title=told.get("title") or told.get("sku") or "",
        quantity=quantity,
        total_minor=stated,
        tax_minor=0,
        sku=told.get("sku") or None,
        unit_price=None if price is None else str(decimal_amount(price, currency)),
    )


def _quantity(name: str, text: str, mark: Mark) -> int:
    """Thousandths of digits with the declared decimal mark. People part thousands with the other mark, so `1.000` may be both."""
    whole = _QUANTITY[mark].fullmatch(text)
    if whole is None:
        raise MalformedError(
            f"{name}: is not written in digits with {mark!r} before the decimals; mend the template, or have it sent again"
        )
    return thousandths(text.replace(",", "."))


def _adjustments(found: TextOrder, currency: str) -> Iterator[Adjustment]:
    for name, kind in _ADJUSTMENTS.items():
        if (text := _only(found, name)) is not None:
            yield Adjustment(kind=kind, title=name, amount_minor=abs(_minor(name, text, found, currency)))


def _parties(found: TextOrder) -> Iterator[Party]:
    told = {name: _only(found, name) for name in ("name", "company", "email", "phone", "street", "city", "region", "postcode", "country")}
    if any(told[name] for name in ("name", "company", "email", "phone")):
        yield Party(role="buyer", name=told["name"], company=told["company"], email=told["email"], phone=told["phone"])
    if any(told[name] for name in ("street", "city", "postcode")):
        street = (told["street"],) if told["street"] else ()
        yield Party(
            role="shipping", name=told["name"], company=told["company"], street=street, city=told["city"], region=told["region"],
            postcode=told["postcode"], country=told["country"],
        )  # fmt: skip


def _sources(found: TextOrder, told: Slice) -> Iterator[FieldSource]:
    place = f"part {told.part.number}" if told.part else "mail"
    for name, values in found.fields.items():
        if values:
            yield FieldSource(path=name, place=f"{place} field {name} of the template", confidence=SURE)
    for number in range(1, len(found.lines) + 1):
        yield FieldSource(path=f"lines[{number}]", place=f"{place} line {number} of the template", confidence=SURE)
