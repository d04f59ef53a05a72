"""Money matched on a Dask cluster that hub.toml names: the same rows as without, and plain words where it cannot be asked."""

import sys
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model.errors import ConfigError
from operations.money import matching
from operations.money.reconcile import reconcile_account
from operations.runtime.hub import Hub
from operations.runtime.hub_file import read_hub_file
from operations.runtime.hub_matching import Matching
from tests.conftest import StillClock
from tests.unit.operations.money_desk import DAY, Desk, booked, charge, open_desk, payout
from tests.unit.operations.test_hub_file import GOOD
from tests.unit.operations.test_money_matching import RULES, TOTAL, breaks, matches, write_rules

distributed: Any = pytest.importorskip("distributed", reason="Dask is an extra: pip install entrepot[cluster]")


@pytest.fixture(scope="module")
def cluster() -> Generator[Any]:
    """Two workers and their scheduler."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as workers:
        yield workers


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """Something to match on both levels, and something that is left over."""
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    opened.lines(charge("ch_1", TOTAL, 90, payment_reference="pay-1001"), charge("stray", 77, 0, payment_reference="ch_x"))
    opened.payouts(payout("po_1", TOTAL - 13, reference="STR-1"))
    opened.statement(replace(booked("b1", TOTAL - 13, DAY.replace(day=3)), text="STRIPE STR-1"))
    return opened


def run(desk: Desk, means: Matching) -> list[str]:
    hub = replace(desk.hub, file=replace(desk.hub.file, matching=means))
    return [reconcile_account(hub, hub.file.account(each)).line for each in ("stripe", "bank")]


def test_a_cluster_gives_the_rows_that_one_machine_gives(desk: Desk, cluster: Any) -> None:  # noqa: ANN401  a Dask cluster
    asked = cluster.scheduler.transition_counter
    run(desk, Matching(cluster=cluster.scheduler_address, threads=1, memory="500MB"))
    there, after = (matches(desk), breaks(desk)), cluster.scheduler.transition_counter

    here = run(desk, Matching(threads=1, memory="500MB"))

    assert {name for name, _members in there[0]} == {"provider_id", "reference"}
    assert (matches(desk), breaks(desk)) == there
    assert all("1 matched, 0 new, 0 dissolved" in line for line in here)
    assert (after > asked, cluster.scheduler.transition_counter) == (True, after)


def test_a_cluster_that_does_not_answer_fails_the_run_and_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "PATIENCE_S", 1)
    run(desk, Matching())
    before = matches(desk), breaks(desk)

    [stripe, _bank] = run(desk, Matching(cluster="tcp://127.0.0.1:9"))

    assert stripe.startswith("stripe: failed")
    assert "matching.cluster tcp://127.0.0.1:9: does not answer, or lost its workers" in stripe
    assert (matches(desk), breaks(desk)) == before


def test_a_scheduler_without_workers_is_not_waited_for_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "PATIENCE_S", 1)
    with distributed.LocalCluster(n_workers=0, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0", host="127.0.0.1") as idle:
        [stripe, _bank] = run(desk, Matching(cluster=idle.scheduler_address))

    assert "does not answer, or lost its workers" in stripe


def test_a_cluster_without_dask_is_told_with_its_line_and_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    path = tmp_path / "hub.toml"
    path.write_text(GOOD + '\n[matching]\ncluster = "tcp://scheduler:8786"\n', "utf-8")

    with pytest.raises(ConfigError, match=r"hub.toml:\d+: matching.cluster: needs Dask, .*pip install 'entrepot\[cluster\]'"):
        read_hub_file(path)


def test_threads_and_memory_want_no_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    path = tmp_path / "hub.toml"
    path.write_text(GOOD + '\n[matching]\nthreads = 2\nmemory = "4GB"\n', "utf-8")

    assert read_hub_file(path).matching == Matching(threads=2, memory="4GB")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('cluster = "scheduler:8786"', "matching.cluster: is no address of a Dask scheduler; write one like tcp://scheduler:8786"),
        ('cluster = "tcp://user:secret@scheduler:8786"', "matching.cluster"),
        ("threads = -1", "matching.threads"),
        ('memory = "4GB; SELECT 1"', "matching.memory: is no amount of memory; write one like 4GB"),
        ('memory = "0GB"', "matching.memory"),
        ("workers = 3", "matching.workers: is not a key"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(GOOD + f"\n[matching]\n{line}\n", "utf-8")

    with pytest.raises(ConfigError, match=rf"hub.toml:24: {told}") as refused:
        read_hub_file(path)

    assert "secret" not in str(refused.value)
