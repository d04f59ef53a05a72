"""Why a line was left over: its reason, and the lines that were looked at, each with why not."""

from collections.abc import Sequence
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow as pa

from reconciliation.frames import Mask
from reconciliation.grouping import window_back, window_of
from reconciliation.halves import Half
from reconciliation.ids import SHORTEST, WORD, WORDS, ids_of
from reconciliation.passes import IDS, Pass

REASONS = ("no_candidate", "ambiguous", "amount_differs", "outside_window", "kind_differs", "account_differs", "currency_differs")
_NAMESAKES = 20
"""So many lines that bear one id are looked at; of an id that names hundreds none is a candidate worth telling."""
_COLUMNS = ("id", "account", "currency", "amount", "provider_id", "provider_id_2", "reference", "text", "kind")

_BY_ID = """
SELECT o.row AS a, t.row AS b, 0 AS rank FROM over_one o JOIN (
  SELECT {other} AS key, row FROM over_other WHERE key IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY key ORDER BY id) <= {namesakes}
) t ON t.key = {one}
"""
_BY_WORD = """
SELECT o.row AS a, t.row AS b, 0 AS rank FROM (SELECT row, {one} AS key FROM over_one) o JOIN (
  SELECT key, row FROM (SELECT {other} AS key, row, id FROM over_other) WHERE length(key) >= {least}
  QUALIFY row_number() OVER (PARTITION BY key ORDER BY id) <= {namesakes}
) t ON t.key = o.key
"""
_BY_AMOUNT = """
SELECT a, b, 1 AS rank FROM (
  SELECT o.row AS a, t.row AS b FROM over_one o ASOF JOIN over_nearest t
  ON o.account = t.account AND o.currency = t.currency AND o.amount = t.amount AND o.days >= t.days
  UNION SELECT o.row AS a, t.row AS b FROM over_one o ASOF JOIN over_nearest t
  ON o.account = t.account AND o.currency = t.currency AND o.amount = t.amount AND o.days <= t.days)
"""
_EXPLAINED = """
WITH looked AS (SELECT a, b, min(rank) AS rank FROM ({pairs}) GROUP BY a, b),
judged AS (
  SELECT a, b, rank, t.id, CASE
    WHEN o.currency <> t.currency THEN 'currency_differs' WHEN o.account <> t.account THEN 'account_differs'
    WHEN o.kind <> t.kind THEN 'kind_differs' WHEN o.amount <> t.amount THEN 'amount_differs'
    WHEN t.days NOT BETWEEN o.first AND o.last THEN 'outside_window'
    WHEN {contradicts} THEN 'no_candidate' WHEN rank = 0 OR (o.contested AND t.contested) THEN 'ambiguous'
    ELSE 'no_candidate' END AS reason,
    (o.currency <> t.currency)::INT + (o.account <> t.account)::INT + (o.kind <> t.kind)::INT + (o.amount <> t.amount)::INT AS apart,
    CASE reason WHEN 'amount_differs' THEN 'amount differs by ' || (t.amount - o.amount)
      WHEN 'outside_window' THEN (t.days - o.days) || ' days apart' WHEN 'no_candidate' THEN
        CASE WHEN {contradicts} THEN 'an id differs' ELSE 'no id in common' END
      WHEN 'ambiguous' THEN 'not the only one that fits' ELSE replace(reason, '_', ' ') END AS why,
    abs(t.amount::HUGEINT - o.amount) AS off, abs(t.days - o.days) AS days
  FROM looked JOIN over_one o ON o.row = a JOIN over_other t ON t.row = b
), ordered AS (
  SELECT *, row_number() OVER (PARTITION BY a ORDER BY rank, apart, off, days, id) AS place FROM judged
), gathered AS (
  SELECT a, min_by(reason, place) AS reason,
    to_json(list({{'id': id, 'why': why}} ORDER BY place)) AS candidates FROM ordered WHERE place <= 5 GROUP BY a
)
SELECT o.id, CASE WHEN o.contested THEN 'ambiguous' ELSE coalesce(gathered.reason, 'no_candidate') END AS reason,
  coalesce(candidates, '[]')::VARCHAR AS candidates
FROM over_one o LEFT JOIN gathered ON gathered.a = o.row ORDER BY o.row
"""


def explain(left: Half, right: Half, left_over: Mask, right_over: Mask, passes: Sequence[Pass]) -> tuple[pa.Table, pa.Table]:
    """Both sides' leftovers with their reasons.

    They come from the nearest line that shares an id, else from the nearest in time of equal amount. Only leftovers are looked at. With
    several differences the first of currency, account, kind, amount and window is the reason.
    """
    tables = [
        _offered(side, over, _widest(passes), back=at == 1) for at, (side, over) in enumerate(((left, left_over), (right, right_over)))
    ]
    return (
        _explained(left.connection, tables[0], tables[1], _queries(tables, passes, text="other"), passes),
        _explained(left.connection, tables[1], tables[0], _queries(tables[::-1], passes, text="one"), passes),
    )


def _widest(passes: Sequence[Pass]) -> Pass:
    """The pass that looks farthest, by which a line is outside the window or not."""
    return max(passes, key=lambda rule: (rule.after_days, rule.before_days), default=Pass("none"))


def _offered(side: Half, over: Mask, widest: Pass, *, back: bool) -> pa.Table:
    rows = np.flatnonzero(over)
    days = side.days_at(rows)
    first, last = (window_back if back else window_of)(widest, days)
    table = side.at(rows, _COLUMNS)
    more = {"row": np.arange(len(rows)), "days": days, "first": first, "last": last, "contested": side.contested[rows]}
    for name, column in more.items():
        table = table.append_column(name, pa.array(column))
    return table


def _queries(tables: Sequence[pa.Table], passes: Sequence[Pass], *, text: str) -> list[str]:
    """What to look at: by each id the passes go by and both sides have, by words of a text, by equal amounts."""
    if not all(table.num_rows for table in tables):
        return []
    named = [name for name in ids_of(passes) if all(table[name].null_count < table.num_rows for table in tables)]
    queries = [_BY_ID.format(one=f"o.{name}", other=name, namesakes=_NAMESAKES) for name in named]
    if any(rule.in_text for rule in passes):
        said = f"unnest({WORDS})"
        one, other = (WORD, said) if text == "other" else (said, WORD)
        queries.append(_BY_WORD.format(one=one, other=other, namesakes=_NAMESAKES, least=SHORTEST))
    return [*queries, _BY_AMOUNT] if _by_value(passes) else queries


def _by_value(passes: Sequence[Pass]) -> bool:
    """Whether an amount alone can make a candidate."""
    return any(not rule.by_id for rule in passes)


def _explained(
    connection: duckdb.DuckDBPyConnection, one: pa.Table, other: pa.Table, queries: list[str], passes: Sequence[Pass]
) -> pa.Table:
    connection.register("over_one", one)
    connection.register("over_other", other)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE over_nearest AS SELECT account, currency, amount, days, min_by(row, id) AS row FROM over_other "
        "GROUP BY ALL"
    )
    agree = {name for rule in passes for name in rule.agree if name in IDS}
    contradicts = " OR ".join(f"coalesce(o.{name} <> t.{name}, false)" for name in sorted(agree)) or "false"
    pairs = " UNION ALL ".join(queries) or "SELECT 0::BIGINT AS a, 0::BIGINT AS b, 0 AS rank WHERE false"
    found: Any = connection.sql(_EXPLAINED.format(pairs=pairs, contradicts=contradicts)).to_arrow_table()
    for name in ("over_one", "over_other"):
        connection.unregister(name)
    return cast("pa.Table", found)
