"""Amazon against its official models and the recorded samples, where `../shared` is present."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors._kit.payload import read_payload
from connectors.amazon import CONNECTOR, days
from connectors.amazon.connector import INCLUDED, PARTICIPATIONS, PEOPLE
from connectors.amazon.listings import PAGE
from connectors.amazon.notices import NOTICE, confirmation
from connectors.amazon.paging import PER_PAGE
from connectors.amazon.payloads_listings import Submission
from connectors.amazon.stock import SINK, TAKEN, patch_body
from connectors.amazon.words import ONE_ORDER, PARCELS, PARTS, STATES
from model.errors import MalformedError
from model.records.order import Order
from model.rules.order_sums import check_order
from tests.contract.remote import WINDOW, recordings
from tests.contract.stand import Stand, StockStand
from tests.contract.stand_commands import CommandStand, requests_of, shipment_notice
from tests.contract.stands import stands

SHARED = Path(__file__).parents[3] / "shared"
MODELS = SHARED / "specs/amazon-sp-api/models"
SAMPLES = SHARED / "samples/amazon-sp-api"
NAMES = ("orders_2026-01-01", "ordersV0", "finances_2024-06-19", "listingsItems_2021-08-01", "sellers")

Json = dict[str, Any]

OF_V0 = "orderId: field required"
"""Why payloads of the older API are refused: their fields have other names (`AmazonOrderId`). It ends in March 2027 and is not read."""


@cache
def model(name: str) -> Json:
    if not MODELS.exists():
        pytest.skip("the official models are in ../shared, which is absent")
    loaded: Json = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def samples() -> Path:
    if not SAMPLES.exists():
        pytest.skip("the recorded samples are in ../shared, which is absent")
    return SAMPLES


def closed(schema: object) -> object:
    """The schema with unknown fields forbidden, but where several schemas tell one thing together."""
    if isinstance(schema, list):
        return [closed(part) for part in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key == "allOf" else closed(value) for key, value in cast("Json", schema).items()}
    return {"additionalProperties": False} | made if isinstance(made.get("properties"), dict) else made


def problems(name: str, definition: str, document: object) -> list[str]:
    """What of a document is not as a definition of a model says."""
    known: Json = model(name)["definitions"]
    parts = {part: schema if part.endswith("Context") else closed(schema) for part, schema in known.items()}
    whole = {"$ref": f"#/definitions/{definition}", "definitions": parts}
    found: list[ValidationError] = list(Draft202012Validator(whole).iter_errors(cast("Any", document)))  # pyright: ignore[reportUnknownMemberType]
    return [f"{problem.json_path}: {problem.message[:200]}" for problem in found]


def without_nulls(document: Json) -> Json:
    """What is told of a transaction: sellers' accounts show null for an absent list, which its model does not allow."""
    return {name: value for name, value in document.items() if value is not None}


def stand_of(capability: str) -> Stand:
    return next(stand for stand in stands() if stand.name == "amazon" and stand.stream.name == capability)


def day_asked() -> list[httpx.Request]:
    """What lists a day."""
    link = stand_of("orders").link()
    connector: Any = link.connector
    list(connector.list_day(WINDOW))
    return link.asked


def asked() -> Iterator[httpx.Request]:
    """Everything that the connector ever asks."""
    for name in ("orders", "refunds", "listings"):
        link = stand_of(name).link()
        list(link.pages())
        yield from link.asked
    orders = stand_of("orders").link()
    orders.by_id(stand_of("orders").rows[0].external_id)
    orders.count()
    orders.identity()
    yield from day_asked()
    stock = cast("StockStand", stand_of("stock"))
    link = stock.link()
    link.publish([stock.target(row, 4) for row in stock.rows[:3]])
    link.shown([stock.listing(row.body) for row in stock.rows[:3]])
    yield from (*orders.asked, *link.asked, *requests_of(cast("CommandStand", stand_of("notices"))))


def operation_of(request: httpx.Request) -> tuple[str, Json] | None:
    """The model and the operation that a request is for."""
    for name in NAMES:
        for path, operations in model(name)["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            if re.fullmatch(pattern, request.url.path) and request.method.lower() in operations:
                return name, operations[request.method.lower()]
    return None


def is_log_in(request: httpx.Request) -> bool:
    return request.url.host == "login.example.com"


def test_every_request_is_of_a_documented_operation() -> None:
    model(NAMES[0])
    requests = [request for request in asked() if not is_log_in(request)]

    assert [f"{request.method} {request.url.path}" for request in requests if operation_of(request) is None] == []
    assert {request.url.path.split("/")[1] for request in requests} == {"orders", "finances", "listings", "sellers"}


def test_every_parameter_is_documented_and_none_that_is_required_is_missing() -> None:
    model(NAMES[0])
    wrong: list[str] = []
    for request in asked():
        if (found := operation_of(request)) is None:
            continue
        told = {each["name"]: each for each in found[1]["parameters"] if each["in"] == "query"}
        required = {name for name, each in told.items() if each.get("required")}
        names = set(request.url.params)
        wrong += [f"{request.url.path}: {name}" for name in (names - set(told)) | (required - names)]
        wrong += [f"{name}={value}" for name, value in request.url.params.items() if not fits(told[name], value)]
    assert wrong == []


def fits(parameter: Json, text: str) -> bool:
    """Whether a value is one that a parameter may have."""
    if parameter["type"] == "integer":
        return text.isdigit() and int(text) <= parameter.get("maximum", 100)
    values = text.split(",") if parameter["type"] == "array" else [text]
    allowed = parameter.get("enum") or parameter.get("items", {}).get("enum")
    return len(values) <= parameter.get("maxItems", 100) and (not allowed or set(values) <= set(allowed))


@pytest.mark.parametrize("wrong", ["GET", "PUT"])
def test_a_request_nobody_documents_would_be_noticed(wrong: str) -> None:
    model(NAMES[0])
    assert operation_of(httpx.Request(wrong, "https://shop.example.com/orders/v0/orders/1/shipmentConfirmation")) is None


def test_every_body_is_one_of_the_model() -> None:
    model(NAMES[0])
    told = {"PATCH": ("listingsItems_2021-08-01", "ListingsItemPatchRequest"), "POST": ("ordersV0", "ConfirmShipmentRequest")}
    bodies = [(request, json.loads(request.content)) for request in asked() if request.content and not is_log_in(request)]

    assert {request.method for request, _body in bodies} == set(told)
    assert [found for request, body in bodies if (found := problems(*told[request.method], body))] == []


@pytest.mark.parametrize("wrong", [{"marketplace": "X"}, {"packageDetail": {"packageReferenceId": 1}}, {"marketplaceId": None}])
def test_a_wrong_confirmation_would_be_noticed(wrong: Json) -> None:
    body = confirmation(shipment_notice(1), "ATVPDKIKX0DER", {})

    assert problems("ordersV0", "ConfirmShipmentRequest", body) == []
    assert problems("ordersV0", "ConfirmShipmentRequest", body | wrong) != []


def test_a_wrong_patch_would_be_noticed() -> None:
    body = patch_body("PRODUCT", 7)

    assert problems("listingsItems_2021-08-01", "ListingsItemPatchRequest", body) == []
    assert problems("listingsItems_2021-08-01", "ListingsItemPatchRequest", body | {"mode": "now"}) != []


@pytest.mark.parametrize(
    ("file", "name", "definition"),
    [
        ("orders", "orders_2026-01-01", "Order"),
        ("order-refunds", "finances_2024-06-19", "Transaction"),
        ("listings", "listingsItems_2021-08-01", "Item"),
    ],
)
def test_our_recordings_keep_to_the_models(file: str, name: str, definition: str) -> None:
    told = [cast("Json", each) for each in recordings("amazon", file)]
    recorded = [without_nulls(each.get("transaction", each)) for each in told]

    assert [found for each in recorded if (found := problems(name, definition, each))] == []
    assert problems(name, definition, recorded[0] | {"suite_odd": 1}) != []


def rates(name: str, path: str, method: str) -> tuple[str, ...]:
    """Requests a second and at once, as the text of an operation tells them."""
    text = model(name)["paths"][path][method]["description"]
    found = re.search(r"\| ([0-9.]+) \| ([0-9]+) \|", text)
    assert found
    return found.groups()


def test_the_declared_rates_are_those_of_the_models() -> None:
    patch = rates("listingsItems_2021-08-01", "/listings/2021-08-01/items/{sellerId}/{sku}", "patch")
    confirm = rates("ordersV0", "/orders/v0/orders/{orderId}/shipmentConfirmation", "post")
    single = rates("orders_2026-01-01", "/orders/2026-01-01/orders/{orderId}", "get")

    assert (float(SINK.rate.per_second), SINK.rate.burst) == (float(patch[0]), int(patch[1]))
    assert (float(NOTICE.rate.per_second), NOTICE.rate.burst) == (float(confirm[0]), int(confirm[1]))
    assert (float(ONE_ORDER.per_second), ONE_ORDER.burst) == (float(single[0]), int(single[1]))


def test_pages_are_as_large_as_documented() -> None:
    listing = model("listingsItems_2021-08-01")["paths"]["/listings/2021-08-01/items/{sellerId}"]["get"]["parameters"]
    orders = model("orders_2026-01-01")["paths"]["/orders/2026-01-01/orders"]["get"]["parameters"]

    assert [each["maximum"] for each in listing if each["name"] == "pageSize"] == [PAGE]
    assert [f"between 1 and {PER_PAGE}" in each["description"] for each in orders if each["name"] == "maxResultsPerPage"] == [True]


def test_every_documented_word_has_a_meaning() -> None:
    definitions = model("orders_2026-01-01")["definitions"]
    parts = definitions["OrderProceedsBreakdown"]["properties"]["type"]["description"].partition("**Note**")[0]
    included = model("orders_2026-01-01")["paths"]["/orders/2026-01-01/orders"]["get"]["parameters"][-1]["items"]["enum"]
    submitted = model("listingsItems_2021-08-01")["definitions"]["ListingsItemSubmissionResponse"]["properties"]["status"]["enum"]

    assert set(STATES) == set(definitions["FulfillmentStatus"]["enum"])
    assert set(PARCELS) == set(definitions["PackageStatus"]["properties"]["status"]["enum"])
    assert set(PARTS) == set(re.findall("`([A-Z_]+)`", parts))
    assert {*PEOPLE.split(","), *INCLUDED.split(","), *days.INCLUDED.split(",")} <= set(included)
    assert set(TAKEN) | {"INVALID"} == set(submitted)
    assert model("sellers")["paths"][f"/{PARTICIPATIONS}"]


def orders_in(samples: Path) -> Iterator[tuple[str, Json]]:
    """Every sample of an order, of either API."""
    for path in sorted((samples / "sandbox/orders_2026-01-01").glob("*-200-*.json")):
        told = json.loads(path.read_text("utf-8"))
        answer = told.get("response", told)
        yield from ((path.name, order) for order in answer.get("orders", [answer.get("order")]) if order)
    for path in sorted((samples / "airbyte/Orders").glob("*.json")):
        yield f"airbyte {path.name}", json.loads(path.read_text("utf-8"))
    for path in sorted((samples / "sandbox/ordersV0").glob("getOrder*-200-*.json")):
        told = json.loads(path.read_text("utf-8"))
        payload = told.get("response", told).get("payload", {})
        yield from ((f"v0 {path.name}", order) for order in payload.get("Orders", [payload]))


def ending(order: Json) -> str:
    try:
        read = cast("Order", CONNECTOR.kinds["order"].read(json.dumps(order).encode(), {}))
    except MalformedError as error:
        return str(error)
    assert check_order(read) is read
    assert read.total_minor == sum(line.total_minor for line in read.lines) + read.shipping_minor + read.tax_minor + read.charges_minor
    return f"{read.total_minor} {read.currency}"


def test_sample_orders_map_with_parts_that_sum_to_the_total(samples: Path) -> None:
    told = [(name, ending(order)) for name, order in orders_in(samples) if "orderId" in order]

    assert sorted(told) == [
        ("getOrder-200-2.json", "12500 TRY"),
        ("getOrder-200-example.json", "10397 GBP"),
        ("searchOrders-200-1.json", "19940 JPY"),
        ("searchOrders-200-3.json", "159990 BRL"),
    ]


def test_sample_orders_of_the_older_api_are_refused_with_the_reason(samples: Path) -> None:
    told = {name: ending(order) for name, order in orders_in(samples) if "orderId" not in order}

    assert len(told) >= 8
    assert [reason for reason in told.values() if not reason.startswith(OF_V0)] == []


def test_sample_listings_are_read(samples: Path) -> None:
    found: list[tuple[str, bool]] = []
    for name in ("searchListingsItems-200-example", "getListingsItem-200-1"):
        told = json.loads((samples / f"sandbox/listingsItems_2021-08-01/{name}.json").read_text("utf-8"))
        answer = told.get("response", told)
        for each in answer.get("items", [answer]):
            listing = CONNECTOR.read_listing(json.dumps(each).encode())
            found.append((listing.external_id, listing.is_tracked))

    assert found == [("GM-ZDPI-9B4E", True)] * 2


def test_sample_submissions_are_read(samples: Path) -> None:
    folder = samples / "sandbox/listingsItems_2021-08-01"
    answers = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("patchListingsItem-200-*.json"))]
    told = [read_payload(Submission, json.dumps(answer.get("response", answer)).encode()) for answer in answers]

    assert {each.status for each in told} == {"VALID", "ACCEPTED"}
