"""Shipment notices to a real Vendure 3.7.3: the order shows what left and how to follow it, and one fulfilment whatever answer is lost."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx
import pytest

from connectors.capabilities import Command
from connectors.vendure.connector import Vendure
from model.errors import AuthError, RejectedError, TransientError
from model.records.order import Order
from tests.noticing import command, notice
from tests.systems.vendure_shop import PASSWORD, Shop

Bodies = list[dict[str, object]]


@dataclass
class Deaf(httpx.HTTPTransport):
    """Lets every request through, and loses the answer to those that hold one of these words, once each."""

    words: list[str]
    sent: Bodies = field(default_factory=Bodies)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read() or b"{}")
        self.sent.append(body)
        response = super().handle_request(request)
        lost = [word for word in self.words if word in body.get("query", "")]
        if not lost:
            return response
        response.read()
        self.words.remove(lost[0])
        raise httpx.ReadTimeout("the answer is lost", request=request)


def read(connector: Vendure, order_id: str) -> Order:
    record = connector.kinds["order"].read(connector.fetch_orders_by_id([order_id]).slices[0], {})
    assert isinstance(record, Order)
    return record


def placed(shop: Shop, goods: dict[str, int]) -> Order:
    connector = shop.connector()
    return read(connector, shop.order(goods))


def told(connector: Vendure, order: Order, quantities: Iterable[int], **more: object) -> Command:
    """A notice for so many whole units of the order's lines, in their order."""
    lines = {line.external_id: many * 1000 for line, many in zip(order.lines, quantities, strict=True) if many}
    reference = str(more.pop("reference", f"S{order.external_id}"))
    return command(connector, notice(order.external_id, lines, reference, **more))


def test_an_order_that_left_shows_as_shipped_with_its_tracking_code(shop: Shop) -> None:
    connector = shop.connector()
    order = placed(shop, {"KETTLE-RED": 1, "TOWEL": 2})
    left = told(connector, order, (1, 2), carrier="PostNord", tracking_numbers=("PN-100", "PN-101"))

    receipt = connector.submit_shipment_notice(left)

    after = read(connector, order.external_id)
    [parcel] = after.fulfilments
    assert (receipt.external_id, receipt.is_repeat) == (parcel.external_id, False)
    assert (parcel.status, parcel.carrier, parcel.tracking_numbers) == ("shipped", "PostNord", ("PN-100", "PN-101"))
    assert (after.fulfilment_state, after.source_status) == ("fulfilled", (("order", "Shipped"),))


def test_two_parts_are_two_fulfilments_and_only_the_second_ends_the_order(shop: Shop) -> None:
    connector = shop.connector()
    order = placed(shop, {"KETTLE-RED": 2})
    states: list[str] = []

    for reference, is_last in (("SA", False), ("SB", True)):
        connector.submit_shipment_notice(told(connector, order, (1,), reference=reference + order.external_id, is_last=is_last))
        states.append(read(connector, order.external_id).fulfilment_state)

    parcels = read(connector, order.external_id).fulfilments
    assert states == ["part_fulfilled", "fulfilled"]
    assert [(parcel.status, parcel.tracking_numbers, parcel.lines[0].quantity) for parcel in parcels] == [("shipped", (), 1000)] * 2


@pytest.mark.parametrize("lost", [["AddFulfilment"], ["MoveFulfilment"], ["AddFulfilment", "MoveFulfilment"]], ids="+".join)
def test_an_answer_that_is_lost_leaves_one_fulfilment(shop: Shop, lost: list[str]) -> None:
    deaf = Deaf(list(lost))
    connector = shop.connector(deaf, username="keeper", password=PASSWORD)
    order = placed(shop, {"TOWEL": 3})
    left = told(connector, order, (3,), tracking_numbers=("PN-7",))

    for _ in lost:
        with pytest.raises(TransientError):
            connector.submit_shipment_notice(left)
    found_halfway = connector.find_notice(left)
    last = connector.submit_shipment_notice(left)

    [parcel] = read(connector, order.external_id).fulfilments
    assert (parcel.status, parcel.external_id, parcel.lines[0].quantity) == ("shipped", last.external_id, 3000)
    assert (found_halfway is None) == (lost == ["AddFulfilment"])
    assert connector.find_notice(left) is not None
    assert sum("AddFulfilment" in str(body["query"]) for body in deaf.sent) == 1


def test_a_notice_told_again_is_a_repeat(shop: Shop) -> None:
    connector = shop.connector()
    order = placed(shop, {"TOWEL": 1})
    left = told(connector, order, (1,))
    assert connector.find_notice(left) is None

    first, second = connector.submit_shipment_notice(left), connector.submit_shipment_notice(left)

    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert first.external_id == second.external_id
    assert len(read(connector, order.external_id).fulfilments) == 1


def cancelled(shop: Shop, order: Order) -> None:
    shop.cancel(order, 1)


def packed(shop: Shop, order: Order) -> None:
    shop.pack(order, 1)


@pytest.mark.parametrize("before", [cancelled, packed])
def test_lines_that_somebody_else_disposed_of_are_refused(shop: Shop, before: Callable[[Shop, Order], None]) -> None:
    connector = shop.connector()
    order = placed(shop, {"KETTLE-BLUE": 1})
    before(shop, order)

    with pytest.raises(RejectedError):
        connector.submit_shipment_notice(told(connector, order, (1,), tracking_numbers=("PN-8",)))

    assert all("PN-8" not in parcel.tracking_numbers for parcel in read(connector, order.external_id).fulfilments)


def test_an_order_the_shop_does_not_know_is_refused(shop: Shop) -> None:
    connector = shop.connector()
    left = command(connector, notice("424242", {"1": 1000}))

    with pytest.raises(RejectedError, match="does not know"):
        connector.submit_shipment_notice(left)


def key_of(shop: Shop, *permissions: str) -> str:
    role = {"code": "-".join(permissions), "description": "the hub", "permissions": list(permissions)}
    role_id = shop.keeper.ask("mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }", i=role)["createRole"]["id"]
    wish = {"roleIds": [role_id], "translations": [{"languageCode": "en", "name": "hub"}]}
    key: str = shop.keeper.ask("mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }", i=wish)["createApiKey"]["apiKey"]
    return key


def test_the_permissions_the_guide_names_suffice(shop: Shop) -> None:
    order = placed(shop, {"TOWEL": 1})
    connector = shop.connector(api_key=key_of(shop, "ReadOrder", "UpdateOrder"))

    connector.submit_shipment_notice(told(connector, order, (1,)))

    assert read(connector, order.external_id).fulfilment_state == "fulfilled"


def test_a_key_that_may_only_read_is_an_auth_error_and_does_nothing(shop: Shop) -> None:
    order = placed(shop, {"TOWEL": 1})
    connector = shop.connector(api_key=key_of(shop, "ReadOrder"))

    with pytest.raises(AuthError):
        connector.submit_shipment_notice(told(connector, order, (1,)))

    assert read(connector, order.external_id).fulfilments == ()


def test_a_shop_that_counts_less_than_what_left_refuses_by_name(shop: Shop) -> None:
    connector = shop.connector()
    order = placed(shop, {"KETTLE-RED": 1})
    variant = order.lines[0].variant_external_id
    level = "mutation($i: ID!, $n: Int!) { updateProductVariants(input: [{id: $i, stockOnHand: $n}]) { id stockOnHand } }"
    before = shop.keeper.ask("query($i: ID!) { productVariant(id: $i) { stockOnHand } }", i=variant)["productVariant"]["stockOnHand"]
    shop.keeper.ask(level, i=variant, n=0)

    with pytest.raises(RejectedError, match=r"INSUFFICIENT_STOCK_ON_HAND_ERROR; .*publish its stock"):
        connector.submit_shipment_notice(told(connector, order, (1,)))

    shop.keeper.ask(level, i=variant, n=before)
    assert read(connector, order.external_id).fulfilments == ()
