"""A table cut into slices, one for each order: a JSON envelope around the rows' own cells, with where they stood.

A slice is `{"form": "sheet", "number", "file", "sha256", "told_at", "rows": [{"row", "cells": {column: cell}}]}`. A cell is the file's own
text; out of an XLSX a number is `{"n": "12.5"}`, a date `{"d": "2026-01-31T09:05:00"}`, and what is refused `{"e": reason}`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

import msgspec

from connectors._kit.order_sheets.layout import SheetLayout
from connectors._kit.order_sheets.tables import Cell, TableRow, rows_of
from model.errors import MalformedError
from model.values.instant import iso

FORM: Final = "sheet"
_PREAMBLE: Final = 50
"""Rows before the header, at most."""
_NAME: Final = 120


class SliceRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of an order."""

    row: int
    cells: dict[str, Cell]
    flaw: str | None = None
    """Why none of its cells can be told apart."""


class Slice(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a file tells of one order, or (`refused`) why it tells of none."""

    form: str
    file: str
    sha256: str
    number: str | None = None
    told_at: str | None = None
    """When the file was written, by its sender's clock."""
    refused: str | None = None
    rows: tuple[SliceRow, ...] = ()
    layout: dict[str, Any] | None = None
    """The layout that it was cut by, where the slice shall be read without another."""


_SLICES: Final = msgspec.json.Decoder(Slice)


def cut_sheet(name: str, raw: bytes, layout: SheetLayout, *, told_at: datetime | None = None, is_alone: bool = True) -> Iterator[bytes]:
    """One slice for each order of a CSV or XLSX file, in the order of their first rows; each row without a number is a slice of its own.

    `name` is what people call the file; `told_at` says when it was written, which tells versions apart under `later_files = "newest"`.
    With `is_alone` the layout is put into each slice, so that `read_sheet_order` needs no other. A file that is no table, or lacks a
    declared column, gives one slice that says so when it is read; this function raises nothing. Known: nothing is dropped but blank rows.
    """
    told = iso(told_at) if told_at else None
    base = Slice(
        form=FORM,
        file=_shown(name),
        sha256=hashlib.sha256(raw).hexdigest(),
        told_at=told,
        layout=layout.model_dump(mode="json", exclude_defaults=True) if is_alone else None,
    )
    try:
        found = _orders(raw, layout)
    except MalformedError as error:
        yield msgspec.json.encode(msgspec.structs.replace(base, refused=f"{base.file}: {error}"))
        return
    for number, rows in found:
        yield msgspec.json.encode(msgspec.structs.replace(base, number=number, rows=tuple(rows)))


def refused_file(name: str, raw: bytes, reason: str) -> bytes:
    """The slice of a file that is not cut at all, which says why when it is read."""
    shown = _shown(name)
    told = Slice(form=FORM, file=shown, sha256=hashlib.sha256(raw).hexdigest(), refused=f"{shown}: {reason}")
    return msgspec.json.encode(told)


def slice_of(raw: bytes) -> Slice:
    """A slice as it was cut; MalformedError where it is none."""
    try:
        found = _SLICES.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise MalformedError("slice: is none of a table of orders") from None
    if found.form != FORM:
        raise MalformedError("slice: is none of a table of orders")
    return found


def number_in(raw: bytes) -> str | None:
    """The order's number out of a slice, None where it tells none."""
    try:
        return slice_of(raw).number
    except MalformedError:
        return None


def _shown(name: str) -> str:
    """A file's name without what is none of a name: it comes from outside, and goes into messages."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each if each.isprintable() else "?" for each in last)[:_NAME] or "file"


def _orders(raw: bytes, layout: SheetLayout) -> list[tuple[str | None, list[SliceRow]]]:
    rows = rows_of(raw, layout)
    columns = layout.columns.named()
    header, names = _header(rows, columns)
    place = names.index(layout.columns.number)
    grouped: dict[str, list[SliceRow]] = {}
    found: list[tuple[str | None, list[SliceRow]]] = []
    for row in rows:
        if row.number <= header or not any(cell != "" for cell in row.cells) or _is_no_order(row, layout):
            continue
        number = _text(row.cells[place]) if place < len(row.cells) else ""
        is_uneven = len(row.cells) > len(names) or (row.is_whole and len(row.cells) < len(names))
        flaw = f"has {len(row.cells)} cells under {len(names)} columns" if is_uneven else None
        one = SliceRow(row.number, _named(names, row.cells), flaw)
        if number not in grouped or not number:
            grouped[number] = [one]
            found.append((number or None, grouped[number]))
        else:
            grouped[number].append(one)
    if not found:
        raise MalformedError(f"row {header}: no row follows the header; send a file with orders in it")
    return found


def _header(rows: Iterator[TableRow], columns: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The row that names all columns, and the names; columns that nobody declared may be called anything."""
    best: tuple[int, list[str]] | None = None
    for row in islice(rows, _PREAMBLE):
        names = tuple(_text(cell) for cell in row.cells)
        missing = [column for column in columns if column not in names]
        if not missing:
            twice = [column for column in columns if names.count(column) > 1]
            if twice:
                raise MalformedError(f"row {row.number}: has two columns {twice[0][:40]!r}; rename one of them")
            return row.number, names
        if best is None or len(missing) < len(best[1]):
            best = row.number, missing
    if best is None:
        raise MalformedError("file: is empty")
    where = f"row {best[0]}" if len(best[1]) < len(columns) else "file"
    raise MalformedError(f"{where}: has no column {best[1][0][:40]!r}; name the file's own columns under layout.columns")


def _named(names: Sequence[str], cells: Sequence[Cell]) -> dict[str, Cell]:
    """Cells by their columns; a column without a name, or whose name was there before, is called by its number."""
    told: dict[str, Cell] = {}
    for place, cell in enumerate(cells):
        name = names[place] if place < len(names) else ""
        told[name if name and name not in told else f"#{place + 1}"] = cell
    return told


def _is_no_order(row: TableRow, layout: SheetLayout) -> bool:
    first = next((text for cell in row.cells if (text := _text(cell))), "")
    return bool(layout.no_orders) and first.startswith(layout.no_orders)


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell.strip()
    return cell.get("n") or cell.get("d") or ""
