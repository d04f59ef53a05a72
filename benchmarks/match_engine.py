"""One measured run of our matching in a process of its own; prints a line of JSON as the anchors of `../shared/perf/recon.py` do.

usage: match_engine.py files|bank DIR          the anchors' own files
       match_engine.py postgres DIR URL        rows out of PostgreSQL and matches back into it
       match_engine.py fuzzy DIR               proposals for the harder truth of `hard_truth.py`
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from match_postgres import read_both, write_pairs
from pyarrow import parquet

from reconciliation.engine import DEFAULT_LIMITS, Matched, match, opened
from reconciliation.frames import SIDE_COLUMNS
from reconciliation.fuzzy import propose
from reconciliation.passes import BANK, Pass, Tolerance

arrow: Any = pa
from_parquet: Any = parquet
RULES = (
    Pass("exact", keys=("reference",), after_days=5),
    Pass("split", "one_to_many", keys=("reference",), after_days=5),
    Pass("tolerance", keys=("reference",), amount=Tolerance(30, 40), after_days=5),
)
"""What the anchors do: equal reference and amount, several lines that add up, a difference of up to 4 % and 30 cents."""


def as_side(table: Any, kind: str) -> Any:  # noqa: ANN401 (pyarrow is typed in part only)
    """A table of the anchors as a side; constants and accounts are kept once each, as the hub keeps them."""
    count = table.num_rows

    def constant(word: str) -> Any:  # noqa: ANN401
        return arrow.DictionaryArray.from_arrays(arrow.array(np.zeros(count, np.int32)), arrow.array([word]))

    columns = {
        "id": table["id"].cast(arrow.int64()),
        "account": _as_words(table["provider"].dictionary_encode()),
        "currency": constant("EUR"),
        "amount": table["amount"].cast(arrow.int64()),
        "day": table["day"].cast(arrow.date32()),
        "reference": table["ref"] if "ref" in table.column_names else None,
        "text": table["text"] if "text" in table.column_names else None,
        "kind": constant(kind),
    }
    known = {name: column for name, column in columns.items() if column is not None}
    return arrow.table({name: known.get(name, arrow.nulls(count, of)) for name, of in SIDE_COLUMNS.items()})


def _as_words(column: Any) -> Any:  # noqa: ANN401
    """A column of numbers by number, as words by number: only the few words are written out."""
    chunks = [arrow.DictionaryArray.from_arrays(each.indices, each.dictionary.cast(arrow.string())) for each in column.chunks]
    return arrow.chunked_array(chunks, arrow.dictionary(arrow.int32(), arrow.string()))


def counts(found: Matched) -> dict[str, int]:
    told: list[dict[str, Any]] = found.matches.group_by("pass_name").aggregate([([], "count_all")]).to_pylist()
    return {each["pass_name"]: each["count_all"] for each in told} | {"left": found.left_over.num_rows, "right": found.right_over.num_rows}


def files(folder: Path, _: str) -> dict[str, Any]:
    started = time.perf_counter()
    sides = [as_side(from_parquet.read_table(folder / f"{name}.parquet"), "payment") for name in ("payments", "settlements")]
    opened(DEFAULT_LIMITS)  # the anchors open their database while they load, too
    loaded = time.perf_counter()
    found = match(sides[0], sides[1], RULES)
    return {"load_s": loaded - started, "match_s": time.perf_counter() - loaded, **counts(found)}


def bank(folder: Path, _: str) -> dict[str, Any]:
    """Payouts are summed from their lines, then matched; the truth is looked at afterwards."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE s AS FROM read_parquet($1)", [str(folder / "settlements.parquet")])
        lines: Any = from_parquet.read_table(folder / "bank.parquet")
        started = time.perf_counter()
        summed = "SELECT payout AS id, provider, sum(amount)::BIGINT AS amount, max(day)::DATE AS day FROM s GROUP BY payout, provider"
        payouts = connection.sql(summed).to_arrow_table()
        found = match(as_side(payouts, "payout"), as_side(lines, "line"), BANK)
        elapsed = time.perf_counter() - started
    truth = {row["id"]: sorted(json.loads(row["truth"])) for row in lines.to_pylist()}
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for row in found.members.to_pylist():
        lefts, rights = groups.setdefault(row["match_no"], ([], []))
        (rights if row["side"] == "right" else lefts).append(row["id"])
    right = [len(ids) for ids, (line, *more) in groups.values() if not more and sorted(ids) == truth[line]]
    return {"match_s": elapsed, "right": len(right), "wrong": len(groups) - len(right), "combined": sum(each > 1 for each in right)}


def postgres(_: Path, url: str) -> dict[str, Any]:
    """Rows out, matching, pairs back; all of it is measured."""
    started = time.perf_counter()
    sides = [as_side(table, "payment") for table in read_both(url, ("payments_r", "settlements_r"))]
    read = time.perf_counter()
    found = match(sides[0], sides[1], RULES)
    matched = time.perf_counter()
    written = write_pairs(url, found.members)
    ended = time.perf_counter()
    told = {"read_s": read - started, "inner_s": matched - read, "write_s": ended - matched, "pairs": written}
    return {"match_s": ended - started, **told, **counts(found)}


def fuzzy(folder: Path, _: str) -> dict[str, Any]:
    sides = [from_parquet.read_table(folder / f"hard_{name}.parquet") for name in ("left", "right")]
    truth = {(left, right) for left, right in json.loads((folder / "hard_truth.json").read_text("utf-8"))}
    started = time.perf_counter()
    proposed = propose(sides[0], sides[1])
    elapsed = time.perf_counter() - started
    found = {(row["left_id"], row["right_id"]) for row in proposed.to_pylist()}
    good = len(found & truth)
    return {"match_s": elapsed, "precision": round(good / max(1, len(found)), 4), "recall": round(good / len(truth), 4)}


MODES: dict[str, Callable[[Path, str], dict[str, Any]]] = {"files": files, "bank": bank, "postgres": postgres, "fuzzy": fuzzy}

if __name__ == "__main__":
    told = MODES[sys.argv[1]](Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
    print(json.dumps({"engine": f"entrepot {sys.argv[1]}", **told}))
