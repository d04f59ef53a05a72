"""The pass that finds one side's reference in the other side's free text."""

import duckdb
import numpy as np
import pyarrow as pa

from reconciliation.frames import Whole, rows_of
from reconciliation.grouping import window_of
from reconciliation.halves import INSIDE, NOTHING, Found, Half
from reconciliation.ids import SHORTEST, WORD
from reconciliation.passes import Pass

SHORTEST_RUN = 8
"""From this length on it is also found where the bank broke or joined words."""
MOST_PAIRS = 25_000_000
"""Pairs of equal account, currency and amount that are looked through; of a larger group nothing is taken."""

_NAMED = """
WITH l AS (
  SELECT *, {word} AS word FROM named_left
), r AS (
  SELECT *, upper(concat_ws(' ', reference, text)) AS said FROM named_right
), words AS (
  SELECT *, regexp_replace(said, '[^A-Z0-9]', '', 'g') AS run,
    list_concat(string_split_regex(said, '[^A-Z0-9]+'),
      [regexp_replace(each, '[^A-Z0-9]', '', 'g') FOR each IN string_split_regex(said, '\\s+')]) AS words FROM r
), small AS (
  SELECT account, currency, amount FROM
    (SELECT account, currency, amount, count(*) AS n FROM l GROUP BY ALL) JOIN
    (SELECT account, currency, amount, count(*) AS m FROM r GROUP BY ALL) USING (account, currency, amount)
  WHERE n * m <= {most}
)
SELECT l.row AS l, words.row AS r
FROM l JOIN small USING (account, currency, amount) JOIN words USING (account, currency, amount)
WHERE words.days BETWEEN l.first AND l.last AND length(l.word) >= {short}
  AND (list_contains(words.words, l.word) OR (length(l.word) >= {run} AND contains(words.run, l.word)))
"""


def pair_named(rule: Pass, left: Half, right: Half) -> Found:
    """Lines of equal amount whose left reference stands in the right line's reference or text, where each is the other's only such line."""
    lefts, _ = left.coded((*rule.keys, "reference"))
    rights, _ = right.coded(rule.keys)
    if not len(lefts) or not len(rights):
        return NOTHING
    first, last = window_of(rule, left.days[lefts])
    columns = list(dict.fromkeys((*INSIDE, "amount", "reference", *rule.keys)))
    _offer(left.connection, "named_left", rows_of(left.table, lefts, columns), row=lefts, first=first, last=last)
    _offer(left.connection, "named_right", rows_of(right.table, rights, [*columns, "text"]), row=rights, days=right.days[rights])
    pairs = left.connection.execute(_NAMED.format(most=MOST_PAIRS, word=WORD, short=SHORTEST, run=SHORTEST_RUN)).fetchnumpy()
    for name in ("named_left", "named_right"):
        left.connection.unregister(name)
    return _only(np.asarray(pairs["l"], np.int64), np.asarray(pairs["r"], np.int64))


def _offer(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table, **numbers: Whole) -> None:
    for column, values in numbers.items():
        table = table.append_column(column, pa.array(values))
    connection.register(name, table)


def _only(lefts: Whole, rights: Whole) -> Found:
    """The pairs that stand alone; the others are contested."""
    _, left_at, left_times = np.unique(lefts, return_inverse=True, return_counts=True)
    _, right_at, right_times = np.unique(rights, return_inverse=True, return_counts=True)
    sole = (left_times[left_at] == 1) & (right_times[right_at] == 1)
    count = int(sole.sum())
    numbers = np.arange(count)
    return Found(
        count,
        lefts[sole],
        numbers,
        rights[sole],
        numbers,
        np.zeros(count, np.int64),
        np.unique(lefts[~sole]),
        np.unique(rights[~sole]),
    )
