"""A full store to measure against: SKUs with their stock, kits among them, listed on five channels that sell each in its own way."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine

from model.store import availability
from model.store.availability import ChannelPolicy
from model.store.bulk import PrimitiveRow, insert_rows
from model.store.database import Database
from model.store.policies import follow, lock
from model.tables.catalogue import KitPartRow, ListingRow, SkuMapRow, SkuRow
from model.tables.stock import BackorderRow, InboundRow, SafetyStockRow, StockLevelRow, StockLocationRow
from model.tables.streams import ChannelAccountRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Channel, StockSettings
from operations.runtime.hub_file import Entity, HubFile, Location
from operations.stock_policy import policy_of

START: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENTITY: Final = Entity(id="main", name="Measured company", currency="EUR", country="DE", zone="Europe/Berlin")
LOCATIONS: Final = (Location(id="main", name="Main"), Location(id="store", name="Store"))
STOCK: Final[dict[str, dict[str, object]]] = {
    "all": {"inbound_days": 7},
    "careful": {"share": "0.8", "safety": "1"},
    "ending": {"end_when": 2, "inbound_days": 7},
    "bounded": {"max_listed": 20, "safety": "2"},
    "one-place": {"share": "0.5", "locations": ("main",)},
}
"""Five channels, and how each sells from stock."""


def hub_file() -> HubFile:
    """The five channels, as hub.toml would name them."""
    channels = [
        Channel(
            id=name, name=name, entity="main", connector="woocommerce", zone="Europe/Berlin", orders_from=START, live_from=START,
            stock=StockSettings.model_validate(stock),
        )
        for name, stock in STOCK.items()
    ]  # fmt: skip
    return HubFile(Path("hub.toml"), "", None, (ENTITY,), (), tuple(channels), LOCATIONS)


def code_of(number: int) -> str:
    """A SKU's code; every tenth number, from 9 on, is a kit."""
    return f"SKU-{number:07}"


class Wares:
    """SKUs with their stock, the same for the same number; every tenth is a kit of two or three of the others."""

    def __init__(self, skus: int) -> None:
        self.codes = [code_of(number) for number in range(skus)]
        self.kits = self.codes[9::10]
        self.plain = [code for number, code in enumerate(self.codes) if number % 10 != 9]
        self.at = iso(START)

    def fill(self, connection: Connection) -> None:
        """Write all rows."""
        chance = random.Random(7)  # noqa: S311  sizes, not secrets
        channels = [(name, "woocommerce", "main", None, self.at, None, None) for name in STOCK]
        insert_rows(connection, ChannelAccountRow.__table__, channels)  # pyright: ignore[reportArgumentType]
        insert_rows(connection, StockLocationRow.__table__, [(each.id, "hub", self.at) for each in LOCATIONS])  # pyright: ignore[reportArgumentType]
        for row, rows in (
            (SkuRow, [(code, code, "piece", True, True, None, None, None, None, None, self.at) for code in self.codes]),
            (KitPartRow, list(self.parts(chance))),
            (StockLevelRow, list(self.levels(chance))),
            (BackorderRow, list(self.backorders(chance))),
            (InboundRow, list(self.inbound(chance))),
            (SafetyStockRow, list(self.safety(chance))),
        ):
            insert_rows(connection, row.__table__, rows)  # pyright: ignore[reportArgumentType]
        for position, name in enumerate(STOCK):
            ids = [derive_id(name, "listing", code) for code in self.codes]
            insert_rows(connection, ListingRow.__table__, list(self.listings(name, ids)))  # pyright: ignore[reportArgumentType]
            insert_rows(connection, SkuMapRow.__table__, list(self.mapped(name, ids, position)))  # pyright: ignore[reportArgumentType]

    def parts(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """Two or three parts of each kit, one, two or a half of each."""
        for kit in self.kits:
            for part in chance.sample(self.plain, chance.choice((2, 3))):
                yield kit, part, chance.choice((500, 1000, 1000, 2000))

    def levels(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """All in the main place and two thirds in the store; a fifth has reservations, some is damaged or held."""
        for code in self.plain:
            for place in ("main", "store")[: 1 if chance.random() < 1 / 3 else 2]:
                on_hand = chance.choice((0, 1, 3, 10, 40, 200)) * 1000 + chance.choice((0, 0, 0, 500))
                reserved = min(on_hand, chance.randrange(5) * 1000) if chance.random() < 0.2 else 0
                damaged = min(on_hand - reserved, 1000) if chance.random() < 0.05 else 0
                held = min(on_hand - reserved - damaged, 2000) if chance.random() < 0.02 else 0
                yield code, place, on_hand, damaged, held, reserved, 1

    def backorders(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """Two in a hundred SKUs, most of them open. No order stands behind them; nothing here reads it."""
        order = derive_id("order")
        for code in chance.sample(self.plain, len(self.plain) // 50):
            is_open = chance.random() < 0.8
            ended_at = None if is_open else self.at
            yield derive_id(code), order, code, code, "main", 2000, "open" if is_open else "filled", self.at, ended_at

    def inbound(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """One in twenty SKUs, some of it late or partly received."""
        for code in chance.sample(self.plain, len(self.plain) // 20):
            on = START + timedelta(days=chance.randrange(14))
            yield code, code, "main", 24_000, chance.choice((0, 0, 6000, 30_000)), f"{on:%Y-%m-%d}", "open", self.at

    def safety(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """One in ten SKUs for two of the channels, a few by a person's word."""
        for name in ("careful", "bounded"):
            for code in chance.sample(self.codes, len(self.codes) // 10):
                yield name, code, chance.randrange(6) * 1000, chance.random() < 0.1, self.at

    def listings(self, name: str, ids: Sequence[str]) -> Iterator[PrimitiveRow]:
        """Each SKU once."""
        for code, listing in zip(self.codes, ids, strict=True):
            yield listing, name, code, None, code, code, code, "goods", True, self.at, self.at, None

    def mapped(self, name: str, ids: Sequence[str], position: int) -> Iterator[PrimitiveRow]:
        """To itself; one in twenty is a box of six, on each channel another one."""
        for number, (code, listing) in enumerate(zip(self.codes, ids, strict=True)):
            yield listing, name, code, code, 6000 if number % 20 == position else 1000, "me", self.at


def make_store(url: str, skus: int) -> None:
    """Make a full store at the address, on PostgreSQL with the statistics autovacuum gathers; the hub never has SQLite gather any."""
    from model.store.migrating import upgrade  # noqa: PLC0415  Alembic takes long to import, and the measured steps need none

    database = Database(url)
    upgrade(database)
    database.close()
    engine = create_engine(url)  # without the hub's pragmas: SQLite checks no foreign keys while it is filled
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        Wares(skus).fill(connection)
        connection.exec_driver_sql(
            f"CREATE TABLE floor_stock (listing_id {'UUID' if engine.dialect.name == 'postgresql' else 'TEXT'}, desired BIGINT)"
        )
    tidy(engine)
    engine.dispose()


def tidy(engine: Engine) -> None:
    """What autovacuum does within a minute; nothing on SQLite."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


@dataclass(frozen=True, slots=True)
class At:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        """Where it stands."""
        return self.moment


def compute_all(hub: Hub) -> None:
    """Every listing of every channel by one statement a channel, each in a transaction of its own, and noted as followed."""
    for policy in policies(hub.file):
        hub.database.run(partial(_compute, policy=policy, at=hub.clock.now()))


def _compute(connection: Connection, *, policy: ChannelPolicy, at: datetime) -> None:
    lock(connection, [policy.account_id], at=at)
    availability.refresh(connection, policy, None, at=at)
    follow(connection, policy, at=at)


def policies(file: HubFile) -> list[ChannelPolicy]:
    """What the channels may show; on the first day throughout, so that only stock changes between the steps."""
    return [policy_of(file, channel, START) for channel in file.channels]
