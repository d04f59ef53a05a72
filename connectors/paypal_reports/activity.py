"""The activity download (CSV) to settlements: one for each currency, whose rows lead from balance to balance.

It comes in the account's language and number form, and states no sums: the running balance behind each row is what it is held to.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from connectors._kit.local_forms import DateOrder, Mark, local_minor, local_moment, mark_of, order_of
from connectors._kit.sheets import Line, Row, at_line, balanced, columns_of, lines_of, numbered, row_of, text_of
from connectors.paypal_reports.lines import Move, line_of, payout_of
from connectors.paypal_reports.words import NAMES
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement
from model.values.money import exponent

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("Date", "Datum"),
    "time": ("Time", "Uhrzeit"),
    "zone": ("Time Zone", "TimeZone", "Zeitzone"),
    "kind": ("Description", "Type", "Beschreibung", "Typ"),
    "currency": ("Currency", "Währung"),
    "gross": ("Gross", "Brutto"),
    "fee": ("Fee", "Gebühr", "Entgelt"),
    "net": ("Net", "Netto"),
    "balance": ("Balance", "Guthaben"),
    "id": ("Transaction ID", "Transaktionscode"),
    "refers_to": ("Reference Txn ID", "Zugehöriger Transaktionscode"),
    "invoice": ("Invoice ID", "Invoice Number", "Rechnungsnummer"),
}
"""What the columns are called, in English and German."""
_NEEDED: Final = ("date", "time", "zone", "kind", "currency", "gross", "fee", "net", "balance", "id")
_STATUS: Final = ("Balance Impact", "Auswirkung auf Guthaben")
_MEMO: Final = frozenset({"memo"})
"""Impacts of rows that are only told and move nothing."""
_CODES: Final = ("Transaction Event Code", "Transaktionsereigniscode")


class Posted(NamedTuple):
    """A movement, the balance behind it, and its line of the file."""

    number: int
    move: Move
    net: int
    balance: int


def is_activity(line: Line | None) -> bool:
    """Whether the first line names the columns of an activity download."""
    return line is not None and set(_NEEDED) <= _names_of(line).keys()


def _names_of(line: Line) -> dict[str, str]:
    """Our name of a column, and the file's."""
    cells = {cell.strip() for cell in line.cells}
    return {ours: name for ours, names in _COLUMNS.items() for name in names if name in cells}


def read_activity(raw: bytes, mark: Mark | None, order: DateOrder | None) -> tuple[Settlement, ...]:
    """One settlement for each currency, in the order in which they first come."""
    lines = list(lines_of(text_of(raw, "cp1252")))
    if not lines or not is_activity(lines[0]):
        raise MalformedError("line 1: names no columns of an activity download")
    names, columns = _names_of(lines[0]), columns_of(lines[0], ())
    rows = [row for line in lines[1:] if not _is_memo(row := row_of(columns, line))]
    order = order_of((row.fields[names["date"]] for row in rows), order)
    by_currency: dict[str, list[Row]] = {}
    for row in rows:
        by_currency.setdefault(row.fields[names["currency"]], []).append(row)
    return tuple(_settlement(currency, several, names, mark, order) for currency, several in by_currency.items())


def _is_memo(row: Row) -> bool:
    return any(row.fields.get(column, "").lower() in _MEMO for column in _STATUS)


def _settlement(currency: str, rows: Sequence[Row], names: Mapping[str, str], mark: Mark | None, order: DateOrder) -> Settlement:
    with at_line(rows[0].number):
        exponent(currency)
        mark = mark_of((row.fields[names[column]] for row in rows for column in ("gross", "fee", "net", "balance")), currency, mark)
    posted = _in_order([_posted(row, names, mark, order) for row in rows])
    ids = numbered(each.move.own_id for each in posted)
    lines = tuple(line_of(each.move._replace(own_id=own_id)) for each, own_id in zip(posted, ids, strict=True))
    moments = [line.occurred_at for line in lines]
    settlement = Settlement(
        external_id=f"activity:{currency}:{ids[0]}",
        currency=currency,
        opened_at=min(moments),
        closed_at=max(moments),
        lines=lines,
        payouts=tuple(payout_of(line) for line in lines if line.kind == "payout"),
        opening_minor=posted[0].balance - posted[0].net,
        closing_minor=posted[-1].balance,
    )
    return balanced(settlement, posted[-1].number)


def _posted(row: Row, names: Mapping[str, str], mark: Mark, order: DateOrder) -> Posted:
    fields = {ours: row.fields[name] for ours, name in names.items()}
    currency = fields["currency"]
    with at_line(row.number):
        gross, fee, net, balance = (local_minor(fields[column], currency, mark) for column in ("gross", "fee", "net", "balance"))
        at = local_moment(f"{fields['date']} {fields['time']} {fields['zone']}", order)
    if gross + fee != net:
        raise RejectedError(f"line {row.number}: gross {gross} and fee {fee} do not give its net {net} ({currency})")
    if not fields["id"]:
        raise MalformedError(f"line {row.number}: has no transaction id")
    told = next((row.fields[column] for column in _CODES if row.fields.get(column)), None)
    move = Move(
        own_id=f"{fields['id']}:{at:%Y%m%dT%H%M%SZ}",
        code=told or NAMES.get(fields["kind"].lower(), ""),
        said=fields["kind"],
        gross=gross,
        fee=fee,
        currency=currency,
        at=at,
        transaction=fields["id"],
        refers_to=fields.get("refers_to") or None,
        second=None,
        invoice=fields.get("invoice") or None,
    )
    return Posted(row.number, move, net, balance)


def _in_order(posted: list[Posted]) -> list[Posted]:
    """From first to last, each balance leading to the next; a download is written upwards or downwards."""
    wrong = 0
    for ordered in (posted, posted[::-1]):
        breaks = [later for earlier, later in pairwise(ordered) if earlier.balance + later.net != later.balance]
        if not breaks:
            return ordered
        wrong = wrong or breaks[0].number
    raise RejectedError(f"line {wrong}: its balance is not the one before and its net; a row is missing, or was changed")
