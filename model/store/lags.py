"""How long a sale stays unknown, measured on our own rows: until its order is stored here, and from there until a channel was told.

*Reading* is the longest that a sale waits which came just behind a reading: from the start of one whole reading of a channel's orders to
the end of the next. *Telling* is from an order's arrival here to the channel's answer, for listings whose SKU was moved last by that order
before they were told; so it holds review, computation, the wait for the publisher and the channel's own time. Both in seconds.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from model.tables.base import UtcInstant

FEWEST = 20
"""Measures below which none is given: a few say little about the slow ones."""
MOST_OF = 95
"""Per cent of the measures that are no longer than the one given."""

_SECONDS = {
    "postgresql": "CAST(FLOOR(EXTRACT(EPOCH FROM {0})) - FLOOR(EXTRACT(EPOCH FROM {1})) AS BIGINT)",
    "sqlite": "(CAST(strftime('%s', {0}) AS INTEGER) - CAST(strftime('%s', {1}) AS INTEGER))",
}
_REFERENCE = {"postgresql": "CASE WHEN v.kind = 'reserve' THEN CAST(v.reference AS UUID) END", "sqlite": "v.reference"}
_RANKED = """
ranked AS (
    SELECT account_id, seconds, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY seconds) AS place,
           COUNT(*) OVER (PARTITION BY account_id) AS measures FROM measured
)
SELECT account_id, CAST(MIN(seconds) AS BIGINT) AS seconds FROM ranked
WHERE measures >= :fewest AND place * 100 >= measures * :most_of GROUP BY account_id
"""
_READING = """
WITH whole AS (
    SELECT account_id, ended_at, LAG(started_at) OVER (PARTITION BY account_id ORDER BY started_at) AS before
    FROM pull_run WHERE stream = 'orders' AND scope = '' AND outcome = 'done' AND started_at >= :since
),
measured AS (SELECT account_id, {seconds} AS seconds FROM whole WHERE before IS NOT NULL),
"""
_TELLING = """
WITH told AS (
    SELECT account_id, listing_id, told_at, COALESCE(scarcest, sku) AS sku FROM shown_stock
    WHERE state = 'settled' AND told_at >= :since
),
moved AS (
    SELECT t.account_id, t.told_at, m.kind, m.reference,
           ROW_NUMBER() OVER (PARTITION BY t.listing_id ORDER BY m.at DESC, m.id) AS place
    FROM told t JOIN stock_movement m ON m.sku = t.sku AND m.at <= t.told_at AND m.at >= :since
),
measured AS (
    SELECT v.account_id, {seconds} AS seconds FROM moved v JOIN orders o ON o.id = {reference}
    WHERE v.place = 1 AND v.kind = 'reserve' AND o.first_seen_at >= :since
      AND NOT EXISTS (SELECT 1 FROM backorder b WHERE b.order_id = o.id)
),
"""


def reading_lags(connection: Connection, since: datetime) -> dict[str, int]:
    """By channel, how long sales wait until they are stored; a channel read too rarely since then is not there."""
    return _measured(connection, _READING, ("ended_at", "before"), since)


def telling_lags(connection: Connection, since: datetime) -> dict[str, int]:
    """By channel, how long it takes until it is told of a sale that is stored; one told too rarely since then is not there."""
    return _measured(connection, _TELLING, ("v.told_at", "o.first_seen_at"), since)


def _measured(connection: Connection, query: str, ends: tuple[str, str], since: datetime) -> dict[str, int]:
    dialect = connection.dialect.name
    sql = query.format(seconds=_SECONDS[dialect].format(*ends), reference=_REFERENCE[dialect]) + _RANKED
    given = {"since": since, "fewest": FEWEST, "most_of": MOST_OF}
    rows = connection.execute(text(sql).bindparams(bindparam("since", type_=UtcInstant())), given)
    return dict(rows.tuples().all())
