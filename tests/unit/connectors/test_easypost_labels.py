"""What EasyPost is asked for a label, word by word, and how its answers are taken: money leaves once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt
from connectors.easypost import CONNECTOR
from connectors.easypost.connector import Settings
from model.errors import AuthError, MalformedError, RejectedError, TransientError
from model.records.advice import Freight
from model.records.label import Label, LabelRequest, Package
from tests.contract.stand_commands import label_request

NOW = datetime(2030, 5, 2, 9, tzinfo=UTC)
REQUEST = label_request(1)
RATES: list[dict[str, Any]] = [
    {"id": "rate_2", "carrier": "USPS", "service": "Priority", "rate": "9.10", "currency": "USD"},
    {"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "7.42", "currency": "USD"},
    {"id": "rate_3", "carrier": "USPS", "service": "Express", "rate": "34.15", "currency": "USD"},
]
BOUGHT: dict[str, Any] = {
    "tracking_code": "9400100000000000000001",
    "selected_rate": RATES[1],
    "postage_label": {"label_file_type": "image/png", "label_url": "https://labels.example.com/1.png"},
    "tracker": {"public_url": "https://track.example.com/1"},
}

Answering = Callable[[httpx.Request], httpx.Response]


def shipment(number: int, /, **told: object) -> dict[str, Any]:
    made: dict[str, Any] = {"id": f"shp_{number}", "created_at": "2030-05-02T08:00:00Z", "reference": REQUEST.reference, "rates": RATES}
    unsold: dict[str, Any] = {"messages": [], "tracking_code": None, "postage_label": None, "selected_rate": None}
    return made | unsold | told


def easypost(answer: Answering, asked: list[httpx.Request] | None = None, label_format: str = "PDF") -> CONNECTOR:
    """The connector over a remote that answers so."""

    def noted(request: httpx.Request) -> httpx.Response:
        (asked if asked is not None else []).append(request)
        return answer(request)

    wiring = Wiring(httpx.MockTransport(noted), Pause(sleep=lambda _: None), now=lambda: NOW)
    return CONNECTOR(Settings.model_validate({"api_key": "suite_key", "label_format": label_format}), wiring)


def written(request: LabelRequest, label_format: str = "PDF") -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        easypost(lambda _: httpx.Response(500), label_format=label_format).write_label(request, "k"), parse_float=Decimal
    )
    return body


COMMAND = Command(key="0" * 32, reference=REQUEST.reference, body=easypost(lambda _: httpx.Response(500)).write_label(REQUEST, "k"))


def listing(*shown: dict[str, Any], made: httpx.Response | None = None, paid: httpx.Response | None = None) -> Answering:
    """A remote that lists these shipments, newest first and whatever `purchased` says, and answers commands so."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return (paid if request.url.path.endswith("/buy") else made) or httpx.Response(500)
        wanted = request.url.path.rpartition("/")[2]
        found = [each for each in shown if each["id"] == wanted]
        return httpx.Response(200, json=found[0] if found else {"shipments": list(shown), "has_more": False})

    return answer


def bought_at(asked: list[httpx.Request]) -> list[tuple[str, str]]:
    """Which shipments were paid for, at which rates."""
    return [(request.url.path, json.loads(request.content)["rate"]["id"]) for request in asked if request.url.path.endswith("/buy")]


def test_a_request_is_written_field_by_field() -> None:
    body = written(REQUEST)

    assert body == {
        "service": "USPS Priority",
        "decided_at": "2030-05-01T12:00:00.000000Z",
        "shipment": {
            "reference": "FO-000001",
            "from_address": {
                "company": "Hub Goods",
                "street1": "1 Dock Road",
                "city": "Springfield",
                "state": "IL",
                "zip": "62701",
                "country": "US",
            },
            "to_address": {
                "name": "Ida Sample",
                "street1": "12 Test Lane",
                "street2": "Apt 3",
                "city": "Springfield",
                "state": "IL",
                "zip": "62704",
                "country": "US",
                "phone": "+1-555-0142",
                "email": "ida@example.com",
            },
            "parcel": {"weight": Decimal("16.0"), "length": Decimal("9.9"), "width": Decimal("7.9"), "height": Decimal("4.0")},
            "options": {"label_format": "PDF"},
        },
    }


@pytest.mark.parametrize(
    ("grams", "ounces"), [(1, "0.1"), (28, "1.0"), (29, "1.1"), (453, "16.0"), (454, "16.1"), (1000, "35.3"), (31_751, "1120.0")]
)
def test_ounces_are_rounded_up_to_a_tenth_and_never_down(grams: int, ounces: str) -> None:
    parcel = written(replace(REQUEST, package=Package(weight_g=grams)))["shipment"]["parcel"]

    assert parcel == {"weight": Decimal(ounces)}


def test_a_further_line_of_a_street_joins_the_second() -> None:
    body = written(replace(REQUEST, ship_to=replace(REQUEST.ship_to, street=("12 Test Lane", "", "Apt 3", "Rear"))))

    assert body["shipment"]["to_address"]["street2"] == "Apt 3, Rear"


def test_the_format_is_the_settings() -> None:
    assert written(REQUEST, label_format="ZPL")["shipment"]["options"] == {"label_format": "ZPL"}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"reference": ""}, "reference: is missing"),
        ({"service": "Priority"}, "service: 'Priority' does not name"),
        ({"ship_to": replace(REQUEST.ship_to, country="DE")}, r"ship_to\.country: is not where"),
        ({"ship_to": replace(REQUEST.ship_to, name=None)}, r"ship_to\.name: is missing"),
        ({"ship_to": replace(REQUEST.ship_to, street=("",))}, r"ship_to\.street: is missing"),
        ({"ship_from": replace(REQUEST.ship_from, city=None)}, r"ship_from\.city: is missing"),
        ({"package": Package(weight_g=0)}, "package: weighs or measures nothing"),
        ({"package": Package(weight_g=1, length_mm=1, width_mm=-1, height_mm=1)}, "package: weighs or measures nothing"),
        ({"package": Package(weight_g=1, length_mm=1)}, "package: is measured in part"),
    ],
)
def test_what_can_certainly_not_be_bought_is_refused_before_it_is_asked_for(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        written(replace(REQUEST, **wrong))


def test_a_label_is_bought_at_the_cheapest_rate_of_its_service() -> None:
    asked: list[httpx.Request] = []
    connector = easypost(listing(made=httpx.Response(201, json=shipment(7)), paid=httpx.Response(200, json=shipment(7, **BOUGHT))), asked)

    receipt = connector.submit_label(COMMAND)

    assert receipt == Receipt("shp_7")
    assert bought_at(asked) == [("/v2/shipments/shp_7/buy", "rate_1")]
    assert json.loads(next(each for each in asked if each.method == "POST").content) == {"shipment": json.loads(COMMAND.body)["shipment"]}


def test_what_was_bought_before_is_not_bought_again() -> None:
    asked: list[httpx.Request] = []

    receipt = easypost(listing(shipment(9), shipment(8, **BOUGHT), shipment(7)), asked).submit_label(COMMAND)

    assert receipt == Receipt("shp_8", is_repeat=True)
    assert {request.method for request in asked} == {"GET"}


def test_of_several_shipments_without_postage_the_oldest_is_paid_for() -> None:
    asked: list[httpx.Request] = []
    others = shipment(6, reference="FO-0000011"), shipment(5, reference=None)

    easypost(listing(shipment(9), shipment(8), *others, paid=httpx.Response(200, json=shipment(8, **BOUGHT))), asked).submit_label(COMMAND)

    assert bought_at(asked) == [("/v2/shipments/shp_8/buy", "rate_1")]


def test_who_was_overtaken_pays_for_the_others_shipment() -> None:
    asked: list[httpx.Request] = []
    shown: list[dict[str, Any]] = []

    def overtaken(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/shipments"):
            shown.extend([shipment(2), shipment(1)])
            return httpx.Response(201, json=shown[0])
        return listing(*shown, paid=httpx.Response(200, json=shipment(1, **BOUGHT)))(request)

    receipt = easypost(overtaken, asked).submit_label(COMMAND)

    assert (receipt.external_id, bought_at(asked)) == ("shp_1", [("/v2/shipments/shp_1/buy", "rate_1")])


@pytest.mark.parametrize("shows_all", [True, False])
def test_postage_is_found_whatever_the_filter_means(*, shows_all: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_shown = shows_all or request.url.params["purchased"] == "true"
        return httpx.Response(200, json={"shipments": [shipment(7, **BOUGHT)] if is_shown else [], "has_more": False})

    assert easypost(answer).find_label(COMMAND) == Receipt("shp_7", is_repeat=True)


def test_a_search_begins_when_the_label_was_asked_for_and_goes_through_all_pages() -> None:
    asked: list[httpx.Request] = []

    def pages(request: httpx.Request) -> httpx.Response:
        is_second = "before_id" in request.url.params
        rows = [shipment(1, **BOUGHT)] if is_second else [shipment(3, reference="other"), shipment(2, reference="other")]
        return httpx.Response(200, json={"shipments": rows, "has_more": not is_second})

    found = easypost(pages, asked).find_label(COMMAND)

    assert found == Receipt("shp_1", is_repeat=True)
    assert [dict(request.url.params) for request in asked] == [
        {"purchased": purchased, "page_size": "100", "start_datetime": "2030-05-01T11:50:00.000000Z", **more}
        for purchased in ("false", "true")
        for more in ({}, {"before_id": "shp_2"})
    ]


def test_pages_before_the_label_was_asked_for_are_not_read() -> None:
    asked: list[httpx.Request] = []
    old = shipment(3, created_at="2030-04-01T08:00:00Z", reference="other")

    found = easypost(lambda _: httpx.Response(200, json={"shipments": [old], "has_more": True}), asked).find_label(COMMAND)

    assert (found, len(asked)) == (None, 2)


@pytest.mark.parametrize("rows", [[], [shipment(3, reference="other")], [shipment(3, created_at="yesterday")]])
def test_a_list_that_does_not_end_or_cannot_be_read_is_no_word_of_what_is_there(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(TransientError):
        easypost(lambda _: httpx.Response(200, json={"shipments": rows, "has_more": True})).find_label(COMMAND)


def test_a_search_that_is_refused_is_no_refusal_of_the_label() -> None:
    with pytest.raises(TransientError):
        easypost(lambda _: httpx.Response(422)).submit_label(COMMAND)


def test_a_service_that_is_not_offered_is_refused_with_what_is_and_who_is_silent() -> None:
    silent = [{"carrier": "FedEx", "type": "rate_error", "message": "Ida Sample has no account"}]
    wish = replace(COMMAND, body=easypost(lambda _: httpx.Response(500)).write_label(replace(REQUEST, service="UPS Ground"), "k"))
    asked: list[httpx.Request] = []

    with pytest.raises(RejectedError) as caught:
        easypost(listing(made=httpx.Response(201, json=shipment(7, messages=silent))), asked).submit_label(wish)

    assert str(caught.value) == (
        "service: 'UPS Ground' is not offered for this parcel; offered are USPS Express, USPS Priority; no rate came from FedEx"
    )
    assert bought_at(asked) == []


def test_a_parcel_that_nobody_carries_is_refused() -> None:
    with pytest.raises(RejectedError, match="for this parcel; none is"):
        easypost(listing(made=httpx.Response(201, json=shipment(7, rates=[])))).submit_label(COMMAND)


def refusing(code: str, status: int, *shown: dict[str, Any]) -> Answering:
    """A remote where the shipment was there when it was looked for, that refuses to sell, and then shows this when asked for one."""
    body = {"error": {"code": code, "message": "Ida Sample"}}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(status, json=body)
        if request.url.path.endswith("/shipments"):
            return httpx.Response(200, json={"shipments": [shipment(7)], "has_more": False})
        return httpx.Response(200, json=shown[0]) if shown else httpx.Response(503)

    return answer


def test_postage_that_exists_already_was_bought_before() -> None:
    receipt = easypost(refusing("SHIPMENT.POSTAGE.EXISTS", 422, shipment(7, **BOUGHT))).submit_label(COMMAND)

    assert receipt == Receipt("shp_7", is_repeat=True)


@pytest.mark.parametrize(
    "code",
    ["SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.PURCHASE.IN_PROGRESS", "SHIPMENT.POSTAGE.NO_RESPONSE", "SHIPMENT.POSTAGE.TIMED_OUT"],
)
def test_a_purchase_that_somebody_is_at_is_left_open(code: str) -> None:
    with pytest.raises(TransientError, match=code) as caught:
        easypost(refusing(code, 422, shipment(7))).submit_label(COMMAND)

    assert not isinstance(caught.value, TurnedAwayError)


def test_a_purchase_that_the_carrier_refuses_is_refused_by_its_code_alone() -> None:
    with pytest.raises(RejectedError) as caught:
        easypost(refusing("SHIPMENT.POSTAGE.FAILURE", 422, shipment(7))).submit_label(COMMAND)

    assert str(caught.value) == "/v2/shipments/shp_7/buy: 422 SHIPMENT.POSTAGE.FAILURE"


def test_a_refusal_that_cannot_be_looked_into_is_left_open() -> None:
    with pytest.raises(TransientError) as caught:
        easypost(refusing("SHIPMENT.POSTAGE.FAILURE", 422)).submit_label(COMMAND)

    assert not isinstance(caught.value, TurnedAwayError)


def test_an_answer_without_a_label_is_left_open() -> None:
    with pytest.raises(TransientError, match="shows no label"):
        easypost(listing(shipment(7), paid=httpx.Response(200, json=shipment(7)))).submit_label(COMMAND)


def test_a_bought_label_is_read_field_by_field() -> None:
    label = easypost(listing(shipment(7, **BOUGHT))).fetch_label("shp_7")

    assert label == Label(
        external_id="shp_7",
        tracking_number="9400100000000000000001",
        carrier="USPS",
        service="Priority",
        cost=Freight(amount_minor=742, currency="USD"),
        url="https://labels.example.com/1.png",
        file_format="PNG",
        tracking_url="https://track.example.com/1",
    )


@pytest.mark.parametrize(
    ("strange", "reason"),
    [
        ({"selected_rate": None}, "selected_rate"),
        ({"selected_rate": RATES[0] | {"rate": "7.425"}}, "decimal places"),
        ({"selected_rate": RATES[0] | {"currency": "XXX"}}, "currency"),
        (
            {"postage_label": {"label_file_type": "image/gif", "label_url": "https://labels.example.com/1"}},
            "label_file_type: 'image/gif' is unknown",
        ),
        ({"tracking_code": ""}, "tracking_code"),
    ],
)
def test_a_label_that_cannot_be_read_is_malformed_by_place(strange: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        easypost(listing(shipment(7, **(BOUGHT | strange)))).fetch_label("shp_7")


def test_the_account_is_recognised_by_its_user_and_keeps_the_hubs_time_where_it_tells_none() -> None:
    asked: list[httpx.Request] = []

    identity = easypost(lambda _: httpx.Response(200, json={"id": "user_1", "name": "Hub"}), asked).identify()

    assert (identity.fingerprint, identity.title, identity.now) == ("user_1", "Hub", NOW)
    assert [(each.url.path, each.headers["authorization"]) for each in asked] == [("/v2/users", "Basic c3VpdGVfa2V5Og==")]


def test_the_accounts_own_time_is_taken_where_it_tells_one() -> None:
    dated = {"Date": "Mon, 02 Mar 2026 12:00:00 GMT"}

    identity = easypost(lambda _: httpx.Response(200, json={"id": "user_1"}, headers=dated)).identify()

    assert (identity.title, identity.now) == ("user_1", datetime(2026, 3, 2, 12, tzinfo=UTC))


def test_a_key_that_is_refused_is_the_operators_matter() -> None:
    with pytest.raises(AuthError):
        easypost(lambda _: httpx.Response(403)).identify()


def test_what_was_made_may_stay_hidden_for_minutes() -> None:
    assert (CONNECTOR.label_command.provider_class, CONNECTOR.label_command.read_lag) == ("B", timedelta(minutes=5))
