"""The fault dial at the doors of stock: refused, cut, answered wrongly before and after the effect, stale; and limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import httpx
import pytest

from sandbox.faults import AFTER, WRITES
from sandbox.limits import Bucket, Limit
from sandbox.square.ids import variation_id

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

NOTE, NOTE_WARE = "NOTE-A5-DOT", 6
SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $input)
  @idempotent(key: $key) { userErrors { code } } }"""
VARIANTS = "{ productVariants(first: 250) { nodes { id sku inventoryItem { id } } pageInfo { hasNextPage } } }"
Put: TypeAlias = "Callable[[Visit, int], httpx.Response]"


def put_shopify(shop: Visit, units: int, expected: int | None = None) -> httpx.Response:
    row = {"inventoryItemId": "gid://shopify/InventoryItem/46000000006", "locationId": "gid://shopify/Location/63590301",
           "quantity": units, "changeFromQuantity": expected}  # fmt: skip
    sent = {"name": "available", "reason": "correction", "quantities": [row]}
    return shop.shopify(SET, input=sent, key=f"{units}:{expected}")


def put_woo(shop: Visit, units: int) -> httpx.Response:
    return shop.set_woo("POST", "products/batch", {"update": [{"id": 112, "stock_quantity": units, "manage_stock": True}]})


def put_square(shop: Visit, units: int) -> httpx.Response:
    count = {"catalog_object_id": variation_id(NOTE_WARE), "state": "IN_STOCK", "location_id": "LSTREET1", "quantity": str(units),
             "occurred_at": shop.clock().isoformat()}  # fmt: skip
    sent = {"idempotency_key": f"k{units}", "changes": [{"type": "PHYSICAL_COUNT", "physical_count": count}]}
    return shop.ask_square("inventory/changes/batch-create", sent)


PUTS: dict[str, Put] = {"shopify-main": put_shopify, "woo-shop": put_woo, "square-till": put_square}
CHANNELS = tuple(PUTS)


def outcome(shop: Visit, channel: str, units: int) -> object:
    try:
        return PUTS[channel](shop, units)
    except httpx.TransportError as error:
        return type(error)


def opened(visit: Open, channel: str, *, faults: str = "none", limits: dict[str, Limit] | None = None) -> Visit:
    shop = visit(orders=6, faults=faults, limits=limits)
    shop.street.stock(channel, {NOTE: 50})
    return shop


def stock(shop: Visit, channel: str) -> tuple[int, int]:
    (level,) = [one for one in shop.street.truth()["stock"] if one["channel"] == channel]
    return level["shown"], level["settings"]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("fault", ["status_503", "rate_limited_seconds", "connection_refused", "read_timeout"])
def test_what_fails_before_the_effect_sets_nothing(visit: Open, channel: str, fault: str) -> None:
    shop = opened(visit, channel, faults=fault)

    outcomes = [outcome(shop, channel, units) for units in range(30)]

    failed = sum(count for (_, endpoint), count in shop.street.hits.items() if endpoint in WRITES)
    assert len(outcomes) - failed == stock(shop, channel)[1] < 30
    assert failed >= 8


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("fault", [*AFTER, "cut_body"])
def test_what_fails_after_the_effect_has_set_it_all_the_same(visit: Open, channel: str, fault: str) -> None:
    shop = opened(visit, channel, faults=fault)

    outcomes = [outcome(shop, channel, units) for units in range(30)]

    good = [one for one in outcomes if isinstance(one, httpx.Response) and one.status_code == 200]
    assert stock(shop, channel) == (29, 30)
    assert 8 <= len(good) <= 22


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_item_refused_by_a_twist_is_taken_the_next_time(visit: Open, channel: str) -> None:
    shop = opened(visit, channel, faults="item_refused")

    bodies = [PUTS[channel](shop, units).text for units in range(30)]
    shop.street.calm()

    words = ("ITEM_NOT_STOCKED_AT_LOCATION", "woocommerce_rest_product_invalid_id", "INVALID_VALUE")
    assert 8 <= sum(any(word in body for word in words) for body in bodies) <= 22
    assert PUTS[channel](shop, 77).status_code == 200
    assert stock(shop, channel)[0] == 77


def test_a_sale_just_before_makes_a_comparison_stale(visit: Open) -> None:
    shop = opened(visit, "shopify-main", faults="sale_between")
    codes: Counter[str] = Counter()

    for units in range(100, 120):
        errors = put_shopify(shop, units, stock(shop, "shopify-main")[0]).json()["data"]["inventorySetQuantities"]["userErrors"]
        codes.update([error["code"] for error in errors])

    assert set(codes) == {"CHANGE_FROM_QUANTITY_STALE"}
    assert codes.total() == sum(shop.street.hits.values()) == sum(one["sold"] for one in shop.street.truth()["stock"]) >= 5


def test_a_sale_just_before_is_written_over_where_nothing_is_compared(visit: Open) -> None:
    shop = opened(visit, "woo-shop", faults="sale_between")

    shown = [put_woo(shop, 40).json()["update"][0]["stock_quantity"] for _ in range(20)]

    assert set(shown) == {40}
    assert sum(one["sold"] for one in shop.street.truth()["stock"]) == sum(shop.street.hits.values()) >= 5


@pytest.mark.parametrize("fault", ["empty_page", "duplicate_order", "cut_body", "lone_surrogate"])
def test_lists_of_goods_go_wrong_too(visit: Open, fault: str) -> None:
    shop = visit(orders=6, faults=fault)

    for ask in (lambda: shop.woo("products"), lambda: shop.shopify(VARIANTS), lambda: shop.square("catalog/list")):
        for _ in range(20):
            try:
                ask()
            except httpx.TransportError:
                continue

    assert {endpoint for _, endpoint in shop.street.hits} == {"woo:products", "shopify:listings", "square:catalog/list"}


def test_without_a_limit_nobody_is_too_hasty(visit: Open) -> None:
    shop = opened(visit, "woo-shop")

    assert {put_woo(shop, units).status_code for units in range(200)} == {200}


@pytest.mark.parametrize("channel", ["woo-shop", "square-till"])
def test_a_limited_shop_answers_429_and_says_when_there_is_room_again(visit: Open, channel: str) -> None:
    shop = opened(visit, channel, limits={channel: Limit(per_second=2, burst=5)})

    hasty = [PUTS[channel](shop, units) for units in range(7)]
    shop.clock.pass_by(seconds=int(hasty[-1].headers["Retry-After"]))
    later = [PUTS[channel](shop, units).status_code for units in range(10, 13)]

    assert [one.status_code for one in hasty] == [200] * 5 + [429] * 2
    assert later == [200, 200, 429]
    assert shop.street.refused == {channel: 3}


def test_shopify_counts_what_a_query_costs_and_says_what_is_left(visit: Open) -> None:
    shop = opened(visit, "shopify-main", limits={"shopify-main": Limit(per_second=50, burst=300)})

    first, second = shop.shopify(VARIANTS).json(), shop.shopify(VARIANTS).json()
    shop.clock.pass_by(seconds=5)
    third = shop.shopify(VARIANTS).json()

    assert first["extensions"]["cost"]["throttleStatus"] == {"maximumAvailable": 300.0, "currentlyAvailable": 48, "restoreRate": 50.0}
    assert (second["errors"][0]["extensions"]["code"], second["extensions"]["cost"]["actualQueryCost"]) == ("THROTTLED", None)
    assert "data" in third
    assert shop.street.refused == {"shopify-main": 1}


def test_a_throttled_mutation_sets_nothing(visit: Open) -> None:
    shop = opened(visit, "shopify-main", limits={"shopify-main": Limit(per_second=1, burst=25)})

    told = ["errors" in put_shopify(shop, units).json() for units in (1, 2, 3)]

    assert told == [False, False, True]
    assert stock(shop, "shopify-main") == (2, 2)


def test_a_bucket_never_holds_more_than_it_holds_and_loses_no_part_of_a_point() -> None:
    bucket = Bucket(Limit(per_second=3, burst=2), 0)

    taken = [bucket.take(1, at_ms) for at_ms in (0, 0, 0, 333, 334, 100_000, 100_000, 100_000)]

    assert taken == [0, 0, 334, 1, 0, 0, 0, 334]
