"""WooCommerce's catalogue and quantities: variations below products, batches whose answer tells each one's fate, and the street's shop."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import StockAnswer, StockSeen, StockTarget
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from model.errors import ContractError, MalformedError
from model.records.listing import Listing
from sandbox.street import Street

Document = dict[str, Any]

OPENING = datetime(2026, 3, 1, tzinfo=UTC)
HOME = "/wp-json/wc/v3/"


@dataclass
class Shop:
    """A shop that answers by address; a batch is answered by what `fate` makes of each change."""

    lists: dict[str, list[Document]] = field(default_factory=dict[str, list[Document]])
    fate: Callable[[Document], Document] = lambda change: {**change, "manage_stock": True}
    page: int = 5
    requests: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        where = request.url.path.removeprefix(HOME)
        if where.endswith("/batch"):
            return httpx.Response(200, json={"update": [self.fate(change) for change in json.loads(request.content)["update"]]})
        if where not in self.lists:
            return httpx.Response(404, json={"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."})
        query, rows = request.url.params, self.lists[where]
        if wanted := query.get("include"):
            return httpx.Response(200, json=[row for row in rows if str(row["id"]) in wanted.split(",")])
        start = int(query["offset"])
        return httpx.Response(200, json=rows[start : start + self.page], headers={"X-WP-Total": str(len(rows))})


def shop_connector(answer: Callable[[httpx.Request], httpx.Response], naps: list[float] | None = None, **settings: object) -> WooCommerce:
    waits = [] if naps is None else naps
    pause = Pause(sleep=waits.append, chance=lambda: 0, clock=lambda: sum(waits))
    told = {"url": "https://shop.example.com", "consumer_key": "k", "consumer_secret": "s", "page_size": 5, **settings}
    connector = connect("woocommerce", told, Wiring(httpx.MockTransport(answer), pause))
    assert isinstance(connector, WooCommerce)
    return connector


def target(number: int, quantity: int, product: int | None = None) -> StockTarget:
    name = str(number)
    below = None if product is None else str(product)
    return StockTarget(external_id=name, product_external_id=below, stock_external_id=name, quantity=quantity, key=f"{name}-{quantity}")


def listing(number: int, product: int | None = None) -> Listing:
    name = str(number)
    return Listing(external_id=name, product_external_id=None if product is None else str(product), stock_external_id=name, title=name)


def read(connector: WooCommerce) -> list[Listing]:
    return [connector.read_listing(raw) for page in connector.fetch_listings(None) for raw in page.slices]


def published(connector: WooCommerce, targets: Sequence[StockTarget]) -> dict[str, StockAnswer]:
    return {answer.external_id: answer for answers in connector.publish_stock(targets) for answer in answers}


def product(number: int, kind: str = "simple", **more: object) -> Document:
    return {"id": number, "type": kind, "name": f"Ware {number}", "sku": f"W-{number}", "manage_stock": True, "parent_id": 0, **more}


def variation(number: int, *options: str) -> Document:
    return {"id": number, "sku": "", "manage_stock": True, "attributes": [{"name": "Size", "option": option} for option in options]}


def test_variations_stand_for_their_product_however_many_pages_they_fill() -> None:
    colours = [variation(20 + place, "Large", f"Colour {place}") for place in range(13)]
    shop = Shop({"products": [product(1), product(2, "variable")], "products/2/variations": colours})

    listings = {each.external_id: each for each in read(shop_connector(shop.answer))}

    assert set(listings) == {"1", *(str(each["id"]) for each in colours)}
    assert (listings["1"].product_external_id, listings["20"].product_external_id) == (None, "2")
    assert listings["20"].title == "Ware 2 - Large, Colour 0"


def test_what_is_sold_elsewhere_is_no_listing_and_what_is_put_together_has_no_stock() -> None:
    shop = Shop(
        {"products": [product(1, "external"), product(2, "grouped"), product(3, "variable-subscription")], "products/3/variations": []}
    )

    found = read(shop_connector(shop.answer))

    assert [(each.external_id, each.kind, each.is_tracked) for each in found] == [("2", "bundle", False)]


def test_a_product_deleted_while_it_is_read_costs_no_other() -> None:
    shop = Shop({"products": [product(1), product(2, "variable"), product(3)]})

    assert [each.external_id for each in read(shop_connector(shop.answer))] == ["1", "3"]


def test_a_variation_that_names_no_product_is_refused() -> None:
    with pytest.raises(MalformedError, match=r"_links\.up: the variation names no product"):
        WooCommerce.read_listing(json.dumps(variation(7, "Large")).encode())


@pytest.mark.parametrize(
    ("manage", "quantity", "shown"),
    [
        (True, 7, 7),
        (True, "12", 12),
        (True, 2.5, 2),
        (True, 0, 0),
        (True, -3, -3),
        (True, None, None),
        ("parent", 9, None),
        (False, None, None),
    ],
)
def test_quantities_are_read_in_every_form_that_shops_send(manage: object, quantity: object, shown: int | None) -> None:
    shop = Shop({"products": [{"id": 1, "manage_stock": manage, "stock_quantity": quantity}]})

    assert list(shop_connector(shop.answer).fetch_stock([listing(1)])) == [(StockSeen("1", shown),)]


def test_a_quantity_that_is_none_costs_no_other() -> None:
    rows = [{"id": 1, "manage_stock": True, "stock_quantity": "many"}, {"id": 2, "manage_stock": True, "stock_quantity": 4}]
    shop = Shop({"products": rows})

    assert list(shop_connector(shop.answer).fetch_stock([listing(1), listing(2)])) == [(StockSeen("2", 4),)]


def test_variations_are_set_and_shown_by_product() -> None:
    shop = Shop({"products/2/variations": [{"id": 21, "manage_stock": True, "stock_quantity": 4}]})
    connector = shop_connector(shop.answer)

    answers = published(connector, [target(21, 4, 2), target(1, 3), target(31, 5, 3), target(22, 6, 2)])
    seen = [each for batch in connector.fetch_stock([listing(21, 2), listing(31, 3)]) for each in batch]

    assert {answer.fate for answer in answers.values()} == {"told"}
    assert [request.url.path.removeprefix(HOME) for request in shop.requests] == [
        "products/2/variations/batch", "products/batch", "products/3/variations/batch", "products/2/variations", "products/3/variations",
    ]  # fmt: skip
    assert json.loads(shop.requests[0].content) == {"update": [{"id": 21, "stock_quantity": 4}, {"id": 22, "stock_quantity": 6}]}
    assert seen == [StockSeen("21", 4)]


@pytest.mark.parametrize(
    ("entry", "fate"),
    [
        ({"manage_stock": True, "stock_quantity": 5}, "told"),
        ({"manage_stock": True, "stock_quantity": "5.0"}, "told"),
        ({"manage_stock": True, "stock_quantity": 4}, "stale"),
        ({"manage_stock": "parent", "stock_quantity": 9}, "refused"),
        ({"manage_stock": False, "stock_quantity": None}, "refused"),
        ({"error": {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 400}}}, "refused"),
        ({"error": {"code": "db error for ada@example.com", "message": "…", "data": None}}, "refused"),
        ({"error": {"code": "db_update_error", "message": "…", "data": {"status": 500}}}, None),
        ({"manage_stock": "maybe"}, None),
    ],
)
def test_each_entry_of_a_batch_has_a_fate_of_its_own(entry: Document, fate: str | None) -> None:
    shop = Shop(fate=lambda change: {"id": change["id"], **(entry if change["id"] == 1 else {"manage_stock": True, "stock_quantity": 5})})

    answers = published(shop_connector(shop.answer), [target(1, 5), target(2, 5)])

    assert answers["2"].fate == "told"
    assert (answers["1"].fate if "1" in answers else None) == fate
    assert "ada" not in repr(answers)


def test_an_id_that_is_none_is_refused_without_asking() -> None:
    shop = Shop()

    answers = published(
        shop_connector(shop.answer), [StockTarget(external_id="x", product_external_id=None, stock_external_id="x/1", quantity=1)]
    )

    assert answers["x"].fate == "refused"
    assert shop.requests == []


def test_a_shop_that_takes_smaller_batches_and_fewer_requests_is_heeded() -> None:
    shop, naps = Shop(), list[float]()
    connector = shop_connector(shop.answer, naps, stock_batch=2, requests_per_second=2)

    published(connector, [target(number, 1) for number in range(1, 22)])

    assert [len(json.loads(request.content)["update"]) for request in shop.requests] == [2] * 10 + [1]
    assert sum(naps) >= (11 - 1 - connector.sink_facts.rate.burst) / Fraction(2)


def test_a_batch_that_is_too_large_for_the_shop_stops_with_its_word() -> None:
    too_large = httpx.Response(413, json={"code": "woocommerce_rest_request_entity_too_large"})

    with pytest.raises(ContractError, match="413 woocommerce_rest_request_entity_too_large"):
        published(shop_connector(lambda _request: too_large), [target(1, 1)])


@pytest.mark.parametrize("faults", ["none", "status_503", "html_page", "cut_body"])
def test_the_shop_of_the_street_shows_what_was_published(tmp_path: Path, faults: str) -> None:
    street = Street(tmp_path, orders=20, seed=5, faults=faults, clock=lambda: OPENING, channels=("woo-shop",))
    street.stock("woo-shop", {"*": 9})
    settings = {"url": "http://127.0.0.1:1/woo", "consumer_key": "ck_street", "consumer_secret": "cs_street", "page_size": 20}
    connector: Any = connect("woocommerce", settings, Wiring(street.transport(), Pause(sleep=lambda _: None, chance=lambda: 0)))

    listings = [each for each in read(connector) if each.is_tracked]
    targets = [
        StockTarget(
            external_id=each.external_id,
            product_external_id=each.product_external_id,
            stock_external_id=each.stock_external_id,
            quantity=place % 4,
        )
        for place, each in enumerate(listings)
    ]
    answers: dict[str, StockAnswer] = {}
    for _ in range(6):
        answers |= published(connector, targets)
    street.calm()
    shown = {seen.external_id: seen.sellable for batch in connector.fetch_stock(listings) for seen in batch}

    assert len(targets) > 10
    assert {answer.fate for answer in answers.values()} == {"told"}
    assert shown == {each.external_id: each.quantity for each in targets}
    street.close()
