"""The door to the matching engine, which works on frames: lines in, matches and leftovers out. Imported only where money is matched."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from model.store.money_matches import Match
from model.store.money_sides import MoneyLine
from operations.money.leftovers import Leftover
from operations.money.sides import Sides
from reconciliation.engine import match
from reconciliation.frames import side
from reconciliation.passes import BANK, PAYMENTS, Pass

PASSES: Mapping[str, tuple[Pass, ...]] = {"payment": PAYMENTS, "bank": BANK}


def run_passes(level: str, sides: Sides, by_id: Mapping[str, MoneyLine], taken: AbstractSet[str]) -> tuple[list[Match], list[Leftover]]:
    """Matches and leftovers of lines that are not taken."""
    left = side([row for row in sides.left if row[0] not in taken])
    right = side([row for row in sides.right if row[0] not in taken])
    result = match(left, right, PASSES[level])
    members: dict[int, tuple[list[str], list[str]]] = {}
    for number, which, line_id in zip(*_columns(result.members, "match_no", "side", "id"), strict=True):
        left_ids, right_ids = members.setdefault(number, ([], []))
        (right_ids if which == "right" else left_ids).append(line_id)
    matches = [
        _match(level, row, members[row[0]], by_id)
        for row in zip(*_columns(result.matches, "match_no", "pass_name", "shape", "amount_left", "amount_right", "evidence"), strict=True)
    ]
    matches += [each for each in sides.made if not taken & {*each.left, *each.right}]
    leftovers = [*_leftovers(result.left_over, "left"), *_leftovers(result.right_over, "right")]
    return matches, leftovers


def _columns(table: Any, *names: str) -> list[list[Any]]:  # noqa: ANN401  an Arrow table
    return [table[name].to_pylist() for name in names]


def _match(level: str, row: tuple[Any, ...], members: tuple[list[str], list[str]], by_id: Mapping[str, MoneyLine]) -> Match:
    _number, pass_name, shape, left_minor, right_minor, evidence = row
    ids = [*members[0], *members[1]]
    latest = max(by_id[line_id].day for line_id in ids)
    return Match(
        level, pass_name, shape, by_id[ids[0]].currency, tuple(members[0]), tuple(members[1]), left_minor, right_minor, latest, evidence
    )


def _leftovers(table: Any, which: str) -> list[Leftover]:  # noqa: ANN401  same
    return [
        Leftover(line_id, which, reason, tuple((each["id"], each["why"]) for each in json.loads(candidates)))
        for line_id, reason, candidates in zip(*_columns(table, "id", "reason", "candidates"), strict=True)
    ]
