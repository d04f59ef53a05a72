"""One seeded town: a street of shops, a hub that reads them, one clock, and dice that settle everything else."""

import os
import random
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx

from connectors._kit.http import Pause
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.leases import this_process
from model.store.sealing import MasterKey
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile, read_hub_file
from sandbox.street import Street
from tests.simulation.mortality import BOUNDARIES, TYPICAL, KilledError, Mortality, MortalTransport, forget_frames
from tests.simulation.stores import Books, Stores
from tests.simulation.wires import Tape, Wire

OPENINGS = (
    datetime(2026, 3, 2, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 55, tzinfo=UTC),  # Berlin springs forward at 01:00 UTC
    datetime(2026, 10, 25, 0, 50, tzinfo=UTC),  # and falls back
    datetime(2026, 12, 31, 22, 55, tzinfo=UTC),  # the month, and with it the data key, turns
)
PAGE_SIZES = (5, 8, 25, 100)
NO_SUCH_PID = 4_999_999
"""Above the largest number Linux gives a process, so a holder named so counts as dead at once."""

_HUB_TOML = """
[[entities]]
id = "main"
name = "Main"
currency = "EUR"
country = "DE"
zone = "Europe/Berlin"
"""
_CHANNEL = """
[[channels]]
id = "{id}"
name = "{id}"
entity = "main"
connector = "{connector}"
zone = "Europe/Berlin"
orders_from = {orders_from}
live_from = {live_from}
[channels.settings]
url = "http://street/{door}"
{settings}
"""
_SHOPS = (
    ("shopify-main", "shopify", "shopify", 'access_token = "file:token"\npage_size = {size}'),
    ("woo-shop", "woocommerce", "woo", 'consumer_key = "ck_street"\nconsumer_secret = "file:secret"\npage_size = {size}'),
    ("square-till", "square", "square", 'access_token = "file:square"'),
)


@dataclass(slots=True)
class VirtualClock:
    """The clock of street and hub: it moves when somebody waits."""

    at: datetime

    def now(self) -> datetime:
        """The present instant."""
        return self.at

    def move_ms(self, elapsed_ms: int) -> None:
        """Let time pass."""
        self.at += timedelta(milliseconds=elapsed_ms)


@dataclass(slots=True)
class SkewedClock:
    """The hub's own idea of the time, wrong by a fixed span; never the same twice."""

    true: VirtualClock
    skew: timedelta

    def now(self) -> datetime:
        """The present instant, as the hub believes."""
        self.true.at += timedelta(microseconds=1)
        return self.true.now() + self.skew


@cache
def hub_file(home: Path, opening: datetime, page_size: int, stock: str = "") -> HubFile:
    """A hub.toml for the street's three shops, written once per opening time and page size; `stock` stands below each channel."""
    folder = home / f"hub-{OPENINGS.index(opening)}-{page_size}-{zlib.crc32(stock.encode())}"
    folder.mkdir(exist_ok=True)
    for name, secret in (("token", "street-shopify-token"), ("secret", "cs_street"), ("square", "street-square-token")):
        (folder / name).write_text(secret)
    times = {"orders_from": _toml(opening - timedelta(days=32)), "live_from": _toml(opening - timedelta(days=3))}
    shops = [
        _CHANNEL.format(id=name, connector=connector, door=door, settings=settings.format(size=page_size), **times) + stock
        for name, connector, door, settings in _SHOPS
    ]
    (folder / "hub.toml").write_text(_HUB_TOML + "".join(shops))
    return read_hub_file(folder / "hub.toml")


def _toml(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Violation:
    """A check that failed, and on what."""

    check: str
    detail: str


@dataclass(slots=True)
class Town:
    """Everything one run is made of. `journal` tells what happened, in order; two runs of one seed write the same one."""

    seed: int
    stores: Stores
    url: str
    dice: random.Random
    clock: VirtualClock
    street: Street
    file: HubFile
    books: Books
    skew: timedelta
    tape: Tape = field(default_factory=Tape)
    life: Mortality = field(default_factory=Mortality)
    lives: int = 0
    database: Database | None = None
    hub: Hub | None = None
    exchanges: int = 0
    alarm: int = 0
    """Exchanges until `on_alarm` is called."""
    outage_in: int = 0
    """Good exchanges until the line goes down,"""
    outage_left: int = 0
    """and how many questions then find it down: more than a client has patience for."""
    is_calm: bool = False
    """Nothing more happens in the world."""
    on_alarm: Callable[[], None] | None = None
    bustle: Callable[[], None] | None = None
    """What happens in the world between two exchanges, now and then; without it, orders come and change."""
    journal: list[str] = field(default_factory=list[str])
    violations: list[Violation] = field(default_factory=list[Violation])
    crashes: Counter[str] = field(default_factory=Counter[str])
    steps: Counter[str] = field(default_factory=Counter[str])
    read_until: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    """What each stored record's version was when last looked at."""
    stale: Tape = field(default_factory=Tape)
    """What the lagging cache remembers."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The three shops."""
        return self.file.channels

    def blame(self, check: str, detail: str) -> None:
        """Note a failed check."""
        self.violations.append(Violation(check, detail))

    def pass_time(self, least_ms: int, most_ms: int) -> None:
        """Let a drawn span of time pass, for the leases too."""
        elapsed_ms = self.dice.randint(least_ms, most_ms)
        self.clock.move_ms(elapsed_ms)
        self.books.age_leases(elapsed_ms)

    def open_hub(self) -> Hub:
        """The hub of this life, opened if there is none: a new process, that is, a new holder on this machine or another."""
        if self.hub is None:
            self.lives += 1
            self.database, self.life = self.stores.worker(self.url, "first")
            here = self.dice.random() < 0.5
            self.hub = self.worker(self.database, self.life, self.holder(is_gone=here))
        return self.hub

    def worker(self, database: Database, life: Mortality, holder: str) -> Hub:
        """A hub over this town's street and store."""
        wire = Wire(self.street.transport(), self.tape, self.exchange)
        sure_entropy = random.Random(f"{self.seed} {self.lives} {holder}").randbytes  # noqa: S311  dice, not secrets
        return Hub(
            file=self.file,
            database=database,
            master=MasterKey(b"simulation".ljust(32)),
            actor=Actor("sim", "Simulation"),
            clock=SkewedClock(self.clock, self.skew),
            transport=lambda _channel: MortalTransport(wire, life),
            pause=Pause(sleep=self.sleep, chance=self.impatience, clock=lambda: self.clock.now().timestamp()),
            entropy=sure_entropy,
            holder=lambda: holder,
        )

    def holder(self, *, is_gone: bool) -> str:
        """A lease holder's name: a process of this machine that is gone, or one elsewhere of which nobody knows."""
        host = this_process().partition(":")[0]
        return f"{host}:{NO_SUCH_PID}:{self.lives}" if is_gone else f"elsewhere-{self.lives}:1:1"

    def impatience(self) -> float:
        """Chance for waits between attempts, at the short end: a street that is waited for fills up with orders."""
        return self.dice.random() / 4

    def sleep(self, seconds: float) -> None:
        """Wait, in virtual time."""
        self.clock.move_ms(int(seconds * 1000))

    def exchange(self) -> None:
        """What befalls the world with every exchange: time passes, sometimes orders come and change, sometimes an intruder."""
        self.exchanges += 1
        self.clock.move_ms(self.dice.randint(5, 300))
        if self.outage_in:
            self.outage_in -= 1
        elif self.outage_left:
            self.outage_left -= 1
            raise httpx.ConnectError("the line is down")
        if not self.is_calm and self.dice.randrange(10) == 0:
            (self.bustle or self.street.advance)()
        if self.on_alarm is not None:
            self.alarm -= 1
            if self.alarm == 0:
                self.on_alarm()

    def risk(self, *, deaths: int, outage_one_in: int) -> None:
        """Before the hub's next work: so many times of a hundred settle where it dies, and once in so many when the line goes down."""
        self.open_hub()
        if self.dice.randrange(100) < deaths:
            boundary = self.dice.choice(BOUNDARIES)
            self.life.doom(boundary, self.dice.randint(1, max(TYPICAL[boundary], self.life.passed[boundary] // 2)))
        if self.dice.randrange(outage_one_in) == 0:
            self.outage_in, self.outage_left = self.dice.randint(1, 12), self.dice.randint(4, 15)
            self.steps["line down"] += 1

    def outlive(self, work: Callable[[], object]) -> bool:
        """Do this work; whether the process lived to its end. One that did not is buried."""
        try:
            work()
        except KilledError as killed:
            self.crashes[str(self.life.boundary)] += 1
            self.journal.append(f"killed {self.life.boundary}")
            forget_frames(killed)
            self.bury()
            return False
        self.life.spare()
        return True

    def calm(self) -> None:
        """The faults stop, nothing more happens by itself, and the hub begins a new life."""
        self.street.calm()
        self.is_calm, self.outage_in, self.outage_left = True, 0, 0
        self.bury()

    def bury(self) -> None:
        """Drop all that the dead or finished process held."""
        if self.database is not None:
            self.database.close()
        self.hub = self.database = None


@contextmanager
def open_town(
    seed: int,
    stores: Stores,
    dice: random.Random,
    opening: datetime,
    *,
    database: str = "sqlite",
    orders: int = 1,
    page_size: int,
    stock: str = "",
    skew: timedelta = timedelta(0),
) -> Generator[Town]:
    """A town of its own over an empty store, its street under every fault; all of it is gone afterwards. It draws nothing itself."""
    home, clock = stores.home / f"street_{os.getpid()}", VirtualClock(opening)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        url = stack.enter_context(stores.fresh(database))
        street = Street(home, orders=orders, seed=seed, faults="all", clock=clock.now)
        stack.callback(street.close)
        books = Books(url)
        stack.callback(books.close)
        town = Town(seed, stores, url, dice, clock, street, hub_file(stores.home, opening, page_size, stock), books, skew)
        stack.callback(town.bury)
        yield town
