"""Matching in parts gives what one run gives, here and on a cluster."""

from collections.abc import Generator
from typing import Any

import pytest

from reconciliation.engine import match
from reconciliation.frames import side
from reconciliation.partitions import PARTS, Runner, here, match_partitioned, on_cluster
from reconciliation.passes import BANK, PAYMENTS, Pass
from tests.unit.reconciliation.lines import content, groups, line

Rows = list[tuple[Any, ...]]


def street(count: int) -> tuple[Rows, Rows]:
    """Accounts and currencies enough for every part: matched by id, by amount, in sums, tied across currencies, and not at all."""
    left: Rows = []
    right: Rows = []
    for at in range(count):
        inside = {"account": f"A{at % 7}", "currency": ("EUR", "USD", "JPY")[at % 3]}
        left += [
            line(f"l{at}", 1000 + at, at % 20, provider_id=f"ch_{at}", **inside),
            line(f"lv{at}", 100_000 + at * 7, at % 20, **inside),
            line(f"ls{at}", 5000 + at, at % 20, reference=f"R{at}", **inside),
            line(f"lt{at}", 300_000 + at, at % 20, reference=f"T{at}", **inside),
        ]
        right += [
            line(f"r{at}", 1000 + at, at % 20, provider_id=f"ch_{at}" if at % 5 else f"ch_{at - 1}", **inside),
            line(f"rv{at}", 100_000 + at * 7, at % 20 + 1, **inside),
            line(f"rs{at}", 5000 + at, at % 20, reference=f"R{at}", **inside),
            line(f"rt{at}", 300_000 + at, at % 20, **inside),
            line(f"rx{at}", 1, 0, account="far", currency="GBP", reference=f"T{at}" if at % 2 else None),
        ]
    return left, right


@pytest.mark.parametrize("passes", [PAYMENTS, BANK], ids=["payments", "bank"])
@pytest.mark.parametrize("parts", [1, 3, PARTS])
def test_parts_give_the_outcome_of_one_run(passes: tuple[Pass, ...], parts: int) -> None:
    left, right = (side(rows) for rows in street(60))

    whole = match(left, right, passes)
    assert content(match_partitioned(left, right, passes, here, parts=parts)) == content(whole)


def test_an_id_that_ties_a_line_to_another_currency_is_seen_across_parts() -> None:
    left, right = (side(rows) for rows in street(20))

    found = groups(match_partitioned(left, right, PAYMENTS))
    assert ("lt2",) in found
    assert ("lt3",) not in found


def test_what_was_decided_earlier_stays_out_of_the_parts() -> None:
    left, right = (side(rows) for rows in street(20))

    once = match_partitioned(left, right, PAYMENTS)
    again = match_partitioned(left, right, PAYMENTS, already=once.members)
    assert again.matches.num_rows == 0
    assert content(again) == content(match(left, right, PAYMENTS, already=once.members))


@pytest.fixture(scope="module")
def cluster() -> Generator[Runner]:
    distributed = pytest.importorskip("distributed", reason="Dask is an extra: pip install entrepot[cluster]")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0", host="127.0.0.1"
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield on_cluster(client)


def test_a_cluster_gives_the_outcome_of_one_run(cluster: Runner) -> None:
    left, right = (side(rows) for rows in street(60))

    assert content(match_partitioned(left, right, PAYMENTS, cluster)) == content(match(left, right, PAYMENTS))
