"""Insert the rows of new records, and merge rows that stand on their own id and may have come by another door before."""

from collections.abc import Set as AbstractSet

from sqlalchemy import Connection, Table

from model.store.bulk import PrimitiveRow, delete_rows, insert_rows, key_of, load_rows, update_rows
from model.store.money_rows import DISPUTES, PAYOUTS, SETTLEMENT_FEES, SETTLEMENT_LINES
from model.store.order_rows import (
    ADVICES,
    PAYMENTS,
    REFUND_LINES,
    REFUNDS,
    RETURN_LINES,
    RETURNS,
    TABLES,
    RowBatch,
)
from model.store.refund_doors import own_refunds, reconcile_refunds
from model.store.row_changes import RowChanges, compare

OWN_ID = (PAYMENTS, REFUNDS, RETURNS, ADVICES, PAYOUTS, SETTLEMENT_LINES, DISPUTES)
"""Tables whose rows may precede their order; they are found by their own id."""
CHILDREN = (
    (REFUNDS, REFUND_LINES, "refund_id"),
    (RETURNS, RETURN_LINES, "return_id"),
    (SETTLEMENT_LINES, SETTLEMENT_FEES, "line_id"),
)
"""Tables whose rows belong to one of those, and the column that names it."""


def insert_new(connection: Connection, batch: RowBatch) -> None:
    """Insert the rows of orders that are not stored; their payments, refunds and returns may be, and are merged."""
    reconcile_refunds(connection, batch)
    for table in TABLES:
        rows = batch.rows[table]
        if table in OWN_ID:
            merge_rows(connection, table, rows)
        elif table not in (REFUND_LINES, RETURN_LINES, SETTLEMENT_FEES):
            insert_rows(connection, table, rows)
    merge_children(connection, batch)


def merge_singles(connection: Connection, batch: RowBatch) -> int:
    """Merge changed payments, refunds and returns that came on their own; gives how many of them say something else now."""
    own = own_refunds(batch.rows[REFUNDS])
    reconcile_refunds(connection, batch)
    touched: set[object] = set()
    for table in OWN_ID:
        changes = merge_rows(connection, table, batch.rows[table])
        touched |= {row[0] for row in (*changes.inserts, *changes.telling) if table is not REFUNDS or row[0] in own}
    return len(touched | merge_children(connection, batch, own))


def merge_children(connection: Connection, batch: RowBatch, own: AbstractSet[object] = frozenset()) -> set[object]:
    """Bring the lines of refunds and returns to what the batch says; gives the returns and `own` refunds whose lines changed."""
    touched: set[object] = set()
    for parents, table, column in CHILDREN:
        changes = _merge(connection, table, batch.rows[table], column, [str(row[0]) for row in batch.rows[parents]])
        told = (*changes.inserts, *changes.telling, *changes.vanished)
        touched |= {row[0] for row in told if table is not REFUND_LINES or row[0] in own}
    return touched


def merge_children_of(connection: Connection, table: Table, rows: list[PrimitiveRow], column: str, parents: list[str]) -> RowChanges:
    """Bring all rows of these parents to what is given; those no longer named are deleted."""
    return _merge(connection, table, rows, column, parents)


def merge_rows(connection: Connection, table: Table, rows: list[PrimitiveRow]) -> RowChanges:
    """Insert or overwrite rows that stand on their own id."""
    return _merge(connection, table, rows, "id", [str(row[0]) for row in rows])


def _merge(connection: Connection, table: Table, rows: list[PrimitiveRow], column: str, values: list[str]) -> RowChanges:
    """Bring the rows that the column's values name to what the batch says; stored ones it no longer names are deleted."""
    unique = list({key_of(table, row): row for row in rows}.values())
    changes = compare(table, load_rows(connection, table, column, list(dict.fromkeys(values))), unique)
    update_rows(connection, table, changes.updates)
    insert_rows(connection, table, changes.inserts)
    delete_rows(connection, table, [key_of(table, row) for row in changes.vanished])
    return changes
