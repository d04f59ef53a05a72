"""Shopify's catalogue and levels: one location, changes by compare-and-set under keys, refusals by place, and the street's shop."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import StockAnswer, StockSeen, StockTarget
from connectors.registry import connect
from connectors.shopify.connector import Shopify
from connectors.shopify.paging import REBASE_AFTER
from connectors.shopify.stock import KEYS
from model.errors import AuthError, ConfigError, ContractError
from model.records.listing import Listing
from sandbox.street import Street

Node = dict[str, Any]

OPENING = datetime(2026, 3, 1, tzinfo=UTC)
BARN = {"id": "gid://shopify/Location/32", "name": "Barn", "isActive": True}
SHED = {"id": "gid://shopify/Location/31", "name": "Shed", "isActive": True}


@dataclass
class Shop:
    """A shop with locations and levels; `turns` answers the first changes, one after the other, instead of the shop itself."""

    locations: list[Node] = field(default_factory=lambda: [BARN, {**SHED, "isActive": False}])
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    turns: list[Callable[[Node], Node]] = field(default_factory=list[Callable[[Node], Node]])
    variants: int = 0
    asked: list[Node] = field(default_factory=list[Node])

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body)
        operation = body["query"].split("(")[0].split()[1]
        ways = {"Locations": self.places, "Levels": self.levels, "SetLevels": self.change, "Listings": self.listings}
        return httpx.Response(200, json=ways[operation](body["variables"]))

    def places(self, _variables: Node) -> Node:
        return {"data": {"locations": {"nodes": self.locations}}}

    def levels(self, variables: Node) -> Node:
        return {"data": {"nodes": [self.nodes.get(each) for each in variables["ids"]]}}

    def change(self, variables: Node) -> Node:
        return self.turns.pop(0)(variables) if self.turns else problems()

    def listings(self, variables: Node) -> Node:
        """Cursors are places, and end at 25,000 rows of one search."""
        behind = int((variables["query"] or "id:>0").removeprefix("id:>"))
        start = int(variables["after"] or 0)
        assert start + variables["first"] <= 25_000
        numbers = range(behind + 1 + start, min(self.variants, behind + start + variables["first"]) + 1)
        turn = {"hasNextPage": numbers.stop <= self.variants, "endCursor": str(start + len(numbers))}
        return {"data": {"productVariants": {"pageInfo": turn, "nodes": [variant(number) for number in numbers]}}}

    def changes(self) -> list[Node]:
        return [body["variables"] for body in self.asked if "SetLevels" in body["query"]]


def problems(*told: tuple[str, int | None]) -> Node:
    errors = [{"code": code, "field": ["input"] if place is None else ["input", "quantities", str(place)]} for code, place in told]
    return {"data": {"inventorySetQuantities": {"userErrors": errors}}}


def throttled(_variables: Node) -> Node:
    cost = {"requestedQueryCost": 10, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 5}}
    return {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": {"cost": cost}}


def variant(number: int) -> Node:
    return {
        "id": f"gid://shopify/ProductVariant/{number}",
        "sku": f"S-{number}",
        "title": "Default Title",
        "requiresComponents": False,
        "product": {"id": f"gid://shopify/Product/{number}", "title": "Ware", "isGiftCard": False},
        "inventoryItem": {"id": item(number), "tracked": True},
    }


def item(number: int) -> str:
    return f"gid://shopify/InventoryItem/{number}"


def shopify(shop: Shop, naps: list[float] | None = None, **settings: object) -> Shopify:
    waits = [] if naps is None else naps
    pause = Pause(sleep=waits.append, chance=lambda: 0, clock=lambda: sum(waits))
    told = {"url": "https://shop.example.com", "access_token": "token", **settings}
    connector = connect("shopify", told, Wiring(httpx.MockTransport(shop.answer), pause))
    assert isinstance(connector, Shopify)
    return connector


def target(number: int, quantity: int = 5, expected: int | None = 3, key: str = "k") -> StockTarget:
    name = str(number)
    return StockTarget(
        external_id=name, product_external_id=None, stock_external_id=item(number), quantity=quantity, expected=expected, key=key
    )


def listing(number: int) -> Listing:
    return Listing(external_id=str(number), stock_external_id=item(number), title="Ware")


def published(connector: Shopify, targets: Sequence[StockTarget]) -> dict[str, StockAnswer]:
    return {answer.external_id: answer for answers in connector.publish_stock(targets) for answer in answers}


def fates(answers: dict[str, StockAnswer]) -> dict[str, str]:
    return {name: answer.fate for name, answer in answers.items()}


def test_the_only_active_location_is_found() -> None:
    shop = Shop()

    published(shopify(shop), [target(1)])

    assert shop.changes()[0]["input"]["quantities"] == [
        {"inventoryItemId": item(1), "locationId": BARN["id"], "quantity": 5, "changeFromQuantity": 3}
    ]
    assert (shop.changes()[0]["input"]["name"], shop.changes()[0]["input"]["reason"]) == ("available", "correction")


@pytest.mark.parametrize("wish", ["31", "gid://shopify/Location/31"])
def test_a_location_of_the_settings_is_taken_without_asking(wish: str) -> None:
    shop = Shop(locations=[BARN, SHED])

    published(shopify(shop, stock_location=wish), [target(1)])

    assert len(shop.asked) == 1
    assert shop.changes()[0]["input"]["quantities"][0]["locationId"] == SHED["id"]


@pytest.mark.parametrize(("locations", "named"), [([BARN, SHED], r"32 \(Barn\), 31 \(Shed\)"), ([], "none that this app may see")])
def test_several_locations_or_none_are_the_operators_to_settle(locations: list[Node], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"settings\.stock_location: is needed.*{named}"):
        published(shopify(Shop(locations=locations)), [target(1)])


def test_a_target_that_expects_nothing_says_so_in_words() -> None:
    shop = Shop()

    published(shopify(shop), [target(1, expected=None)])

    assert shop.changes()[0]["input"]["quantities"][0]["changeFromQuantity"] is None


def test_a_key_is_of_what_is_set() -> None:
    shop = Shop()
    connector = shopify(shop)

    for each in (target(1), target(1), target(1, quantity=6), target(1, expected=4), target(1, key="other")):
        published(connector, [each])

    first, again, *others = (change["key"] for change in shop.changes())
    assert first == again
    assert len({first, *others}) == 4


def test_the_rest_of_a_batch_is_set_without_those_that_were_refused() -> None:
    shop = Shop(turns=[lambda _: problems(("CHANGE_FROM_QUANTITY_STALE", 1), ("ITEM_NOT_STOCKED_AT_LOCATION", 2))])

    answers = published(shopify(shop), [target(number) for number in range(1, 5)])

    assert fates(answers) == {"1": "told", "2": "stale", "3": "refused", "4": "told"}
    assert "stock the item at the location" in answers["3"].reason
    assert [each["inventoryItemId"] for each in shop.changes()[1]["input"]["quantities"]] == [item(1), item(4)]


def test_a_refusal_that_names_no_place_is_found_by_halving() -> None:
    def refuse(variables: Node) -> Node:
        ids = [each["inventoryItemId"] for each in variables["input"]["quantities"]]
        return problems(("INVALID_INVENTORY_ITEM", None)) if item(3) in ids else problems()

    shop = Shop(turns=[refuse] * 20)

    answers = published(shopify(shop), [target(number) for number in range(1, 9)])

    assert fates(answers) == {**{str(number): "told" for number in range(1, 9)}, "3": "refused"}


def test_a_throttled_change_waits_for_its_points() -> None:
    shop, naps = Shop(turns=[throttled, throttled]), list[float]()

    answers = published(shopify(shop, naps), [target(1), target(2)])

    assert fates(answers) == {"1": "told", "2": "told"}
    assert sum(naps) >= 2
    assert len({change["key"] for change in shop.changes()}) == 1


def test_a_change_that_failed_before_takes_another_key_and_the_same_ones_each_time() -> None:
    told: list[list[str]] = []
    for _ in range(2):
        shop = Shop(turns=[lambda _: problems(("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None))] * 2)
        assert fates(published(shopify(shop), [target(1)])) == {"1": "told"}
        told.append([change["key"] for change in shop.changes()])

    assert told[0] == told[1]
    assert len(set(told[0])) == 3


def test_a_change_that_always_failed_before_or_is_under_way_has_no_answer() -> None:
    for code in ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_CONCURRENT_REQUEST"):
        shop = Shop(turns=[lambda _, code=code: problems((code, None))] * 20)

        assert published(shopify(shop), [target(1)]) == {}
        assert len(shop.changes()) <= KEYS + 1


@pytest.mark.parametrize(
    ("code", "error"),
    [("INVALID_LOCATION", ConfigError), ("INVALID_REASON", ContractError), ("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", ContractError)],
)
def test_what_concerns_the_whole_shop_is_raised(code: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        published(shopify(Shop(turns=[lambda _: problems((code, None))])), [target(1), target(2)])


def test_a_missing_scope_is_refused_credentials() -> None:
    denied: Node = {"errors": [{"message": "…", "extensions": {"code": "ACCESS_DENIED"}}]}

    with pytest.raises(AuthError, match="scopes"):
        published(shopify(Shop(turns=[lambda _: denied])), [target(1)])


def test_levels_tell_what_is_available_and_what_orders_hold() -> None:
    quantities = [{"name": "available", "quantity": -2}, {"name": "committed", "quantity": 4}]
    counted = {"id": item(1), "tracked": True, "inventoryLevel": {"quantities": quantities}}
    shop = Shop(nodes={
        item(1): counted,
        item(2): {**counted, "tracked": False},
        item(3): {"id": item(3), "tracked": True, "inventoryLevel": None},
    })  # fmt: skip

    seen = [each for batch in shopify(shop).fetch_stock([listing(number) for number in (1, 2, 3, 4)]) for each in batch]

    assert seen == [StockSeen("1", -2, 4), StockSeen("2", None), StockSeen("3", None)]


def test_a_catalogue_longer_than_one_search_is_read_to_its_end() -> None:
    shop = Shop(variants=REBASE_AFTER + 700)

    numbers = [int(str(Shopify.external_id_in(raw))) for page in shopify(shop).fetch_listings(None) for raw in page.slices]

    assert numbers == list(range(1, REBASE_AFTER + 701))


@pytest.mark.parametrize("faults", ["none", "status_503", "html_page", "cut_body"])
def test_the_shop_of_the_street_shows_what_was_published_and_keeps_its_sales(tmp_path: Path, faults: str) -> None:
    street = Street(tmp_path, orders=20, seed=5, faults=faults, clock=lambda: OPENING, channels=("shopify-main",))
    street.stock("shopify-main", {"*": 9})
    settings = {"url": "http://127.0.0.1:1/shopify", "access_token": "street-shopify-token"}
    connector: Any = connect("shopify", settings, Wiring(street.transport(), Pause(sleep=lambda _: None, chance=lambda: 0)))
    listings = [
        found for page in connector.fetch_listings(None) for raw in page.slices if (found := connector.read_listing(raw)).is_tracked
    ]
    asked = {each.external_id: 2 + place % 4 for place, each in enumerate(listings)}

    def wanted(quantities: dict[str, int], expected: dict[str, int], key: str) -> list[StockTarget]:
        return [
            StockTarget(
                external_id=each.external_id,
                product_external_id=each.product_external_id,
                stock_external_id=each.stock_external_id,
                quantity=quantities[each.external_id],
                expected=expected[each.external_id],
                key=key,
            )
            for each in listings
        ]

    told: dict[str, StockAnswer] = {}
    for _ in range(6):
        told |= published(connector, wanted(asked, dict.fromkeys(asked, 9), "first"))
    street.calm()
    shown = {seen.external_id: seen.sellable for batch in connector.fetch_stock(listings) for seen in batch}
    sold = next(each for each in listings if each.sku)
    assert street.sell("shopify-main", str(sold.sku), 1) is not None
    answers = published(connector, wanted({name: quantity + 1 for name, quantity in asked.items()}, asked, "second"))

    assert fates(told) == dict.fromkeys(asked, "told")
    assert shown == asked
    assert {name for name, answer in answers.items() if answer.fate == "stale"} == {sold.external_id}
    street.close()
