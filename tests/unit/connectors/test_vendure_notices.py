"""Vendure is told of goods that left in two steps; whatever answer is lost, the next attempt goes on from where the shop stands."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt
from connectors.registry import connect
from connectors.vendure.connector import Vendure
from model.errors import AuthError, ContractError, HubError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice
from tests.noticing import command, notice

Json = dict[str, Any]
Way = Callable[["Shop", Json], httpx.Response]


def parcel(state: str = "Pending", code: str = "JD01", number: str = "5", **lines: int) -> Json:
    carried = lines or {"a": 2}
    shares = [{"orderLineId": line, "quantity": quantity} for line, quantity in carried.items()]
    return {"id": number, "state": state, "trackingCode": code, "lines": shares}


def adds(shop: "Shop", variables: Json) -> httpx.Response:
    told = {each["name"]: each["value"] for each in variables["input"]["handler"]["arguments"]}
    made = {"id": "5", "state": "Pending", "trackingCode": told["trackingCode"], "lines": variables["input"]["lines"]}
    shop.parcels.append(made)
    return outcome({"id": "5", "state": "Pending"})


def ships(shop: "Shop", variables: Json) -> httpx.Response:
    found = next(each for each in shop.parcels if each["id"] == variables["id"])
    found["state"] = variables["state"]
    return outcome({"id": found["id"], "state": found["state"]})


def outcome(told: Json) -> httpx.Response:
    return httpx.Response(200, json={"data": {"outcome": told}})


def refuses(code: str) -> Way:
    return lambda _shop, _variables: outcome({"errorCode": code})


def fails(code: str) -> Way:
    errors = [{"message": "Ida Holm", "extensions": {"code": code}}]
    return lambda _shop, _variables: httpx.Response(200, json={"errors": errors, "data": None})


def answers(status: int) -> Way:
    return lambda _shop, _variables: httpx.Response(status, json={})


def loses(way: Way) -> Way:
    def lost(shop: Shop, variables: Json) -> httpx.Response:
        way(shop, variables)
        raise httpx.ReadTimeout("slow")

    return lost


@dataclass
class Shop:
    """One order of a shop; `ways` are what becomes of the first changes, one after the other."""

    parcels: list[Json] = field(default_factory=list[Json])
    state: str = "PaymentSettled"
    is_known: bool = True
    ways: list[Way] = field(default_factory=list[Way])
    changes: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        name = body["query"].split("(")[0].split()[-1]
        if name == "NoticeOrder":
            return httpx.Response(200, json={"data": {"order": self.order() if self.is_known else None}})
        self.changes.append((name, body["variables"]))
        way = self.ways.pop(0) if self.ways else {"AddFulfilment": adds, "MoveFulfilment": ships}[name]
        return way(self, body["variables"])

    def order(self) -> Json:
        lines = [{"id": "a", "quantity": 2}, {"id": "b", "quantity": 1}]
        return {"id": "1", "state": self.state, "lines": lines, "fulfillments": self.parcels or None}


def vendure(shop: Shop) -> Vendure:
    settings = {"url": "https://shop.example.com", "api_key": "key"}
    connector = connect("vendure", settings, Wiring(httpx.MockTransport(shop.answer), Pause(sleep=lambda _: None, chance=lambda: 0)))
    assert isinstance(connector, Vendure)
    return connector


def told(shop: Shop, left: ShipmentNotice) -> Receipt:
    connector = vendure(shop)
    return connector.submit_shipment_notice(command(connector, left))


def insisted(connector: Vendure, left: Command) -> tuple[Receipt, int]:
    """The receipt, and how many answers were lost before it."""
    for lost in range(9):
        try:
            return connector.submit_shipment_notice(left), lost
        except TransientError:
            continue
    raise AssertionError("the notice is never told")


LEFT = notice("1", {"a": 2000}, carrier="DHL", tracking_numbers=("JD01",))


def test_a_fulfilment_is_added_and_moved_to_shipped() -> None:
    shop = Shop()

    receipt = told(shop, notice("1", {"a": 2000, "b": 1000}, carrier="DHL", service="Express", tracking_numbers=("JD01", "JD02")))

    arguments = [{"name": "method", "value": "DHL"}, {"name": "trackingCode", "value": "JD01, JD02"}]
    lines = [{"orderLineId": "a", "quantity": 2}, {"orderLineId": "b", "quantity": 1}]
    assert receipt == Receipt("5")
    assert shop.changes == [
        ("AddFulfilment", {"input": {"lines": lines, "handler": {"code": "manual-fulfillment", "arguments": arguments}}}),
        ("MoveFulfilment", {"id": "5", "state": "Shipped"}),
    ]


def test_without_a_number_our_reference_stands_in_its_place() -> None:
    shop = Shop()

    told(shop, notice("1", {"a": 2000}))

    assert shop.parcels[0]["trackingCode"] == "Shipment S-1"


@pytest.mark.parametrize(
    ("ways", "sent"),
    [
        ([loses(adds), ships], ["AddFulfilment", "MoveFulfilment"]),
        ([adds, loses(ships)], ["AddFulfilment", "MoveFulfilment"]),
        ([loses(adds), loses(ships)], ["AddFulfilment", "MoveFulfilment"]),
        ([adds, answers(503), ships], ["AddFulfilment", "MoveFulfilment", "MoveFulfilment"]),
        ([answers(503), adds, ships], ["AddFulfilment", "AddFulfilment", "MoveFulfilment"]),
    ],
)
def test_whatever_answer_is_lost_one_fulfilment_is_shipped_in_the_end(ways: list[Way], sent: list[str]) -> None:
    shop = Shop(ways=list(ways))
    connector = vendure(shop)

    receipt, lost = insisted(connector, command(connector, LEFT))

    assert [(each["id"], each["state"]) for each in shop.parcels] == [(receipt.external_id, "Shipped")]
    assert ([name for name, _ in shop.changes], lost > 0) == (sent, True)


@pytest.mark.parametrize(
    ("there", "found", "sent"),
    [
        (parcel("Shipped"), Receipt("5", is_repeat=True), []),
        (parcel("Delivered"), Receipt("5", is_repeat=True), []),
        (parcel("Pending"), None, ["MoveFulfilment"]),
        (parcel("Cancelled", number="4"), None, ["AddFulfilment", "MoveFulfilment"]),
        (parcel("Shipped", number="4", b=1), None, ["AddFulfilment", "MoveFulfilment"]),
    ],
)
def test_a_fulfilment_is_ours_by_its_code_and_some_of_its_lines_and_told_once_it_is_shipped(
    there: Json, found: Receipt | None, sent: list[str]
) -> None:
    shop = Shop([there])
    connector = vendure(shop)
    left = command(connector, LEFT)

    seen = connector.find_notice(left)
    connector.submit_shipment_notice(left)

    assert seen == found
    assert [name for name, _ in shop.changes] == sent


@pytest.mark.parametrize(
    ("shop", "reason"),
    [
        (Shop([parcel("Shipped", "XX", a=1)]), "lines a were fulfilled by somebody else"),
        (Shop(state="Cancelled"), "cancelled"),
        (Shop(is_known=False), "does not know"),
    ],
)
def test_what_is_not_there_to_be_fulfilled_is_refused_and_nothing_is_sent(shop: Shop, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        told(shop, LEFT)

    assert shop.changes == []


def test_a_line_of_no_order_is_refused_by_its_name() -> None:
    with pytest.raises(RejectedError, match="lines z"):
        told(Shop(), notice("1", {"z": 1000}))


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("ITEMS_ALREADY_FULFILLED_ERROR", "somebody else"),
        ("INSUFFICIENT_STOCK_ON_HAND_ERROR", "publish its stock"),
        ("INVALID_FULFILLMENT_HANDLER_ERROR", "no handler manual-fulfillment"),
        ("CREATE_FULFILLMENT_ERROR", "CREATE_FULFILLMENT_ERROR"),
    ],
)
def test_a_refusal_is_named_by_its_code_and_its_mend(code: str, mend: str) -> None:
    shop = Shop(ways=[refuses(code)])

    with pytest.raises(RejectedError, match=f"{code}.*{mend}" if mend != code else code):
        told(shop, LEFT)

    assert len(shop.changes) == 1


def test_a_refusal_because_an_earlier_attempt_came_through_meanwhile_goes_on_from_it() -> None:
    def comes_through(shop: Shop, variables: Json) -> httpx.Response:
        adds(shop, variables)
        return outcome({"errorCode": "ITEMS_ALREADY_FULFILLED_ERROR"})

    shop = Shop(ways=[comes_through, ships])

    receipt = told(shop, LEFT)

    assert (receipt, [each["state"] for each in shop.parcels]) == (Receipt("5"), ["Shipped"])


def test_a_step_that_somebody_else_took_meanwhile_is_a_repeat_and_one_the_shop_refuses_is_not() -> None:
    def taken(shop: Shop, variables: Json) -> httpx.Response:
        ships(shop, variables)
        return outcome({"errorCode": "FULFILLMENT_STATE_TRANSITION_ERROR"})

    receipt = told(Shop(ways=[adds, taken]), LEFT)
    with pytest.raises(RejectedError, match="FULFILLMENT_STATE_TRANSITION_ERROR"):
        told(Shop(ways=[adds, refuses("FULFILLMENT_STATE_TRANSITION_ERROR")]), LEFT)

    assert receipt == Receipt("5", is_repeat=True)


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (fails("FORBIDDEN"), AuthError),
        (fails("INTERNAL_SERVER_ERROR"), TransientError),
        (fails("GRAPHQL_VALIDATION_FAILED"), ContractError),
        (answers(400), ContractError),
        (answers(200), TransientError),
        (answers(429), TurnedAwayError),
        (answers(500), TransientError),
    ],
)
def test_failures_are_told_by_what_they_leave_open_and_sent_once(way: Way, kind: type[HubError]) -> None:
    shop = Shop(ways=[way])

    with pytest.raises(kind) as failed:
        told(shop, LEFT)

    assert type(failed.value) is kind
    assert "Ida" not in str(failed.value)
    assert len(shop.changes) == 1


def test_a_fraction_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(RejectedError, match=r"line a: 0\.5 left"):
        vendure(Shop()).write_notice(notice("1", {"a": 500}), "k")
