"""Safety stock: who sells what else out of a channel's shelf, computed numbers brought up to date, and people's own words.

Only what differs is written, and only SKUs whose number changed are touched; so that a night that changed nothing publishes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, select, text
from sqlalchemy.dialects import postgresql, sqlite

from model.store.touches import touch
from model.store.velocity import SalesWindow, asked
from model.tables.base import UtcInstant
from model.tables.stock import SafetyStockRow

SAFETY = cast("Table", SafetyStockRow.__table__)

Shown = dict[str, Any]


@dataclass(slots=True)
class Rivalry:
    """What others sell of one part of a SKU that a channel lists: by seller and size of a sale, the sales a day in millionths."""

    channel: str
    sku: str
    part: str
    per_unit: int
    """Thousandths of the part in one unit of the SKU."""
    sales: dict[str, dict[int, int]] = field(default_factory=dict[str, dict[int, int]])


_RIVALS = """
, offered AS (
    SELECT m.account_id, m.sku, COUNT(*) AS listings FROM sku_map m
    JOIN listing l ON l.id = m.listing_id JOIN sku u ON u.code = m.sku
    WHERE m.account_id = :channel AND l.is_tracked AND l.kind = 'goods' AND l.gone_at IS NULL AND u.is_tracked AND u.is_active
    GROUP BY m.account_id, m.sku
)
SELECT f.sku, COALESCE(k.part, f.sku) AS part, COALESCE(k.quantity, 1000) AS per_unit, d.account_id AS seller, d.size,
       CAST(SUM(d.a_day) AS BIGINT) AS a_day
FROM offered f LEFT JOIN kit_part k ON k.kit = f.sku
JOIN demand d ON d.sku = COALESCE(k.part, f.sku)
 AND NOT (d.account_id = f.account_id AND d.sold_as = f.sku AND f.listings = 1)
GROUP BY f.sku, COALESCE(k.part, f.sku), COALESCE(k.quantity, 1000), d.account_id, d.size
ORDER BY 1, 2
"""
"""A channel counts by itself what it sells of a listing; all else that leaves the same shelf it learns from us."""


def rivalries(connection: Connection, window: SalesWindow, channel: str) -> Iterator[Rivalry]:
    """What other channels, and other listings of this one, sell out of the stock of each SKU that the channel lists; by SKU."""
    one: Rivalry | None = None
    for row in asked(connection, _RIVALS, window, channel=channel):
        if one is None or (one.sku, one.part) != (row["sku"], row["part"]):
            if one is not None:
                yield one
            one = Rivalry(channel, row["sku"], row["part"], row["per_unit"])
        one.sales.setdefault(row["seller"], {})[row["size"]] = row["a_day"]
    if one is not None:
        yield one


_GIVEN = {
    "postgresql": "SELECT key AS sku, CAST(value AS BIGINT) AS quantity FROM jsonb_each_text(CAST(:computed AS JSONB))",
    "sqlite": "SELECT key AS sku, value AS quantity FROM json_each(:computed)",
}
_UPSERT = """
INSERT INTO safety_stock (account_id, sku, quantity, is_manual, changed_at)
SELECT :channel, g.sku, g.quantity, {no}, :at FROM ({given}) g WHERE true
ON CONFLICT (account_id, sku) DO UPDATE SET quantity = excluded.quantity, changed_at = excluded.changed_at
WHERE NOT safety_stock.is_manual AND safety_stock.quantity <> excluded.quantity
RETURNING sku
"""
_DELETE = """
DELETE FROM safety_stock WHERE account_id = :channel AND NOT is_manual AND sku NOT IN (SELECT sku FROM ({given}) g) RETURNING sku
"""


def bring_up_to_date(connection: Connection, channel: str, computed: Mapping[str, int], *, at: datetime) -> set[str]:
    """Make a channel's computed numbers these, by SKU and above zero; gives the SKUs whose number changed. What a person said stays."""
    dialect = connection.dialect.name
    words = {"given": _GIVEN[dialect], "no": "false" if dialect == "postgresql" else "0"}
    given = {"channel": channel, "computed": json.dumps(dict(computed))}
    upsert = text(_UPSERT.format(**words)).bindparams(bindparam("at", type_=UtcInstant()))
    changed = set(connection.execute(upsert, given | {"at": at}).scalars())
    changed |= set(connection.execute(text(_DELETE.format(**words)), given).scalars())
    touch(connection, changed)
    return changed


def set_manual(connection: Connection, channel: str, sku: str, quantity: int, *, at: datetime) -> None:
    """Let a person's number stand, until it is given back."""
    row = {"account_id": channel, "sku": sku, "quantity": quantity, "is_manual": True, "changed_at": at}
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(SAFETY).values(row)
    changes = {name: row[name] for name in ("quantity", "is_manual", "changed_at")}
    connection.execute(insert.on_conflict_do_update(index_elements=["account_id", "sku"], set_=changes))
    touch(connection, [sku])


def give_back(connection: Connection, channel: str, sku: str) -> bool:
    """Take a person's number off; false where there was none."""
    c = SAFETY.c
    gone = delete(SAFETY).where(c.account_id == channel, c.sku == sku, c.is_manual).returning(c.sku)
    found = connection.execute(gone).first() is not None
    if found:
        touch(connection, [sku])
    return found


def stored(connection: Connection, sku: str) -> dict[str, Shown]:
    """A SKU's safety stock, by channel."""
    return {row["account_id"]: dict(row) for row in connection.execute(select(SAFETY).where(SAFETY.c.sku == sku)).mappings()}
