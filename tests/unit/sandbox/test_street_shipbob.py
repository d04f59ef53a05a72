"""The street's ShipBob takes an order in once, ships it in its own time, and keeps its own books."""

from collections import Counter
from typing import Any

import httpx
import pytest

from sandbox.fate import PICKED_S
from tests.unit.sandbox.conftest import OPENING, Clock, Open, Visit

TOKEN = {"Authorization": "Bearer street-shipbob-token", "shipbob_channel_id": "441200"}
ADDRESS = {"address1": "12 Test Lane", "city": "Springfield", "country": "US"}
RECIPIENT: dict[str, Any] = {"name": "Ida Sample", "address": ADDRESS}
LONG = {"hours": 2}
"""Longer than anything takes at the warehouse."""


def ask(visit: Visit, method: str, path: str, /, sent: object = None, **parameters: str | int) -> httpx.Response:
    with httpx.Client(transport=visit.street.transport(), headers=TOKEN) as client:
        return client.request(method, f"http://street/shipbob/2026-01/{path}", json=sent, params=parameters)


def order(reference: str, **units: int) -> dict[str, Any]:
    """A body of `POST /order` for so many units of these SKUs (`_` for a hyphen)."""
    products = [{"reference_id": sku.replace("_", "-"), "name": None, "quantity": many} for sku, many in units.items()]
    return {"reference_id": reference, "shipping_method": "Standard", "type": "DTC", "recipient": RECIPIENT, "products": products}


def make(visit: Visit, reference: str, **units: int) -> dict[str, Any]:
    answer = ask(visit, "POST", "order", order(reference, **units or {"MUG_STONE_BLU": 1}))
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def listed(visit: Visit, **parameters: str | int) -> list[dict[str, Any]]:
    answer = ask(visit, "GET", "order", **parameters)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.fixture
def shop(visit: Open) -> Visit:
    return visit(orders=3)


def test_an_order_is_taken_in_once_for_one_reference(shop: Visit) -> None:
    made = make(shop, "F1")

    again = ask(shop, "POST", "order", order("F1", MUG_STONE_BLU=1))

    assert (again.status_code, list(again.json())) == (422, ["errors"])
    assert [(each["id"], each["reference_id"], each["status"]) for each in listed(shop)] == [(made["id"], "F1", "Processing")]


def test_an_order_is_picked_and_leaves_with_a_tracking_number(shop: Visit, clock: Clock) -> None:
    make(shop, "F1")
    before = listed(shop)[0]["shipments"][0]

    clock.pass_by(**LONG)
    after = listed(shop)[0]

    assert (before["status"], after["status"], after["shipments"][0]["status"]) == ("Processing", "Fulfilled", "Completed")
    assert [parcel["tracking_number"] for parcel in shop.street.truth()["parcels"]] == [
        after["shipments"][0]["tracking"]["tracking_number"]
    ]


def test_many_orders_leave_whole_in_two_parcels_or_short_and_nothing_leaves_twice(shop: Visit, clock: Clock) -> None:
    for number in range(120):
        make(shop, f"F{number}", MUG_STONE_BLU=2, BAG_TOTE_NAT=1)

    clock.pass_by(**LONG)
    parcels = shop.street.truth()["parcels"]

    by_order, units = Counter[str](), Counter[str]()
    for parcel in parcels:
        by_order[parcel["reference"]] += 1
        units[parcel["reference"]] += sum(line["quantity"] for line in parcel["lines"])
    assert len(by_order) == 120
    assert set(by_order.values()) == {1, 2}
    assert set(units.values()) == {2, 3}
    assert len({parcel["tracking_number"] for parcel in parcels}) == len(parcels)


def test_what_leaves_is_settled_by_the_seed(visit: Open, clock: Clock) -> None:
    streets = [visit(folder, seed=5, orders=3) for folder in ("one", "two")]
    for street in streets:
        for number in range(30):
            make(street, f"F{number}", MUG_STONE_BLU=3)

    clock.pass_by(**LONG)
    first, second = (street.street.truth()["parcels"] for street in streets)

    assert first == second
    assert first


def test_the_books_are_kept_when_the_street_closes(visit: Open, clock: Clock) -> None:
    first = visit(orders=3)
    made = make(first, "F1")
    first.street.close()

    clock.pass_by(**LONG)
    second = visit(orders=3)

    assert [each["id"] for each in listed(second)] == [made["id"]]
    assert [parcel["reference"] for parcel in second.street.truth()["parcels"]] == ["F1"]


def test_an_order_is_called_back_until_it_is_picked(shop: Visit, clock: Clock) -> None:
    early, late = make(shop, "F1"), make(shop, "F2")

    called_back = ask(shop, "POST", f"order/{early['id']}:cancel")
    again = ask(shop, "POST", f"order/{early['id']}:cancel")
    clock.pass_by(seconds=PICKED_S[1])
    too_late = ask(shop, "POST", f"order/{late['id']}:cancel")
    clock.pass_by(**LONG)

    assert (called_back.status_code, called_back.json()["status"], called_back.json()["order"]["status"]) == (200, "Success", "Cancelled")
    assert (again.status_code, too_late.status_code) == (422, 422)
    assert [parcel["reference"] for parcel in shop.street.truth()["parcels"]] == ["F2"]


def test_the_warehouse_ships_short_when_it_is_told_to(shop: Visit, clock: Clock) -> None:
    shop.street.ship_short("MUG-STONE-BLU")
    make(shop, "F1", MUG_STONE_BLU=3)
    make(shop, "F2", MUG_STONE_BLU=1)
    shop.street.ship_short("MUG-STONE-BLU", short=False)

    clock.pass_by(**LONG)
    short, none = (listed(shop, ReferenceIds=reference)[0] for reference in ("F1", "F2"))

    assert [(short["status"], len(short["shipments"]) > 1), none["status"]] == [("Fulfilled", True), "Cancelled"]
    assert {shipment["status"] for shipment in short["shipments"]} == {"Completed", "Cancelled"}
    assert sum(line["quantity"] for parcel in shop.street.truth()["parcels"] for line in parcel["lines"]) == 2


def test_the_warehouse_refuses_what_it_is_told_to_and_what_it_does_not_know(shop: Visit) -> None:
    shop.street.refuse_orders("MUG-STONE-BLU")

    refused = ask(shop, "POST", "order", order("F1", MUG_STONE_BLU=1))
    unknown = ask(shop, "POST", "order", order("F2", NO_SUCH_SKU=1))
    shop.street.refuse_orders("MUG-STONE-BLU", refused=False)

    assert (refused.status_code, unknown.status_code) == (422, 422)
    assert listed(shop) == []
    assert make(shop, "F1")["reference_id"] == "F1"


def test_the_control_door_tells_the_warehouse(shop: Visit, clock: Clock) -> None:
    with httpx.Client(transport=shop.street.transport()) as client:
        told = [
            client.post(f"http://street/warehouse/{what}", json={"sku": sku})
            for what, sku in (("short", "BAG-TOTE-NAT"), ("refuse", "KNIFE-PARING"))
        ]
    make(shop, "F1", BAG_TOTE_NAT=1)
    refused = ask(shop, "POST", "order", order("F2", KNIFE_PARING=1))

    clock.pass_by(**LONG)

    assert [answer.status_code for answer in told] == [200, 200]
    assert refused.status_code == 422
    assert shop.street.truth()["parcels"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reference_id": ""}, "reference_id"),
        ({"shipping_method": None}, "shipping_method"),
        ({"products": []}, "products"),
        ({"products": [{"reference_id": "MUG-STONE-BLU", "quantity": 0}]}, "products[0].quantity"),
        ({"recipient": {**RECIPIENT, "name": ""}}, "recipient.name"),
        ({"recipient": {**RECIPIENT, "address": {"city": "Springfield"}}}, "recipient.address.address1"),
    ],
)
def test_an_order_that_lacks_something_is_refused_by_the_name_of_it(shop: Visit, wrong: dict[str, Any], field: str) -> None:
    answer = ask(shop, "POST", "order", order("F1", MUG_STONE_BLU=1) | wrong)

    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_lists_are_filtered_by_the_time_of_change_and_told_in_pages(shop: Visit, clock: Clock) -> None:
    for number in range(5):
        make(shop, f"F{number}")
    clock.pass_by(**LONG)
    make(shop, "F5")

    since = f"{OPENING:%Y-%m-%dT}13:59:00Z"
    page = ask(shop, "GET", "order", Page=2, Limit=4)

    assert [each["reference_id"] for each in listed(shop, LastUpdateStartDate=since)] == ["F5"]
    assert {each["reference_id"] for each in listed(shop, LastTrackingUpdateStartDate="2026-01-01T00:00:00Z")} == {
        f"F{number}" for number in range(5)
    }
    assert (len(page.json()), page.headers["Total-Count"], page.headers["Total-Pages"]) == (2, "6", "2")


@pytest.mark.parametrize("wrong", [{"Page": 0}, {"Limit": 251}, {"LastUpdateStartDate": "yesterday"}])
def test_a_question_that_makes_no_sense_is_refused(shop: Visit, wrong: dict[str, Any]) -> None:
    assert ask(shop, "GET", "order", **wrong).status_code == 400


def test_strangers_are_turned_away(shop: Visit) -> None:
    with httpx.Client(transport=shop.street.transport()) as client:
        answer = client.get("http://street/shipbob/2026-01/order")

    assert answer.status_code == 401
    assert ask(shop, "GET", "inventory").status_code == 404


def test_returns_deliveries_and_the_channel_are_there(shop: Visit) -> None:
    assert ask(shop, "GET", "return").json()["items"] == []
    assert ask(shop, "GET", "receiving").json() == []
    assert [channel["id"] for channel in ask(shop, "GET", "channel").json()["items"]] == [441200]


def is_taken_in(shop: Visit, number: int) -> bool:
    """Whether the answer to an order says so."""
    try:
        return ask(shop, "POST", "order", order(f"F{number}", MUG_STONE_BLU=1)).status_code == 201
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("fault", ["read_timeout_after", "connection_reset_after", "status_500_after", "status_503_after", "cut_body"])
def test_an_answer_may_be_lost_behind_an_order_that_was_taken_in(visit: Open, fault: str) -> None:
    shop = visit(orders=3, faults=fault)

    heard = sum(is_taken_in(shop, number) for number in range(12))
    shop.street.calm()

    assert 0 < heard < 12
    assert len(listed(shop)) == 12
    assert {endpoint for name, endpoint in shop.street.hits if name == fault} == {"shipbob:order"}


@pytest.mark.parametrize("fault", ["status_503", "connection_refused", "rate_limited_seconds"])
def test_an_order_may_not_be_heard_at_all(visit: Open, fault: str) -> None:
    shop = visit(orders=3, faults=fault)

    heard = sum(is_taken_in(shop, number) for number in range(12))
    shop.street.calm()

    assert 0 < heard < 12
    assert len(listed(shop)) == heard
