"""A month of three shops whose lists show some orders only days later, and change others in silence; and the world's own books."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors._kit.http import Pause
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.sealing import MasterKey
from operations.completeness.days import SweptDays
from operations.completeness.verbs import sweep_orders
from operations.pull import pull_channel
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile
from sandbox.street import Street
from sandbox.truth import TrueOrder
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.shops import SHOPS, channel

OPENED = datetime(2026, 3, 27, 11, tzinfo=UTC)
"""Clocks are put forward on the 29th; some of the month's days are UTC+1, some UTC+2."""
BERLIN = ZoneInfo("Europe/Berlin")
BUSY_DAYS = 3
QUIET_DAYS = 4
"""By then nothing is late any more."""


class DaySum(NamedTuple):
    """Ids and sums of one day of one channel."""

    ids: frozenset[str]
    gross: int
    refunded: int
    refunds: int


class Month:
    """A hub, three shops that are late, and a clock."""

    def __init__(self, database: Database, home: Path, clock: StillClock, orders: int = 90, faults: str = "days_late_rows") -> None:
        self.database, self.clock = database, clock
        clock.at = OPENED
        self.street = Street(home / "street", orders=orders, seed=31, clock=clock.now, faults=faults)
        begins = {"orders_from": OPENED - timedelta(days=31), "live_from": OPENED - timedelta(days=1)}
        self.channels = tuple(channel(name).model_copy(update=begins) for name in SHOPS)
        self.hub = Hub(
            HubFile(home / "hub.toml", "", None, (ENTITY,), (), self.channels), database, MasterKey.in_file(home / "master.key"),
            Actor("me", "Me"), clock=clock, transport=lambda _channel: self.street.transport(),
            pause=Pause(sleep=lambda _s: None, chance=lambda: 0),
        )  # fmt: skip

    def pull(self) -> None:
        """Read every channel as its schedule does: orders, and refunds."""
        for each in self.channels:
            for group in ("pull", "refunds"):
                assert all(one.outcome == "done" for one in pull_channel(self.hub, each, group=group))

    def live(self) -> None:
        """Some busy days, read every six hours; then quiet ones, in which the hub reads on, and nothing is late any more."""
        for day in range(BUSY_DAYS):
            for hours in range(4):
                self.clock.move(hours=6)
                for each in self.channels:
                    for sale in range(3):
                        self.street.sell(each.id, SKU, 1 + (day + hours + sale) % 3)
                self.street.touch(0.03)
                self.street.touch_quietly(0.03)
                self.pull()
        self.clock.move(days=QUIET_DAYS)
        self.pull()

    def sweep(self, since: date | None = None) -> list[Report]:
        """Sweep all days from one on."""
        return sweep_orders(self.hub, None, SweptDays(since or OPENED.date() - timedelta(days=31)))

    def world(self) -> Mapping[tuple[str, date], DaySum]:
        """By channel and day of Berlin what the shops' own books say, of all days that can be swept."""
        days: dict[tuple[str, date], list[TrueOrder]] = defaultdict(list)
        for order in self.street.truth()["orders"]:
            placed = datetime.fromtimestamp(order["placed_ms"] / 1000, UTC).astimezone(BERLIN).date()
            if OPENED.date() - timedelta(days=31) < placed < self.clock.now().astimezone(BERLIN).date():
                days[order["channel"], placed].append(order)
        return {key: _summed(orders) for key, orders in days.items()}

    def stored(self) -> Mapping[tuple[str, date], DaySum]:
        """By channel and stored business day what the hub has, by plain SQL."""
        query = """SELECT o.account_id, o.business_date, o.external_id, o.total_minor,
            (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r
             WHERE r.order_id = o.id AND r.removed_at IS NULL AND r.status = 'succeeded'),
            (SELECT COUNT(*) FROM refund r WHERE r.order_id = o.id AND r.removed_at IS NULL AND r.status <> 'failed') FROM orders o"""
        ids: dict[tuple[str, date], set[str]] = defaultdict(set)
        sums: dict[tuple[str, date], list[tuple[int, int, int]]] = defaultdict(list)
        with self.database.read() as connection:
            for account, day, external_id, *told in connection.exec_driver_sql(query).tuples():
                key = (account, date.fromisoformat(str(day)))
                ids[key].add(external_id)
                sums[key].append((int(told[0]), int(told[1]), int(told[2])))
        return {key: DaySum(frozenset(ids[key]), *(sum(column) for column in zip(*rows, strict=True))) for key, rows in sums.items()}

    def wrong_days(self) -> dict[tuple[str, date], tuple[DaySum, DaySum | None]]:
        """The channels and days on which the hub and the world do not agree."""
        stored = self.stored()
        return {key: (true, stored.get(key)) for key, true in self.world().items() if stored.get(key) != true}


SKU = "MUG-STONE-BLU"


def _summed(orders: Sequence[TrueOrder]) -> DaySum:
    backs = [back["total"]["minor"] for order in orders for back in order["refunds"]]
    return DaySum(
        frozenset(order["external_id"] for order in orders), sum(order["total"]["minor"] for order in orders), sum(backs), len(backs)
    )
