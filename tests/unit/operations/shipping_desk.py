"""A hub whose web shop sells from two places: its own, and a 3PL's."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from model.store.bulk import among
from model.store.database import Database
from model.store.fulfilments import FULFILMENT_ORDERS
from model.store.outbox import OUTBOX
from model.store.stock_levels import LEVELS, Move, move
from model.values.ids import derive_id
from operations.auditor import audit
from operations.book_advices import book_advices
from operations.dispatch import drain_account
from operations.pull import pull_channel
from operations.release import release_fulfilments
from operations.reports import Report
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, HubFile, Location, Partner
from operations.stock_policy import meet_locations
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.saving import NOW
from tests.trade import Trade, channel
from tests.warehouse import Warehouse

PARTNER = Partner.model_validate(
    {
        "id": "threepl", "name": "3PL", "entity": "main", "connector": "shipbob", "zone": "UTC", "advices_from": NOW - timedelta(days=1),
        "settings": {"token": "file:token", "channel_id": 7},
    }
)  # fmt: skip
PLACES = (Location(id="main", name="Main"), Location(id="east", name="East", owner="3pl", ships_by="threepl"))


SHOP = {"url": "https://shop.example.com/", "consumer_key": "file:token", "consumer_secret": "file:token"}


def shipping_file(home: Path) -> HubFile:
    """A hub with a web shop, a place of its own and one of a 3PL's."""
    web = channel("web", locations=("east", "main")).model_copy(update={"settings": SHOP})
    return HubFile(home / "hub.toml", "", None, (ENTITY,), (), (web,), PLACES, partners=(PARTNER,))


class Desk:
    """Orders come in through `trade`, goods lie in `east` unless said otherwise, and `warehouse` is the 3PL's own."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        self.trade = Trade(database, home, clock)
        self.database, self.clock, self.home = database, clock, home
        self.warehouse = Warehouse(home / "warehouse.json")
        (home / "token").write_text("t")
        self.trade.file = shipping_file(home)
        database.run(lambda c: meet_locations(c, self.trade.file, at=NOW))

    @property
    def hub(self) -> Hub:
        """The hub, with the 3PL at the other end of its wire."""

        def transport(account: Account) -> httpx.BaseTransport:
            return self.warehouse if account.id == "threepl" else httpx.MockTransport(lambda _: httpx.Response(500))

        return replace(self.trade.hub, transport=transport)

    def lay(self, sku: str, units: int, place: str = "east") -> None:
        """Put whole units on a shelf."""
        arrival = Move(id=derive_id(sku, place, str(units)), sku=sku, location=place, kind="receipt", on_hand=units * 1000, reference="t")
        self.database.run(lambda c: move(c, [arrival], at=NOW, actor_id="me"))

    def sold(self, units: int, **told: Any) -> str:  # noqa: ANN401
        """An approved order of pots; gives its row id."""
        order_id = self.trade.serve(units, **told)
        review_orders(self.hub)
        return order_id

    def release(self) -> Report:
        return release_fulfilments(self.hub)

    def drain(self) -> Report:
        return drain_account(self.hub, PARTNER)

    def hear(self) -> Report:
        """Five minutes later, read what the 3PL tells, and book it; the orders are looked at again."""
        self.clock.move(minutes=5)
        self.warehouse.at = self.clock.at
        for outcome in pull_channel(self.hub, PARTNER):
            assert outcome.error is None, outcome.message
        report = book_advices(self.hub, PARTNER)
        review_orders(self.hub)
        return report

    def asked(self, order_id: str) -> list[Any]:
        """The order's fulfilment orders."""
        f = FULFILMENT_ORDERS.c
        with self.database.read() as c:
            return list(c.execute(select(FULFILMENT_ORDERS).where(among(c, f.order_id, [order_id])).order_by(f.number)))

    def commands(self) -> list[Any]:
        """What is in the outbox for the 3PL, as it was decided."""
        with self.database.read() as c:
            return list(c.execute(select(OUTBOX).where(OUTBOX.c.account_id == "threepl").order_by(OUTBOX.c.made_at, OUTBOX.c.seq)))

    def level(self, place: str = "east") -> tuple[int, int, int]:
        """Pots on hand, held back and reserved, in thousandths."""
        with self.database.read() as c:
            row = c.execute(select(LEVELS).where(LEVELS.c.sku == "pot", LEVELS.c.location_id == place)).one()
        return row.on_hand, row.held, row.reserved

    def audited(self) -> list[object]:
        return list(audit(self.database.url))
