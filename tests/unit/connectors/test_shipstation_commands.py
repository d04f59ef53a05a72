"""What ShipStation is asked, word by word, and how its answers are taken."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt
from connectors.shipstation import CONNECTOR
from connectors.shipstation.connector import Settings
from model.errors import ConfigError, ContractError, RejectedError, TransientError
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from tests.contract.stand_commands import fulfilment_order

ORDER = fulfilment_order(1)
COMMAND = Command(key="0" * 32, reference=ORDER.reference, body=b'{"orderKey": "FO-000001"}')
LINE = FulfilmentOrderLine(reference="2", sku="MUG-BLUE", title="Mug", quantity=2000)
THEIRS: dict[str, Any] = {"orderId": 77, "orderKey": ORDER.reference, "orderStatus": "awaiting_shipment", "amountPaid": 59.65}
SETTINGS = Settings.model_validate({"api_key": "key_test", "api_secret": "secret_test", "store_id": 61700})

Answering = Callable[[httpx.Request], httpx.Response]


def shipstation(answer: Answering, asked: list[httpx.Request] | None = None) -> CONNECTOR:
    """The connector over a remote that answers so."""

    def noted(request: httpx.Request) -> httpx.Response:
        (asked if asked is not None else []).append(request)
        return answer(request)

    return CONNECTOR(SETTINGS, Wiring(httpx.MockTransport(noted), Pause(sleep=lambda _: None)))


def written(order: FulfilmentOrder) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(shipstation(lambda _: httpx.Response(500)).write_shipment(order, "k"))
    return body


def answers(commanded: httpx.Response, *found: dict[str, Any]) -> Answering:
    """A remote that answers commands so, and shows these orders to whoever looks."""
    shown = {"orders": list(found), "total": len(found), "page": 1, "pages": 0}
    return lambda request: commanded if request.method == "POST" else httpx.Response(200, json=shown)


def says(status: str, **more: object) -> httpx.Response:
    return httpx.Response(200, json={**THEIRS, "orderStatus": status, **more})


def test_an_order_is_written_field_by_field() -> None:
    assert written(ORDER) == {
        "orderNumber": "FO-000001",
        "orderKey": "FO-000001",
        "orderDate": "2030-05-01T05:00:00",
        "orderStatus": "awaiting_shipment",
        "customerEmail": "ida@example.com",
        "billTo": {"name": "Ida Sample", "country": "US"},
        "shipTo": {
            "name": "Ida Sample",
            "street1": "12 Test Lane",
            "street2": "Apt 3",
            "city": "Springfield",
            "state": "IL",
            "postalCode": "62704",
            "country": "US",
            "phone": "+1-555-0142",
        },
        "items": [
            {"lineItemKey": "1", "sku": "SKU-1", "name": "Mug 1", "quantity": 1},
            {"lineItemKey": "2", "sku": "SKU-2", "name": "Mug 2", "quantity": 2},
        ],
        "amountPaid": 59.65,
        "advancedOptions": {"storeId": 61700, "customField1": "101"},
    }


def test_what_is_wanted_besides_is_named_in_shipstations_fields() -> None:
    wanted = replace(
        ORDER, service="2-Day", location_code="5410", currency="EUR", ship_by=date(2030, 5, 3), is_urgent=True, note="ring twice"
    )

    body = written(wanted)

    assert (body["requestedShippingService"], body["shipByDate"]) == ("2-Day", "2030-05-03T00:00:00")
    assert body["advancedOptions"]["warehouseId"] == 5410
    assert body["internalNotes"] == "Urgent. ring twice"
    assert "amountPaid" not in body


def test_a_long_street_is_written_in_three_lines() -> None:
    body = written(replace(ORDER, ship_to=replace(ORDER.ship_to, street=("a", "b", "c", "d"))))

    assert [body["shipTo"][f"street{place}"] for place in (1, 2, 3)] == ["a", "b", "c, d"]


@pytest.mark.parametrize("wrong", [replace(LINE, quantity=1500), replace(LINE, quantity=0), replace(LINE, unit="kg")])
def test_what_is_no_whole_number_of_pieces_is_refused_with_the_line_and_the_mend(wrong: FulfilmentOrderLine) -> None:
    with pytest.raises(RejectedError, match=r"^lines 2: .* ShipStation counts nothing else; ship it from another location$"):
        written(replace(ORDER, lines=(wrong,)))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"lines": ()}, "lines: there are none"),
        ({"lines": (replace(LINE, sku=""),)}, "lines 2: has no SKU"),
        ({"lines": (replace(LINE, quantity=10**13),)}, "more of 'MUG-BLUE' than ShipStation can count"),
        ({"location_code": "east"}, "location_code: is no id of ShipStation's"),
        ({"ship_to": replace(ORDER.ship_to, city=None)}, "ship_to.city: is missing"),
    ],
)
def test_what_cannot_be_shipped_is_refused_before_anything_is_sent(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        written(replace(ORDER, **wrong))


def test_orders_are_looked_for_by_number_in_our_store_and_known_by_key() -> None:
    asked: list[httpx.Request] = []
    others = ({**THEIRS, "orderId": 1, "orderKey": "FO-0000011"}, {**THEIRS, "orderId": 2, "orderKey": None})
    connector = shipstation(answers(httpx.Response(500), *others, THEIRS), asked)

    found = connector.find_shipment(COMMAND)

    assert found == Receipt("77", is_repeat=True)
    assert dict(asked[0].url.params) == {"orderNumber": "FO-000001", "storeId": "61700", "page": "1", "pageSize": "500"}


@pytest.mark.parametrize("status", ["awaiting_shipment", "shipped", "cancelled", "on_hold"])
def test_an_order_in_any_state_was_made(status: str) -> None:
    connector = shipstation(answers(httpx.Response(500), {**THEIRS, "orderStatus": status}))

    assert connector.find_shipment(COMMAND) == Receipt("77", is_repeat=True)


def test_more_orders_than_are_shown_say_nothing_of_ours() -> None:
    connector = shipstation(lambda _: httpx.Response(200, content=b'{"orders": [], "total": 501}'))

    with pytest.raises(TransientError, match="0 orders shown, although there are 501"):
        connector.find_shipment(COMMAND)


def test_an_answer_about_another_order_leaves_it_open() -> None:
    connector = shipstation(answers(says("awaiting_shipment", orderKey="FO-9")))

    with pytest.raises(ContractError, match="another key"):
        connector.submit_shipment(COMMAND)


def test_an_order_is_called_back_as_it_stands_number_by_number() -> None:
    asked: list[httpx.Request] = []
    raw = b'{"orders": [{"orderId": 77, "orderKey": "FO-000001", "orderStatus": "on_hold", "amountPaid": 59.650, "tagIds": [1]}]}'
    connector = shipstation(lambda request: says("cancelled") if request.method == "POST" else httpx.Response(200, content=raw), asked)

    receipt = connector.submit_cancel(COMMAND)

    assert receipt == Receipt("77")
    assert asked[1].url.path == "/orders/createorder"
    assert asked[1].content == b'{"orderId":77,"orderKey":"FO-000001","orderStatus":"cancelled","amountPaid":59.650,"tagIds":[1]}'


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        ((), "has none of this reference"),
        (("shipped",), "too late"),
        (("cancelled", "shipped"), "too late"),
        (("awaiting_shipment", "shipped"), "too late"),
        (("awaiting_shipment", "on_hold"), "was split there"),
        (("pending_fulfillment",), "with a fulfilment provider"),
        (("rejected_fulfillment",), "with a fulfilment provider"),
    ],
)
def test_what_cannot_be_called_back_is_refused_before_anything_is_sent(statuses: tuple[str, ...], reason: str) -> None:
    asked: list[httpx.Request] = []
    found = [{**THEIRS, "orderId": 77 + place, "orderStatus": status} for place, status in enumerate(statuses)]
    connector = shipstation(answers(httpx.Response(500), *found), asked)

    with pytest.raises(RejectedError, match=reason):
        connector.submit_cancel(COMMAND)
    assert [request.method for request in asked] == ["GET"]


def test_the_last_open_part_of_an_order_is_called_back() -> None:
    asked: list[httpx.Request] = []
    parts = ({**THEIRS, "orderId": 78}, {**THEIRS, "orderStatus": "cancelled"})
    connector = shipstation(answers(says("cancelled", orderId=78), *parts), asked)

    receipt = connector.submit_cancel(COMMAND)

    assert receipt == Receipt("77")
    assert json.loads(asked[1].content)["orderId"] == 78


def test_an_order_that_is_called_back_already_is_called_back() -> None:
    asked: list[httpx.Request] = []
    connector = shipstation(answers(httpx.Response(500), {**THEIRS, "orderStatus": "cancelled"}), asked)

    assert connector.submit_cancel(COMMAND) == connector.find_cancel(COMMAND) == Receipt("77", is_repeat=True)
    assert {request.method for request in asked} == {"GET"}


def test_an_order_of_which_a_part_is_open_is_not_called_back() -> None:
    connector = shipstation(answers(httpx.Response(500), THEIRS, {**THEIRS, "orderId": 78, "orderStatus": "cancelled"}))

    assert connector.find_cancel(COMMAND) is None


def test_an_order_that_shipped_meanwhile_was_not_called_back() -> None:
    connector = shipstation(answers(says("shipped"), THEIRS))

    with pytest.raises(RejectedError, match="too late"):
        connector.submit_cancel(COMMAND)


def test_an_answer_that_shows_the_order_open_leaves_it_open() -> None:
    connector = shipstation(answers(says("awaiting_shipment"), THEIRS))

    with pytest.raises(TransientError, match="does not show the order cancelled"):
        connector.submit_cancel(COMMAND)


def test_a_refused_cancellation_of_what_was_cancelled_meanwhile_is_one() -> None:
    states = iter(["awaiting_shipment", "cancelled"])

    def answer(request: httpx.Request) -> httpx.Response:
        shown = {"orders": [{**THEIRS, "orderStatus": next(states)}]} if request.method == "GET" else {}
        return httpx.Response(200 if shown else 400, json=shown)

    assert shipstation(answer).submit_cancel(COMMAND) == Receipt("77", is_repeat=True)


def test_haste_is_told_with_the_seconds_to_wait() -> None:
    busy = httpx.Response(429, headers={"X-Rate-Limit-Reset": "17", "X-Rate-Limit-Remaining": "0"})

    with pytest.raises(TurnedAwayError) as caught:
        shipstation(answers(busy)).submit_shipment(COMMAND)
    assert caught.value.retry_after == 17


def test_a_store_that_is_not_there_is_the_operators_matter() -> None:
    date_told = {"Date": "Mon, 02 Mar 2026 12:00:00 GMT"}
    connector = shipstation(lambda _: httpx.Response(200, json=[{"storeId": 1, "storeName": "Other"}], headers=date_told))

    with pytest.raises(ConfigError, match=r"settings\.store_id"):
        connector.identify()
