"""A hub that sells from one shelf through two channels, with orders put straight into its store."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from model.records.order import Order, Party
from model.store import accounts, touches
from model.store.audit_trail import Actor
from model.store.bulk import insert_rows
from model.store.catalogue import LISTINGS, SKU_MAP, SKUS, listing_id
from model.store.database import Database
from model.store.order_rows import ORDERS, STATES
from model.store.safety_stock import SAFETY
from model.store.sealing import MasterKey
from model.store.stock_levels import Move, move
from model.store.velocity import Velocity, velocities
from model.tables.catalogue import KitPartRow, SkuRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile, Location
from operations.safety_stock import refresh_safety
from operations.sales import sales_window
from operations.stock_policy import meet_locations
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.orders import line, order
from tests.saving import NOW, Store

CODES = ("cup", "tea", "set", "pot")
PLACES = (Location(id="main", name="Main"), Location(id="far", name="Far"))


def channel(name: str, since: timedelta = timedelta(days=90), **stock: object) -> Channel:
    values: dict[str, object] = {
        "id": name, "name": name, "entity": "main", "connector": "woocommerce", "zone": "Europe/Berlin", "schedule": "every 5 min",
        "orders_from": NOW - since, "live_from": NOW - timedelta(days=30), "stock": {"locations": ("main",)} | stock,
    }  # fmt: skip
    return Channel.model_validate(values)


class Trade:
    """A hub whose channels sell cups, tea and a set of both, from one shelf."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        self.store, self.database, self.clock = Store(database, home), database, clock
        self.file = HubFile(home / "hub.toml", "", None, (ENTITY,), (), (channel("web"), channel("till")), PLACES)
        self.orders = 0
        sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": NOW}
        with database.write() as c:
            meet_locations(c, self.file, at=NOW)
            for each in self.file.channels:
                accounts.meet(c, each.id, each.connector, each.entity, at=NOW)
            c.execute(insert(SkuRow), [{"code": code, "title": code, **sku} for code in CODES])
            c.execute(insert(KitPartRow), [{"kit": "set", "part": part, "quantity": n} for part, n in (("cup", 4000), ("tea", 500))])
        for each in self.file.channels:
            for code in CODES:
                self.list_(each.id, code, code)

    @property
    def hub(self) -> Hub:
        return Hub(self.file, self.database, MasterKey.in_file(self.file.path.parent / "master.key"), Actor("me", "Me"), clock=self.clock)

    def with_channels(self, *channels: Channel) -> None:
        self.file = replace(self.file, channels=channels)

    def list_(self, account: str, name: str, sku: str, factor: int = 1000) -> None:
        row_id = listing_id(account, name)
        shown = (row_id, account, name, None, name, name, name, "goods", True, iso(NOW), iso(NOW), None)
        self.database.run(lambda c: insert_rows(c, LISTINGS, [shown]))
        self.database.run(lambda c: insert_rows(c, SKU_MAP, [(row_id, account, name, sku, factor, "me", iso(NOW))]))

    def sell(self, account: str, listing: str, units: int = 1, *, days_ago: int = 1, seen_at: datetime = NOW) -> str:
        """An order of one line; gives its row id."""
        self.orders += 1
        number = f"{account}-{self.orders}"
        sold = replace(line("a", 1000, units * 1000), variant_external_id=listing)
        placed_at = self.clock.at - timedelta(days=days_ago)
        return self.save(account, replace(order(number, lines=(sold,)), placed_at=placed_at), seen_at=seen_at)

    def serve(self, units: int, *, listing: str = "pot", **told: object) -> str:
        """A paid order of the web shop that nothing speaks against, told again if it is there; gives its row id."""
        sold = replace(line("a", 1000, units * 1000), variant_external_id=listing)
        home = Party(role="shipping", name="Ada Example", street=("1 Long Road",), city="Berlin", postcode="10115", country="DE")
        fit = order(version=self.orders, lines=(sold,))
        self.orders += 1
        values: dict[str, Any] = {"parties": (*fit.parties, home), "placed_at": self.clock.at - timedelta(hours=1)} | told
        return self.save("web", replace(fit, **values))

    def lifecycle(self, order_id: str) -> str:
        with self.database.read() as c:
            return c.execute(select(STATES.c.lifecycle).where(STATES.c.order_id == order_id)).scalar_one()

    def save(self, account: str, told: Order, *, seen_at: datetime = NOW) -> str:
        """What a channel tells of an order; gives its row id."""
        key_id = self.store.sealer.key_for(self.database, account, NOW)
        self.store.reading = replace(self.store.reading, account_id=account, key_id=key_id, at=seen_at, moment=iso(seen_at))
        self.store.save(told)
        return self.store.reading.order_id(told.external_id)

    def change(self, table: Any, order_id: str, **values: object) -> None:  # noqa: ANN401
        column = table.c.id if table is ORDERS else table.c.order_id
        self.database.run(lambda c: c.execute(update(table).where(column == order_id).values(values)))

    def lay(self, sku: str, units: int) -> None:
        arrival = Move(id=derive_id(sku, str(units)), sku=sku, location="main", kind="receipt", on_hand=units * 1000, reference="t")
        self.database.run(lambda c: move(c, [arrival], at=NOW - timedelta(days=9), actor_id="me"))
        self.untouch()

    def know(self, sku: str, **values: object) -> None:
        self.database.run(lambda c: c.execute(update(SKUS).where(SKUS.c.code == sku).values(values)))

    def untouch(self) -> None:
        self.database.run(lambda c: touches.clear(c, touches.waiting(c, 1000)))

    def touched(self) -> set[str]:
        with self.database.read() as c:
            return set(touches.waiting(c, 1000))

    def velocities(self) -> dict[tuple[str, str], Velocity]:
        with self.database.read() as c:
            return {(each.channel, each.sku): each for each in velocities(c, sales_window(self.hub, self.clock.at))}

    def safety(self) -> dict[tuple[str, str], tuple[int, bool]]:
        with self.database.read() as c:
            return {(row.account_id, row.sku): (row.quantity, row.is_manual) for row in c.execute(select(SAFETY))}

    def refresh(self) -> list[tuple[int, int]]:
        return [refresh_safety(self.hub, each) for each in self.file.channels]
