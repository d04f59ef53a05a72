"""The Shopify shop's variants and levels: listed with what lies where, set by compare-and-set, once per key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from sandbox.catalogue import offers
from sandbox.shelf import Shelf
from sandbox.shop import Shop
from sandbox.shopify.goods import LOCATIONS, render_level, render_variant
from sandbox.stock import Ledger
from tests.unit.sandbox.test_street_shopify import SDL, strange_fields

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.sandbox.conftest import Clock, Open, Visit

SHOPIFY = ("shopify-main",)
MUG, TEA, SOAP = "MUG-STONE-BLU", "TEA-SENCHA-100", "SOAP-LAVENDER"
WAREHOUSE, STALL = "gid://shopify/Location/63590301", "gid://shopify/Location/63590302"
PAGE = """query Page($first: Int!, $after: String, $at: ID!) { productVariants(first: $first, after: $after) {
  nodes { id legacyResourceId sku title requiresComponents product { id title status isGiftCard } inventoryItem { id tracked
    inventoryLevel(locationId: $at) { id quantities(names: ["on_hand", "available", "committed"]) { name quantity } }
    inventoryLevels(first: 5) { nodes { location { id } } } }
  productVariantComponents(first: 9) { nodes { quantity productVariant { id } } } } pageInfo { hasNextPage endCursor } } }"""
NODES = """query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on InventoryItem { id inventoryLevels(first: 1) { nodes {
  quantities(names: ["available", "committed"]) { name quantity } } } } ... on ProductVariant { sku } ... on Location { isActive } } }"""
SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes(quantityNames: ["available"]) { name delta quantityAfterChange item { id } } }
    userErrors { code field message } } }"""
PLACES = "{ locations(first: 10) { nodes { id name isActive } } all: locations(first: 10, includeInactive: true) { nodes { id } } }"


def listed(shop: Visit, size: int = 250) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more, after = True, None
    while more:
        page = shop.shopify(PAGE, first=size, after=after, at=WAREHOUSE).json()["data"]["productVariants"]
        found += page["nodes"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    return found


def quantities(shop: Visit, sku: str = MUG) -> dict[str, int]:
    variant = next(one for one in listed(shop) if one["sku"] == sku)
    return {one["name"]: one["quantity"] for one in variant["inventoryItem"]["inventoryLevel"]["quantities"]}


def row(shop: Visit, sku: str, quantity: int, expected: int | None = None, at: str = WAREHOUSE) -> dict[str, Any]:
    item = next(one for one in listed(shop) if one["sku"] == sku)["inventoryItem"]["id"]
    return {"inventoryItemId": item, "locationId": at, "quantity": quantity, "changeFromQuantity": expected}


def put(shop: Visit, key: str, *rows: dict[str, Any], name: str = "available", reason: str = "correction") -> dict[str, Any]:
    sent = {"name": name, "reason": reason, "quantities": rows}
    return shop.shopify(SET, input=sent, key=key).json()["data"]["inventorySetQuantities"]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    if not SDL.is_file():
        pytest.skip("the official Shopify SDL is not here (../shared)")
    return build_schema(SDL.read_text(), assume_valid=True)


def test_the_documents_of_these_tests_are_valid_against_the_official_schema(schema: GraphQLSchema) -> None:
    assert [error.message for text in (PAGE, NODES, SET, PLACES) for error in validate(schema, parse(text))] == []


def test_every_field_of_what_is_sold_exists_in_the_official_schema(tmp_path: Path, clock: Clock, schema: GraphQLSchema) -> None:
    shelf = Shelf(tmp_path)
    ledger = Ledger(shelf, lambda _: ())
    ledger.stock("shopify-main", {"*": 3}, 1_790_000_000_000)
    shop = Shop(shelf, ledger, clock)

    trees = [(kind, render(shop, ware)) for kind, render in (("ProductVariant", render_variant), ("InventoryLevel", render_level))
             for ware in offers("shopify-main")]  # fmt: skip
    trees += [("Location", place) for place in LOCATIONS]

    assert {name for kind, tree in trees for name in strange_fields(schema, kind, tree)} == set()


def test_every_line_of_every_order_names_a_listing_or_none(visit: Open) -> None:
    shop = visit(orders=200, channels=SHOPIFY)
    names = {(one["product"]["id"], one["id"], one["sku"]) for one in listed(shop)}
    asked = "{ orders(first: 200) { nodes { lineItems(first: 20) { nodes { sku product { id } variant { id } } } } } }"

    lines = [line for order in shop.shopify(asked).json()["data"]["orders"]["nodes"] for line in order["lineItems"]["nodes"]]

    assert {(line["product"]["id"], line["variant"]["id"], line["sku"]) for line in lines if line["variant"]} <= names
    assert {line["sku"] for line in lines if not line["variant"]} == {None}


@pytest.mark.parametrize("size", [1, 5, 250])
def test_pages_of_any_size_hold_every_variant_once(visit: Open, size: int) -> None:
    variants = listed(visit(orders=3, channels=SHOPIFY), size)

    assert len({one["id"] for one in variants}) == len(variants) == len(offers("shopify-main"))


def test_the_assortment_has_what_makes_publishing_hard(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {"*": 3})

    variants = listed(shop)

    assert {one["sku"] for one in variants if not one["inventoryItem"]["tracked"]} == {"EBOOK-CARE", "GIFT-25"}
    assert [one["sku"] for one in variants if one["product"]["isGiftCard"]] == ["GIFT-25"]
    assert [one["quantity"] for variant in variants if variant["requiresComponents"]
            for one in variant["productVariantComponents"]["nodes"]] == [1, 2]  # fmt: skip
    assert [one["sku"] for one in variants].count("TEE-ORG-M-BLK") == 2
    assert None in {one["sku"] for one in variants}


def test_a_sale_moves_units_from_available_to_committed(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5})
    before = quantities(shop)["committed"]

    shop.street.sell("shopify-main", MUG, 2)

    assert quantities(shop) == {"on_hand": 5 + before, "available": 3, "committed": before + 2}


def test_nodes_find_items_variants_and_places(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    ids = ["gid://shopify/InventoryItem/46000000000", "gid://shopify/ProductVariant/44000000007", "gid://shopify/InventoryItem/1", STALL]

    nodes = shop.shopify(NODES, ids=ids).json()["data"]["nodes"]

    assert [one and one["__typename"] for one in nodes] == ["InventoryItem", "ProductVariant", None, "Location"]
    assert (nodes[1]["sku"], nodes[3]["isActive"]) == (TEA, False)


def test_places_are_the_active_ones_unless_all_are_asked_for(visit: Open) -> None:
    places = visit(orders=3, channels=SHOPIFY).shopify(PLACES).json()["data"]

    assert [one["id"] for one in places["locations"]["nodes"]] == [WAREHOUSE]
    assert [one["id"] for one in places["all"]["nodes"]] == [WAREHOUSE, STALL]


def test_a_level_is_set_if_the_shop_still_shows_what_is_believed(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5, TEA: 5})

    payload = put(shop, "one", row(shop, MUG, 9, 5), row(shop, TEA, 4, None))

    assert payload["userErrors"] == []
    assert [(one["delta"], one["quantityAfterChange"]) for one in payload["inventoryAdjustmentGroup"]["changes"]] == [(4, 9), (-1, 4)]
    assert (quantities(shop)["available"], quantities(shop, TEA)["available"]) == (9, 4)


def test_a_sale_in_between_makes_the_whole_call_stale(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5, TEA: 5})
    rows = [row(shop, TEA, 9, 5), row(shop, MUG, 9, 5)]
    shop.street.sell("shopify-main", MUG, 1)

    payload = put(shop, "one", *rows)

    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
        ("CHANGE_FROM_QUANTITY_STALE", ["input", "quantities", "1", "changeFromQuantity"])
    ]
    assert (quantities(shop)["available"], quantities(shop, TEA)["available"]) == (4, 5)


def test_what_changes_nothing_answers_without_a_group(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5})

    assert put(shop, "one", row(shop, MUG, 5, 5)) == {"inventoryAdjustmentGroup": None, "userErrors": []}


def test_the_same_key_has_one_effect_and_the_same_answer(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5})
    first = put(shop, "one", row(shop, MUG, 9))
    shop.street.sell("shopify-main", MUG, 2)

    again = put(visit(), "one", row(shop, MUG, 9))

    assert again == first
    assert quantities(shop)["available"] == 7


def test_a_key_is_used_up_by_other_parameters_and_by_failing(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5})
    put(shop, "one", row(shop, MUG, 9))
    put(shop, "two", row(shop, MUG, 8, 1))

    told = [codes(put(shop, "one", row(shop, MUG, 8))), codes(put(shop, "two", row(shop, MUG, 8, 1)))]

    assert told == [["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"], ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]]


def test_on_hand_is_set_around_what_is_committed(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {SOAP: 5})
    shop.street.sell("shopify-main", SOAP, 2)
    committed = quantities(shop, SOAP)["committed"]

    put(shop, "one", row(shop, SOAP, 20), name="on_hand")

    assert quantities(shop, SOAP) == {"on_hand": 20, "available": 20 - committed, "committed": committed}


@pytest.mark.parametrize(("change", "code"), [
    ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM"),
    ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION"),
    ({"locationId": STALL}, "ITEM_NOT_STOCKED_AT_LOCATION"), ({"quantity": -1}, "INVALID_QUANTITY_NEGATIVE"),
    ({"inventoryItemId": "gid://shopify/InventoryItem/46000000020"}, "NON_MUTABLE_INVENTORY_ITEM"),
    ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH"),
])  # fmt: skip
def test_each_refusal_has_the_vendors_code(visit: Open, change: dict[str, Any], code: str) -> None:
    shop = visit(orders=3, channels=SHOPIFY)

    payload = put(shop, "one", row(shop, MUG, 3) | change)

    assert codes(payload) == [code]
    assert not SDL.is_file() or re.search(rf"\n  {code}\n", SDL.read_text())


def test_one_refused_item_costs_the_whole_call(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    shop.street.stock("shopify-main", {MUG: 5, SOAP: 5})
    shop.street.refuse("shopify-main", SOAP)

    payload = put(shop, "one", row(shop, MUG, 9), row(shop, SOAP, 9))

    assert [(one["code"], one["field"][2]) for one in payload["userErrors"]] == [("ITEM_NOT_STOCKED_AT_LOCATION", "1")]
    assert quantities(shop)["available"] == 5


def test_the_same_item_twice_or_a_strange_name_or_reason_is_refused(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)

    twice = put(shop, "one", row(shop, MUG, 3), row(shop, MUG, 4))
    strange = put(shop, "two", row(shop, MUG, 3), name="committed", reason="because")

    assert codes(twice) == ["NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"] * 2
    assert codes(strange) == ["INVALID_NAME", "INVALID_REASON"]


def said(shop: Visit, document: str, **variables: object) -> str:
    answer = shop.shopify(document, **variables)
    assert answer.status_code == 200
    return json.dumps(answer.json()["errors"][0])


def test_a_call_without_a_key_or_without_a_comparison_or_too_long_is_refused_whole(visit: Open) -> None:
    shop = visit(orders=3, channels=SHOPIFY)
    whole = row(shop, MUG, 3)
    sent: dict[str, object] = {"name": "available", "reason": "correction", "quantities": [whole]}
    bare = {name: value for name, value in whole.items() if name != "changeFromQuantity"}

    assert "@idempotent directive is required" in said(shop, SET.replace("@idempotent(key: $key)", ""), input=sent)
    assert "changeFromQuantity" in said(shop, SET, input=sent | {"quantities": [bare]}, key="one")
    assert "MAX_INPUT_SIZE_EXCEEDED" in said(shop, SET, input=sent | {"quantities": [whole] * 251}, key="two")
