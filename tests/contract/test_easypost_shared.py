"""EasyPost against what its real service answered its official client, where `../shared` is present."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt
from connectors.easypost import CONNECTOR
from connectors.easypost.connector import Settings
from connectors.easypost.mapping import read_tracker
from model.errors import RejectedError
from tests.contract.remote import NOW
from tests.contract.stand_commands import label_request

CASSETTES = Path(__file__).parents[2].parent / "shared/samples/easypost/cassettes"
REQUEST = label_request(1, "USPS GroundAdvantage")

Json = dict[str, Any]


class Exchange(NamedTuple):
    """One recorded exchange."""

    method: str
    path: str
    sent: Json
    status: int
    body: bytes

    @property
    def told(self) -> Json:
        """The answer, taken apart."""
        told: Json = json.loads(self.body)
        return told


def tape(name: str) -> list[Exchange]:
    """The exchanges of one recording, in order."""
    path = CASSETTES / f"test_{name}.yaml"
    if not path.exists():
        pytest.skip("the recordings of the real service are in ../shared, which is absent")
    return list(_exchanges(yaml.safe_load(path.read_text("utf-8"))))


def _exchanges(cassette: Json) -> Iterator[Exchange]:
    for each in cassette["interactions"]:
        asked, answered = each["request"], each["response"]
        sent = json.loads(asked["body"] or "{}")
        path = asked["uri"].removeprefix("https://api.easypost.com")
        yield Exchange(asked["method"], path, sent, answered["status"]["code"], answered["body"]["string"].encode())


def replaying(played: list[Exchange], asked: list[httpx.Request], shown: list[Json] | None = None) -> CONNECTOR:
    """The connector over a service that answers as recorded, and lists these shipments."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = [each for each in played if (each.method, each.path) == (request.method, request.url.path)]
        if found:
            return httpx.Response(found[0].status, content=found[0].body)
        return httpx.Response(200, json={"shipments": shown or [], "has_more": False})

    wiring = Wiring(httpx.MockTransport(answer), Pause(sleep=lambda _: None), now=lambda: NOW)
    return CONNECTOR(Settings.model_validate({"api_key": "suite_key"}), wiring)


def command() -> Command:
    connector = replaying([], [])
    return Command(key="0" * 32, reference=REQUEST.reference, body=connector.write_label(REQUEST, "k"))


def test_a_label_is_bought_as_the_official_client_buys_it() -> None:
    played, asked = tape("shipment_buy"), list[httpx.Request]()

    receipt = replaying(played, asked).submit_label(command())

    posts = [request for request in asked if request.method == "POST"]
    assert receipt == Receipt(played[0].told["id"])
    assert [(request.method, request.url.path) for request in posts] == [(each.method, each.path) for each in played]
    assert json.loads(posts[1].content) == played[1].sent


def test_what_we_send_of_a_shipment_is_named_and_shaped_as_the_official_client_does() -> None:
    recorded = tape("shipment_buy")[0].sent["shipment"]

    ours = json.loads(command().body)["shipment"]

    assert set(ours) <= set(recorded)
    assert set(ours["to_address"]) <= set(recorded["from_address"])
    assert set(ours["parcel"]) == set(recorded["parcel"])
    assert set(ours["options"]) <= set(recorded["options"])
    assert {type(value) for value in ours["parcel"].values()} == {float}


def test_a_bought_label_is_read() -> None:
    played = tape("shipment_buy")
    bought = played[1].told

    shown = [Exchange("GET", f"/v2/shipments/{bought['id']}", {}, 200, played[1].body)]
    label = replaying(shown, []).fetch_label(bought["id"])

    assert (label.external_id, label.tracking_number) == (bought["id"], bought["tracking_code"])
    assert Decimal(label.cost.amount_minor) == Decimal(bought["selected_rate"]["rate"]) * 100
    assert (label.carrier, label.service, label.cost.currency) == ("USPS", "GroundAdvantage", "USD")
    assert (label.file_format, label.url) == ("PNG", bought["postage_label"]["label_url"])
    assert label.tracking_url == bought["tracker"]["public_url"]


def test_a_shipment_that_was_only_made_is_no_label() -> None:
    made = tape("shipment_create")[0]

    shown = [Exchange("GET", f"/v2/shipments/{made.told['id']}", {}, 200, made.body)]
    with pytest.raises(RejectedError, match="no label was bought"):
        replaying(shown, []).fetch_label(made.told["id"])


@pytest.mark.parametrize(
    ("name", "place", "is_bought"), [("shipment_create", 0, False), ("shipment_buy", 1, True), ("shipment_refund", 1, True)]
)
def test_listed_shipments_are_told_apart_by_their_postage(name: str, place: int, *, is_bought: bool) -> None:
    listed = tape(name)[place].told | {"reference": REQUEST.reference, "created_at": "2030-05-01T12:00:00Z"}

    found = replaying([], [], [listed]).find_label(command())

    assert (found is not None) == is_bought


def test_rates_that_the_service_offered_are_named_to_who_wants_another() -> None:
    played = tape("shipment_create")
    wish = label_request(1, "USPS Teleport")
    connector = replaying(played, [])

    with pytest.raises(RejectedError) as caught:
        connector.submit_label(Command(key="k", reference=wish.reference, body=connector.write_label(wish, "k")))

    assert [rate["service"] for rate in played[0].told["rates"] if rate["service"] not in str(caught.value)] == []


@pytest.mark.parametrize(("name", "place"), [("tracker_create", 0), ("tracker_retrieve", 0), ("tracker_retrieve", 1)])
def test_a_tracker_is_read(name: str, place: int) -> None:
    recorded = tape(name)[place]

    told = read_tracker(recorded.body, "EZ1000000001", {})

    assert told is not None
    assert [(event.message, event.code) for event in told.events] == [
        (detail["message"], detail["status_detail"]) for detail in recorded.told["tracking_details"]
    ]
    assert {event.state for event in told.events} == {"announced"}
    assert [event.place for event in told.events] == [None, "HOUSTON, TX"]


def test_a_tracker_is_asked_for_as_the_official_client_does() -> None:
    recorded = tape("tracker_create")[0]

    assert (recorded.method, recorded.path) == ("POST", "/v2/trackers")
    assert set(recorded.sent["tracker"]) <= {"tracking_code", "carrier"}


def test_a_refusal_of_the_service_is_told_by_its_code() -> None:
    recorded = tape("error_alternative_format")[0]

    shown = [Exchange("GET", "/v2/shipments/shp_1", {}, recorded.status, recorded.body)]
    with pytest.raises(RejectedError) as caught:
        replaying(shown, []).fetch_label("shp_1")

    assert (str(caught.value), caught.value.code) == ("/v2/shipments/shp_1: 404 NOT_FOUND", "NOT_FOUND")
