"""SKUs whose availability may have changed: marked in the transaction that changed it, cleared when it has been computed anew.

The mark counts, so a change that comes while availability is being computed is not lost: only the version that was seen is cleared.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from model.tables.publishing import StockTouchRow

Touches = dict[str, int]
"""SKU to the version of its mark."""


def touch(connection: Connection, skus: Iterable[str]) -> None:
    """Mark SKUs, in order, so that two transactions never wait for each other crosswise."""
    marks = [{"sku": sku, "version": 1} for sku in sorted(set(skus))]
    if not marks:
        return
    row = StockTouchRow
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(row)
    connection.execute(insert.on_conflict_do_update(index_elements=["sku"], set_={"version": row.version + 1}), marks)


def waiting(connection: Connection, limit: int) -> Touches:
    """Marked SKUs."""
    row = StockTouchRow
    return dict(connection.execute(select(row.sku, row.version).order_by(row.sku).limit(limit)).tuples().all())


def clear(connection: Connection, seen: Touches) -> None:
    """Take off the marks that were seen, unless they were set again meanwhile."""
    if seen:
        row = StockTouchRow
        these = delete(row).where(row.sku == bindparam("one"), row.version == bindparam("seen"))
        connection.execute(these, [{"one": sku, "seen": version} for sku, version in sorted(seen.items())])
