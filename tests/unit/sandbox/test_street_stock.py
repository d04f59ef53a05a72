"""The street sells from stock: a shop sells what it shows, takes its own sale off, and gives a cancelled one back."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.catalogue import is_countable, offers, product_of, products, variants_of
from sandbox.claims import Claim, claims_of
from sandbox.life import Deed, live
from sandbox.story import CHANNELS, dice, plan_sale
from sandbox.wares import BUNDLE, WARES

if TYPE_CHECKING:
    from sandbox.truth import TrueStock
    from tests.unit.sandbox.conftest import Open, Visit

MUG, TEA = "MUG-STONE-BLU", "TEA-SENCHA-100"
SELLS_AND_DIES = """
import json, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from sandbox.street import Street

street = Street(Path(sys.argv[1]), orders=30, seed=5, clock=lambda: datetime(2026, 11, 1, 12, tzinfo=UTC))
for channel in ("shopify-main", "woo-shop", "square-till"):
    street.stock(channel, {"*": 9})
    street.sell(channel, "MUG-STONE-BLU", 2)
    order = street.sell(channel, "TEA-SENCHA-100", 1)
    street.cancel(order)
print(json.dumps(street.truth()), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def level(shop: Visit, channel: str, sku: str = MUG) -> TrueStock:
    return next(one for one in shop.street.truth()["stock"] if (one["channel"], one["sku"]) == (channel, sku))


def test_most_wares_are_listed_everywhere_and_some_on_one_channel_only() -> None:
    listed = {channel: {WARES[ware].sku for ware in offers(channel)} for channel in CHANNELS}

    assert len(listed["shopify-main"] & listed["woo-shop"] & listed["square-till"]) >= 16
    assert {channel: sorted(skus - set().union(*(other for name, other in listed.items() if name != channel)))
            for channel, skus in listed.items()} == {
        "shopify-main": ["KNIFE-PARING"], "woo-shop": ["JAR-HONEY-250"], "square-till": ["CHEESE-COMTE", "COFFEE-BULK"],
    }  # fmt: skip


@pytest.mark.parametrize("channel", ["shopify-main", "square-till"])
def test_a_channel_may_list_one_sku_twice_and_another_thing_without_any(channel: str) -> None:
    skus = [WARES[ware].sku for ware in offers(channel) if is_countable(ware)]

    assert (skus.count("TEE-ORG-M-BLK"), skus.count("")) == (2, 1)


def test_variants_of_one_title_are_one_product() -> None:
    tees = variants_of("woo-shop", 2)

    assert [WARES[ware].variant for ware in tees] == ["S / Black", "M / Black", "L / White"]
    assert [product_of(ware) for ware in tees] == [2, 2, 2]
    assert 3 not in set(products("woo-shop"))


def test_nothing_is_counted_until_somebody_counts(visit: Open) -> None:
    shop = visit(orders=30)

    orders = [shop.street.sell("woo-shop", MUG, 500) for _ in range(3)]

    assert shop.street.truth()["stock"] == []
    assert None not in orders


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_sale_takes_its_units_off_what_the_shop_shows(visit: Open, channel: str) -> None:
    shop = visit(orders=6, channels=(channel,))
    shop.street.stock(channel, {MUG: 5})

    shop.street.sell(channel, MUG, 2)

    assert level(shop, channel) | {"external_id": ""} == {
        "channel": channel, "sku": MUG, "external_id": "", "sold": 2, "shown": 3, "held": 0, "settings": 0,
        "committed": 2 if channel == "shopify-main" else 0,
    }  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_buyer_who_finds_too_few_buys_nothing(visit: Open, channel: str) -> None:
    shop = visit(orders=6, channels=(channel,))
    shop.street.stock(channel, {MUG: 3})

    sold = [shop.street.sell(channel, MUG, 2) for _ in range(2)]

    assert (sold[0] is None, sold[1]) == (False, None)
    assert (level(shop, channel)["sold"], level(shop, channel)["shown"]) == (2, 1)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_cancelled_sale_goes_back_to_its_channel(visit: Open, channel: str) -> None:
    shop = visit(orders=6, channels=(channel,))
    shop.street.stock(channel, {MUG: 3})
    order = shop.street.sell(channel, MUG, 3)

    cancelled = [shop.street.cancel(str(order)) for _ in range(2)]

    assert cancelled == [True, False]
    assert [level(shop, channel)[name] for name in ("sold", "shown", "committed")] == [0, 3, 0]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_sold_order_is_a_paid_order_of_the_channel_like_any_other(visit: Open, channel: str) -> None:
    shop = visit(orders=6, channels=(channel,))

    order = shop.street.sell(channel, MUG, 2)

    assert shop.street.truth()["orders"][-1]["external_id"] == order
    assert len(shop.street.truth()["orders"]) == 7


def test_a_sold_order_is_read_by_pulls_and_names_its_listing(visit: Open) -> None:
    shop = visit(orders=6)
    shop.street.stock("woo-shop", {MUG: 9})

    order = shop.woo(f"orders/{shop.street.sell('woo-shop', MUG, 2)}").json()

    assert order["status"] == "processing"
    assert [(line["sku"], line["quantity"], str(line["variation_id"])) for line in order["line_items"]] == [
        (MUG, 2, level(shop, "woo-shop")["external_id"])
    ]


def test_a_bundle_takes_its_parts_and_is_sold_out_with_the_scarcest(visit: Open) -> None:
    shop = visit(orders=6)
    shop.street.stock("shopify-main", {MUG: 9, TEA: 3})

    sold = [shop.street.sell("shopify-main", WARES[BUNDLE].sku, 1) for _ in range(2)]

    assert (sold[0] is None, sold[1]) == (False, None)
    assert [(one["sku"], one["shown"], one["sold"]) for one in shop.street.truth()["stock"]] == [(MUG, 8, 1), (TEA, 1, 2)]


@pytest.mark.parametrize("channel", CHANNELS)
def test_buyers_of_the_living_street_find_no_more_than_is_shown(visit: Open, channel: str) -> None:
    shop = visit(orders=60, channels=(channel,))
    shop.street.stock(channel, {"*": 4})
    before = len(shop.street.truth()["orders"])

    for _ in range(40):
        shop.clock.pass_by(minutes=1)
        shop.street.advance()

    stock = shop.street.truth()["stock"]
    assert all(one["shown"] - one["held"] >= 0 for one in stock)
    assert any(one["sold"] for one in stock)
    assert 0 < len(shop.street.truth()["orders"]) - before < 40 * 60 / 10


@pytest.mark.parametrize("seed", range(6))
def test_what_was_sold_and_what_is_shown_add_up_to_what_was_there(visit: Open, seed: int) -> None:
    throw, shop = dice(seed), visit(orders=9, seed=seed)
    for channel in CHANNELS:
        shop.street.stock(channel, {MUG: 7, TEA: 5})
    orders: list[str] = []

    for _ in range(60):
        sold = shop.street.sell(throw.choice(CHANNELS), throw.choice((MUG, TEA)), throw.randrange(1, 4))
        orders += [sold] if sold else []
        if orders and throw.randrange(3) == 0:
            shop.street.cancel(orders.pop(throw.randrange(len(orders))))

    assert {(one["sku"], one["sold"] + one["shown"]) for one in shop.street.truth()["stock"]} == {(MUG, 7), (TEA, 5)}
    assert len(shop.street.truth()["orders"]) > 9


CLAIMS: list[tuple[str, str, Claim]] = [
    ("shopify-main", "", Claim(3, 3, 3, 0)),
    ("shopify-main", "pay ship_part", Claim(3, 3, 2, 0)),
    ("shopify-main", "pay ship", Claim(3, 3, 0, 0)),
    ("shopify-main", "pay refund_part", Claim(2, 2, 2, 0)),
    ("shopify-main", "pay ship refund_rest", Claim(3, 3, 0, 0)),
    ("shopify-main", "pay ship return", Claim(3, 0, 0, 0)),
    ("shopify-main", "cancel", Claim()),
    ("woo-shop", "", Claim(0, 0, 0, 3)),
    ("woo-shop", "hold", Claim(3, 3, 0, 0)),
    ("woo-shop", "hold cancel", Claim()),
    ("woo-shop", "fail", Claim()),
    ("woo-shop", "pay", Claim(3, 3, 0, 0)),
    ("woo-shop", "pay ship return", Claim(3, 0, 0, 0)),
    ("woo-shop", "pay cancel", Claim()),
    ("square-till", "", Claim(0, 0, 0, 3)),
    ("square-till", "authorise", Claim(0, 0, 0, 3)),
    ("square-till", "pay", Claim(3, 3, 0, 0)),
    ("square-till", "cancel", Claim()),
]


@pytest.mark.parametrize(("channel", "acts", "claim"), CLAIMS)
def test_each_vendor_takes_and_gives_back_by_its_own_rule(channel: str, acts: str, claim: Claim) -> None:
    deeds = [Deed(act, 1_790_000_000_000 + place) for place, act in enumerate(acts.split())]

    claims = claims_of(live(plan_sale(3, channel, 7, 0, 3), 1_790_000_000_000, deeds))

    assert claims.get(0, Claim()) == claim


def test_counting_starts_with_what_open_orders_hold_already(visit: Open) -> None:
    shop = visit(orders=60, channels=("shopify-main",))

    shop.street.stock("shopify-main", {"*": 10})

    assert sum(one["committed"] for one in shop.street.truth()["stock"]) > 10
    assert {one["sold"] for one in shop.street.truth()["stock"]} == {0}


@pytest.mark.parametrize(("units", "said"), [
    ({"NO-SUCH": 3}, "does not list NO-SUCH"), ({"GIFT-25": 3}, "cannot count GIFT-25"), ({MUG: -1}, "less than nothing"),
])  # fmt: skip
def test_a_shelf_that_makes_no_sense_is_refused(visit: Open, units: dict[str, int], said: str) -> None:
    shop = visit(orders=6)

    with pytest.raises(ValueError, match=said):
        shop.street.stock("woo-shop", units)


def test_stock_and_its_orders_survive_kill_nine(visit: Open, tmp_path: Path) -> None:
    dying = subprocess.run(
        [sys.executable, "-c", SELLS_AND_DIES, str(tmp_path / "street")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )

    reopened = visit()

    assert dying.returncode == -signal.SIGKILL
    assert httpx.Response(200, content=dying.stdout).json() == reopened.street.truth()
    assert {one["sold"] for one in reopened.street.truth()["stock"]} == {0, 2}


def knock(shop: Visit, method: str, path: str, sent: dict[str, Any] | None = None) -> httpx.Response:
    with httpx.Client(transport=shop.street.transport(), base_url="http://street/") as client:
        return client.request(method, path, json=sent)


def test_the_control_door_fills_sells_and_takes_back(visit: Open) -> None:
    shop = visit(orders=6)

    filled = knock(shop, "POST", "stock", {"woo-shop": {MUG: 2}}).json()["stock"]
    order = knock(shop, "POST", "stock/sell", {"channel": "woo-shop", "sku": MUG, "quantity": 2}).json()["order"]
    sold_out = knock(shop, "POST", "stock/sell", {"channel": "woo-shop", "sku": MUG}).json()
    shown = knock(shop, "GET", "stock").json()["stock"][0]["shown"]
    back = knock(shop, "POST", "stock/cancel", {"order": order}).json()

    assert (filled[0]["shown"], shown, sold_out, back) == (2, 0, {"order": None}, {"cancelled": True})
    assert level(shop, "woo-shop")["shown"] == 2


@pytest.mark.parametrize(("path", "sent", "status"), [
    ("stock", {"woo-shop": {"NO-SUCH": 2}}, 400), ("stock/sell", {"channel": "nowhere", "sku": MUG}, 400),
    ("stock/sell", {"channel": "woo-shop"}, 400), ("stock/burn", {}, 404),
])  # fmt: skip
def test_the_control_door_refuses_what_makes_no_sense(visit: Open, path: str, sent: dict[str, Any], status: int) -> None:
    answer = knock(visit(orders=6), "POST", path, sent)

    assert answer.status_code == status
    assert answer.json()["error"]
