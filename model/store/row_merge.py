"""Insert the rows of new records, and merge rows that stand on their own id and may have come by another door before."""

from sqlalchemy import Connection, Table

from model.store.bulk import PrimitiveRow, delete_rows, insert_rows, key_of, load_rows, update_rows
from model.store.order_rows import (
    PAYMENTS,
    REFUND_LINES,
    REFUNDS,
    RETURN_LINES,
    RETURNS,
    TABLES,
    RowBatch,
)
from model.store.row_changes import RowChanges, compare

OWN_ID = {PAYMENTS: "id", REFUNDS: "id", REFUND_LINES: "refund_id", RETURNS: "id", RETURN_LINES: "return_id"}
"""Tables whose rows may precede their order, and the column they are found by."""


def insert_new(connection: Connection, batch: RowBatch) -> None:
    """Insert the rows of orders that are not stored; their payments, refunds and returns may be, and are merged."""
    for table in TABLES:
        rows = batch.rows[table]
        if table in OWN_ID:
            merge_rows(connection, table, rows)
        else:
            insert_rows(connection, table, rows)


def merge_singles(connection: Connection, batch: RowBatch) -> int:
    """Merge changed payments and returns that came on their own; gives how many of them say something else now."""
    touched: set[object] = set()
    for table in TABLES:
        if table in OWN_ID and batch.rows[table]:
            changes = merge_rows(connection, table, batch.rows[table])
            key = list(table.columns.keys()).index(OWN_ID[table])
            if table in (PAYMENTS, RETURNS, RETURN_LINES):
                touched |= {row[key] for row in (*changes.inserts, *changes.telling, *changes.vanished)}
    return len(touched)


def merge_rows(connection: Connection, table: Table, rows: list[PrimitiveRow]) -> RowChanges:
    """Bring the stored rows of these parents to what the batch says; child rows it no longer names are deleted."""
    if not rows:
        return RowChanges()
    column = OWN_ID[table]
    position = list(table.columns.keys()).index(column)
    unique = list({key_of(table, row): row for row in rows}.values())
    parents = list(dict.fromkeys(str(row[position]) for row in unique))
    changes = compare(table, load_rows(connection, table, column, parents), unique)
    update_rows(connection, table, changes.updates)
    insert_rows(connection, table, changes.inserts)
    delete_rows(connection, table, [key_of(table, row) for row in changes.vanished])
    return changes
