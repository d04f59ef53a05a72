"""Why a listing shows nothing of the hub's: the reason named is the one that holds, and mending it ends it."""

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from model.store.catalogue import LISTINGS, SKU_MAP, listing_id
from model.store.database import Database
from model.store.touches import touch
from operations.refresh_availability import refresh_availability
from operations.stock_book import formula
from operations.stock_reasons import why_not_shown
from tests.conftest import StillClock
from tests.saving import NOW
from tests.trade import Trade, channel

NOT_COMPUTED = "is not computed yet; `entrepot run publish_stock`"


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    return Trade(database, tmp_path, clock)


def why(trade: Trade, sku: str, of: str | None = "web") -> list[str]:
    with trade.database.read() as connection:
        return why_not_shown(connection, trade.file, sku, of)


def lists(trade: Trade, name: str, **values: object) -> None:
    one = update(LISTINGS).where(LISTINGS.c.id == listing_id("web", name))
    trade.database.run(lambda c: c.execute(one.values(values)))


def test_what_was_counted_but_not_computed_says_so_until_it_is(trade: Trade) -> None:
    trade.lay("cup", 5)
    before = why(trade, "cup", None)
    trade.database.run(lambda c: touch(c, ["cup"]))

    refresh_availability(trade.hub)

    assert before == [f"{each} cup: {NOT_COMPUTED}" for each in ("till", "web")]
    assert why(trade, "cup", None) == []


def test_a_sku_that_is_not_tracked_not_active_or_never_counted_says_each_with_its_mend(trade: Trade) -> None:
    trade.know("cup", is_tracked=False, is_active=False)

    told = why(trade, "cup")

    assert [each.partition("; ")[0] for each in told] == [
        "SKU 'cup': is not tracked, as a service is not",
        "SKU 'cup': is not active",
        "SKU 'cup': was never counted",
    ]
    assert "import it with is_tracked yes (`entrepot masters import skus FILE`)" in told[0]
    assert "`entrepot stock move receive cup N --reference NOTE`" in told[2]


def test_a_kit_names_the_part_that_was_never_counted(trade: Trade) -> None:
    trade.lay("cup", 5)

    assert why(trade, "set") == ["SKU 'set': its part tea was never counted; `entrepot stock move receive tea N --reference NOTE`"]


def test_a_sku_that_no_listing_of_the_channel_sells_says_so(trade: Trade) -> None:
    trade.lay("cup", 5)
    trade.database.run(lambda c: c.execute(delete(SKU_MAP).where(SKU_MAP.c.listing_id == listing_id("web", "cup"))))

    assert why(trade, "cup") == ["SKU 'cup': no listing on web sells it; `entrepot listings map CHANNEL LISTING cup`"]
    assert why(trade, "cup", None) == [f"till cup: {NOT_COMPUTED}"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"is_tracked": False}, "is not tracked by its channel; let the channel track it, then `entrepot run pull_listings`"),
        ({"gone_at": NOW}, "is no longer on its channel; put it back there, or map another listing"),
        ({"kind": "gift_card"}, "is no goods to its channel but a gift card, which shows no quantity"),
    ],
)
def test_a_listing_that_cannot_show_a_quantity_says_why(trade: Trade, values: dict[str, object], told: str) -> None:
    trade.lay("cup", 5)
    lists(trade, "cup", **values)

    assert why(trade, "cup") == [f"web cup: {told}"]


def test_a_listing_mapped_ahead_and_one_whose_channel_left_say_so(trade: Trade) -> None:
    trade.lay("cup", 5)
    trade.database.run(lambda c: c.execute(update(SKU_MAP).where(SKU_MAP.c.external_id == "pot").values(sku="cup", external_id="new")))
    trade.database.run(lambda c: c.execute(delete(LISTINGS).where(LISTINGS.c.external_id == "pot")))
    trade.with_channels(channel("web"))

    assert why(trade, "cup", None) == [
        "till cup: its channel is no longer in hub.toml",
        "till new: its channel is no longer in hub.toml",
        f"web cup: {NOT_COMPUTED}",
        "web new: was not read yet; `entrepot run pull_listings`",
    ]


def test_the_formula_is_told_in_units() -> None:
    row = {
        "on_hand": 40_500, "held_back": 1500, "reserved": 2000, "unrouted": 0, "inbound": 5000, "per_unit": 6000, "base": 7,
        "share": 500, "safety": 1, "end_when": 0, "max_listed": 9, "scarcest": "tea", "desired": 2,
    }  # fmt: skip

    assert formula(row) == (
        "(40.5 on hand - 1.5 held back - 2 reserved - 0 waited for + 5 promised of tea) / 6 = 7; "
        "share 0.5 - safety 1, ends at 0, at most 9 = 2"
    )
