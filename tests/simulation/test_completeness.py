"""A month of late and silent changes: after the sweep the hub has what the world has, and says how much of it the sweep brought."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from connectors.capabilities import RawPage
from model.records.days import StoredOrder
from model.store import day_orders
from model.store.certificates import list_certificates
from model.store.database import Database
from model.store.day_orders import BusinessDay
from operations.auditor import audit
from operations.completeness import days, sweep_day
from tests.conftest import StillClock
from tests.shops import SHOPS
from tests.simulation.month import BERLIN, Month

SIGNED = "the newest certificate of a day counts no more orders than are stored"


@pytest.fixture
def month(database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Generator[Month]:
    for name, (_, _, secrets) in SHOPS.items():
        for key, value in secrets.items():
            monkeypatch.setenv(f"TEST_{name}_{key}", value)
    opened = Month(database, tmp_path, clock)
    opened.pull()
    opened.live()
    yield opened
    opened.street.close()


def test_after_the_sweep_every_day_of_every_channel_is_what_the_world_says(month: Month) -> None:
    wrong = month.wrong_days()
    assert len({channel for channel, _ in wrong}) == len(SHOPS)
    before = {key: sums.ids for key, sums in month.stored().items()}

    reports = month.sweep()

    assert month.wrong_days() == {}
    assert {report.counts["incomplete"] for report in reports} == {0}
    late = sum(len(true.ids - before.get(key, frozenset())) for key, true in month.world().items())
    assert late > 0
    assert sum(report.counts["recovered"] for report in reports) == late
    assert audit(month.database.url) == []


def test_each_certificate_says_what_was_recovered_that_day(month: Month) -> None:
    before = month.stored()

    month.sweep()

    with month.database.read() as connection:
        signed = {(row["account_id"], row["day"]): row for row in list_certificates(connection)}
    assert {key: signed[key]["store_count"] for key in month.world()} == {key: len(true.ids) for key, true in month.world().items()}
    missing = {key: len(true.ids - before[key].ids) if key in before else len(true.ids) for key, true in month.world().items()}
    assert {key: signed[key]["recovered"] for key in missing} == missing
    assert all(row["source_ids"] == row["store_ids"] and row["source_sums"] == row["store_sums"] for row in signed.values())
    assert {row["state"] for row in signed.values() if row["oddity"] is None} == {"complete"}


def test_a_sweep_that_is_run_again_finds_nothing_and_supersedes(month: Month) -> None:
    month.sweep()
    first = month.stored()

    reports = month.sweep()

    assert month.stored() == first
    assert {(report.counts["recovered"], report.counts["corrected"]) for report in reports} == {(0, 0)}
    with month.database.read() as connection:
        assert {row["number"] for row in list_certificates(connection)} == {2}


def test_a_sweep_that_fetches_nothing_is_caught(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetches_nothing(_work: object, _ids: Sequence[str]) -> Iterator[RawPage]:
        return iter(())

    monkeypatch.setattr(sweep_day, "refetched", fetches_nothing)

    reports = month.sweep()

    assert month.wrong_days()
    assert {report.outcome for report in reports} == {"differs"}


def test_a_certificate_signed_before_the_save_is_caught(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    def takes_the_list_for_the_store(_connection: Connection, day: BusinessDay) -> dict[str, StoredOrder]:
        return {
            each: told
            for (account, at), orders in listed.items()
            if (account, at) == (day.account_id, day.day)
            for each, told in orders.items()
        }

    listed = _as_the_world_has_it(month)
    monkeypatch.setattr(day_orders, "orders_of", takes_the_list_for_the_store)

    month.sweep()

    assert {finding.promise for finding in audit(month.database.url)} >= {SIGNED}


def test_days_cut_by_utc_are_caught(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_utc(at: datetime, _zone: ZoneInfo, _cut_off: time) -> date:
        return at.astimezone(UTC).date()

    monkeypatch.setattr(days, "business_date", by_utc)

    reports = month.sweep()

    assert {report.outcome for report in reports} == {"differs"}


def _as_the_world_has_it(month: Month) -> dict[tuple[str, date], dict[str, StoredOrder]]:
    told: dict[tuple[str, date], dict[str, StoredOrder]] = defaultdict(dict)
    for order in month.street.truth()["orders"]:
        day = datetime.fromtimestamp(order["placed_ms"] / 1000, UTC).astimezone(BERLIN).date()
        backs = [back["total"]["minor"] for back in order["refunds"]]
        stored = StoredOrder(order["external_id"], order["total"]["currency"], order["total"]["minor"], sum(backs), len(backs))
        told[order["channel"], day][order["external_id"]] = stored
    return told
