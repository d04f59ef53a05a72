"""The Square till's catalog and counts: listed by type, counted by physical counts that know when they were made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.catalogue import offers, products
from tests.unit.sandbox.test_street_square import SPEC, closed, problems_of

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

TILL = ("square-till",)
MUG, TEA, SOAP = "MUG-STONE-BLU", "TEA-SENCHA-100", "SOAP-LAVENDER"
OPENED, LATER, LATEST = "2026-11-01T12:00:00Z", "2026-11-01T12:05:00Z", "2026-11-01T12:09:00Z"


def catalog(shop: Visit, **asked: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, object] = {}
    while True:
        page = shop.ask_square("catalog/search", {"object_types": ["ITEM"], **asked, **cursor}).json()
        found += page.get("objects", [])
        if "cursor" not in page:
            return found
        cursor = {"cursor": page["cursor"]}


def variations(shop: Visit) -> list[dict[str, Any]]:
    return [one for item in catalog(shop) for one in item["item_data"]["variations"]]


def own(shop: Visit, sku: str) -> str:
    return next(one["id"] for one in variations(shop) if one["item_variation_data"].get("sku") == sku)


def change(shop: Visit, sku: str, quantity: object, at: str = OPENED) -> dict[str, Any]:
    count = {"catalog_object_id": own(shop, sku), "state": "IN_STOCK", "location_id": "LSTREET1",
             "quantity": str(quantity), "occurred_at": at}  # fmt: skip
    return {"type": "PHYSICAL_COUNT", "physical_count": count}


def put(shop: Visit, key: str, *changes: dict[str, Any], **other: object) -> dict[str, Any]:
    return shop.ask_square("inventory/changes/batch-create", {"idempotency_key": key, "changes": changes, **other}).json()


def shown(shop: Visit, *skus: str) -> list[str]:
    counts = shop.ask_square("inventory/counts/batch-retrieve", {"location_ids": ["LSTREET1"]}).json().get("counts", [])
    by_id = {count["catalog_object_id"]: count["quantity"] for count in counts}
    return [by_id[own(shop, sku)] for sku in skus]


def codes(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["code"], error["field"].rpartition(".")[2]) for error in answer["errors"]]


@pytest.fixture(scope="module")
def components() -> object:
    if not SPEC.is_file():
        pytest.skip("Square's official specification is not here (../shared)")
    return closed(json.loads(SPEC.read_text())["components"])


def validator(components: object, name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def test_every_answer_is_valid_against_squares_official_schema(visit: Open, components: object) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {"*": 3, SOAP: 0})
    counts = shop.ask_square("inventory/counts/batch-retrieve", {}).json()
    changed = put(shop, "one", change(shop, MUG, 9))

    problems = [problem for one in catalog(shop, object_types=["ITEM", "ITEM_VARIATION"])
                for name in [{"ITEM": "CatalogItem", "ITEM_VARIATION": "CatalogItemVariation"}[one["type"]]]
                for problem in problems_of(validator(components, name), one[f"{one['type'].lower()}_data"])]  # fmt: skip
    problems += problems_of(validator(components, "BatchRetrieveInventoryCountsResponse"), counts)
    problems += problems_of(validator(components, "BatchChangeInventoryResponse"), changed)

    assert problems == []


def test_every_line_of_every_order_names_a_variation_of_the_catalog(visit: Open) -> None:
    shop = visit(orders=200, channels=TILL)
    ids = {one["id"] for one in variations(shop)}

    orders = shop.search(limit=1000).json()["orders"]

    named = {line["catalog_object_id"] for order in orders for line in order.get("line_items", []) if "catalog_object_id" in line}
    assert named <= ids
    assert len(ids) == len(offers("square-till"))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pages_of_any_size_hold_every_item_once(visit: Open, size: int) -> None:
    items = catalog(visit(orders=3, channels=TILL), limit=size)

    assert len({one["id"] for one in items}) == len(items) == len(list(products("square-till")))


def test_the_list_gives_the_types_asked_for(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)

    both = shop.square("catalog/list", types="ITEM,ITEM_VARIATION").json()["objects"]

    assert {one["type"] for one in both} == {"ITEM", "ITEM_VARIATION"}
    assert {one["type"] for one in shop.square("catalog/list").json()["objects"]} == {"ITEM"}
    assert "objects" not in shop.square("catalog/list", types="TAX").json()


def test_the_catalog_has_what_makes_publishing_hard(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {"*": 3})

    items = catalog(shop)
    sold = [one["item_variation_data"] for one in variations(shop)]

    assert {one["item_data"]["product_type"] for one in items} == {"REGULAR", "DIGITAL", "GIFT_CARD"}
    assert {one.get("sku") for one in sold if not one["track_inventory"]} == {"CHEESE-COMTE", "COFFEE-BULK", "EBOOK-CARE", "GIFT-25"}
    assert [one.get("sku") for one in sold].count("TEE-ORG-M-BLK") == 2
    assert None in {one.get("sku") for one in sold}
    assert sum("measurement_unit_id" in one for one in sold) == 2


def test_only_what_is_counted_has_a_count(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    before = shop.ask_square("inventory/counts/batch-retrieve", {}).json()

    shop.street.stock("square-till", {MUG: 3, SOAP: 0})

    assert before == {}
    assert shown(shop, MUG, SOAP) == ["3", "0"]
    assert [one["item_variation_data"]["sku"] for one in variations(shop) if "location_overrides" in one["item_variation_data"]] == [SOAP]


def test_counts_are_narrowed_by_object_state_place_and_time(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {"*": 3})
    shop.clock.pass_by(minutes=5)
    shop.street.sell("square-till", TEA, 1)

    def found(**asked: object) -> int:
        return len(shop.ask_square("inventory/counts/batch-retrieve", {"limit": 1000, **asked}).json().get("counts", []))

    assert (found(catalog_object_ids=[own(shop, MUG)]), found(updated_after=OPENED)) == (1, 1)
    assert (found(states=["SOLD"]), found(location_ids=["L2"])) == (0, 0)


def test_a_physical_count_sets_what_is_in_stock(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)

    answer = put(shop, "one", change(shop, MUG, 9), change(shop, TEA, "4.000"))

    assert [(one["quantity"], one["state"]) for one in answer["counts"]] == [("9", "IN_STOCK"), ("4", "IN_STOCK")]
    assert len(answer["changes"]) == 2
    assert shown(shop, MUG, TEA) == ["9", "4"]


def test_a_sale_after_the_count_was_made_still_comes_off_it(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {MUG: 5})
    shop.clock.pass_by(minutes=6)
    shop.street.sell("square-till", MUG, 2)
    shop.clock.pass_by(minutes=4)

    put(shop, "one", change(shop, MUG, 20, LATER))
    after_an_early_count = shown(shop, MUG)
    put(shop, "two", change(shop, MUG, 20, LATEST))

    assert (after_an_early_count, shown(shop, MUG)) == (["18"], ["20"])


def test_a_count_older_than_the_last_one_changes_nothing(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {MUG: 5})
    shop.clock.pass_by(minutes=10)
    put(shop, "one", change(shop, MUG, 9, LATEST))

    answer = put(shop, "two", change(shop, MUG, 3, LATER))

    assert answer["counts"][0]["quantity"] == "9"
    assert shown(shop, MUG) == ["9"]


def test_the_same_key_has_one_effect_also_after_a_restart(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    first = put(shop, "one", change(shop, MUG, 9))
    shop.street.sell("square-till", MUG, 2)

    again = visit()

    assert put(again, "one", change(shop, MUG, 9)) == first
    assert shown(again, MUG) == ["7"]
    assert codes(put(again, "one", change(shop, MUG, 8))) == [("IDEMPOTENCY_KEY_REUSED", "idempotency_key")]


def test_an_unchanged_count_is_ignored_unless_it_is_not_to_be(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {MUG: 5})

    ignored = put(shop, "one", change(shop, MUG, 5))
    taken = put(shop, "two", change(shop, MUG, 5), ignore_unchanged_counts=False)

    assert ("changes" in ignored, len(taken["changes"])) == (False, 1)


def test_one_refused_variation_costs_the_whole_call(visit: Open) -> None:
    shop = visit(orders=3, channels=TILL)
    shop.street.stock("square-till", {"*": 1})
    shop.street.refuse("square-till", SOAP)

    answer = put(shop, "one", change(shop, MUG, 9), change(shop, SOAP, 9))
    shop.street.refuse("square-till", SOAP, refused=False)

    assert [error["field"] for error in answer["errors"]] == ["changes[1].physical_count.catalog_object_id"]
    assert shown(shop, MUG) == ["1"]
    assert "errors" not in put(shop, "one", change(shop, MUG, 9), change(shop, SOAP, 9))


@pytest.mark.parametrize(("wrong", "code"), [
    ({"catalog_object_id": "NOTHING"}, "NOT_FOUND"), ({"location_id": "L2"}, "NOT_FOUND"), ({"state": "SOLD"}, "INVALID_ENUM_VALUE"),
    ({"quantity": "1.5"}, "INVALID_VALUE"), ({"quantity": "-1"}, "INVALID_VALUE"), ({"occurred_at": LATER}, "INVALID_TIME"),
    ({"occurred_at": "2026-10-31T11:00:00Z"}, "INVALID_TIME"), ({"occurred_at": "soon"}, "INVALID_TIME"),
])  # fmt: skip
def test_a_count_that_makes_no_sense_is_refused(visit: Open, wrong: dict[str, object], code: str) -> None:
    shop = visit(orders=3, channels=TILL)
    sensible = change(shop, MUG, 3)

    answer = put(shop, "one", sensible | {"physical_count": sensible["physical_count"] | wrong})

    assert [error["code"] for error in answer["errors"]] == [code]


CALLS: list[tuple[dict[str, Any], str]] = [
    ({"changes": []}, "MISSING_REQUIRED_PARAMETER"), ({"idempotency_key": "k" * 129}, "MISSING_REQUIRED_PARAMETER"),
    ({"idempotency_key": "k", "changes": [{}] * 101}, "ARRAY_LENGTH_TOO_LONG"),
    ({"idempotency_key": "k", "changes": [{"type": "ADJUSTMENT"}]}, "BAD_REQUEST"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "code"), CALLS)
def test_a_call_that_makes_no_sense_is_refused(visit: Open, sent: dict[str, Any], code: str) -> None:
    answer = visit(orders=3, channels=TILL).ask_square("inventory/changes/batch-create", sent)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
