"""Lines to match, told in few words."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from reconciliation.engine import Matched, match
from reconciliation.frames import SIDE_COLUMNS, side
from reconciliation.passes import Pass

DAY_ZERO = date(2026, 3, 2)
"""A Monday."""


def line(name: str, amount: int, day: int = 0, **more: str | None) -> tuple[Any, ...]:
    """A line of EUR on account A, so many days after Monday."""
    known = {
        "id": name,
        "account": "A",
        "currency": "EUR",
        "amount": amount,
        "day": DAY_ZERO + timedelta(days=day),
        "kind": "payment",
        **more,
    }
    return tuple(known.get(column) for column in SIDE_COLUMNS)


def lines(*rows: tuple[Any, ...]) -> pa.Table:
    return side(rows)


def groups(matched: Matched) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Who is matched with whom: left ids to right ids."""
    found: dict[int, tuple[list[str], list[str]]] = {}
    for row in matched.members.to_pylist():
        lefts, rights = found.setdefault(row["match_no"], ([], []))
        (rights if row["side"] == "right" else lefts).append(row["id"])
    return {tuple(sorted(lefts)): tuple(sorted(rights)) for lefts, rights in found.values()}


def reasons(over: pa.Table) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in over.to_pylist()}


def matched(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]], *passes: Pass) -> Matched:
    return match(side(left), side(right), passes)


def content(found: Matched) -> tuple[Any, ...]:
    """All that a run says, but for the numbers of its matches and the order of its rows."""
    by_no: dict[int, list[tuple[str, str]]] = {}
    for row in found.members.to_pylist():
        by_no.setdefault(row["match_no"], []).append((row["side"], str(row["id"])))
    told = sorted((sorted(by_no[row.pop("match_no")]), sorted(row.items())) for row in found.matches.to_pylist())
    return told, *(sorted(tuple(row.values()) for row in over.to_pylist()) for over in (found.left_over, found.right_over))
