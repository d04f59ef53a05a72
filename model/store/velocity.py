"""How fast SKUs sell: what channels sold over a stretch of days, in our own SKUs, kits counted in their parts, in one statement.

A line counts as it was approved, in the SKU it then was; one that the hub never decided upon (history, or still held) by today's map.
Orders that were cancelled, rejected or never paid for in time, and test orders, count nothing. Returns are not taken off: they were wanted.
Rates are millionths a day, per channel over the days that its orders reach back, so that a new channel is not taken for a slow one.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text

from model.store.catalogue import LISTING_OF_L
from model.tables.base import UtcInstant
from model.values.instant import iso

SHORTEST = timedelta(days=1)
"""No rate is taken from less than a day of sales."""


@dataclass(frozen=True, slots=True)
class SalesWindow:
    """The stretch that is looked at: per channel from when on its orders are known, up to now."""

    since: Sequence[tuple[str, datetime]]
    until: datetime

    @property
    def parameters(self) -> dict[str, Any]:
        """As `DEMAND` takes it."""
        spans = [(each, min(since, self.until - SHORTEST)) for each, since in self.since]
        rows = [{"id": each, "since": iso(since), "minutes": (self.until - since) // timedelta(minutes=1)} for each, since in spans]
        return {"channels": json.dumps(rows), "until": self.until, "since": min((since for _, since in spans), default=self.until)}


@dataclass(frozen=True, slots=True)
class Velocity:
    """What a channel sold of a SKU: thousandths in so many sales, and the millionths of a unit a day that this makes."""

    sku: str
    channel: str
    sold: int
    sales: int
    velocity: int


_CHANNELS = {
    "postgresql": """SELECT v->>'id' AS account_id, CAST(v->>'since' AS TIMESTAMPTZ) AS since, CAST(v->>'minutes' AS BIGINT) AS minutes
        FROM jsonb_array_elements(CAST(:channels AS JSONB)) AS t(v)""",
    "sqlite": """SELECT json_extract(value, '$.id') AS account_id, json_extract(value, '$.since') AS since,
        json_extract(value, '$.minutes') AS minutes FROM json_each(:channels)""",
}
_DEMAND = """
WITH channel AS ({channels}),
line AS (
    SELECT o.account_id, o.id AS order_id, CASE WHEN s.order_id IS NULL THEN m.sku ELSE s.sku END AS sku,
           CASE WHEN s.order_id IS NULL THEN l.quantity * m.factor / 1000 ELSE s.approved END AS quantity
    FROM orders o
    JOIN channel c ON c.account_id = o.account_id
    JOIN order_state t ON t.order_id = o.id
    JOIN order_line l ON l.order_id = o.id
    LEFT JOIN order_line_state s
      ON s.order_id = l.order_id AND s.line_external_id = l.external_id AND s.approved > 0 AND t.lifecycle <> 'held'
    LEFT JOIN sku_map m ON m.account_id = o.account_id AND m.external_id = {listing}
    WHERE o.placed_at >= :since AND o.placed_at >= c.since AND o.placed_at < :until
      AND o.cancelled_at IS NULL AND NOT o.is_test AND o.payment_state NOT IN ('voided', 'expired')
      AND t.lifecycle <> 'cancelled' AND l.quantity > 0 AND NOT l.is_gift_card
),
sale AS (
    SELECT n.account_id, n.sku AS sold_as, COALESCE(k.part, n.sku) AS sku,
           CAST(SUM(n.quantity * COALESCE(k.quantity, 1000) / 1000) AS BIGINT) AS size
    FROM line n LEFT JOIN kit_part k ON k.kit = n.sku
    WHERE n.sku IS NOT NULL
    GROUP BY n.account_id, n.order_id, n.sku, COALESCE(k.part, n.sku)
),
demand AS (
    SELECT s.sku, s.account_id, s.sold_as, s.size, COUNT(*) AS times,
           (COUNT(*) * 1440000000 + c.minutes - 1) / c.minutes AS a_day,
           (COUNT(*) * s.size * 1440000 + c.minutes - 1) / c.minutes AS velocity
    FROM sale s JOIN channel c ON c.account_id = s.account_id JOIN sku u ON u.code = s.sku
    WHERE u.is_tracked AND s.size > 0
    GROUP BY s.sku, s.account_id, s.sold_as, s.size, c.minutes
)
"""
"""`demand`: how often each SKU was sold in sales of one size, per channel and SKU it was sold as; `a_day` of these in millionths."""
_BY_CHANNEL = """
SELECT sku, account_id, CAST(SUM(size * times) AS BIGINT) AS sold, CAST(SUM(times) AS BIGINT) AS sales,
       CAST(SUM(velocity) AS BIGINT) AS velocity
FROM demand WHERE CAST(:only AS TEXT) IS NULL OR sku = :only GROUP BY sku, account_id ORDER BY sku, account_id
"""


def demand(connection: Connection) -> str:
    """The common table expressions up to `demand`, which later ones may follow behind a comma; for `asked`."""
    return _DEMAND.format(channels=_CHANNELS[connection.dialect.name], listing=LISTING_OF_L)


def asked(connection: Connection, query: str, window: SalesWindow, **parameters: object) -> Iterator[dict[str, Any]]:
    """The rows of a query over `demand`, a thousand at a time."""
    typed = (bindparam("since", type_=UtcInstant()), bindparam("until", type_=UtcInstant()))
    statement = text(demand(connection) + query).bindparams(*typed)
    found = connection.execute(statement, window.parameters | parameters, execution_options={"yield_per": 1000})
    for row in found.mappings():
        yield dict(row)


def velocities(connection: Connection, window: SalesWindow, sku: str | None = None) -> Iterator[Velocity]:
    """How fast each SKU sells on each channel, by SKU and channel; what did not sell is not there."""
    for row in asked(connection, _BY_CHANNEL, window, only=sku):
        yield Velocity(row["sku"], row["account_id"], row["sold"], row["sales"], row["velocity"])
