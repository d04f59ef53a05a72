"""The street's EasyPost rates what it is asked to, sells each shipment's postage once, and follows parcels by the street's clock."""

from typing import Any

import httpx
import pytest

from tests.unit.sandbox.conftest import OPENING, Clock, Open, Visit

ADDRESS = {"name": "Ida Sample", "street1": "12 Test Lane", "city": "Springfield", "state": "IL", "zip": "62704", "country": "US"}
LONG = {"hours": 6}
"""Longer than any parcel is on its way."""


def ask(visit: Visit, method: str, path: str, /, sent: object = None, **parameters: str | int) -> httpx.Response:
    with httpx.Client(transport=visit.street.transport(), auth=("street-easypost-key", "")) as client:
        return client.request(method, f"http://street/easypost/v2/{path}", json=sent, params=parameters)


def make(visit: Visit, reference: str = "L1", ounces: float = 16.0, **to: str) -> dict[str, Any]:
    sent = {"reference": reference, "from_address": ADDRESS, "to_address": ADDRESS | to, "parcel": {"weight": ounces}}
    answer = ask(visit, "POST", "shipments", {"shipment": sent})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def buy(visit: Visit, made: dict[str, Any], place: int = 0) -> httpx.Response:
    return ask(visit, "POST", f"shipments/{made['id']}/buy", {"rate": {"id": made["rates"][place]["id"]}})


def follow(visit: Visit, number: str) -> dict[str, Any]:
    told: dict[str, Any] = ask(visit, "POST", "trackers", {"tracker": {"tracking_code": number}}).json()
    return told


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def shop(visit: Open) -> Visit:
    return visit(orders=3)


def test_nobody_is_served_without_the_key(shop: Visit) -> None:
    with httpx.Client(transport=shop.street.transport(), auth=("another", "")) as client:
        answer = client.get("http://street/easypost/v2/users")

    assert code_of(answer) == (401, "APIKEY.INACTIVE")


def test_a_shipment_is_made_as_often_as_it_is_asked_for_and_costs_nothing(shop: Visit) -> None:
    made = [make(shop), make(shop)]

    listed = ask(shop, "GET", "shipments", purchased="false").json()["shipments"]

    assert [each["id"] for each in listed] == [made[1]["id"], made[0]["id"]]
    assert {each["reference"] for each in listed} == {"L1"}
    assert shop.street.truth()["labels"] == []


def test_postage_is_sold_once_for_a_shipment_at_the_rate_that_was_offered(shop: Visit) -> None:
    made = make(shop)

    sold, again = buy(shop, made, 1).json(), buy(shop, made, 1)

    assert code_of(again) == (422, "SHIPMENT.POSTAGE.EXISTS")
    assert sold["selected_rate"] == made["rates"][1]
    assert shop.street.truth()["labels"] == [
        {
            "shipment": made["id"],
            "reference": "L1",
            "tracking_number": sold["tracking_code"],
            "service": "USPS Priority",
            "cents": int(made["rates"][1]["rate"].replace(".", "")),
        }
    ]


def test_a_heavier_parcel_costs_more_and_begun_ounces_are_whole(shop: Visit) -> None:
    rates = [make(shop, ounces=ounces)["rates"][1]["rate"] for ounces in (16.0, 15.1, 32.0)]

    assert rates == ["8.82", "8.82", "10.74"]


@pytest.mark.parametrize(("ounces", "country"), [(1120.1, "US"), (16.0, "DE")])
def test_what_nobody_carries_is_offered_nothing(shop: Visit, ounces: float, country: str) -> None:
    made = make(shop, ounces=ounces, country=country)

    assert made["rates"] == []
    assert [message["type"] for message in made["messages"]] == ["rate_error"]


def test_a_purchase_the_carrier_refuses_pays_nothing(shop: Visit) -> None:
    made = make(shop, zip="00000")

    answers = [buy(shop, made), ask(shop, "POST", f"shipments/{made['id']}/buy", {"rate": {"id": "rate_none"}})]

    assert [code_of(answer) for answer in answers] == [(422, "SHIPMENT.POSTAGE.FAILURE"), (422, "SHIPMENT.MISSING_RATE")]
    assert shop.street.truth()["labels"] == []


def test_a_shipment_without_a_parcel_or_of_nobody_is_refused(shop: Visit) -> None:
    answers = [
        ask(shop, "POST", "shipments", {"shipment": {"from_address": ADDRESS, "to_address": ADDRESS}}),
        ask(shop, "GET", "shipments/shp_none"),
        ask(shop, "GET", "shipments", page_size=101),
        ask(shop, "GET", "shipments", start_datetime="yesterday"),
        ask(shop, "GET", "pickups"),
    ]

    assert [code_of(answer) for answer in answers] == [
        (422, "SHIPMENT.INVALID_PARAMS"),
        (404, "NOT_FOUND"),
        (422, "PARAMETER.INVALID"),
        (422, "DATE.PARSE.FAILURE"),
        (404, "NOT_FOUND"),
    ]


def test_a_list_is_cut_into_pages_newest_first_and_shows_one_side_of_the_filter(shop: Visit, clock: Clock) -> None:
    made = [make(shop, f"L{number}") for number in range(5)]
    buy(shop, made[2])
    clock.pass_by(hours=1)
    late = make(shop, "late")

    first = ask(shop, "GET", "shipments", purchased="false", page_size=2).json()
    second = ask(shop, "GET", "shipments", purchased="false", page_size=2, before_id=made[4]["id"]).json()
    sold = ask(shop, "GET", "shipments", purchased="true").json()
    begun = ask(shop, "GET", "shipments", purchased="false", start_datetime=f"{OPENING.replace(minute=30):%Y-%m-%dT%H:%M:%SZ}").json()

    assert ([each["id"] for each in first["shipments"]], first["has_more"]) == ([late["id"], made[4]["id"]], True)
    assert ([each["id"] for each in second["shipments"]], second["has_more"]) == ([made[3]["id"], made[1]["id"]], True)
    assert ([each["id"] for each in sold["shipments"]], sold["has_more"]) == ([made[2]["id"]], False)
    assert [each["id"] for each in begun["shipments"]] == [late["id"]]


def test_a_sold_parcel_moves_on_with_the_streets_clock(shop: Visit, clock: Clock) -> None:
    number = buy(shop, make(shop)).json()["tracking_code"]
    before = follow(shop, number)

    clock.pass_by(**LONG)
    after = follow(shop, number)

    assert [each["status"] for each in before["tracking_details"]] == ["pre_transit"]
    assert after["status"] in {"delivered", "return_to_sender"}
    assert after["tracking_details"][:1] == before["tracking_details"]
    assert after["id"] == before["id"]


def test_many_parcels_arrive_fail_or_come_back(shop: Visit, clock: Clock) -> None:
    follows = [f"STREET{number:06}" for number in range(200)]
    assert {follow(shop, number)["status"] for number in follows} == {"pre_transit"}

    clock.pass_by(**LONG)
    told = ask(shop, "POST", "trackers/batch", {"tracking_codes": [*follows, "NOBODYS"]}).json()["trackers"]

    assert {each["tracking_code"] for each in told} == set(follows)
    assert {each["status"] for each in told} == {"delivered", "return_to_sender"}
    assert any(detail["status"] == "failure" for each in told for detail in each["tracking_details"])


def test_of_some_parcels_nothing_is_ever_heard_and_no_carrier_has_some_numbers(shop: Visit, clock: Clock) -> None:
    clock.pass_by(**LONG)

    silent = follow(shop, "0000123")
    refused = ask(shop, "POST", "trackers", {"tracker": {"tracking_code": "not a number"}})

    assert (silent["status"], silent["tracking_details"]) == ("unknown", [])
    assert code_of(refused) == (422, "TRACKER.NO_CARRIER_FOR_CODE")


def test_the_books_outlive_the_street(visit: Open) -> None:
    first = visit(orders=3)
    buy(first, make(first))
    truth = first.street.truth()["labels"]
    first.street.close()

    assert visit(orders=3).street.truth()["labels"] == truth
    assert len(truth) == 1
