"""Square is told of goods that left: on the one fulfilment of an open order, one update for a version, marked with our reference."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Receipt
from connectors.registry import connect
from connectors.square.connector import Square
from connectors.square.notices import mark_of
from model.errors import AuthError, ContractError, HubError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice
from tests.noticing import KEY, command, notice

Json = dict[str, Any]
Way = Callable[["Till", Json], httpx.Response]
SPEC = Path(__file__).parents[3].parent / "shared" / "specs" / "square" / "api.json"
MARK = "entrepot_S-1"


def shipment(uid: str = "u1", state: str = "PROPOSED", **more: object) -> Json:
    return {"uid": uid, "type": "SHIPMENT", "state": state, **more}


def entries(**quantities: str) -> list[Json]:
    return [{"line_item_uid": uid, "quantity": quantity} for uid, quantity in quantities.items()]


def takes(till: "Till", sent: Json) -> httpx.Response:
    for sparse in sent["order"]["fulfillments"]:
        before = next((each for each in till.fulfilments if each["uid"] == sparse["uid"]), None)
        if before is None:
            till.fulfilments.append(sparse)
        else:
            before |= sparse | {"metadata": before.get("metadata", {}) | sparse["metadata"]}
    till.version = (till.version or 0) + 1
    return httpx.Response(200, json={"order": till.order()})


def refuses(status: int, category: str, code: str) -> Way:
    return lambda _till, _sent: httpx.Response(status, json={"errors": [{"category": category, "code": code, "detail": "Ida Holm"}]})


def moves(till: "Till", _sent: Json) -> httpx.Response:
    """Refuses, as somebody else has just changed the order."""
    till.version = (till.version or 0) + 1
    return httpx.Response(409, json={"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "CONFLICT"}]})


def loses(till: "Till", sent: Json) -> httpx.Response:
    takes(till, sent)
    raise httpx.ReadTimeout("slow")


def ignores(till: "Till", _sent: Json) -> httpx.Response:
    return httpx.Response(200, json={"order": till.order()})


def says_nothing(_till: "Till", _sent: Json) -> httpx.Response:
    return httpx.Response(200, json={})


@dataclass
class Till:
    """One order of a seller; `ways` are what becomes of the updates, one after the other."""

    fulfilments: list[Json] = field(default_factory=list[Json])
    state: str = "OPEN"
    version: int | None = 4
    more: Json = field(default_factory=Json)
    ways: list[Way] = field(default_factory=lambda: [takes])
    updates: list[Json] = field(default_factory=list[Json])

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v2/orders/O1"
        if request.method == "GET":
            return httpx.Response(200, json={"order": self.order()})
        self.updates.append(json.loads(request.content))
        return self.ways.pop(0)(self, self.updates[-1])

    def order(self) -> Json:
        lines = [{"uid": "a", "quantity": "2"}, {"uid": "b", "quantity": "1.5"}]
        versioned = {} if self.version is None else {"version": self.version}
        told = {"id": "O1", "location_id": "L1", "state": self.state, "line_items": lines, **versioned, **self.more}
        return told | ({"fulfillments": self.fulfilments} if self.fulfilments else {})


def square(till: Till) -> Square:
    settings = {"url": "https://square.example.com", "access_token": "token"}
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector = connect("square", settings, Wiring(httpx.MockTransport(till.answer), pause))
    assert isinstance(connector, Square)
    return connector


def told(till: Till, left: ShipmentNotice) -> Receipt:
    connector = square(till)
    return connector.submit_shipment_notice(command(connector, left))


def all_of_it(**more: object) -> ShipmentNotice:
    return notice("O1", {"a": 2000, "b": 1500}, **more)  # pyright: ignore[reportArgumentType]


def part_of_it(**more: object) -> ShipmentNotice:
    return notice("O1", {"a": 1000}, is_last=False, **more)  # pyright: ignore[reportArgumentType]


def moved(till: Till) -> list[Json]:
    return till.updates[-1]["order"]["fulfillments"]


def test_the_update_completes_the_shipment_marks_it_and_shows_how_to_follow_it() -> None:
    till = Till([shipment()])
    left = all_of_it(carrier="UPS", service="Ground", tracking_numbers=("1Z1", "1Z2"), tracking_urls=("https://t.example/1", "x"))

    receipt = told(till, left)

    details = {"carrier": "UPS", "shipping_type": "Ground", "tracking_number": "1Z1, 1Z2", "tracking_url": "https://t.example/1"}
    fulfilment = {"uid": "u1", "state": "COMPLETED", "metadata": {MARK: "S-1"}, "shipment_details": details}
    assert receipt == Receipt("u1")
    assert till.updates == [{"idempotency_key": f"{KEY}-4", "order": {"location_id": "L1", "version": 4, "fulfillments": [fulfilment]}}]


def test_an_order_without_a_shipment_gets_one_named_after_our_reference() -> None:
    till = Till([shipment("gone", "CANCELED")], more={"customer_id": "C1"})

    receipt = told(till, all_of_it(carrier="UPS"))

    assert receipt == Receipt(MARK)
    assert moved(till) == [
        {
            "uid": MARK,
            "type": "SHIPMENT",
            "state": "COMPLETED",
            "metadata": {MARK: "S-1"},
            "shipment_details": {"recipient": {"customer_id": "C1"}, "carrier": "UPS"},
        }
    ]


def test_parts_share_the_one_fulfilment_which_the_last_completes() -> None:
    till = Till(ways=[takes, takes])

    told(till, part_of_it(tracking_numbers=("1Z1",)))
    between = [dict(each) for each in till.fulfilments]
    told(till, notice("O1", {"a": 1000, "b": 1500}, "S-2", tracking_numbers=("1Z2",)))

    [ended] = till.fulfilments
    assert [each["state"] for each in between] == ["RESERVED"]
    assert (ended["state"], ended["shipment_details"]["tracking_number"]) == ("COMPLETED", "1Z1, 1Z2")
    assert ended["metadata"] == {MARK: "S-1", "entrepot_S-2": "S-2"}


@pytest.mark.parametrize(("state", "after"), [("PROPOSED", "RESERVED"), ("RESERVED", None), ("PREPARED", None)])
def test_a_part_never_moves_a_shipment_back(state: str, after: str | None) -> None:
    till = Till([shipment(state=state)])

    told(till, part_of_it())

    assert moved(till)[0].get("state") == after


def test_of_several_shipments_those_are_completed_that_the_notice_covers() -> None:
    carried = {"u1": entries(a="1"), "u2": entries(a="1", b="1.5"), "u3": entries(c="1")}
    till = Till([shipment(uid, entries=each) for uid, each in carried.items()])

    told(till, part_of_it())

    assert [(each["uid"], each["state"]) for each in moved(till)] == [("u1", "COMPLETED"), ("u2", "RESERVED")]


def test_of_more_numbers_than_fit_the_latest_are_shown() -> None:
    till = Till([shipment(shipment_details={"tracking_number": ", ".join(["9" * 30] * 3)})])

    told(till, part_of_it(carrier="U" * 60, tracking_numbers=("1" * 30,), tracking_urls=("https://t.example/" + "1" * 2000,)))

    assert moved(till)[0]["shipment_details"] == {"carrier": "U" * 50, "tracking_number": ", ".join(["9" * 30, "9" * 30, "1" * 30])}


@pytest.mark.parametrize(
    ("till", "reason"),
    [
        (Till(state="COMPLETED"), "COMPLETED; Square takes updates of open orders only"),
        (Till(state="CANCELED"), "CANCELED"),
        (Till(version=None), "did not come through"),
        (Till([{"uid": "p", "type": "PICKUP", "state": "PROPOSED"}]), "picked up"),
        (Till([shipment(state="COMPLETED")]), "by somebody else"),
    ],
)
def test_an_order_that_takes_no_shipment_is_refused_and_nothing_is_sent(till: Till, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        told(till, all_of_it())

    assert till.updates == []


def test_a_shipment_that_bears_our_mark_is_a_repeat_even_when_the_order_is_closed() -> None:
    till = Till([shipment(state="COMPLETED", metadata={MARK: "S-1"})], state="COMPLETED")
    connector = square(till)
    left = command(connector, all_of_it())

    found, receipt = connector.find_notice(left), connector.submit_shipment_notice(left)

    assert found == receipt == Receipt("u1", is_repeat=True)
    assert till.updates == []


def test_an_order_that_moved_in_between_is_read_again_and_told_once_more_under_another_key() -> None:
    till = Till([shipment()], ways=[moves, takes])

    receipt = told(till, all_of_it())

    assert receipt == Receipt("u1")
    assert [(update["idempotency_key"], update["order"]["version"]) for update in till.updates] == [(f"{KEY}-4", 4), (f"{KEY}-5", 5)]


def test_an_order_that_moved_because_an_earlier_attempt_came_through_is_a_repeat() -> None:
    def comes_through(till: Till, sent: Json) -> httpx.Response:
        takes(till, sent)
        return httpx.Response(409, json={"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "CONFLICT"}]})

    receipt = told(Till([shipment()], ways=[comes_through]), all_of_it())

    assert receipt == Receipt("u1", is_repeat=True)


def test_an_order_that_moves_all_the_time_was_certainly_not_told() -> None:
    till = Till([shipment()], ways=[moves, moves])

    with pytest.raises(TurnedAwayError):
        told(till, all_of_it())

    assert len(till.updates) == 2


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (refuses(400, "INVALID_REQUEST_ERROR", "BAD_REQUEST"), RejectedError),
        (refuses(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED"), AuthError),
        (refuses(429, "RATE_LIMIT_ERROR", "RATE_LIMITED"), TurnedAwayError),
        (refuses(503, "API_ERROR", "SERVICE_UNAVAILABLE"), TransientError),
        (refuses(200, "API_ERROR", "INTERNAL_SERVER_ERROR"), TransientError),
        (refuses(200, "INVALID_REQUEST_ERROR", "BAD_REQUEST"), ContractError),
        (ignores, TransientError),
        (says_nothing, TransientError),
        (loses, TransientError),
    ],
)
def test_failures_are_told_by_what_they_leave_open_and_sent_once(way: Way, kind: type[HubError]) -> None:
    till = Till([shipment()], ways=[way])

    with pytest.raises(kind) as failed:
        told(till, all_of_it())

    assert type(failed.value) is kind
    assert "Ida" not in str(failed.value)
    assert len(till.updates) == 1


def test_a_lost_answer_is_found_again_and_told_again_does_nothing() -> None:
    till = Till([shipment()], ways=[loses])
    connector = square(till)
    left = command(connector, all_of_it())
    with pytest.raises(TransientError):
        connector.submit_shipment_notice(left)

    found, again = connector.find_notice(left), connector.submit_shipment_notice(left)

    assert found == again == Receipt("u1", is_repeat=True)
    assert len(till.updates) == 1


def test_a_mark_is_of_letters_square_takes_and_one_for_each_reference() -> None:
    marks = [mark_of(reference) for reference in ("S-1", "S/1", "Ü 1", "9" * 41)]

    assert marks[0] == MARK
    assert len(set(marks)) == 4
    assert all(len(mark) <= 60 and mark.isascii() and mark.replace("_", "").replace("-", "").isalnum() for mark in marks)


def test_a_name_that_is_no_order_id_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(RejectedError, match="no order id"):
        square(Till()).write_notice(notice("O1/../x", {"a": 1000}), "k")


@pytest.fixture(scope="module")
def spec() -> Json:
    if not SPEC.is_file():
        pytest.skip("the official specification ../shared/specs/square is not here")
    return json.loads(SPEC.read_text("utf-8"))


def fields(spec: Json, name: str, document: Json) -> set[str]:
    """Fields of a document that its schema does not have, or that only Square itself may set."""
    known = spec["components"]["schemas"][name]["properties"]
    return {f"{name}.{field}" for field in document if field not in known or known[field].get("readOnly")}


@pytest.mark.parametrize("till", [Till([shipment()]), Till(more={"customer_id": "C1"})], ids=["moved", "added"])
def test_the_update_is_one_of_the_specification_and_sets_nothing_that_is_read_only(spec: Json, till: Till) -> None:
    told(till, all_of_it(carrier="UPS", service="Ground", tracking_numbers=("1Z1",), tracking_urls=("https://t.example/1",)))
    [update] = till.updates
    [fulfilment] = moved(till)
    parts = {"UpdateOrderRequest": update, "Order": update["order"], "Fulfillment": fulfilment}
    parts["FulfillmentShipmentDetails"] = fulfilment["shipment_details"]

    strange = {field for name, part in parts.items() for field in fields(spec, name, part)}

    assert strange == set()
    jsonschema.validate(update, {"$ref": "#/components/schemas/UpdateOrderRequest", "components": spec["components"]})
