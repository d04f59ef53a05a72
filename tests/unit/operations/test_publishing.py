"""Publishing: three shops of a street are told what they may sell, sell it, and are told again; nothing is sold twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

import operations.publish_stock
from model.errors import MalformedError
from model.records.listing import Listing
from model.store import exposure, publishing
from model.store.exposure import SHOWN
from model.store.stock_levels import Move, move
from model.tables.streams import LeaseRow, StreamCursorRow
from model.values.ids import derive_id
from operations.auditor import audit
from operations.compare_stock import compare_channel
from operations.publish_stock import publish_channel
from operations.pull import pull_channel
from operations.pull_listings import pull_listings
from operations.refresh_availability import refresh_availability
from operations.review_orders import review_orders
from operations.runtime.hub_accounts import StockSettings
from operations.runtime.hub_file import Location
from tests.shops import SHOPS, Market
from tests.unit.operations.test_pulling import START


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
    refresh_availability(market.hub)

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
    refresh_availability(market.hub)
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


def test_what_cannot_be_read_of_a_catalogue_may_be_what_seems_to_be_missing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.open(7)
    market.turn()
    shop = market.channels[1]
    with market.hub.connected(shop) as connector:
        kind: Any = type(connector)
    real: Callable[[bytes], Listing] = kind.read_listing
    odd: list[str] = []

    def read(raw: bytes) -> Listing:
        listing = real(raw)
        if listing.sku == market.common[0]:
            odd.append(listing.external_id)
            raise MalformedError("listing: odd")
        return listing

    monkeypatch.setattr(kind, "read_listing", staticmethod(read))
    market.clock.move(hours=6)
    report = pull_listings(market.hub, shop)
    refresh_availability(market.hub)

    assert (report.counts["gone"], report.counts["unreadable"], len(odd)) == (0, 1, 1)
    assert report.message == "nothing is taken for gone, as some cannot be read: listing: odd"
    with market.database.read() as c:
        there = select(SHOWN.c.desired).where(SHOWN.c.account_id == shop.id, SHOWN.c.sku == market.common[0])
        assert c.execute(there).scalar_one() == 7


def test_what_is_cancelled_while_a_channel_answers_is_not_forgotten(market: Market) -> None:
    market.open(7)
    market.turn()
    sku, shop = market.common[0], market.channels[0]
    with market.database.read() as c:
        (row,) = (each for each in publishing.at_rest(c, shop.id, None, 1000) if each.sku == sku)

    def put_back(units: int) -> int:
        with market.database.write() as c:
            exposure.count_sold(c, [(row.listing_id, -units * 1000)])
        with market.database.read() as c:
            return c.execute(select(SHOWN.c.put_back).where(SHOWN.c.listing_id == row.listing_id)).scalar_one()

    before = put_back(2)
    with market.database.write() as c:
        publishing.seen(c, [row], {row.listing_id: 7}, at=market.clock.now(), makes_due=False)

    assert (row.put_back, before, put_back(1)) == (0, 2, 3)
