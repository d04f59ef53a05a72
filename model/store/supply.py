"""How each SKU stands against what it sells: what is short or too much, and what a proposal to order is made of.

Quantities are thousandths. Free is what lies anywhere, less what is held back, reserved or waited for. Kits have no stock of their own and
are seen as their parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from model.store.velocity import SalesWindow, asked

Shown = dict[str, Any]


@dataclass(slots=True)
class Supply:
    """One SKU with its numbers, and by the size of a sale how many of them a day brings, in millionths."""

    row: Shown
    sales: dict[int, int] = field(default_factory=dict[int, int])


_DIALECTS = {
    "postgresql": {"day": "CAST(CAST(:today AS TEXT) AS DATE) + COALESCE(u.lead_time_days, :lead_days)", "date": "CAST({} AS TEXT)"},
    "sqlite": {"day": "date(:today, '+' || COALESCE(u.lead_time_days, :lead_days) || ' days')", "date": "{}"},
}
_STANDS = """
, rate AS (SELECT sku, CAST(SUM(velocity) AS BIGINT) AS velocity FROM demand GROUP BY sku),
level AS (
    SELECT sku, CAST(SUM(on_hand) AS BIGINT) AS on_hand, CAST(SUM(damaged + held) AS BIGINT) AS held_back,
           CAST(SUM(reserved) AS BIGINT) AS reserved
    FROM stock_level GROUP BY sku
),
waits AS (SELECT sku, CAST(SUM(quantity) AS BIGINT) AS backordered FROM backorder WHERE state = 'open' GROUP BY sku),
comes AS (
    SELECT i.sku, CAST(SUM(i.quantity - i.received) AS BIGINT) AS inbound, MIN(i.expected_on) AS expected_on,
           CAST(SUM(CASE WHEN i.expected_on <= {day} THEN i.quantity - i.received ELSE 0 END) AS BIGINT) AS in_time
    FROM inbound i JOIN sku u ON u.code = i.sku
    WHERE i.state = 'open' AND i.quantity > i.received GROUP BY i.sku
),
stands AS (
    SELECT u.code AS sku, u.title, u.unit, u.supplier, u.low_at, u.surplus_at, COALESCE(u.order_multiple, 1000) AS order_multiple,
           COALESCE(u.lead_time_days, :lead_days) AS lead_days, COALESCE(r.velocity, 0) AS velocity,
           COALESCE(v.on_hand, 0) AS on_hand, COALESCE(v.held_back, 0) AS held_back, COALESCE(v.reserved, 0) AS reserved,
           COALESCE(w.backordered, 0) AS backordered, COALESCE(c.inbound, 0) AS inbound, COALESCE(c.in_time, 0) AS in_time,
           {expected_on} AS expected_on,
           COALESCE(v.on_hand - v.held_back - v.reserved, 0) - COALESCE(w.backordered, 0) AS free
    FROM sku u LEFT JOIN rate r ON r.sku = u.code LEFT JOIN level v ON v.sku = u.code LEFT JOIN waits w ON w.sku = u.code
    LEFT JOIN comes c ON c.sku = u.code
    WHERE u.is_tracked AND u.is_active AND NOT EXISTS (SELECT 1 FROM kit_part k WHERE k.kit = u.code)
)
"""
_WARNINGS = """
, judged AS (
    SELECT stands.*, CASE WHEN velocity > 0 THEN (CASE WHEN free > 0 THEN free ELSE 0 END) * 1000 / velocity END AS cover_days,
           CASE WHEN free <= low_at THEN 'low' WHEN velocity > 0 AND (free + in_time) * 1000 < velocity * lead_days THEN 'runs_out'
                WHEN free < 0 THEN 'low' WHEN free > surplus_at THEN 'surplus' END AS warning
    FROM stands
)
SELECT sku, title, unit, supplier, warning, free, low_at, surplus_at, inbound, expected_on, velocity, cover_days, lead_days
FROM judged WHERE warning IS NOT NULL
ORDER BY CASE WHEN warning = 'surplus' THEN 1 ELSE 0 END, CASE WHEN warning <> 'surplus' AND cover_days IS NULL THEN 1 ELSE 0 END,
         CASE WHEN warning <> 'surplus' THEN cover_days END, CASE WHEN warning = 'surplus' THEN surplus_at - free ELSE free END, sku
"""
_SUPPLIES = """
, sizes AS (SELECT sku, size, CAST(SUM(a_day) AS BIGINT) AS a_day FROM demand GROUP BY sku, size)
SELECT stands.*, z.size, z.a_day FROM stands LEFT JOIN sizes z ON z.sku = stands.sku
WHERE velocity > 0 OR free < 0 OR free + inbound < low_at ORDER BY stands.sku, z.size
"""


def warnings(connection: Connection, window: SalesWindow, *, today: date, lead_days: int) -> Iterator[Shown]:
    """SKUs that are low, that run out before an order placed now could come, or that lie there in surplus; the worst first.

    `lead_days` is for SKUs that say no lead time of their own.
    """
    return asked(connection, _stands(connection) + _WARNINGS, window, today=today.isoformat(), lead_days=lead_days)


def supplies(connection: Connection, window: SalesWindow, *, today: date, lead_days: int) -> Iterator[Supply]:
    """Every SKU that sells, is waited for, or is below its limit, with the numbers of a proposal; by SKU."""
    one: Supply | None = None
    for row in asked(connection, _stands(connection) + _SUPPLIES, window, today=today.isoformat(), lead_days=lead_days):
        if one is None or one.row["sku"] != row["sku"]:
            if one is not None:
                yield one
            one = Supply(row)
        if row["size"] is not None:
            one.sales[row["size"]] = row["a_day"]
    if one is not None:
        yield one


def _stands(connection: Connection) -> str:
    words = _DIALECTS[connection.dialect.name]
    return _STANDS.format(day=words["day"], expected_on=words["date"].format("c.expected_on"))
