"""Availability: what each listing of a channel may show, computed in the database, in one statement per channel, with its operands.

The formula is DOMAIN 3.4's. A listing's base is what is free at the channel's locations in whole listed units (of a kit: by the scarcest
part), less what waits for stock there, plus what is promised to come. All divisions round towards zero, which can only show less.
What was never counted anywhere, nor ordered, is unknown, which is not zero: a listing of it is left as it is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, text

from model.tables.base import Day, UtcInstant

WHOLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPolicy:
    """How a channel sells from stock; thousandths for `share`, whole listed units for the bounds."""

    account_id: str
    locations: tuple[str, ...]
    share: int = WHOLE
    safety: int = 0
    """Thousandths of the SKU, at least; only a person's word for a SKU may be less."""
    end_when: int = 0
    max_listed: int | None = None
    inbound_until: date
    """Deliveries promised up to this day may be sold."""


_FORMULA = """
WITH touched AS ({skus}),
mapped AS (
    SELECT m.listing_id, m.sku, m.factor FROM sku_map m
    JOIN listing l ON l.id = m.listing_id
    JOIN sku s ON s.code = m.sku
    WHERE m.account_id = :account AND l.is_tracked AND l.kind = 'goods' AND l.gone_at IS NULL AND s.is_tracked AND s.is_active
      {only}
),
part AS (
    SELECT w.listing_id, w.sku, w.factor, k.part AS scarcest, COALESCE(k.part, w.sku) AS part,
           w.factor * COALESCE(k.quantity, 1000) / 1000 AS per_unit
    FROM mapped w LEFT JOIN kit_part k ON k.kit = w.sku
),
needed AS (SELECT DISTINCT part AS sku FROM part),
counted AS (SELECT sku FROM stock_level WHERE {needed} UNION SELECT sku FROM inbound WHERE {needed}),
unknown AS (SELECT DISTINCT p.listing_id FROM part p LEFT JOIN counted c ON c.sku = p.part WHERE c.sku IS NULL),
level AS (
    SELECT sku, CAST(SUM(on_hand) AS BIGINT) AS on_hand, CAST(SUM(damaged + held) AS BIGINT) AS held_back,
           CAST(SUM(reserved) AS BIGINT) AS reserved
    FROM stock_level WHERE {needed} AND location_id IN ({places}) GROUP BY sku
),
waits AS (
    SELECT sku, CAST(SUM(quantity) AS BIGINT) AS unrouted
    FROM backorder WHERE {needed} AND state = 'open' AND location_id IN ({places}) GROUP BY sku
),
comes AS (
    SELECT sku, CAST(SUM(CASE WHEN quantity > received THEN quantity - received ELSE 0 END) AS BIGINT) AS inbound
    FROM inbound WHERE {needed} AND state = 'open' AND expected_on <= :until AND location_id IN ({places}) GROUP BY sku
),
based AS (
    SELECT p.listing_id, p.sku, p.factor, p.scarcest, p.per_unit,
           COALESCE(v.on_hand, 0) AS on_hand, COALESCE(v.held_back, 0) AS held_back, COALESCE(v.reserved, 0) AS reserved,
           COALESCE(w.unrouted, 0) AS unrouted, COALESCE(c.inbound, 0) AS inbound,
           (COALESCE(v.on_hand, 0) - COALESCE(v.held_back, 0) - COALESCE(v.reserved, 0) - COALESCE(w.unrouted, 0)
            + COALESCE(c.inbound, 0)) / p.per_unit AS base
    FROM part p LEFT JOIN level v ON v.sku = p.part LEFT JOIN waits w ON w.sku = p.part LEFT JOIN comes c ON c.sku = p.part
    WHERE p.listing_id NOT IN (SELECT listing_id FROM unknown)
),
ranked AS (SELECT based.*, ROW_NUMBER() OVER (PARTITION BY listing_id ORDER BY base, scarcest) AS place FROM based),
scarce AS (
    SELECT r.*, (CASE WHEN f.is_manual OR f.quantity > :safety THEN f.quantity ELSE :safety END + r.factor - 1) / r.factor AS safety
    FROM ranked r LEFT JOIN safety_stock f ON f.sku = r.sku AND f.account_id = :account
    WHERE r.place = 1
),
shared AS (SELECT scarce.*, CASE WHEN base <= :end_when THEN 0 ELSE base * :share / 1000 - safety END AS wanted FROM scarce),
shown AS (
    SELECT shared.*, CASE WHEN wanted < 0 THEN 0 WHEN wanted > :limit THEN :limit ELSE wanted END AS desired FROM shared
)
"""

_OPERANDS = (
    "sku", "desired", "on_hand", "held_back", "reserved", "unrouted", "inbound", "base", "scarcest", "per_unit", "share", "safety",
    "end_when", "max_listed",
)  # fmt: skip
_GIVEN = {"share": ":share", "end_when": ":end_when", "max_listed": "CAST(:max_listed AS BIGINT)"}
_FRESH = {
    "account_id": ":account",
    "version": "1",
    "computed_at": ":at",
    "state": "'due'",
    "due_at": ":at",
    "attempts": "0",
    "exposure": "0",
    "put_back": "0",
    "is_bounded": "false",
    "is_counting": "false",
}
_ON_CHANGE = {
    "state": "CASE WHEN shown_stock.state IN ('sending', 'unknown') THEN shown_stock.state ELSE 'due' END",
    "due_at": ":at",
    "attempts": "0",
    "problem": "NULL",
}
"""What happens to a row that shall show another quantity; one whose answer is awaited, or never came, is looked at again behind that."""
_NO_LIMIT = 10**15

_DIALECTS = {
    "postgresql": {"list": "SELECT unnest(CAST(:{} AS TEXT[])) AS sku", "differs": "{} IS DISTINCT FROM {}"},
    "sqlite": {"list": "SELECT value AS sku FROM json_each(:{})", "differs": "{} IS NOT {}"},
}
_ONLY = "AND m.sku IN (SELECT sku FROM touched UNION SELECT kit FROM kit_part WHERE part IN (SELECT sku FROM touched))"
"""One list, not two with OR between: that would read the whole mapping for every batch."""
_GONE = """
DELETE FROM shown_stock WHERE account_id = :account AND NOT EXISTS (
    SELECT 1 FROM sku_map m JOIN listing l ON l.id = m.listing_id JOIN sku s ON s.code = m.sku
    WHERE m.listing_id = shown_stock.listing_id AND l.is_tracked AND l.kind = 'goods' AND l.gone_at IS NULL
      AND s.is_tracked AND s.is_active)
"""


def refresh(connection: Connection, policy: ChannelPolicy, skus: Sequence[str] | None, *, at: datetime) -> None:
    """Compute what the channel's listings of these SKUs (None: all) shall show.

    Rows whose operands did not change are not written; a changed quantity makes a row due. Listings of these SKUs that are not ours to
    set any longer (unmapped, gone, untracked) are forgotten.
    """
    is_postgres = connection.dialect.name == "postgresql"
    parameters: dict[str, Any] = {
        "account": policy.account_id, "places": _list(policy.locations, is_postgres), "until": policy.inbound_until, "at": at,
        "share": policy.share, "safety": policy.safety, "end_when": policy.end_when, "max_listed": policy.max_listed,
        "limit": _NO_LIMIT if policy.max_listed is None else policy.max_listed,
    }  # fmt: skip
    if skus is not None:
        parameters["skus"] = _list(skus, is_postgres)
    of_these = "" if skus is None else f"AND sku IN ({_DIALECTS[connection.dialect.name]['list'].format('skus')})"
    forget = {name: parameters[name] for name in ("account", "skus") if name in parameters}
    connection.execute(text(_GONE + of_these), forget)
    typed = (bindparam("at", type_=UtcInstant()), bindparam("until", type_=Day()))
    connection.execute(text(_statement(connection.dialect.name, is_whole=skus is None)).bindparams(*typed), parameters)


def _list(values: Sequence[str], is_postgres: bool) -> list[str] | str:  # noqa: FBT001  which of two forms
    return list(values) if is_postgres else json.dumps(list(values))


@cache
def _statement(dialect: str, *, is_whole: bool) -> str:
    words = _DIALECTS[dialect]
    columns = ["listing_id", *_OPERANDS, *_FRESH]
    values = ["listing_id", *(_GIVEN.get(name, name) for name in _OPERANDS), *_FRESH.values()]
    same = "shown_stock.desired = excluded.desired"
    updates = [f"{name} = excluded.{name}" for name in (*_OPERANDS, "computed_at")]
    updates += [f"{name} = CASE WHEN {same} THEN shown_stock.{name} ELSE {value} END" for name, value in _ON_CHANGE.items()]
    updates += [f"version = shown_stock.version + CASE WHEN {same} THEN 0 ELSE 1 END"]
    formula = _FORMULA.format(
        skus="SELECT NULL AS sku" if is_whole else words["list"].format("skus"),
        only="" if is_whole else _ONLY,
        needed="true" if is_whole else "sku IN (SELECT sku FROM needed)",
        places=words["list"].format("places"),
    )
    stored = "SELECT listing_id, " + ", ".join(f"{name} AS stored_{name}" for name in _OPERANDS)
    differs = " OR ".join(words["differs"].format(f"stored_{name}", _GIVEN.get(name, name)) for name in _OPERANDS)
    return (
        f"{formula}, stored AS ({stored} FROM shown_stock WHERE account_id = :account) "  # noqa: S608  our own words
        f"INSERT INTO shown_stock ({', '.join(columns)}) SELECT {', '.join(values)} FROM shown LEFT JOIN stored USING (listing_id) "
        f"WHERE {differs} ON CONFLICT (listing_id) DO UPDATE SET {', '.join(updates)}"
    )
