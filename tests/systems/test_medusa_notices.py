"""Shipment notices to a real Medusa 2.21.2: the order shows what left and how to follow it, and one fulfilment whatever answer is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from connectors.capabilities import Command
from connectors.medusa.connector import Medusa
from model.errors import AuthError, RejectedError, TransientError
from model.records.order import Order
from tests.noticing import command, dispatched, notice
from tests.systems.medusa_shop import MedusaShop, line_of
from tests.systems.test_medusa import read


@dataclass
class Deaf(httpx.HTTPTransport):
    """Lets every request through, and loses the answer to those whose address ends like one of these, once each."""

    endings: list[str]
    sent: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        super().__init__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += [request.url.path] if request.method == "POST" else []
        response = super().handle_request(request)
        lost = [ending for ending in self.endings if request.method == "POST" and request.url.path.endswith(ending)]
        if not lost:
            return response
        response.read()
        self.endings.remove(lost[0])
        raise httpx.ReadTimeout("the answer is lost", request=request)


def placed(medusa: MedusaShop, goods: dict[str, int]) -> Order:
    return read(medusa.connector(), medusa.order(goods))


def told(connector: Medusa, order: Order, goods: Mapping[str, int], **more: object) -> Command:
    """A notice for so many whole units by SKU."""
    lines = {line_of(order, sku): many * 1000 for sku, many in goods.items()}
    reference = str(more.pop("reference", f"S{order.number}"))
    return command(connector, notice(order.external_id, lines, reference, **more))


def test_an_order_that_left_in_two_parcels_shows_each_with_its_numbers(medusa: MedusaShop) -> None:
    order, connector = placed(medusa, {"KETTLE-RED": 2, "TOWEL": 3}), medusa.connector()

    first = connector.submit_shipment_notice(
        told(
            connector,
            order,
            {"KETTLE-RED": 1, "TOWEL": 3},
            tracking_numbers=("PN-1", "PN-2"),
            tracking_urls=("https://track.example.com/1",),
        )
    )
    between = read(connector, order.external_id)
    connector.submit_shipment_notice(told(connector, order, {"KETTLE-RED": 1}, reference="S-B"))
    after = read(connector, order.external_id)

    assert between.fulfilment_state == "part_fulfilled"
    [parcel] = between.fulfilments
    assert (parcel.external_id, parcel.status) == (first.external_id, "shipped")
    assert (set(parcel.tracking_numbers), parcel.tracking_urls) == ({"PN-1", "PN-2"}, ("https://track.example.com/1",))
    assert (after.fulfilment_state, len(after.fulfilments)) == ("fulfilled", 2)


@pytest.mark.parametrize("lost", [["/fulfillments"], ["/shipments"], ["/fulfillments", "/shipments"]])
def test_one_fulfilment_comes_of_a_notice_whatever_answers_are_lost(medusa: MedusaShop, lost: list[str]) -> None:
    order, ears = placed(medusa, {"TOWEL": 4}), Deaf(list(lost))
    connector = medusa.connector(ears)
    said = told(connector, order, {"TOWEL": 2}, tracking_numbers=("PN-3",))

    receipt = dispatched(connector, said)
    again = connector.submit_shipment_notice(said)

    after = read(connector, order.external_id)
    assert ears.endings == []
    assert [(each.external_id, each.status) for each in after.fulfilments] == [(receipt.external_id, "shipped")]
    assert (again.external_id, again.is_repeat) == (receipt.external_id, True)


def test_a_notice_that_is_half_told_is_not_found_and_goes_on(medusa: MedusaShop) -> None:
    order, ears = placed(medusa, {"TOWEL": 1}), Deaf(["/fulfillments"])
    connector = medusa.connector(ears)
    said = told(connector, order, {"TOWEL": 1})

    with pytest.raises(TransientError):
        connector.submit_shipment_notice(said)

    assert connector.find_notice(said) is None
    receipt = connector.submit_shipment_notice(said)
    found = connector.find_notice(said)
    assert found is not None
    assert found.external_id == receipt.external_id
    assert len([path for path in ears.sent if path.endswith("/fulfillments")]) == 1


def test_a_kit_is_told_in_kits(medusa: MedusaShop) -> None:
    needs = [{"inventory_item_id": medusa.counted[sku], "required_quantity": many} for sku, many in (("KETTLE-RED", 1), ("TOWEL", 2))]
    medusa.product("Set", {"SET": "499.95"}, manage_inventory=True, inventory_items=needs)
    order, connector = placed(medusa, {"SET": 2}), medusa.connector()

    connector.submit_shipment_notice(told(connector, order, {"SET": 1}))
    after = read(connector, order.external_id)

    assert [line.quantity for line in after.fulfilments[0].lines] == [1000]
    assert after.fulfilment_state == "part_fulfilled"


def test_what_cannot_be_told_is_refused_by_name(medusa: MedusaShop) -> None:
    order, connector = placed(medusa, {"TOWEL": 1}), medusa.connector()
    foreign = command(connector, notice(order.external_id, {"ordli_foreign": 1000}, "S-F"))
    unknown = command(connector, notice("order_foreign", {order.lines[0].external_id: 1000}, "S-U"))

    with pytest.raises(RejectedError, match="packed by somebody else"):
        connector.submit_shipment_notice(told(connector, order, {"TOWEL": 2}))
    with pytest.raises(RejectedError, match="none of this order"):
        connector.submit_shipment_notice(foreign)
    with pytest.raises(RejectedError, match="does not know it"):
        connector.submit_shipment_notice(unknown)
    medusa.ask("POST", f"orders/{order.external_id}/cancel", {})
    with pytest.raises(RejectedError, match="cancelled"):
        connector.submit_shipment_notice(told(connector, order, {"TOWEL": 1}))
    with pytest.raises(AuthError):
        medusa.connector(secret_key="sk_wrong").submit_shipment_notice(told(connector, order, {"TOWEL": 1}))
