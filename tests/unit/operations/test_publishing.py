"""Publishing: three shops of a street are told what they may sell, sell it, and are told again; nothing is sold twice."""

from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

import operations.publish_stock
from connectors._kit.http import Pause
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.exposure import SHOWN
from model.store.sealing import MasterKey
from model.store.stock_levels import Move, move
from model.tables.streams import LeaseRow, StreamCursorRow
from model.values.ids import derive_id
from operations.auditor import audit
from operations.compare_stock import compare_channel
from operations.publish_stock import publish_channel, refresh_touched
from operations.pull import pull_channel
from operations.pull_listings import pull_listings
from operations.reports import Report
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile, Location, StockSettings
from sandbox.street import Street
from tests.common_stock import lay_in_common
from tests.conftest import StillClock
from tests.unit.operations.test_pulling import ENTITY, START

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

    def __init__(self, database: Database, home: Path, clock: StillClock, **stock: object) -> None:
        self.database, self.clock = database, clock
        self.street = Street(home / "street", orders=1, seed=5, clock=clock.now)
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
        refresh_touched(self.hub)
        return [publish_channel(self.hub, one) for one in self.channels]

    def shows(self, sku: str) -> dict[str, int | None]:
        return {level["channel"]: level["shown"] for level in self.street.levels() if level["sku"] == sku}

    def sold(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for level in self.street.levels():
            total[level["sku"]] += level["sold"]
        return total


@pytest.fixture
def market(
    database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Generator[Market]:
    for name, (_, _, secrets) in SHOPS.items():
        for key, value in secrets.items():
            monkeypatch.setenv(f"TEST_{name}_{key}", value)
    clock.at = START
    opened = Market(database, tmp_path, clock, **getattr(request, "param", {}))
    yield opened
    opened.street.close()


def test_every_shop_shows_what_it_was_told_and_is_told_nothing_twice(market: Market) -> None:
    market.open(7)

    first = market.turn()
    second = market.turn()

    assert [each.outcome for each in first] == ["done"] * 3
    assert market.common
    assert all(set(market.shows(sku).values()) == {7} for sku in market.common)
    assert [each.counts["told"] for each in second] == [0, 0, 0]
    with market.database.read() as c:
        assert set(c.execute(select(SHOWN.c.state)).scalars()) == {"settled"}


def test_a_sale_on_one_shop_is_told_to_the_others(market: Market) -> None:
    market.open(7)
    market.turn()
    sku = market.common[0]

    market.street.sell("woo-shop", sku, 3)
    market.turn()

    assert market.shows(sku) == {"shopify-main": 4, "woo-shop": 4, "square-till": 4}
    assert audit(market.database.url) == []


def test_a_channel_whose_orders_were_not_read_is_told_nothing(market: Market) -> None:
    market.open(7)
    market.turn()
    market.clock.move(hours=1)

    assert [each.outcome for each in (publish_channel(market.hub, one) for one in market.channels)] == ["skipped"] * 3


@pytest.mark.parametrize("shown", [2, 11])
def test_what_somebody_changed_on_a_channel_is_found_by_the_compare_and_told_anew(market: Market, shown: int) -> None:
    market.open(7)
    market.turn()
    sku, (shopify, woo, square) = market.common[0], market.channels
    market.street.stock("woo-shop", {sku: shown})

    market.clock.move(seconds=20)
    found = [compare_channel(market.hub, one) for one in (shopify, woo, square)]
    early = publish_channel(market.hub, woo)
    market.clock.move(minutes=3)  # by then no sale can be late any more
    healed = market.turn()
    again = [compare_channel(market.hub, woo), *market.turn()]

    assert [each.counts["differ"] for each in found] == [0, 1, 0]
    assert (early.counts["healed"], early.counts["told"]) == (0, 0)
    assert [each.counts["healed"] for each in healed] == [0, 1, 0]
    assert market.shows(sku) == dict.fromkeys(SHOPS, 7)
    assert (again[0].counts["differ"], again[2].counts["told"]) == (0, 0)


def test_a_sale_seen_by_the_compare_before_its_order_was_read_is_no_drift(market: Market) -> None:
    market.open(7)
    market.turn()
    market.clock.move(seconds=20)
    market.street.sell("woo-shop", market.common[0], 3)

    found = compare_channel(market.hub, market.channels[1])
    market.clock.move(minutes=3)
    healed = market.turn()

    assert found.counts["differ"] == 1
    assert [each.counts["healed"] for each in healed] == [0, 0, 0]
    assert market.shows(market.common[0]) == dict.fromkeys(SHOPS, 4)


@pytest.mark.parametrize("market", [{"max_listed": 5}], indirect=True)
def test_a_channel_that_sold_of_its_most_is_filled_up_again(market: Market) -> None:
    market.open(100)
    market.turn()

    market.street.sell("woo-shop", market.common[0], 3)
    market.turn()

    assert market.shows(market.common[0]) == dict.fromkeys(SHOPS, 5)
    assert sum(each.counts["told"] for each in market.turn()) == 0


def test_a_place_that_its_channel_counts_itself_is_never_told(market: Market) -> None:
    market.open(7)
    places = (Location(id="main", name="Main", owner="channel"),)
    market.hub = replace(market.hub, file=replace(market.hub.file, locations=places))
    woo = market.channels[1].model_copy(update={"stock": StockSettings(locations=("main",))})
    told = publish_channel(market.hub, woo)

    assert (told.outcome, told.message) == ("skipped", "location main: is counted by the channel itself (owner), so it is told nothing")


@pytest.mark.parametrize("market", [{"mode": "ring_fenced"}], indirect=True)
def test_ring_fenced_shops_together_never_sell_more_than_there_is(market: Market) -> None:
    market.open(9)
    market.turn()  # looks
    market.clock.move(minutes=3)
    market.turn()  # tells: no sale from before the look is unknown any more
    sku = market.common[0]
    for _round in range(6):
        for name in SHOPS:
            for _buyer in range(4):
                market.street.sell(name, sku, 1)
        market.clock.move(minutes=3)
        market.turn()

    assert market.sold()[sku] == 9
    assert audit(market.database.url) == []


@pytest.mark.parametrize("market", [{"mode": "ring_fenced"}], indirect=True)
def test_what_cannot_be_told_yet_keeps_nobody_waiting(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations.publish_stock, "BATCH", 1)
    market.open(9)
    market.turn()
    market.clock.move(minutes=3)
    taken = market.turn()  # the first shop takes all there is; the others wait with every listing
    with market.database.write() as c:
        late = (
            c.execute(select(SHOWN.c.sku).where(SHOWN.c.account_id == "woo-shop").order_by(SHOWN.c.due_at, SHOWN.c.listing_id))
            .scalars()
            .all()[-1]
        )
        move(
            c,
            [Move(id=derive_id("more"), sku=late, location="main", kind="receipt", on_hand=4000, reference="more")],
            at=START,
            actor_id="me",
        )
        c.execute(update(SHOWN).where(SHOWN.c.account_id == "shopify-main", SHOWN.c.sku == late).values(exposure=9))
    refresh_touched(market.hub)

    told = publish_channel(market.hub, market.channels[1])

    assert taken[0].counts["told"] == len(market.common)
    assert told.counts["told"] == 1
    assert market.shows(late)["woo-shop"] == 4


def test_a_publisher_that_was_overtaken_settles_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.open(7)
    market.turn()
    market.street.sell("shopify-main", market.common[0], 2)
    market.clock.move(seconds=20)
    pull_channel(market.hub, market.channels[0])
    review_orders(market.hub)
    refresh_touched(market.hub)
    inner = market.street.transport()

    def overtaken(request: httpx.Request) -> httpx.Response:
        request.read()
        if b"quantity" in request.content:
            with market.database.write() as c:
                c.execute(update(LeaseRow).where(LeaseRow.resource == "publish:woo-shop").values(token=LeaseRow.token + 1))
        return inner.handle_request(request)

    monkeypatch.setattr(market, "door", lambda: httpx.MockTransport(overtaken))
    told = publish_channel(market.hub, market.channels[1])

    assert (told.outcome, "taken over" in told.message) == ("failed", True)
    with market.database.read() as c:
        assert "sending" in set(c.execute(select(SHOWN.c.state).where(SHOWN.c.account_id == "woo-shop")).scalars())


def test_a_source_whose_clock_is_ahead_makes_no_sale_known_that_was_not_read(market: Market) -> None:
    market.open(7)
    market.turn()
    ahead = market.clock.at + timedelta(minutes=10)
    with market.database.write() as c:
        c.execute(update(StreamCursorRow).values(read_until=ahead))
        c.execute(update(SHOWN).values(exposure=50))

    publish_channel(market.hub, market.channels[1])

    with market.database.read() as c:
        assert set(c.execute(select(SHOWN.c.exposure).where(SHOWN.c.account_id == "woo-shop")).scalars()) == {50}
