"""Ring-fenced publishing under races: what channels may still sell never adds up to more than there is."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

import operations.publish_stock
from model.errors import MalformedError
from model.store.catalogue import SKU_MAP
from model.store.exposure import SHOWN
from model.store.stock_levels import LEVELS
from model.store.touches import touch
from model.tables.catalogue import KitPartRow, SkuRow
from operations.compare_stock import compare_channel
from operations.publish_stock import publish_channel
from operations.pull import pull_channel
from operations.refresh_availability import refresh_availability
from operations.review_orders import review_orders
from tests.shops import Market
from tests.unit.operations.test_pulling import START

pytestmark = pytest.mark.parametrize("market", [{"mode": "ring_fenced"}], indirect=True)


def settled(market: Market, units: int) -> str:
    """All shops have counted from zero and been told; gives a SKU."""
    market.open(units)
    market.turn()
    market.clock.move(minutes=3)
    market.turn()
    return market.common[0]


def free(market: Market, sku: str) -> int:
    with market.database.read() as c:
        level = c.execute(select(LEVELS).where(LEVELS.c.sku == sku)).one()
    return (level.on_hand - level.reserved) // 1000


def exposed(market: Market, sku: str) -> int:
    with market.database.read() as c:
        return sum(c.execute(select(SHOWN.c.exposure).where(SHOWN.c.sku == sku)).scalars())


def shown(market: Market, sku: str) -> int:
    return sum(quantity or 0 for quantity in market.shows(sku).values())


def test_a_sale_counted_behind_the_computation_makes_no_room_for_others(market: Market) -> None:
    sku = settled(market, 9)
    seller = max(market.shows(sku), key=lambda name: market.shows(sku)[name] or 0)
    market.street.sell(seller, sku, 3)
    market.clock.move(seconds=20)
    for one in market.channels:
        pull_channel(market.hub, one)

    refresh_availability(market.hub)
    review_orders(market.hub)
    for one in market.channels:
        publish_channel(market.hub, one)

    assert (free(market, sku), exposed(market, sku)) == (6, 6)
    assert shown(market, sku) <= 6


def test_two_channels_told_at_once_share_what_is_there(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.open(9)
    market.turn()
    market.clock.move(minutes=3)
    for one in market.channels:
        pull_channel(market.hub, one)
    review_orders(market.hub)
    refresh_availability(market.hub)
    both = threading.Barrier(2, timeout=3)
    real = operations.publish_stock.fenced

    def at_once(connection: Any, rows: Sequence[Any], *others: Any, **named: Any) -> list[Any]:  # noqa: ANN401
        found = real(connection, rows, *others, **named)
        if rows:
            met(both)
        return found

    monkeypatch.setattr("operations.publish_stock.fenced", at_once)
    threads = [threading.Thread(target=publish_channel, args=(market.hub, one)) for one in market.channels[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for sku in market.common:
        assert exposed(market, sku) <= free(market, sku) == 9
        assert shown(market, sku) <= 9


def met(both: threading.Barrier) -> None:
    """Wait for the other one, unless a lock keeps it away."""
    try:
        both.wait()
    except threading.BrokenBarrierError:
        return


def test_an_order_read_while_a_publisher_begins_is_waited_for(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    sku = settled(market, 9)
    seller = market.channels[0]
    market.clock.move(minutes=1)
    for one in market.channels:
        pull_channel(market.hub, one)
    market.street.sell(seller.id, sku, 2)
    market.clock.move(seconds=10)
    compare_channel(market.hub, seller)
    market.clock.move(minutes=3)
    real = operations.publish_stock._reason_for_silence  # pyright: ignore[reportPrivateUsage]

    def then_a_pull(hub: Any, channel: Any) -> str | None:  # noqa: ANN401
        found = real(hub, channel)
        pull_channel(hub, channel)
        return found

    monkeypatch.setattr("operations.publish_stock._reason_for_silence", then_a_pull)
    told = publish_channel(market.hub, seller)

    assert (told.outcome, told.message) == ("skipped", "some of its orders are not reviewed yet")
    assert shown(market, sku) <= 7


def test_what_lies_unread_in_quarantine_was_sold_before_it_was_seen_there(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    sku = settled(market, 9)
    seller = market.channels[0]
    market.clock.move(minutes=1)
    market.street.sell(seller.id, sku, 2)
    market.clock.move(seconds=10)
    compare_channel(market.hub, seller)
    market.clock.move(minutes=4)
    with market.hub.connected(seller) as connector:
        kinds = type(connector).kinds
    monkeypatch.setitem(kinds, "order", replace(kinds["order"], read=unreadable))

    for _ in range(4):
        market.clock.move(minutes=1)
        market.turn()

    assert free(market, sku) == 9  # nobody knows of the two
    assert shown(market, sku) <= 7
    assert exposed(market, sku) == 9


def unreadable(*_told: object) -> Any:  # noqa: ANN401
    raise MalformedError("order: odd")


def test_a_kit_promises_all_its_parts(market: Market) -> None:
    """The shop that is told first sells sets of two cups and three saucers, the others both alone: three sets leave three cups."""
    market.open(9)
    cup, saucer = market.common[:2]
    first = market.channels[0]
    with market.database.write() as c:
        c.execute(insert(SkuRow).values(code="set", title="set", unit="piece", is_tracked=True, is_active=True, changed_at=START))
        c.execute(insert(KitPartRow), [{"kit": "set", "part": cup, "quantity": 2000}, {"kit": "set", "part": saucer, "quantity": 3000}])
        c.execute(update(SKU_MAP).where(SKU_MAP.c.account_id == first.id, SKU_MAP.c.sku == cup).values(sku="set"))
        c.execute(delete(SKU_MAP).where(SKU_MAP.c.account_id == first.id, SKU_MAP.c.sku == saucer))
        touch(c, [cup, saucer, "set"])
    for _ in range(4):
        market.clock.move(minutes=3)
        market.turn()

    with market.database.read() as c:
        exposures = select(SHOWN.c.sku, func.sum(SHOWN.c.exposure)).where(SHOWN.c.sku.in_([cup, saucer, "set"])).group_by(SHOWN.c.sku)
        promised = {sku: int(units) for sku, units in c.execute(exposures)}
    assert promised == {"set": 3, cup: 3, saucer: 0}
