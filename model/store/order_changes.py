"""Apply a newer reading to orders that are stored: write only rows that differ, keep what vanished, and write the history down."""

from collections import defaultdict
from collections.abc import Mapping
from typing import cast

import msgspec
from sqlalchemy import Connection, Table

from model.store.bulk import Primitive, PrimitiveRow, column_names, delete_rows, insert_rows, key_of, load_rows, update_rows
from model.store.order_rows import (
    ADJUSTMENTS,
    FIELD_SOURCES,
    FULFILMENT_LINES,
    FULFILMENTS,
    LINES,
    ORDERS,
    PARTIES,
    PAYMENTS,
    REFUNDS,
    RETURNS,
    Reading,
    RowBatch,
)
from model.store.refund_doors import reconcile_refunds
from model.store.row_changes import RowChanges, compare, told
from model.store.row_merge import OWN_ID, merge_children, merge_children_of
from model.tables.orders import OrderChangeRow

HISTORY = cast("Table", OrderChangeRow.__table__)

_ZEROED_WHEN_REMOVED = {"quantity", "total_minor", "tax_minor", "discount_minor"}
_KEPT_AS_FIRST_TOLD = {ORDERS: ("first_run_id", "first_seen_at"), REFUNDS: ("created_at",)}
_CANCELLED_AT = column_names(ORDERS).index("cancelled_at")
"""Where a vendor dates a cancellation by the order's last change only, the first time told is the true one."""
_KEPT_WHEN_VANISHED = (LINES, FULFILMENTS, PAYMENTS, REFUNDS, RETURNS)
_DELETED_WHEN_VANISHED = (ADJUSTMENTS, PARTIES, FULFILMENT_LINES)


def apply_changes(
    connection: Connection,
    batch: RowBatch,
    readings: Mapping[str, tuple[int, str]],
    old_raws: Mapping[str, str],
    reading: Reading,
) -> int:
    """Bring stored orders to what the batch says; gives how many of them tell something new.

    `readings` is order id to (fetch sequence, raw id), `old_raws` order id to the payload the order showed until now: a payment,
    refund or return that came in that payload and is not in the new one has vanished; one that came by another door has not.
    """
    reconcile_refunds(connection, batch)
    order_ids = list(readings)
    history: defaultdict[str, dict[str, list[Primitive]]] = defaultdict(dict)
    for table in (ORDERS, *_DELETED_WHEN_VANISHED, *_KEPT_WHEN_VANISHED):
        stored = _stored(connection, table, batch.rows[table], order_ids)
        new = _with_kept(table, batch.rows[table], stored)
        changes = compare(table, stored, new)
        changes.vanished = [row for row in changes.vanished if _has_vanished(table, row, old_raws)]
        _write(connection, table, changes, reading)
        _note(table, changes, stored, history)
    merge_children(connection, batch)
    merge_children_of(connection, FIELD_SOURCES, batch.rows[FIELD_SOURCES], "order_id", order_ids)  # how we read, so no history of theirs
    rows: list[PrimitiveRow] = [
        (order_id, readings[order_id][0], reading.moment, reading.run_id, readings[order_id][1], msgspec.json.encode(lines).decode())
        for order_id, lines in history.items()
        if lines and order_id in readings  # an exchange tells of a return of another order, whose own history is not ours to write
    ]
    insert_rows(connection, HISTORY, rows)
    return len(rows)


def _stored(connection: Connection, table: Table, new: list[PrimitiveRow], order_ids: list[str]) -> list[PrimitiveRow]:
    """Rows of these orders, and rows of this id that were told with another order before."""
    stored = load_rows(connection, table, "id" if table is ORDERS else "order_id", order_ids)
    if table not in OWN_ID:
        return stored
    present = {key_of(table, row) for row in stored}
    return stored + load_rows(connection, table, "id", [str(key[0]) for row in new if (key := key_of(table, row)) not in present])


def _with_kept(table: Table, rows: list[PrimitiveRow], stored: list[PrimitiveRow]) -> list[PrimitiveRow]:
    """New rows, each once, with what stays as it was first told: who saw an order first, and when a refund was made.

    WooCommerce lists an order's refunds without a date; the first reading is the nearest to it.
    """
    unique = {key_of(table, row): row for row in rows}
    kept = [column_names(table).index(name) for name in _KEPT_AS_FIRST_TOLD.get(table, ())]
    before = {key_of(table, row): row for row in stored} if kept else {}
    return [_keeping(table, before[key], row, kept) if key in before else row for key, row in unique.items()]


def _keeping(table: Table, old: PrimitiveRow, new: PrimitiveRow, kept: list[int]) -> PrimitiveRow:
    if table is ORDERS and old[_CANCELLED_AT] and new[_CANCELLED_AT]:
        kept = [*kept, _CANCELLED_AT]
    return tuple(old[i] if i in kept else value for i, value in enumerate(new))


def _has_vanished(table: Table, row: PrimitiveRow, old_raws: Mapping[str, str]) -> bool:
    names = column_names(table)
    if "removed_at" in names and row[names.index("removed_at")] is not None:
        return False
    if "raw_id" not in names:
        return True
    return row[names.index("raw_id")] == old_raws.get(str(row[names.index("order_id")]))


def _write(connection: Connection, table: Table, changes: RowChanges, reading: Reading) -> None:
    kept = table in _KEPT_WHEN_VANISHED
    if not kept:
        delete_rows(connection, table, [key_of(table, row) for row in changes.vanished])
    removed = [_removed(table, row, reading.moment) for row in changes.vanished] if kept else []
    update_rows(connection, table, changes.updates + removed)
    insert_rows(connection, table, changes.inserts)


def _removed(table: Table, row: PrimitiveRow, moment: str) -> PrimitiveRow:
    zeroed = _ZEROED_WHEN_REMOVED if table is LINES else frozenset[str]()
    names = column_names(table)
    return tuple(moment if name == "removed_at" else 0 if name in zeroed else value for name, value in zip(names, row, strict=True))


def _note(table: Table, changes: RowChanges, stored: list[PrimitiveRow], history: defaultdict[str, dict[str, list[Primitive]]]) -> None:
    """Sort the changes of one table by order."""
    position = column_names(table).index("id" if table is ORDERS else "order_id")
    before = {key_of(table, row): row for row in stored}
    by_order: defaultdict[str, RowChanges] = defaultdict(RowChanges)
    for row in changes.inserts:
        by_order[str(row[position])].inserts.append(row)
    for row in changes.updates:
        by_order[str(row[position])].updates.append(row)
    for row in changes.vanished:
        by_order[str(row[position])].vanished.append(row)
    for order_id, its in by_order.items():
        history[order_id] |= told(table, its, before)
