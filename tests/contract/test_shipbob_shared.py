"""ShipBob against its official specification, where `../shared` is present."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors._kit import Wiring
from connectors.shipbob import CONNECTOR
from connectors.shipbob.commands import write_order
from connectors.shipbob.connector import Settings
from connectors.shipbob.paging import LISTS
from connectors.shipbob.words import CONDITION, ORDER_STATE, RECEIVING_IS_DONE, RETURN_IS_DONE, SHIPMENT_STATE
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from sandbox.street import Street
from tests.contract.remote import WINDOW
from tests.contract.stand_commands import CommandStand, fulfilment_order, requests_of
from tests.contract.stands import stands

ROOT = Path(__file__).parents[2]
SPEC = ROOT.parent / "shared/specs/shipbob/openapi-2026-01.json"
RECORDINGS = ROOT / "connectors/shipbob/recordings"
STANDS = [stand for stand in stands() if stand.name == "shipbob"]

Json = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Json:
    if not SPEC.exists():
        pytest.skip("the official specification is in ../shared, which is absent")
    loaded: Json = json.loads(SPEC.read_text("utf-8"))
    return loaded


def closed(spec: Json, schema: object) -> Json:
    """The schema in today's JSON Schema: what it refers to put in, `allOf` made one, `nullable` a type, unknown fields forbidden."""
    known = cast("Json", schema)
    if "$ref" in known:
        return closed(spec, spec["components"]["schemas"][str(known["$ref"]).rpartition("/")[2]])
    if "allOf" in known:
        parts = [closed(spec, part) for part in [*known["allOf"], {key: value for key, value in known.items() if key != "allOf"}]]
        return {
            "type": "object",
            "properties": {name: value for part in parts for name, value in part.get("properties", {}).items()},
            "required": [name for part in parts for name in part.get("required", [])],
            "additionalProperties": False,
        }
    made: Json = {key: known[key] for key in ("type", "enum", "minimum", "maximum", "minLength", "maxLength", "required") if key in known}
    if "properties" in known:
        made |= {"properties": {name: closed(spec, part) for name, part in known["properties"].items()}, "additionalProperties": False}
    if "items" in known:
        made["items"] = closed(spec, known["items"])
    for choice in {"oneOf", "anyOf"} & known.keys():
        made[choice] = [closed(spec, part) for part in known[choice]]
    return made | {"type": [made["type"], "null"]} if known.get("nullable") and "type" in made else made


def problems(spec: Json, name: str, document: Json) -> list[str]:
    """What of a document is not as the named schema says."""
    schema = closed(spec, {"$ref": f"#/components/schemas/{name}"})
    found: list[ValidationError] = list(Draft202012Validator(schema).iter_errors(document))  # pyright: ignore[reportUnknownMemberType]
    return [f"{problem.json_path}: {problem.message[:200]}" for problem in found]


def documented(spec: Json, method: str, path: str, place: str) -> set[str]:
    """The names of an operation's parameters in the query or the header."""
    operation = spec["paths"][f"/2026-01/{path}"][method]
    told = [
        spec["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation["parameters"]
    ]
    return {each["name"] for each in told if each["in"] == place}


def words(spec: Json, name: str) -> set[str]:
    """The words of an enumeration."""
    return set(spec["components"]["schemas"][name]["enum"])


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("orders", "Orders.OrderViewModel"),
        ("returns", "Returns.PublicReturnDto"),
        ("receivings", "Receiving.V2.WarehouseReceivingOrderViewModel"),
    ],
)
def test_our_recordings_keep_to_the_specification(spec: Json, file: str, schema: str) -> None:
    recorded = json.loads((RECORDINGS / f"{file}.json").read_text("utf-8"))

    assert [(each["id"], found) for each in recorded if (found := problems(spec, schema, each))] == []


def test_an_order_that_we_ask_for_is_a_request_of_the_specification(spec: Json) -> None:
    body = json.loads(write_order(fulfilment_order(1), "Standard"))

    assert problems(spec, "Orders.CreateOrderModel", body) == []


@pytest.mark.parametrize(
    "wrong", [{"type": "Dtc"}, {"note": "ring twice"}, {"products": [{"reference_id": "A", "quantity": 1.5, "name": None}]}]
)
def test_a_wrong_order_would_be_noticed(spec: Json, wrong: Json) -> None:
    body = json.loads(write_order(fulfilment_order(1), "Standard"))

    assert problems(spec, "Orders.CreateOrderModel", body | wrong) != []


def test_lists_are_asked_for_by_documented_parameters_only(spec: Json) -> None:
    for listed in LISTS:
        assert {listed.since, listed.until, listed.page, "Limit"} <= documented(spec, "get", listed.path, "query")


def test_a_page_is_no_larger_than_documented(spec: Json) -> None:
    limits = [each["schema"].get("maximum") for each in spec["paths"]["/2026-01/order"]["get"]["parameters"] if each["name"] == "Limit"]

    assert [listed.most for listed in LISTS if listed.path == "order" and listed.most != limits[0]] == []


def commanded(kind: str) -> list[httpx.Request]:
    """What a command sends, and what looks for it."""
    return requests_of(next(stand for stand in STANDS if isinstance(stand, CommandStand) and stand.stream.kind == kind))


@pytest.mark.parametrize("kind", ["shipment", "cancel"])
def test_commands_go_to_documented_addresses(spec: Json, kind: str) -> None:
    ours = [(request.method.lower(), request.url.path.replace("230000002:", "{orderId}:")) for request in commanded(kind)]

    assert [(method, path) for method, path in ours if method not in spec["paths"].get(path, {})] == []
    assert {method for method, _path in ours} == {"get", "post"}


def test_commands_name_our_channel_by_the_documented_header(spec: Json) -> None:
    header = documented(spec, "post", "order", "header") & documented(spec, "get", "order", "header")

    assert header == {"shipbob_channel_id"}
    assert {request.headers["shipbob_channel_id"] for request in commanded("shipment")} == {"441200"}


def test_looking_for_an_order_uses_documented_parameters_only(spec: Json) -> None:
    asked = [request for request in commanded("shipment") if request.method == "GET"]

    assert {name for request in asked for name in request.url.params} <= documented(spec, "get", "order", "query")
    assert asked


def test_every_documented_status_has_a_meaning(spec: Json) -> None:
    assert set(ORDER_STATE) == words(spec, "Orders.OrderStatus")
    assert set(SHIPMENT_STATE) == words(spec, "Orders.OrderStatusEnum")
    assert set(RECEIVING_IS_DONE) == words(spec, "Receiving.ReceivingStatus")


def test_every_status_and_action_named_in_the_text_of_returns_has_a_meaning(spec: Json) -> None:
    told = {each["name"]: each["description"] for each in spec["paths"]["/2026-01/return"]["get"]["parameters"] if "name" in each}

    assert [word for word in ("AwaitingArrival", "Arrived", "Processing", "Completed", "Cancelled") if word not in told["Status"]] == []
    assert [word for word in CONDITION if word not in told["ReturnActions"]] == []
    assert {word.replace(" ", "") for word in RETURN_IS_DONE} == {"AwaitingArrival", "Arrived", "Processing", "Completed", "Cancelled"}


def test_how_a_cancellation_ends_is_documented(spec: Json) -> None:
    assert words(spec, "Orders.CancellationResult") == {"Success", "Failure", "PartialSuccess"}


@pytest.mark.parametrize("minutes", [0, 11, 120])
def test_what_the_streets_shipbob_answers_keeps_to_the_specification(spec: Json, tmp_path: Path, minutes: int) -> None:
    moments = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    street = Street(tmp_path, orders=3, clock=lambda: moments[-1])
    headers = {"Authorization": "Bearer street-shipbob-token", "shipbob_channel_id": "441200"}
    with httpx.Client(transport=street.transport(), headers=headers, base_url="http://street/shipbob/2026-01/") as client:
        bodies = [write_order(_of_the_street(number), "Standard") for number in range(1, 61)]
        made = [client.post("order", content=body).json() for body in bodies]
        called_back = client.post(f"order/{made[0]['id']}:cancel").json()
        moments.append(moments[0] + timedelta(minutes=minutes))
        shown = client.get("order", params={"Limit": 250}).json()
        channels = client.get("channel").json()
    street.close()

    assert [found for each in (*made, *shown) if (found := problems(spec, "Orders.OrderViewModel", each))] == []
    assert problems(spec, "Orders.CanceledOrderViewModel", called_back) == []
    assert problems(spec, "Channels.ChannelsV2ViewModel", channels) == []
    assert len(shown) == len(bodies)


def _of_the_street(number: int) -> FulfilmentOrder:
    lines = (FulfilmentOrderLine(reference="1", sku="MUG-STONE-BLU", title="Mug", quantity=3000),)
    return replace(fulfilment_order(number), lines=lines)


def test_a_window_is_asked_for_in_times_of_the_documented_format() -> None:
    asked: list[httpx.Request] = []

    def empty(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b'{"items": []}' if request.url.path.endswith("return") else b"[]")

    connector = CONNECTOR(Settings.model_validate(STANDS[0].dialect.settings), Wiring(httpx.MockTransport(empty)))
    list(connector.fetch_advices(WINDOW, None))

    stamps = [text for request in asked for name, text in request.url.params.items() if name.endswith("Date")]
    assert len(stamps) == 2 * len(LISTS)
    assert min(map(datetime.fromisoformat, stamps)) < WINDOW.start < WINDOW.end < max(map(datetime.fromisoformat, stamps))
    assert {datetime.fromisoformat(stamp).tzinfo for stamp in stamps} == {UTC}
