"""The chain of money: order, payment, settlement line, payout, bank line; from whichever end, by the matches that stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, or_, select

from model.store.bulk import among
from model.store.money_matches import MATCHES, MEMBERS
from model.tables.orders import OrderAdjustmentRow, OrderLineRow, OrderRow
from model.tables.payments import PaymentRow, RefundRow
from model.tables.settlements import PayoutRow, SettlementFeeRow, SettlementLineRow
from model.tables.statements import StatementLineRow

BANK, PAYOUTS, LINES, FEES = (cast("Table", row.__table__) for row in (StatementLineRow, PayoutRow, SettlementLineRow, SettlementFeeRow))
PAYMENTS, REFUNDS, ORDERS = (cast("Table", row.__table__) for row in (PaymentRow, RefundRow, OrderRow))
ORDER_LINES, ADJUSTMENTS = (cast("Table", row.__table__) for row in (OrderLineRow, OrderAdjustmentRow))

Rows = list[Row[Any]]


@dataclass(slots=True)
class Chain:
    """Everything that hangs together, level by level."""

    is_whole: bool = False
    """Whether all lines of the payouts are here, and not only those of one order, payment or line."""
    bank: Rows = field(default_factory=list)
    payouts: Rows = field(default_factory=list)
    lines: Rows = field(default_factory=list)
    fees: Rows = field(default_factory=list)
    payments: Rows = field(default_factory=list)
    refunds: Rows = field(default_factory=list)
    orders: Rows = field(default_factory=list)
    order_lines: Rows = field(default_factory=list)
    adjustments: Rows = field(default_factory=list)
    matches: Rows = field(default_factory=list)
    members: Rows = field(default_factory=list)
    elsewhere: dict[str, Rows] = field(default_factory=dict[str, Rows])
    """Lines that these matches join, too, and that are on no level: by what they are, as `SUBJECTS` has it."""


SUBJECTS: tuple[tuple[str, Table, tuple[str, ...]], ...] = (
    ("bank line", BANK, ("external_id", "reference", "bank_reference")),
    ("payout", PAYOUTS, ("external_id", "reference")),
    ("settlement line", LINES, ("external_id", "payment_reference", "source_reference")),
    ("payment", PAYMENTS, ("external_id", "reference")),
    ("refund", REFUNDS, ("external_id",)),
    ("order", ORDERS, ("external_id", "number")),
)
"""What may be traced, and by which of its words it is found."""


def find(connection: Connection, named: str, kind: str | None = None) -> list[tuple[str, str]]:
    """Kind and row id of all that bears this id or number, of one kind or of the first kind that has any."""
    for what, table, words in SUBJECTS:
        if kind is None or kind == what:
            query = select(table.c.id).where(or_(*(table.c[word] == named for word in words), *_by_row_id(table, named)))
            found = [(what, row_id) for row_id in connection.execute(query.limit(50)).scalars()]
            if found:
                return found
    return []


def _by_row_id(table: Table, named: str) -> tuple[Any, ...]:
    is_row_id = len(named) == 32 and set(named) <= set("0123456789abcdef")  # noqa: PLR2004  hexadecimal digits of an id
    return (table.c.id == named,) if is_row_id else ()


def down(connection: Connection, kind: str, row_ids: Sequence[str]) -> Chain:
    """All that a bank line, payout, line, payment or order is made of, down to order lines."""
    chain = Chain(is_whole=kind in {"bank line", "payout"})
    if kind == "bank line":
        chain.bank = _rows(connection, BANK, row_ids)
        kind, row_ids = "payout", _across(connection, chain, "bank", "right", row_ids)
    if kind == "payout":
        chain.payouts = _rows(connection, PAYOUTS, row_ids)
        kind, row_ids = "settlement line", _ids(connection, LINES, "payout_id", row_ids)
    if kind == "settlement line":
        chain.lines = _rows(connection, LINES, row_ids)
        chain.fees = _rows(connection, FEES, row_ids, "line_id")
        kind, row_ids = "payment", _across(connection, chain, "payment", "right", row_ids)
    if kind in {"payment", "refund"}:
        chain.payments, chain.refunds = _rows(connection, PAYMENTS, row_ids), _rows(connection, REFUNDS, row_ids)
        row_ids = list(dict.fromkeys(row.order_id for row in (*chain.payments, *chain.refunds)))
    chain.orders = _rows(connection, ORDERS, row_ids)
    chain.order_lines = _rows(connection, ORDER_LINES, row_ids, "order_id")
    chain.adjustments = _rows(connection, ADJUSTMENTS, row_ids, "order_id")
    return chain


def up(connection: Connection, kind: str, row_ids: Sequence[str]) -> Chain:
    """Where the money of an order, payment, line or payout went, up to the bank."""
    chain = Chain()
    if kind == "order":
        chain.orders = _rows(connection, ORDERS, row_ids)
        chain.order_lines = _rows(connection, ORDER_LINES, row_ids, "order_id")
        chain.adjustments = _rows(connection, ADJUSTMENTS, row_ids, "order_id")
        row_ids = _ids(connection, PAYMENTS, "order_id", row_ids) + _ids(connection, REFUNDS, "order_id", row_ids)
        kind = "payment"
    if kind in {"payment", "refund"}:
        chain.payments, chain.refunds = _rows(connection, PAYMENTS, row_ids), _rows(connection, REFUNDS, row_ids)
        kind, row_ids = "settlement line", _across(connection, chain, "payment", "left", row_ids)
    if kind == "settlement line":
        chain.lines = _rows(connection, LINES, row_ids)
        chain.fees = _rows(connection, FEES, row_ids, "line_id")
        kind, row_ids = "payout", list(dict.fromkeys(row.payout_id for row in chain.lines if row.payout_id))
    if kind == "payout":
        chain.payouts = _rows(connection, PAYOUTS, row_ids)
        row_ids = _across(connection, chain, "bank", "left", row_ids)
    chain.bank = _rows(connection, BANK, row_ids)
    return chain


def _rows(connection: Connection, table: Table, ids: Sequence[str], column: str = "id") -> Rows:
    return list(connection.execute(select(table).where(among(connection, table.c[column], ids)))) if ids else []


def _ids(connection: Connection, table: Table, column: str, values: Sequence[str]) -> list[str]:
    return list(connection.execute(select(table.c.id).where(among(connection, table.c[column], values))).scalars()) if values else []


def _across(connection: Connection, chain: Chain, level: str, side: str, ids: Sequence[str]) -> list[str]:
    """The lines of the other side that matches join to these."""
    if not ids:
        return []
    mine = select(MEMBERS.c.match_id).where(MEMBERS.c.level == level, MEMBERS.c.side == side, among(connection, MEMBERS.c.line_id, ids))
    chain.matches += list(connection.execute(select(MATCHES).where(MATCHES.c.id.in_(mine))))
    members = list(connection.execute(select(MEMBERS).where(MEMBERS.c.match_id.in_(mine))))
    chain.members += members
    return [row.line_id for row in members if row.side != side]


def look_elsewhere(connection: Connection, chain: Chain) -> None:
    """Fill in what the chain's matches join beside the lines on its levels."""
    levels = (chain.bank, chain.payouts, chain.lines, chain.payments, chain.refunds)
    shown = {row.id for rows in levels for row in rows}
    ids = sorted({row.line_id for row in chain.members} - shown)
    if ids:
        chain.elsewhere = {what: rows for what, table, _ in SUBJECTS if what != "order" and (rows := _rows(connection, table, ids))}


def one(connection: Connection, table: Table, row_id: str) -> Row[Any]:
    """The row of this id."""
    return connection.execute(select(table).where(table.c.id == row_id)).one()
