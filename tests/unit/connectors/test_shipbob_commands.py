"""What ShipBob is asked, word by word, and how its answers are taken."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt
from connectors.shipbob import CONNECTOR
from connectors.shipbob.connector import Settings
from model.errors import ConfigError, ContractError, RejectedError, TransientError
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from tests.contract.stand_commands import fulfilment_order

ORDER = fulfilment_order(1)
COMMAND = Command(key="0" * 32, reference=ORDER.reference, body=b'{"reference_id": "FO-000001"}')
WISH = replace(COMMAND, body=b'{"reference_id": "FO-000001", "order_id": "77"}')
SHIPBOBS: dict[str, Any] = {"id": 77, "reference_id": ORDER.reference, "status": "Processing"}
LINE = FulfilmentOrderLine(reference="2", sku="MUG-BLUE", title="Mug", quantity=2000)
SETTINGS = Settings.model_validate({"token": "pat_test", "channel_id": 441200})

Answering = Callable[[httpx.Request], httpx.Response]


def shipbob(answer: Answering, asked: list[httpx.Request] | None = None) -> CONNECTOR:
    """The connector over a remote that answers so."""

    def noted(request: httpx.Request) -> httpx.Response:
        (asked if asked is not None else []).append(request)
        return answer(request)

    return CONNECTOR(SETTINGS, Wiring(httpx.MockTransport(noted), Pause(sleep=lambda _: None)))


def written(order: FulfilmentOrder) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(shipbob(lambda _: httpx.Response(500)).write_shipment(order, "k"))
    return body


def answers(commanded: httpx.Response, *found: dict[str, Any]) -> Answering:
    """A remote that answers commands so, and shows these orders to whoever looks."""
    return lambda request: commanded if request.method == "POST" else httpx.Response(200, json=list(found))


def test_an_order_is_written_field_by_field() -> None:
    body = written(ORDER)

    assert body == {
        "reference_id": "FO-000001",
        "order_number": "101",
        "type": "DTC",
        "shipping_method": "Standard",
        "purchase_date": "2030-05-01T12:00:00.000000Z",
        "recipient": {
            "name": "Ida Sample",
            "address": {
                "address1": "12 Test Lane",
                "address2": "Apt 3",
                "company_name": None,
                "city": "Springfield",
                "state": "IL",
                "zip_code": "62704",
                "country": "US",
            },
            "email": "ida@example.com",
            "phone_number": "+1-555-0142",
        },
        "products": [{"reference_id": "SKU-1", "name": None, "quantity": 1}, {"reference_id": "SKU-2", "name": None, "quantity": 2}],
        "financials": {"total_price": 59.65},
    }


def test_what_is_wanted_besides_is_named_in_shipbobs_fields() -> None:
    body = written(replace(ORDER, service="2-Day", location_code="8", currency="EUR"))

    assert (body["shipping_method"], body["location_id"]) == ("2-Day", 8)
    assert "financials" not in body


def test_lines_of_one_sku_are_one_product() -> None:
    body = written(replace(ORDER, lines=(LINE, replace(LINE, reference="3", quantity=3000))))

    assert body["products"] == [{"reference_id": "MUG-BLUE", "name": None, "quantity": 5}]


@pytest.mark.parametrize("wrong", [replace(LINE, quantity=1500), replace(LINE, quantity=0), replace(LINE, unit="kg")])
def test_what_is_no_whole_number_of_pieces_is_refused_with_the_line_and_the_mend(wrong: FulfilmentOrderLine) -> None:
    with pytest.raises(RejectedError, match=r"^lines 2: .* ship it from another location$"):
        written(replace(ORDER, lines=(wrong,)))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"lines": ()}, "lines: there are none"),
        ({"lines": (replace(LINE, sku=""),)}, "lines 2: has no SKU"),
        ({"lines": (replace(LINE, quantity=10**13),)}, "more of 'MUG-BLUE' than ShipBob can count"),
        ({"ship_to": replace(ORDER.ship_to, city=None)}, r"ship_to\.city: is missing"),
        ({"ship_to": replace(ORDER.ship_to, street=())}, r"ship_to\.street: is missing"),
        ({"ship_to": replace(ORDER.ship_to, name="x" * 301)}, r"ship_to\.name: is longer"),
        ({"location_code": "cicero"}, "location_code: is no id"),
    ],
)
def test_an_order_that_cannot_be_shipped_is_refused_before_it_is_sent(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        written(replace(ORDER, **wrong))


def test_a_company_alone_is_a_recipient_and_an_endless_telephone_number_is_left_out() -> None:
    body = written(replace(ORDER, ship_to=replace(ORDER.ship_to, name=None, company="Muster & Co", phone="0" * 51)))

    assert (body["recipient"]["name"], body["recipient"]["phone_number"]) == ("Muster & Co", None)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_an_order_that_is_refused_and_is_there_was_made_before(status: int) -> None:
    other = {"id": 78, "reference_id": "FO-0000011", "status": "Processing"}

    receipt = shipbob(answers(httpx.Response(status), other, SHIPBOBS)).submit_shipment(COMMAND)

    assert receipt == Receipt("77", is_repeat=True)


def test_an_order_that_is_refused_and_is_not_there_is_refused() -> None:
    with pytest.raises(RejectedError, match="order: 422"):
        shipbob(answers(httpx.Response(422, json={"errors": ["No such product"]}))).submit_shipment(COMMAND)


def test_a_refusal_that_cannot_be_looked_into_is_left_open() -> None:
    with pytest.raises(TransientError) as caught:
        shipbob(lambda request: httpx.Response(422 if request.method == "POST" else 404)).submit_shipment(COMMAND)

    assert not isinstance(caught.value, TurnedAwayError)


def test_an_order_of_another_reference_is_not_ours() -> None:
    found = shipbob(answers(httpx.Response(500), {"id": 78, "reference_id": "FO-0000011"}, {"id": 79})).find_shipment(COMMAND)

    assert found is None


def test_the_wish_to_wait_is_heard_in_shipbobs_own_header() -> None:
    with pytest.raises(TurnedAwayError) as caught:
        shipbob(answers(httpx.Response(429, headers={"x-retry-after": "25"}))).submit_shipment(COMMAND)

    assert caught.value.retry_after == 25


def test_an_order_is_called_back_by_shipbobs_id_or_else_by_our_reference() -> None:
    asked: list[httpx.Request] = []
    connector = shipbob(answers(httpx.Response(200, json={"status": "Success", "order_id": 77}), SHIPBOBS), asked)

    receipts = [
        connector.submit_cancel(replace(COMMAND, body=connector.write_cancel(ORDER.reference, known, "k"))) for known in ("77", None)
    ]

    assert receipts == [Receipt("77"), Receipt("77")]
    assert [(each.method, each.url.path) for each in asked] == [
        ("POST", "/2026-01/order/77:cancel"),
        ("GET", "/2026-01/order"),
        ("POST", "/2026-01/order/77:cancel"),
    ]


@pytest.mark.parametrize("ending", [httpx.Response(422), httpx.Response(200, json={"status": "Failure"})])
def test_an_order_that_is_called_back_already_is_called_back(ending: httpx.Response) -> None:
    receipt = shipbob(answers(ending, SHIPBOBS | {"status": "Cancelled"})).submit_cancel(WISH)

    assert receipt == Receipt("77", is_repeat=True)


@pytest.mark.parametrize("ending", ["Failure", "PartialSuccess"])
def test_an_order_that_is_on_its_way_is_not_called_back(ending: str) -> None:
    with pytest.raises(RejectedError, match=f"{ending}; it is too late"):
        shipbob(answers(httpx.Response(200, json={"status": ending}), SHIPBOBS)).submit_cancel(WISH)


def test_an_ending_that_nobody_documents_is_left_open() -> None:
    with pytest.raises(ContractError, match="does not document"):
        shipbob(answers(httpx.Response(200, json={"status": "Perhaps"}), SHIPBOBS)).submit_cancel(WISH)


def test_what_was_never_made_cannot_be_called_back() -> None:
    asked: list[httpx.Request] = []

    with pytest.raises(RejectedError, match="none of this reference"):
        shipbob(answers(httpx.Response(200)), asked).submit_cancel(COMMAND)

    assert [each.method for each in asked] == ["GET"]


def test_an_id_that_is_no_number_is_none_of_shipbobs() -> None:
    with pytest.raises(RejectedError, match="external_id"):
        shipbob(lambda _: httpx.Response(500)).write_cancel(ORDER.reference, "77:cancel", "k")


def test_our_channel_is_found_on_a_later_page() -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        first: dict[str, Any] = {"items": [{"id": 1, "name": "Other"}], "next": "/2026-01/channel?cursor=abc%3D"}
        second: dict[str, Any] = {"items": [{"id": 441200, "name": "Hub"}], "next": None}
        body = second if request.url.params.get("Cursor") == "abc=" else first
        return httpx.Response(200, json=body, headers={"Date": "Mon, 02 Mar 2026 12:00:00 GMT"})

    identity = shipbob(pages).identify()

    assert (identity.fingerprint, identity.title) == ("441200", "Hub")


def test_a_channel_that_is_none_of_the_tokens_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match=r"settings\.channel_id"):
        shipbob(lambda _: httpx.Response(200, json={"items": []})).identify()
