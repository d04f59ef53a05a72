"""Loyverse against a real receipt and a description of its interface, where `../shared` is present.

The description is derived from the vendor's documents and knows less than they do. What it lacks stands here by name, as the vendor's own
OpenAPI document (https://developer.loyverse.com/docs/) has it.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml

from connectors.loyverse import CONNECTOR
from connectors.loyverse.stock import MOST, levels_body
from model.records.order import Order
from tests.contract.stand import StockStand
from tests.contract.stands import stands

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SPEC = SHARED / "specs/loyverse/loyverse-openapi.yml"
SAMPLE = SHARED / "samples/loyverse/receipt_response_sample.json"
RECORDINGS = ROOT / "connectors/loyverse/recordings"
STANDS = [stand for stand in stands() if stand.name == "loyverse"]

ELSEWHERE = {"/merchant/": "/merchants"}
"""Paths of the vendor's document, by what the description calls them."""
BESIDES = {
    "/receipts": {"updated_at_min", "updated_at_max", "receipt_numbers"},
    "/items": {"show_deleted"},
    "/inventory": {"store_ids"},
}
"""Parameters of the vendor's document that the description lacks."""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Json:
    if not SPEC.exists():
        pytest.skip("the description is in ../shared, which is absent")
    loaded: Json = yaml.safe_load(SPEC.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def sample() -> Json:
    if not SAMPLE.exists():
        pytest.skip("the receipt is in ../shared, which is absent")
    loaded: Json = json.loads(SAMPLE.read_text("utf-8"))["receipts"][0]
    return loaded


def read(receipt: Json, currency: str = "MXN") -> object:
    """What our mapping makes of a receipt."""
    envelope = {"id": receipt["receipt_number"], "currency": currency, "receipt": receipt}
    return CONNECTOR.kinds["order"].read(json.dumps(envelope).encode(), {})


def recorded(name: str) -> list[Json]:
    found: list[Json] = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    return found


def test_the_real_receipt_maps_to_the_cent(sample: Json) -> None:
    order = read(sample)

    assert isinstance(order, Order)
    assert (order.total_minor, order.tax_minor, order.charges_minor, order.payment_state) == (33500, 4621, 0, "paid")
    assert [line.total_minor + line.tax_minor for line in order.lines] == [9500, 5500, 9000, 9500]
    assert [line.tax_minor for line in order.lines] == [1310, 759, 1241, 1311]
    assert [(payment.method, payment.amount_minor) for payment in order.payments] == [("cash", 33500)]
    assert order.prices_include_tax
    assert order.placed_at < order.updated_at


def fields(told: object, place: str = "") -> set[str]:
    """The paths of all fields of a document, the entries of a list being one."""
    if isinstance(told, dict):
        children = cast("Json", told).items()
        return {each for name, child in children for each in {f"{place}.{name}", *fields(child, f"{place}.{name}")}}
    return {each for child in cast("list[object]", told) for each in fields(child, place)} if isinstance(told, list) else set()


def test_our_receipts_look_like_the_real_one(sample: Json) -> None:
    ours = set[str]().union(*(fields(each["receipt"]) for each in recorded("orders")))
    unlike = {
        name for name in ours ^ fields(sample) if not re.match(r"\.(total_discounts|payments\.payment_details|line_items\.line_)", name)
    }

    assert unlike == set()


def test_our_variants_have_described_fields_only(spec: Json) -> None:
    schemas = spec["components"]["schemas"]
    documented = {"reference_variant_id", "option2_value", "option3_value", "purchase_cost", "default_pricing_type"}
    documented |= {"created_at", "updated_at", "deleted_at", "use_production"}

    for told in recorded("listings"):
        assert told["variant"].keys() <= schemas["Variant"]["properties"].keys() | documented
        assert told["item"].keys() <= schemas["Item"]["properties"].keys() | documented


def requests() -> list[httpx.Request]:
    """What the connector asks and sets in each of its streams."""
    asked: list[httpx.Request] = []
    for stand in STANDS:
        link = stand.link()
        link.identity()
        if isinstance(stand, StockStand):
            link.publish([stand.target(row, 4) for row in stand.rows[:20]])
            link.shown([stand.listing(row.body) for row in stand.rows[:20]])
        else:
            link.ids()
        if stand.stream.name == "orders":
            link.by_id(stand.rows[0].external_id, stand.shape.numbered(8001))
            link.count()
        asked += link.asked
    return asked


def operation(spec: Json, request: httpx.Request) -> tuple[str, Json]:
    """The described path of a request, and its operation there."""
    path = request.url.path.removeprefix("/v1.0")
    named = ELSEWHERE.get(path, path)
    fitting = [each for each in spec["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), named)]
    assert len(fitting) == 1, path
    told: Json = spec["paths"][fitting[0]]
    assert request.method.lower() in told, (request.method, path)
    return fitting[0], told


def _parameter(spec: Json, told: Json) -> str:
    name: str = spec["components"]["parameters"][told["$ref"].rpartition("/")[2]]["name"] if "$ref" in told else told["name"]
    return name


def test_requests_go_to_described_paths_with_described_parameters(spec: Json) -> None:
    called: set[tuple[str, str]] = set()
    for request in requests():
        path, told = operation(spec, request)
        of_operation: list[Json] = told[request.method.lower()].get("parameters", [])
        named = {_parameter(spec, each) for each in of_operation}
        assert set(request.url.params.keys()) <= named | BESIDES.get(path, set()), request.url
        called.add((request.method, path))

    assert called == {
        ("GET", "/merchants"), ("GET", "/receipts"), ("GET", "/receipts/{receipt_number}"), ("GET", "/items"), ("GET", "/stores"),
        ("GET", "/inventory"), ("POST", "/inventory"),
    }  # fmt: skip


def test_an_address_or_a_parameter_nobody_describes_would_be_noticed(spec: Json) -> None:
    with pytest.raises(AssertionError):
        operation(spec, httpx.Request("GET", "https://shop.example.com/v1.0/receipt"))
    with pytest.raises(AssertionError):
        operation(spec, httpx.Request("DELETE", "https://shop.example.com/v1.0/receipts"))


def test_pages_are_no_larger_than_described(spec: Json) -> None:
    most = spec["components"]["parameters"]["Limit"]["schema"]["maximum"]

    assert most == MOST
    assert {int(request.url.params["limit"]) for request in requests() if "limit" in request.url.params} <= {*range(1, most + 1)}


def test_levels_are_set_in_described_words(spec: Json) -> None:
    stand = next(stand for stand in STANDS if isinstance(stand, StockStand))
    body = cast("Json", levels_body([stand.target(row, 4) for row in stand.rows[:2]], "STORE"))
    described = spec["components"]["schemas"]["InventoryLevel"]["properties"].keys()

    assert [level.keys() - described for level in body["inventory_levels"]] == [{"stock_after"}] * 2
