"""Vendure's catalogue and levels: what buyers may buy is what was asked for, whatever open orders hold and thresholds keep back."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import StockAnswer, StockSeen, StockTarget
from connectors.registry import connect
from connectors.vendure.connector import Vendure
from model.errors import AuthError, ConfigError, TransientError
from model.records.listing import Listing

Document = dict[str, Any]


@dataclass
class Variant:
    """A variant of the make-believe shop."""

    levels: dict[str, tuple[int, int]] = field(default_factory=lambda: {"1": (0, 0)})
    """location -> (on hand, allocated)."""
    tracks: str = "INHERIT"
    threshold: int = 0
    own_threshold: bool = False


@dataclass
class Shop:
    """A shop with variants, that sums its levels as Vendure does."""

    variants: dict[str, Variant]
    locations: dict[str, str] = field(default_factory=lambda: {"1": "Shelf"})
    tracks: bool = True
    threshold: int = 0
    before_setting: Callable[["Shop"], None] = lambda _: None
    before_list: Callable[["Shop"], None] = lambda _: None
    failure: Callable[[list[str]], str | None] = lambda _: None
    """The error code for setting levels of these variants."""
    asked: list[Document] = field(default_factory=list[Document])

    def answer(self, request: httpx.Request) -> httpx.Response:
        body: Document = json.loads(request.content)
        self.asked.append(body)
        name = body["query"].strip().split("(")[0].split()[-1]
        route: Callable[[Document], Document] = {"Listings": self.listings, "Levels": self.levels, "Publish": self.publish}[name]
        return httpx.Response(200, json=route(body["variables"]))

    def listings(self, variables: Document) -> Document:
        self.before_list(self)
        rows = [
            {"id": name, "productId": "P1", "sku": f"SKU-{name}", "name": f"Thing {name}", "trackInventory": variant.tracks}
            for name, variant in sorted(self.variants.items(), key=lambda pair: int(pair[0]))
        ]
        start, take = variables["options"]["skip"], variables["options"]["take"]
        page = {"totalItems": len(rows), "items": rows[start : start + take]}
        return {"data": {"globalSettings": {"trackInventory": self.tracks}, "productVariants": page}}

    def levels(self, variables: Document) -> Document:
        found = [self.told(name) for name in variables["options"]["filter"]["id"]["in"] if name in self.variants]
        return {
            "data": {
                "globalSettings": {"trackInventory": self.tracks, "outOfStockThreshold": self.threshold},
                "stockLocations": {"items": [{"id": place, "name": name} for place, name in self.locations.items()]},
                "productVariants": {"totalItems": len(found), "items": found},
            }
        }

    def publish(self, variables: Document) -> Document:
        self.before_setting(self)
        names = [change["id"] for change in variables["input"]]
        if code := self.failure(names):
            return {"errors": [{"extensions": {"code": code}}], "data": None}
        for change in variables["input"]:
            for level in change["stockLevels"]:
                held = self.variants[change["id"]].levels.get(level["stockLocationId"], (0, 0))[1]
                self.variants[change["id"]].levels[level["stockLocationId"]] = (level["stockOnHand"], held)
        return {"data": {"updateProductVariants": [self.told(name) for name in names]}}

    def told(self, name: str) -> Document:
        variant = self.variants[name]
        return {
            "id": name,
            "trackInventory": variant.tracks,
            "outOfStockThreshold": variant.threshold,
            "useGlobalOutOfStockThreshold": not variant.own_threshold,
            "stockLevels": [
                {"stockLocationId": place, "stockOnHand": there, "stockAllocated": held} for place, (there, held) in variant.levels.items()
            ],
        }

    def hold(self, name: str, on_hand: int, held: int) -> None:
        there, before = self.variants[name].levels["1"]
        self.variants[name].levels["1"] = (there + on_hand, before + held)

    def sold(self) -> list[Document]:
        return [body["variables"] for body in self.asked if "mutation Publish" in body["query"]]


def vendure(shop: Shop, **settings: object) -> Vendure:
    wiring = Wiring(httpx.MockTransport(shop.answer), Pause(sleep=lambda _: None, chance=lambda: 0))
    connector = connect("vendure", {"api_key": "key", "url": "https://shop.example.com"} | settings, wiring)
    assert isinstance(connector, Vendure)
    return connector


def target(name: str, quantity: int, expected: int | None = None) -> StockTarget:
    return StockTarget(external_id=name, product_external_id="P1", stock_external_id=name, quantity=quantity, expected=expected)


def published(connector: Vendure, *targets: StockTarget) -> dict[str, StockAnswer]:
    return {answer.external_id: answer for batch in connector.publish_stock(targets) for answer in batch}


def seen(connector: Vendure, *names: str) -> list[StockSeen]:
    listings = [Listing(external_id=name, stock_external_id=name, title=name) for name in names]
    return [each for batch in connector.fetch_stock(listings) for each in batch]


def read(connector: Vendure, resume: str | None = None) -> dict[str, Listing]:
    slices = [raw for page in connector.fetch_listings(resume) for raw in page.slices]
    return {listing.external_id: listing for listing in map(connector.read_listing, slices)}


@pytest.mark.parametrize(
    ("variant", "of_the_shop", "level"),
    [
        (Variant({"1": (3, 0)}), 0, 5),
        (Variant({"1": (3, 8)}), 0, 5 + 8),
        (Variant({"1": (3, 8)}), 2, 5 + 8 + 2),
        (Variant({"1": (3, 8)}, threshold=4, own_threshold=True), 2, 5 + 8 + 4),
        (Variant({"1": (3, 8)}, threshold=-6, own_threshold=True), 2, 5 + 8 - 6),
        (Variant({"1": (3, 8), "2": (9, 6)}), 0, 5 + 8 - (9 - 6)),
        (Variant({}), 0, 5),
    ],
)
def test_the_level_is_the_quantity_and_what_the_shop_takes_off_it(variant: Variant, of_the_shop: int, level: int) -> None:
    shop = Shop({"7": variant}, threshold=of_the_shop)
    connector = vendure(shop)

    answers = published(connector, target("7", 5))

    assert answers["7"].fate == "told"
    assert shop.variants["7"].levels["1"][0] == level
    assert [each.sellable for each in seen(connector, "7")] == [5]


def test_what_is_expected_is_compared_with_what_may_be_sold_now() -> None:
    shop = Shop({"7": Variant({"1": (9, 4)}), "8": Variant({"1": (9, 4)})})

    answers = published(vendure(shop), target("7", 3, expected=9), target("8", 3, expected=5))

    assert [(answer.fate, answer.reason) for answer in answers.values()] == [("stale", "shows 5"), ("told", "")]
    assert [shop.variants[name].levels["1"] for name in ("7", "8")] == [(9, 4), (7, 4)]


def test_orders_that_moved_between_reading_and_setting_are_told_stale() -> None:
    shop = Shop({"7": Variant({"1": (9, 4)})}, before_setting=lambda shop: shop.hold("7", 0, 2))

    answer = published(vendure(shop), target("7", 5))["7"]

    assert (answer.fate, answer.reason) == ("stale", "orders moved meanwhile; shows 3")


def test_a_level_that_another_hand_set_meanwhile_is_told_stale() -> None:
    shop = Shop({"7": Variant()})
    honest = shop.told
    shop.told = lambda name: honest(name) | {"stockLevels": [{"stockLocationId": "1", "stockOnHand": 77, "stockAllocated": 0}]}  # pyright: ignore[reportAttributeAccessIssue]

    assert published(vendure(shop), target("7", 5))["7"].reason == "another level was set meanwhile"


@pytest.mark.parametrize("code", ["ENTITY_NOT_FOUND", "USER_INPUT_ERROR"])
def test_one_refused_variant_spares_its_neighbours(code: str) -> None:
    shop = Shop({str(number): Variant() for number in range(1, 121)}, failure=lambda names: code if "77" in names else None)

    answers = published(vendure(shop), *(target(name, 2) for name in shop.variants))

    assert {name: answer.reason for name, answer in answers.items() if answer.fate != "told"} == {"77": f"updateProductVariants: {code}"}
    assert len(answers) == 120
    assert max(len(variables["input"]) for variables in shop.sold()) == 50


def test_trouble_of_the_shops_own_is_no_answer() -> None:
    shop = Shop({"7": Variant()}, failure=lambda _: "INTERNAL_SERVER_ERROR")

    assert published(vendure(shop), target("7", 5)) == {}
    assert len(shop.sold()) == 1


def test_a_key_that_may_not_change_the_catalogue_is_an_auth_error() -> None:
    shop = Shop({"7": Variant()}, failure=lambda _: "FORBIDDEN")

    with pytest.raises(AuthError):
        published(vendure(shop), target("7", 5))


@pytest.mark.parametrize(("tracks", "of_the_shop"), [("FALSE", True), ("INHERIT", False)])
def test_what_is_not_counted_is_refused_and_shown_as_null(tracks: str, of_the_shop: bool) -> None:  # noqa: FBT001  a table's columns
    shop = Shop({"7": Variant(tracks=tracks)}, tracks=of_the_shop)
    connector = vendure(shop)

    assert published(connector, target("7", 5))["7"].fate == "refused"
    assert [each.sellable for each in seen(connector, "7")] == [None]
    assert not read(connector)["7"].is_tracked
    assert shop.sold() == []


def test_an_unknown_variant_is_refused_and_left_out() -> None:
    connector = vendure(Shop({"7": Variant({"1": (6, 2)})}))

    answers = published(connector, target("9", 5), target("7", 5))

    assert {name: answer.fate for name, answer in answers.items()} == {"9": "refused", "7": "told"}
    assert seen(connector, "9", "7") == [StockSeen("7", 5, 2)]


def test_several_locations_without_a_choice_are_named_and_a_wrong_choice_too() -> None:
    shop = Shop({"7": Variant()}, locations={"1": "Shelf", "2": "Depot"})

    for settings in ({}, {"stock_location": "9"}):
        with pytest.raises(ConfigError, match=r"1 \(Shelf\), 2 \(Depot\)"):
            published(vendure(shop, **settings), target("7", 5))
    assert published(vendure(shop, stock_location="2"), target("7", 5))["7"].fate == "told"


def test_what_other_locations_have_beyond_the_quantity_is_refused_with_its_mend() -> None:
    shop = Shop({"7": Variant({"1": (0, 0), "2": (9, 1)})}, locations={"1": "Shelf", "2": "Depot"})

    answer = published(vendure(shop, stock_location="1"), target("7", 5))["7"]

    assert (answer.fate, answer.reason) == ("refused", "other locations of the channel alone have 8; take them off the channel")


def test_fewer_variants_than_the_shop_has_found_are_no_answer() -> None:
    shop = Shop({"7": Variant()})
    honest = shop.levels

    def short(variables: Document) -> Document:
        told = honest(variables)
        told["data"]["productVariants"]["totalItems"] += 1
        return told

    shop.levels = short  # pyright: ignore[reportAttributeAccessIssue]

    with pytest.raises(TransientError):
        seen(vendure(shop), "7")


def test_variants_deleted_while_the_catalogue_is_read_shift_no_other_past_us() -> None:
    shop = Shop({str(number): Variant() for number in range(1, 351)})

    def delete_early_ones(shop: Shop) -> None:
        if len(shop.asked) == 2:
            shop.variants = {name: variant for name, variant in shop.variants.items() if not 1 <= int(name) <= 40}

    shop.before_list = delete_early_ones

    assert set(read(vendure(shop))) >= {str(number) for number in range(41, 351)}


def test_the_catalogue_goes_on_from_every_saved_token() -> None:
    shop = Shop({str(number): Variant() for number in range(1, 351)})
    connector = vendure(shop)
    pages = list(connector.fetch_listings(None))

    for place, page in enumerate(pages[:-1]):
        before = {connector.read_listing(raw).external_id for earlier in pages[: place + 1] for raw in earlier.slices}
        assert before | set(read(connector, page.resume)) == set(shop.variants)


def test_a_listing_is_told_as_the_shop_tells_it() -> None:
    found = read(vendure(Shop({"7": Variant(tracks="TRUE")}, tracks=False)))

    assert found["7"] == Listing(external_id="7", product_external_id="P1", stock_external_id="7", sku="SKU-7", title="Thing 7")
