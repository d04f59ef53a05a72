"""Proposals for what no pass could match: likely pairs among leftovers, for a person to accept or refuse. Nothing here matches by itself.

Candidates come from blocks: account and currency, days, and one of three bonds (the same amount, an amount that a usual fee explains, a
piece of the reference in common). Each is scored by the likeness of references (rapidfuzz), of amounts and of days. A pair is proposed
only where it is the best of both its lines and stands clear of their second best.
"""

from typing import Any, cast

import numpy as np
import pyarrow as pa

from reconciliation.engine import DEFAULT_LIMITS, Limits, connected
from reconciliation.frames import MOST_MINOR, Whole, arrow

LEAST = 620
"""The least score that is proposed."""
CLEAR = 60
"""How far a proposal stands above the next best of either line."""
BEFORE_DAYS, AFTER_DAYS = 2, 7
CROWD = 200
"""Pairs looked at for each line by one bond, the nearest in time first; a block of popular amounts is not looked through."""
PIECE = 5
"""Characters of a piece by which references are brought together."""
COMMON = 40
"""A piece that more lines have says nothing."""

_CLEANED = """
CREATE OR REPLACE TEMP TABLE {name} AS
SELECT row_number() OVER () - 1 AS row, account, currency, amount, (day - DATE '1970-01-01')::INT AS days,
  regexp_replace(upper(concat_ws(' ', reference, provider_id)), '[^A-Z0-9]', '', 'g') AS mark,
  regexp_replace(upper(concat_ws(' ', reference, text)), '[^A-Z0-9]', '', 'g') AS said
FROM offered_{name} WHERE abs(amount) <= {most}
"""
_NEAR = "r.account = l.account AND r.currency = l.currency AND r.days BETWEEN l.days - {before} AND l.days + {after}"
_PAIRS = """
WITH same AS (
  SELECT l.row AS a, r.row AS b, abs(r.days - l.days) AS apart FROM l JOIN r ON {near} AND r.amount = l.amount
  QUALIFY row_number() OVER (PARTITION BY l.row ORDER BY apart, r.row) <= {crowd}
), pieces AS (
  SELECT l.row, unnest(list_distinct([substr(mark, i, {piece}) FOR i IN range(1, length(mark) - {piece} + 2)])) AS piece FROM l
), others AS (
  SELECT r.row, unnest(list_distinct([substr(said, i, {piece}) FOR i IN range(1, least(length(said), 200) - {piece} + 2)])) AS piece FROM r
), rare AS (
  SELECT piece, row FROM others QUALIFY count(*) OVER (PARTITION BY piece) <= {common}
), akin AS (
  SELECT pieces.row AS a, rare.row AS b, count(*) AS common FROM pieces JOIN rare USING (piece) GROUP BY ALL
), bound AS (
  SELECT a, b FROM akin JOIN l ON l.row = a JOIN r ON r.row = b
  WHERE {near} AND sign(l.amount) = sign(r.amount)
  QUALIFY row_number() OVER (PARTITION BY a ORDER BY common DESC, b) <= {crowd}
)
SELECT a, b, l.mark, l.said AS words, r.said, l.amount, r.amount AS other, r.days - l.days AS days
FROM (SELECT a, b FROM same UNION SELECT a, b FROM bound) JOIN l ON l.row = a JOIN r ON r.row = b ORDER BY a, b
"""


def propose(left_over: pa.Table, right_over: pa.Table, limits: Limits = DEFAULT_LIMITS) -> pa.Table:
    """Proposed pairs of two sides' leftovers (`frames.SIDE_COLUMNS`): left_id, right_id, score (0 to 1000), why (JSON).

    `why` tells the likeness of the references (0 to 1000), the difference in minor units and the days between. Each line is proposed once
    at most. What rows are offered, and in which order, changes no score.
    """
    with connected(limits) as connection:
        for name, table in (("l", left_over), ("r", right_over)):
            connection.register(f"offered_{name}", table)
            connection.execute(_CLEANED.format(name=name, most=MOST_MINOR))
        near = _NEAR.format(before=BEFORE_DAYS, after=AFTER_DAYS)
        query = _PAIRS.format(near=near, crowd=CROWD, piece=PIECE, common=COMMON)
        pairs: Any = connection.sql(query).to_arrow_table()
    columns = {name: pairs[name].to_numpy() for name in ("a", "b", "amount", "other", "days")}
    alike = _likeness(pairs)
    scores = _scores(alike, columns["amount"], columns["other"], columns["days"])
    kept = _clear(columns["a"], columns["b"], scores)
    return _told(left_over, right_over, {name: column[kept] for name, column in columns.items()}, alike[kept], scores[kept])


def _likeness(pairs: Any) -> Whole:  # noqa: ANN401 (an Arrow table)
    """How alike the references of each pair are, 0 to 1000: the left mark anywhere within what the right line says, or all of both."""
    from rapidfuzz import fuzz  # noqa: PLC0415
    from rapidfuzz.process import cpdist  # noqa: PLC0415

    if not pairs.num_rows:
        return np.zeros(0, np.int64)
    marks, said = pairs["mark"].to_pylist(), pairs["said"].to_pylist()
    whole: Any = cpdist(marks, said, scorer=fuzz.ratio, dtype=np.uint8)
    within: Any = cpdist(marks, said, scorer=fuzz.partial_ratio, dtype=np.uint8)
    told = np.maximum(whole.astype(np.int64), within.astype(np.int64) * np.asarray([len(mark) >= PIECE for mark in marks])) * 10
    return cast("Whole", np.where([not mark or not each for mark, each in zip(marks, said, strict=True)], -1, told))


def _scores(alike: Whole, amount: Whole, other: Whole, days: Whole) -> Whole:
    """Out of 1000: 600 for the reference, 300 for the amount, 100 for the day. A line without reference gets half of the 600."""
    off = np.abs(other - amount)
    base = np.maximum(np.abs(amount), 1)
    usual = off * 1000 <= base * 50 + 50_000
    by_amount = np.select([off == 0, usual, off * 1000 <= base * 200], [300, 200, 80], 0)
    by_day = np.maximum(100 - 10 * np.abs(days), 0)
    by_name = np.where(alike < 0, 300, np.maximum(alike - 400, 0))
    return by_name + by_amount + by_day


def _clear(a: Whole, b: Whole, scores: Whole) -> Whole:
    """Places of the pairs that are the best of both lines and clear of the second best."""
    good = np.flatnonzero(scores >= LEAST)
    best = np.ones(len(good), np.bool_)
    for rows in (a[good], b[good]):
        order = np.lexsort((-scores[good], rows))
        ranked, heads = scores[good][order], np.ones(len(good), np.bool_)
        heads[1:] = rows[order][1:] != rows[order][:-1]
        ahead = np.zeros(len(good), np.bool_)
        second = np.append(ranked[1:], 0)
        alone = np.append(heads[1:], np.ones(min(len(good), 1), np.bool_))
        ahead[order] = heads & (alone | (ranked - second >= CLEAR))
        best &= ahead
    return good[best]


def _told(left_over: pa.Table, right_over: pa.Table, columns: dict[str, Whole], alike: Whole, scores: Whole) -> pa.Table:
    off = columns["other"] - columns["amount"]
    why = [
        f'{{"reference_alike": {max(same, 0)}, "difference": {less}, "days": {days}}}'  # whole numbers only, which are JSON as they stand
        for same, less, days in zip(alike.tolist(), off.tolist(), columns["days"].tolist(), strict=True)
    ]
    lefts: Any = left_over.select(["id"]).take(arrow.array(columns["a"]))
    rights: Any = right_over.select(["id"]).take(arrow.array(columns["b"]))
    return arrow.table({"left_id": lefts["id"], "right_id": rights["id"], "score": scores, "why": arrow.array(why, arrow.string())})
