"""The door to the matching engine, which works on frames: lines in, matches and leftovers out. Imported only where money is matched."""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa

from model.errors import TransientError
from model.store.money_matches import Match
from model.store.money_sides import MoneyLine
from operations.money.leftovers import Leftover
from operations.money.sides import Sides
from operations.runtime.hub_matching import BY_OURSELVES, Matching
from reconciliation.engine import Limits, Matched, match
from reconciliation.frames import side
from reconciliation.partitions import match_partitioned, on_cluster
from reconciliation.passes import BANK, PAYMENTS, Pass

PASSES: Mapping[str, tuple[Pass, ...]] = {"payment": PAYMENTS, "bank": BANK}


WRONG = "a person said that these do not belong together"
"""Why a line of a match that was taken back did not match."""
PATIENCE_S = 20
"""So long a scheduler, and its first worker, are waited for."""
_Matcher = Callable[[pa.Table, pa.Table, Sequence[Pass]], Matched]


def run_passes(
    level: str,
    sides: Sides,
    by_id: Mapping[str, MoneyLine],
    taken: AbstractSet[str],
    refused: AbstractSet[str] = frozenset(),
    means: Matching = BY_OURSELVES,
) -> tuple[list[Match], list[Leftover]]:
    """Matches and leftovers of lines that are not taken, without the `refused` matches (ids): their lines are left over.

    `means`: with what is matched, which changes nothing of the answer. TransientError where a cluster is asked and does not answer.
    """
    left = side([row for row in sides.left if row[0] not in taken])
    right = side([row for row in sides.right if row[0] not in taken])
    with _matcher(means) as by_passes:
        result = by_passes(left, right, PASSES[level])
    members: dict[int, tuple[list[str], list[str]]] = {}
    for number, which, line_id in zip(*_columns(result.members, "match_no", "side", "id"), strict=True):
        left_ids, right_ids = members.setdefault(number, ([], []))
        (right_ids if which == "right" else left_ids).append(line_id)
    found = [
        _match(level, row, members[row[0]], by_id)
        for row in zip(*_columns(result.matches, "match_no", "pass_name", "shape", "amount_left", "amount_right", "evidence"), strict=True)
    ]
    found += [each for each in sides.made if not taken & {*each.left, *each.right}]
    leftovers = [*_leftovers(result.left_over, "left"), *_leftovers(result.right_over, "right")]
    leftovers += _of_wrong(each for each in found if each.id in refused)
    return [each for each in found if each.id not in refused], leftovers


def _of_wrong(refused: Iterable[Match]) -> list[Leftover]:
    """The lines of matches that a person took back: no other match is made up for them, a person has to say what is right."""
    return [
        Leftover(line_id, which, "no_candidate", tuple((other, WRONG) for other in others))
        for each in refused
        for which, ids, others in (("left", each.left, each.right), ("right", each.right, each.left))
        for line_id in ids
    ]


@contextmanager
def _matcher(means: Matching) -> Generator[_Matcher]:
    """This process, or the Dask cluster that hub.toml names. The parts of a cluster's work travel; what they find comes back."""
    limits = Limits(means.threads, means.memory or "")
    if means.cluster is None:
        yield partial(match, limits=limits)
        return
    import distributed  # noqa: PLC0415  an extra, and slow to import

    where = f"matching.cluster {means.cluster}"
    kept: Any = distributed
    try:
        with kept.Client(means.cluster, timeout=PATIENCE_S, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=PATIENCE_S)
            yield partial(match_partitioned, runner=on_cluster(client), limits=limits)
    except (OSError, kept.KilledWorker, kept.CancelledError) as error:  # a time-out is an OSError, too
        raise TransientError(
            f"{where}: does not answer, or lost its workers ({type(error).__name__}); look after it and run again"
        ) from error


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
