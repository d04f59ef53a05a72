"""A slice of a table -> Order. Pure: the same slice and layout give the same order."""

import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import msgspec
from pydantic import ValidationError

from connectors._kit.order_sheets.cells import Rows
from connectors._kit.order_sheets.cutting import Slice, slice_of
from connectors._kit.order_sheets.layout import SheetLayout
from connectors._kit.order_sheets.places import Flaw, UnreadOrderError
from connectors._kit.order_sheets.sums import lines_of, parts_of
from model.errors import MalformedError
from model.records.order import Order, Party, PartyRole
from model.rules.order_sums import check_order
from model.rules.told_once import told_once
from model.values.instant import instant, micros
from model.values.money import exponent

_LONGEST_NUMBER = 100
_COUNTRY = re.compile(r"[A-Z]{2}")
_NOBODY = Party(role="shipping")


def read_sheet_order(raw: bytes, layout: SheetLayout | None = None) -> Order:
    """The order that a slice of `cut_sheet` tells, its sums checked.

    By the layout given, or by the one in the slice. UnreadOrderError (a MalformedError) tells every flaw by row, column, reason and mend.
    """
    told = slice_of(raw)
    if told.refused is not None or not told.rows:
        raise MalformedError(told.refused or "slice: holds no rows")
    rows = Rows(told.rows, layout or _own_layout(told))
    order = _order(rows, told)
    if order is None or rows.flaws:
        raise UnreadOrderError(told.file, tuple(rows.flaws))
    return check_order(order)


def _own_layout(told: Slice) -> SheetLayout:
    if told.layout is None:
        raise MalformedError(f"{told.file}: its slice holds no layout, and none was given")
    return layout_of(msgspec.json.encode(told.layout))


@lru_cache(maxsize=64)
def layout_of(raw: bytes | str) -> SheetLayout:
    """A layout as JSON; MalformedError where it is none."""
    try:
        return SheetLayout.model_validate_json(raw)
    except ValidationError:
        raise MalformedError("layout: is none of a table of orders") from None


def _order(rows: Rows, told: Slice) -> Order | None:
    columns = rows.layout.columns
    number = _number(rows)
    currency = _currency(rows)
    placed = rows.one(lambda row, name: rows.moment(row, name, columns.placed_time), columns.placed)
    if placed is None and not rows.flaws:
        rows.flaw(rows.rows[0].row, columns.placed, "is empty", "say when the order was placed")
    updated = rows.one(rows.moment, columns.updated)
    if currency is None:
        return None
    lines = lines_of(rows, currency)
    parts = parts_of(rows, lines, currency)
    parties = _parties(rows)
    note = rows.one(rows.text, columns.note)
    if number is None or placed is None or rows.flaws:
        return None
    order = Order(
        external_id=number,
        number=number,
        placed_at=placed,
        updated_at=updated or placed,
        source_version=0,
        currency=currency,
        total_minor=parts.total,
        shipping_minor=parts.shipping,
        tax_minor=parts.tax,
        charges_minor=parts.charges,
        discount_minor=parts.discount,
        shop_currency=currency,
        shop_total_minor=parts.total,
        payment_state="paid" if rows.layout.is_paid else "unpaid",
        fulfilment_state="unfulfilled",
        source_status=(),
        lines=lines,
        adjustments=parts.adjustments,
        parties=parties,
        prices_include_tax=rows.layout.prices_include_tax,
        source_name="file",
        buyer_note=note,
    )
    return _versioned(order, rows.layout, updated, instant(told.told_at) if told.told_at else None)


def _versioned(order: Order, layout: SheetLayout, updated: datetime | None, told_at: datetime | None) -> Order:
    """By the table's own word, by the file's time, or told once."""
    if updated is not None:
        return replace(order, source_version=micros(updated))
    if layout.later_files == "newest" and told_at is not None:
        return replace(order, source_version=micros(told_at), updated_at=max(told_at, order.placed_at))
    return told_once(order)


def _number(rows: Rows) -> str | None:
    columns, first = rows.layout.columns, rows.rows[0]
    before = len(rows.flaws)
    number = rows.text(first, columns.number)
    if number is None and len(rows.flaws) == before:
        rows.flaw(first.row, columns.number, "is empty", "each row names its order")
    if number is not None and (len(number) > _LONGEST_NUMBER or not number.isprintable()):
        rows.flaw(
            first.row, columns.number, f"is longer than {_LONGEST_NUMBER} characters, or holds a line end", "write the order's number"
        )
    return number


def _currency(rows: Rows) -> str | None:
    column = rows.layout.columns.currency
    currency = rows.one(rows.text, column) or rows.layout.currency
    try:
        exponent(currency or "")
    except MalformedError:
        if not rows.flaws:
            rows.flaw(rows.rows[0].row, column, "is no current ISO 4217 code" if currency else "is empty", "write a code like EUR")
        return None
    return currency


def _parties(rows: Rows) -> tuple[Party, ...]:
    columns = rows.layout.columns

    def one(column: str | None) -> str | None:
        return rows.one(rows.text, column)

    email, phone, name = one(columns.email), one(columns.phone), one(columns.name)
    street = tuple(line for column in columns.street if (line := one(column)))
    ship_to = Party(
        role="shipping",
        name=name,
        company=one(columns.company),
        street=street,
        city=one(columns.city),
        region=one(columns.region),
        postcode=one(columns.postcode),
        country=_country(rows, one(columns.country)),
    )
    buyer = one(columns.buyer)
    found: list[Party] = []
    if buyer or email:
        role: PartyRole = "buyer"
        found.append(Party(role=role, external_id=buyer, name=name, email=email, phone=phone))
    if ship_to != _NOBODY:
        found.append(replace(ship_to, email=email, phone=phone))
    return tuple(found)


def _country(rows: Rows, word: str | None) -> str | None:
    if word is None:
        return None
    code = rows.layout.countries.get(word, word.upper())
    if not _COUNTRY.fullmatch(code):
        place = Flaw(
            rows.rows[0].row, rows.layout.columns.country or "", "is no code of two letters", "translate it under layout.countries"
        )
        rows.flaw(*place)
        return None
    return code
