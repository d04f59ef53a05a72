"""A hub with three shops of a street that sell the same wares from one stock."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx

from connectors._kit.http import Pause
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.sealing import MasterKey
from operations.publish_stock import publish_channel
from operations.pull import pull_channel
from operations.pull_listings import pull_listings
from operations.refresh_availability import refresh_availability
from operations.reports import Report
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile
from sandbox.street import Street
from tests.common_stock import lay_in_common
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.unit.operations.test_pulling import START

SHOPS = {
    "shopify-main": ("shopify", "shopify", {"access_token": "street-shopify-token"}),
    "woo-shop": ("woocommerce", "woo", {"consumer_key": "ck_street", "consumer_secret": "cs_street"}),
    "square-till": ("square", "square", {"access_token": "street-square-token"}),
}


def channel(name: str, **stock: object) -> Channel:
    connector, door, secrets = SHOPS[name]
    values: dict[str, object] = {
        "id": name, "name": name, "entity": "main", "connector": connector, "zone": "Europe/Berlin", "stock": stock,
        "orders_from": START - timedelta(days=2), "live_from": START - timedelta(days=1), "allow_hosts": ("street",),
        "settings": {"url": f"http://street/{door}", **{key: f"env:TEST_{name}_{key}" for key in secrets}},
    }  # fmt: skip
    return Channel.model_validate(values)


class Market:
    """A hub with three shops that sell the same wares."""

    def __init__(self, database: Database, home: Path, clock: StillClock, orders: int = 1, **stock: object) -> None:
        self.database, self.clock = database, clock
        self.street = Street(home / "street", orders=orders, seed=5, clock=clock.now)
        self.channels = [channel(name, **stock) for name in SHOPS]
        self.hub = Hub(
            HubFile(home / "hub.toml", "", None, (ENTITY,), (), tuple(self.channels)), database, MasterKey.in_file(home / "master.key"),
            Actor("me", "Me"), clock=clock, transport=lambda _channel: self.door(), pause=Pause(sleep=lambda _s: None, chance=lambda: 0),
        )  # fmt: skip
        self.common: list[str] = []

    def door(self) -> httpx.BaseTransport:
        return self.street.transport()

    def open(self, units: int) -> None:
        """Read the catalogues, sell every code they share from one stock of so many units, and let the shops count from zero."""
        for one in self.channels:
            self.street.stock(one.id, {"*": 0})
            assert pull_listings(self.hub, one).outcome == "done"
        self.common = lay_in_common(self.database, self.hub.file, units, START)

    def turn(self) -> list[Report]:
        """Read, review and tell all shops once; a little time passes."""
        self.clock.move(seconds=20)
        for one in self.channels:
            pull_channel(self.hub, one)
        review_orders(self.hub)
        refresh_availability(self.hub)
        return [publish_channel(self.hub, one) for one in self.channels]

    def shows(self, sku: str) -> dict[str, int | None]:
        return {level["channel"]: level["shown"] for level in self.street.levels() if level["sku"] == sku}

    def sold(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for level in self.street.levels():
            total[level["sku"]] += level["sold"]
        return total
