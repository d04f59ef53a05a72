"""ShipStation against the OpenAPI documents of its API V1, where `../shared` is present."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from connectors._kit import Wiring
from connectors.shipstation import CONNECTOR
from connectors.shipstation.commands import write_order
from connectors.shipstation.connector import Settings
from connectors.shipstation.paging import LISTS
from connectors.shipstation.words import ORDER_STATE
from model.records.fulfilment import FulfilmentOrderLine
from sandbox.street import Street
from tests.contract.remote import WINDOW
from tests.contract.stand_commands import CommandStand, fulfilment_order, requests_of
from tests.contract.stands import stands

ROOT = Path(__file__).parents[2]
SPEC = ROOT.parent / "shared/specs/shipstation-v1/shipstation-v1-openapi.yml"
RECORDINGS = ROOT / "connectors/shipstation/recordings"
STANDS = [stand for stand in stands() if stand.name == "shipstation"]
LEFT_OPEN = {
    "advancedOptions": {"type": "object"},
    "items": {"orderItemId": {"type": "integer"}},
}
"""What the vendor's own pages tell beside the documents: a field of an order that is made, and one of its lines."""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Json:
    if not SPEC.exists():
        pytest.skip("the official specification is in ../shared, which is absent")
    loaded: Json = yaml.safe_load(SPEC.read_text("utf-8"))
    return loaded


def closed(spec: Json, schema: Json) -> Json:
    """The schema with what it refers to put in, and unknown fields forbidden; an object of which nothing is told may hold anything."""
    if "$ref" in schema:
        return closed(spec, spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    made: Json = {key: schema[key] for key in ("type", "enum", "required") if key in schema}
    if "properties" in schema:
        parts = {name: closed(spec, part) for name, part in schema["properties"].items()}
        made |= {"properties": parts | _told_besides(parts), "additionalProperties": False}
    if "items" in schema:
        made["items"] = closed(spec, schema["items"])
    return made


def _told_besides(parts: Json) -> Json:
    if "orderKey" in parts:
        return {"advancedOptions": LEFT_OPEN["advancedOptions"]}
    return LEFT_OPEN["items"] if "lineItemKey" in parts else {}


def problems(spec: Json, name: str, document: Json) -> list[str]:
    """What of a document is not as the named schema says; null is as good as nothing, as the vendor writes it and the documents do not."""
    schema = closed(spec, {"$ref": f"#/components/schemas/{name}"})
    validator = Draft202012Validator(schema)
    return [f"{problem.json_path}: {problem.message[:200]}" for problem in validator.iter_errors(_told(document))]  # pyright: ignore[reportUnknownMemberType]


def _told(value: Any) -> Any:  # noqa: ANN401  whatever stands in JSON
    if isinstance(value, dict):
        return {name: _told(part) for name, part in cast("Json", value).items() if part is not None}
    return [_told(part) for part in cast("list[object]", value)] if isinstance(value, list) else value


def parameters(spec: Json, path: str) -> Json:
    """The schemas of a list's parameters, by name."""
    return {each["name"]: each["schema"] for each in spec["paths"][path]["get"]["parameters"]}


@pytest.mark.parametrize(("file", "schema"), [("orders", "Order"), ("shipments", "Shipment")])
def test_our_recordings_keep_to_the_specification(spec: Json, file: str, schema: str) -> None:
    recorded = json.loads((RECORDINGS / f"{file}.json").read_text("utf-8"))

    assert [(place, found) for place, each in enumerate(recorded) if (found := problems(spec, schema, each))] == []


def test_the_lines_of_our_recorded_labels_are_lines_of_the_specification(spec: Json) -> None:
    labels = json.loads((RECORDINGS / "shipments.json").read_text("utf-8"))

    assert [found for label in labels for line in label["shipmentItems"] if (found := problems(spec, "OrderItem", line))] == []


def test_an_order_that_we_ask_for_is_a_request_of_the_specification(spec: Json) -> None:
    body = json.loads(write_order(fulfilment_order(1), 61700, "USD"))

    assert problems(spec, "OrderCreateRequest", body) == []


@pytest.mark.parametrize("wrong", [{"orderStatus": 1}, {"note": "ring twice"}, {"items": [{"sku": "A", "quantity": 1.5}]}])
def test_a_wrong_order_would_be_noticed(spec: Json, wrong: Json) -> None:
    body = json.loads(write_order(fulfilment_order(1), 61700, "USD"))

    assert problems(spec, "OrderCreateRequest", body | wrong) != []


def asked_for_a_window() -> list[httpx.Request]:
    """What is asked for one window of which nothing is there."""
    asked: list[httpx.Request] = []

    def empty(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={request.url.path.removeprefix("/"): [], "total": 0})

    connector = CONNECTOR(Settings.model_validate(STANDS[0].dialect.settings), Wiring(httpx.MockTransport(empty)))
    list(connector.fetch_advices(WINDOW, None))
    return asked


def test_lists_are_asked_for_by_documented_parameters_and_words_only(spec: Json) -> None:
    asked = asked_for_a_window()

    assert len(asked) == len(LISTS)
    for request in asked:
        documented = parameters(spec, request.url.path)
        assert set(request.url.params) <= set(documented)
        assert [name for name, value in request.url.params.items() if value not in documented[name].get("enum", [value])] == []


def test_a_page_is_no_larger_than_documented(spec: Json) -> None:
    assert {listed.most for listed in LISTS} == {parameters(spec, f"/{listed.path}")["pageSize"]["maximum"] for listed in LISTS}


def test_every_documented_status_has_a_meaning(spec: Json) -> None:
    documented = set(spec["components"]["schemas"]["Order"]["properties"]["orderStatus"]["enum"])

    assert set(ORDER_STATE) == documented | {"rejected_fulfillment"}


def test_credentials_are_proved_as_documented(spec: Json) -> None:
    scheme = spec["components"]["securitySchemes"]["BasicAuth"]

    assert (scheme["type"], scheme["scheme"]) == ("http", "basic")
    assert {request.headers["authorization"].split()[0] for request in asked_for_a_window()} == {"Basic"}


def commanded(kind: str) -> list[httpx.Request]:
    """What a command sends, and what looks for it."""
    return requests_of(next(stand for stand in STANDS if isinstance(stand, CommandStand) and stand.stream.kind == kind))


@pytest.mark.parametrize("kind", ["shipment", "cancel"])
def test_commands_go_to_documented_addresses_with_documented_parameters(spec: Json, kind: str) -> None:
    asked = commanded(kind)

    assert [request.url.path for request in asked if request.method.lower() not in spec["paths"].get(request.url.path, {})] == []
    assert {name for request in asked for name in request.url.params} <= set(parameters(spec, "/orders"))
    assert {request.method for request in asked} == {"GET", "POST"}


@pytest.mark.parametrize("minutes", [0, 11, 120])
def test_what_the_streets_shipstation_answers_keeps_to_the_specification(spec: Json, tmp_path: Path, minutes: int) -> None:
    moments = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    street = Street(tmp_path, orders=3, clock=lambda: moments[-1])
    line = FulfilmentOrderLine(reference="1", sku="MUG-STONE-BLU", title="Mug", quantity=3000)
    bodies = [write_order(replace(fulfilment_order(number), lines=(line,)), 61700, "USD") for number in range(1, 61)]
    proof = ("street-shipstation-key", "street-shipstation-secret")
    with httpx.Client(transport=street.transport(), auth=proof, base_url="http://street/shipstation/") as client:
        made = [client.post("orders/createorder", content=body).json() for body in bodies]
        moments.append(moments[0] + timedelta(minutes=minutes))
        orders, labels = (
            client.get(path, params={"pageSize": 500, "includeShipmentItems": "true"}).json() for path in ("orders", "shipments")
        )
        stores = client.get("stores").json()
    street.close()

    assert [found for each in made if (found := problems(spec, "Order", each))] == []
    assert problems(spec, "OrderPaginatedList", orders) + problems(spec, "ShipmentPaginatedList", labels) == []
    assert [found for each in stores if (found := problems(spec, "Store", each))] == []
    assert (len(orders["orders"]), bool(labels["shipments"])) == (60, minutes > 0)
