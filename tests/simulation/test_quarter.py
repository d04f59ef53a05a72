"""Every cent of a generated quarter is explained: no match is wrong, nearly all are made, and each planted error has its name."""

from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select

from model.store.database import Database
from model.tables.reconciliations import MoneyMatchRow
from operations.money.find_breaks import find_breaks
from operations.money.reconcile import reconcile_account
from operations.reports import Report
from operations.runtime.hub_file import Account
from tests.conftest import StillClock
from tests.simulation.quarter_judge import Outcome, judge, outcome_of
from tests.simulation.quarter_store import SINCE, UNTIL, Desk
from tests.simulation.quarter_truth import BANK, CARDS, MARKET_MONEY, NOW, STORE, WALLET, Arrival
from tests.simulation.quarter_world import World, build

SMALL, LARGE = 2_000, 100_000
RECALL = Fraction(995, 1000)


@pytest.fixture(scope="module")
def world() -> World:
    return build(SMALL)


@dataclass(frozen=True)
class Quarter:
    """A desk, and the verbs of the hub that are run on it."""

    desk: Desk

    @property
    def accounts(self) -> list[Account]:
        return [self.desk.hub.file.account(each) for each in (CARDS, STORE, WALLET, MARKET_MONEY, BANK)]

    def told(self, arrivals: Sequence[Arrival]) -> "Quarter":
        self.desk.tell(arrivals)
        return self

    def run(self) -> Outcome:
        """Match all accounts and name what is left over; channels are looked at, too."""
        reports = [reconcile_account(self.desk.hub, account, SINCE, UNTIL) for account in self.accounts]
        reports += [find_breaks(self.desk.hub, account) for account in self.desk.hub.file.accounts]
        assert not _failed(reports)
        return outcome_of(self.desk.database)


def _failed(reports: Sequence[Report]) -> list[str]:
    return [report.line for report in reports if report.outcome != "done"]


@pytest.fixture
def quarter(database: Database, tmp_path: Path, clock: StillClock) -> Quarter:
    return Quarter(Desk(database, tmp_path, clock))


@pytest.fixture(scope="module")
def at_once(world: World, sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Generator[Quarter]:
    """A hub that was told everything at once, in order."""
    home = tmp_path_factory.mktemp("at-once")
    (home / "entrepot.db").write_bytes(sqlite_template)
    database = Database(f"sqlite:///{home / 'entrepot.db'}")
    told = Quarter(Desk(database, home, StillClock())).told(world.arrivals)
    told.run()
    yield told
    database.close()


def test_a_quarter_is_explained_and_running_again_changes_nothing(quarter: Quarter, world: World) -> None:
    outcome = quarter.told(world.arrivals).run()
    verdict = judge(world.truth, outcome)

    assert verdict.is_clean, str(verdict)
    assert verdict.recall >= RECALL, str(verdict)
    assert quarter.run() == outcome


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_the_order_of_arrival_nor_the_database_changes_what_is_decided(
    quarter: Quarter, world: World, at_once: Quarter, seed: int
) -> None:
    outcome = quarter.told(world.shuffled(seed).arrivals).run()

    assert outcome == outcome_of(at_once.desk.database)


def test_a_quarter_that_is_matched_as_it_comes_ends_as_one_that_is_matched_at_once(
    quarter: Quarter, world: World, at_once: Quarter
) -> None:
    seen: set[int] = set()
    for month in (2, 3, 5, 7):
        quarter.desk.clock.at = NOW.replace(month=month)
        part = [each for each in world.until(quarter.desk.clock.at) if id(each) not in seen]
        seen |= {id(each) for each in part}
        outcome = quarter.told(part).run()
        assert not judge(world.truth, outcome).wrong

    assert len(seen) == len(world.arrivals)
    assert outcome == outcome_of(at_once.desk.database)


def test_matches_are_equal_on_both_sides_to_the_unit_by_currency(at_once: Quarter) -> None:
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with at_once.desk.database.read() as connection:
        columns = select(MoneyMatchRow.level, MoneyMatchRow.currency, MoneyMatchRow.left_minor, MoneyMatchRow.right_minor)
        for level, currency, left, right in connection.execute(columns):
            sums[level, currency].update(left=left, right=right)

    assert all(each["left"] == each["right"] for each in sums.values())
    assert set(sums) == {("payment", "EUR"), ("payment", "USD"), ("bank", "EUR")}


@pytest.mark.prove
def test_a_quarter_of_a_hundred_thousand_orders_is_explained(quarter: Quarter) -> None:
    world = build(LARGE)

    outcome = quarter.told(world.arrivals).run()
    verdict = judge(world.truth, outcome)

    assert verdict.is_clean, str(verdict)
    assert verdict.recall >= RECALL, str(verdict)
    assert quarter.run() == outcome
