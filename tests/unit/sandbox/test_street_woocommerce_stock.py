"""The WooCommerce shop's products: listed with their variations, and their stock set one by one or in batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

WOO = ("woo-shop",)
MUG, NOTE, TEE = "MUG-STONE-BLU", "NOTE-A5-DOT", "TEE-ORG-M-BLK"
INDEX = Path(__file__).parents[4] / "shared" / "specs" / "woocommerce" / "wc-v3-index.json"


def listed(shop: Visit) -> dict[str, tuple[str, dict[str, Any]]]:
    """SKU -> (the address its stock is set at, the product or variation)."""
    products = [one for page in (1, 2) for one in shop.woo("products", per_page=15, page=page, orderby="id", order="asc").json()]
    simple = {one["sku"]: (f"products/{one['id']}", one) for one in products if not one["variations"]}
    parents = [f"products/{one['id']}/variations" for one in products if one["variations"]]
    return simple | {one["sku"]: (f"{path}/{one['id']}", one) for path in parents for one in shop.woo(path, per_page=100).json()}


def shown(shop: Visit, sku: str) -> object:
    return listed(shop)[sku][1]["stock_quantity"]


def test_every_line_of_every_order_names_a_listing(visit: Open) -> None:
    shop = visit(orders=200, channels=WOO)
    names = {(one.get("parent_id") or one["id"], one["id"] if one.get("parent_id") else 0, one["sku"]) for _, one in listed(shop).values()}

    lines = [line for page in (1, 2) for order in shop.woo("orders", per_page=100, page=page).json() for line in order["line_items"]]

    assert {(line["product_id"], line["variation_id"], line["sku"]) for line in lines} - names == {(132, 0, "")}
    assert shop.woo("products/132").json()["name"] == "Gift wrapping"
    assert len(names) >= 20


def test_pages_of_products_hold_each_once_and_say_how_many_there_are(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)

    pages = [shop.woo("products", per_page=4, page=page, orderby="id", order="asc") for page in range(1, 7)]

    ids = [one["id"] for page in pages for one in page.json()]
    assert len(set(ids)) == len(ids) == int(pages[0].headers["X-WP-Total"])
    assert "products?per_page=4&page=2" in pages[0].headers["Link"]  # fmt: skip


def test_what_is_not_counted_says_so_and_has_no_number(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)

    products = [one for _, one in listed(shop).values()]

    assert {(one["manage_stock"], one["stock_quantity"], one["stock_status"]) for one in products} == {(False, None, "instock")}
    assert {one["type"] for one in products} == {"simple", "variation", "bundle"}
    assert any(meta["key"] == "_gift_card" for one in products for meta in one["meta_data"])


def test_one_level_is_set_without_being_asked_what_it_was(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)
    shop.street.stock("woo-shop", {MUG: 5})
    path, _ = listed(shop)[MUG]
    shop.street.sell("woo-shop", MUG, 4)

    answer = shop.set_woo("PUT", path, {"stock_quantity": 5})

    assert (answer.status_code, answer.json()["stock_quantity"]) == (200, 5)
    assert shop.woo(path).json()["stock_quantity"] == 5


def test_a_batch_sets_products_and_another_sets_variations(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)
    shop.street.stock("woo-shop", {"*": 0})
    note, tee = (int(listed(shop)[sku][0].rpartition("/")[2]) for sku in (NOTE, TEE))
    parent = listed(shop)[TEE][1]["parent_id"]

    answers = [
        shop.set_woo("POST", "products/batch", {"update": [{"id": note, "stock_quantity": 7, "manage_stock": True}]}),
        shop.set_woo("POST", f"products/{parent}/variations/batch", {"update": [{"id": tee, "stock_quantity": "8"}]}),
    ]

    assert [answer.json()["update"][0]["stock_quantity"] for answer in answers] == [7, 8]
    assert (shown(shop, NOTE), shown(shop, TEE), shown(shop, MUG)) == (7, 8, 0)


def test_one_refused_listing_does_not_cost_its_neighbours(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)
    shop.street.stock("woo-shop", {"*": 1})
    shop.street.refuse("woo-shop", "SOAP-LAVENDER")
    rows = [{"id": int(listed(shop)[sku][0].rpartition("/")[2]), "stock_quantity": 9} for sku in (NOTE, "SOAP-LAVENDER")]
    rows.append({"id": 99_999, "stock_quantity": 9})

    told = shop.set_woo("POST", "products/batch", {"update": rows}).json()["update"]

    assert [one.get("error", {}).get("code") for one in told] == [None, *["woocommerce_rest_product_invalid_id"] * 2]
    assert (shown(shop, NOTE), shown(shop, "SOAP-LAVENDER")) == (9, 1)


def test_a_batch_of_more_than_a_hundred_is_too_large(visit: Open) -> None:
    answer = visit(orders=3, channels=WOO).set_woo("POST", "products/batch", {"update": [{"id": 112}] * 101})

    assert (answer.status_code, answer.json()["code"]) == (413, "woocommerce_rest_request_entity_too_large")


def test_a_quantity_means_nothing_while_stock_is_not_managed(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)
    path, _ = listed(shop)[NOTE]

    ignored = shop.set_woo("PUT", path, {"stock_quantity": 7}).json()
    managed = shop.set_woo("PUT", path, {"stock_quantity": 7, "manage_stock": True}).json()

    assert (ignored["manage_stock"], ignored["stock_quantity"]) == (False, None)
    assert (managed["manage_stock"], managed["stock_quantity"]) == (True, 7)


@pytest.mark.parametrize(("method", "path", "status"), [
    ("PUT", "products/1", 404), ("GET", "products/100/variations/103333", 404), ("PUT", "products/100", 400),
    ("POST", "products", 401), ("DELETE", "orders", 404), ("PUT", "products/112", 400),
])  # fmt: skip
def test_what_is_not_there_or_makes_no_sense_is_refused(visit: Open, method: str, path: str, status: int) -> None:
    answer = visit(orders=3, channels=WOO).set_woo(method, path, {"stock_quantity": "many", "manage_stock": True})

    assert answer.status_code == status
    assert answer.json()["data"]["status"] == status


def test_a_level_set_by_the_hub_counts_as_set(visit: Open) -> None:
    shop = visit(orders=3, channels=WOO)
    shop.street.stock("woo-shop", {NOTE: 7})

    shop.set_woo("PUT", listed(shop)[NOTE][0], {"stock_quantity": 6})

    assert [(one["shown"], one["settings"]) for one in shop.street.truth()["stock"]] == [(6, 1)]


def test_the_fields_one_may_write_are_those_of_the_shops_own_index(visit: Open) -> None:
    if not INDEX.is_file():
        pytest.skip("WooCommerce's route index is not here (../shared)")
    routes = cast("dict[str, Any]", json.loads(INDEX.read_text()))["routes"]
    writable = routes["/wc/v3/products"]["endpoints"][1]["args"].keys() - {"in_stock"}  # of an older wc/v3: since 3.7 stock_status

    product = visit(orders=3, channels=WOO).woo("products/112").json()

    assert writable - product.keys() == set()
