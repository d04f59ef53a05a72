"""What a ShipBob order, return or delivery tells, and what of it is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.shipbob import CONNECTOR
from model.errors import MalformedError
from model.records.advice import ReceiptAdvice, ShipmentAdvice
from tests.contract.dialects import Json
from tests.contract.remote import put

RECORDINGS = Path(__file__).parents[3] / "connectors/shipbob/recordings"
ORDERS, RETURNS, RECEIVINGS = (json.loads((RECORDINGS / f"{name}.json").read_text("utf-8")) for name in ("orders", "returns", "receivings"))
LEFT, PART, WAITING, _PICKED, SHORT = ORDERS[:5]


def read(document: Json, **changes: Json) -> ShipmentAdvice:
    """The advice of an order, with other things under some paths (`__` for a dot)."""
    for path, value in changes.items():
        document = put(document, path.replace("__", "."), value)
    advice = CONNECTOR.kinds["order"].read(json.dumps(document).encode(), {})
    assert isinstance(advice, ShipmentAdvice)
    return advice


def arrived(kind: str, document: Json) -> ReceiptAdvice:
    advice = CONNECTOR.kinds[kind].read(json.dumps(document).encode(), {})
    assert isinstance(advice, ReceiptAdvice)
    return advice


@pytest.mark.parametrize(
    ("status", "words", "state", "is_final"),
    [
        ("Processing", ["Processing", "Processing"], "accepted", False),
        ("Processing", ["LabeledCreated", "Processing"], "working", False),
        ("Processing", ["LabeledCreated", "OnHold"], "on_hold", False),
        ("Processing", ["Completed", "Processing"], "part_shipped", False),
        ("Exception", ["Exception", "Processing"], "on_hold", False),
        ("PartiallyFulfilled", ["Completed", "Processing"], "part_shipped", False),
        ("PartiallyFulfilled", ["Completed", "Cancelled"], "part_shipped", True),
        ("PartiallyFulfilled", ["Completed", "CleanSweeped"], "part_shipped", False),
        ("Fulfilled", ["Completed", "Completed"], "shipped", True),
        ("Fulfilled", ["Completed", "Cancelled"], "shipped", True),
        ("Fulfilled", ["Completed", "CleanSweeped"], "shipped", True),
        ("Fulfilled", ["Completed", "Processing"], "shipped", False),
        ("Cancelled", ["Cancelled", "Cancelled"], "cancelled", True),
        ("Cancelled", ["Cancelled", "Processing"], "cancelled", False),
        ("Cancelled", ["Completed", "Cancelled"], "part_shipped", True),
    ],
)
def test_where_an_order_stands_and_whether_more_will_come(status: str, words: list[str], state: str, is_final: bool) -> None:  # noqa: FBT001  a column
    first, second = words

    advice = read(PART, status=status, shipments__0__status=first, shipments__1__status=second,
                  shipments__1__actual_fulfillment_date="2026-03-02T12:00:00Z")  # fmt: skip

    assert (advice.state, advice.is_final) == (state, is_final)


def test_an_order_without_shipments_is_read() -> None:
    assert read(WAITING, shipments=None).state == "accepted"
    assert read(WAITING, shipments=[], status="Cancelled").is_final


def test_a_short_order_tells_what_left_and_why_the_rest_did_not() -> None:
    advice = read(SHORT)

    assert [(line.sku, line.quantity) for shipment in advice.shipments for line in shipment.lines] == [("SOCK-WOOL", 4000)]
    assert (advice.is_final, advice.reason) == (True, "OutOfStock")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference_id": ""}, "reference_id: is empty"),
        ({"shipments": []}, "none has left, although the order is fulfilled"),
        ({"shipments__0__products": []}, r"shipments\.0\.products: is empty"),
        ({"shipments__0__products__0__inventory_items": []}, "do not tell how many"),
        ({"shipments__0__products__0__inventory_items__0__quantity": 3}, "more of 'MUG-BLUE' left than the order asks for"),
        ({"shipments__0__invoice_amount": 8.755}, "more decimal places than USD"),
    ],
)
def test_what_cannot_be_told_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(LEFT, **changes)


def test_a_bundle_of_unequal_parts_is_refused() -> None:
    unequal: Json = [{"id": 9001, "quantity": 20}, {"id": 9002, "quantity": 40}]

    with pytest.raises(MalformedError, match="a bundle of unequal parts"):
        read(ORDERS[7], shipments__0__products__0__inventory_items=unequal)


def test_a_shipment_that_tells_no_completion_left_when_it_last_changed() -> None:
    shipment = read(LEFT, shipments__0__actual_fulfillment_date=None).shipments[0]

    assert f"{shipment.shipped_at:%Y-%m-%d %H:%M}" == "2026-03-03 17:41"


def test_a_shipment_that_tells_no_time_at_all_is_refused() -> None:
    with pytest.raises(MalformedError, match="tells no time"):
        read(LEFT, shipments__0__actual_fulfillment_date=None, shipments__0__last_update_at=None)


def test_an_amount_without_a_currency_is_no_freight() -> None:
    assert read(LEFT, shipments__0__invoice_currency_code=None).shipments[0].freight is None


def test_what_was_put_aside_of_a_return_is_held_and_what_was_disposed_of_is_damaged() -> None:
    lines = [(line.sku, line.quantity, line.condition) for back in (RETURNS[0], RETURNS[2]) for line in arrived("return", back).lines]

    assert lines == [("MUG-BLUE", 1000, "sellable"), ("MUG-BLUE", 1000, "damaged"), ("POSTER-50X70", 3000, "held")]


def test_a_parcel_sent_back_is_known_by_its_order() -> None:
    assert arrived("return", RETURNS[2]).reference == "FO-2026-000104"


@pytest.mark.parametrize(
    ("kind", "document", "path", "value", "reason"),
    [
        ("return", RETURNS[2], "store_order_id", None, "nobody can tell whose return"),
        ("return", RETURNS[0], "inventory", [], "inventory: is empty"),
        ("return", RETURNS[0], "inventory.0.sku", None, r"inventory\.0\.sku: is missing"),
        ("return", RETURNS[0], "inventory", RETURNS[0]["inventory"] * 2, "stands there twice"),
        ("return", RETURNS[0], "inventory.0.action_taken.0.action", "Recycle", r"'Recycle' is unknown.*settings\.statuses"),
        ("receiving", RECEIVINGS[0], "inventory_quantities", None, "inventory_quantities: is empty"),
        ("receiving", RECEIVINGS[0], "inventory_quantities.0.sku", "", r"inventory_quantities\.0\.sku: is missing"),
        ("receiving", RECEIVINGS[0], "status", "Lost", r"'Lost' is unknown.*settings\.statuses"),
    ],
)
def test_goods_of_which_it_cannot_be_told_what_arrived_are_refused(kind: str, document: Json, path: str, value: Json, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        arrived(kind, put(document, path, value))


def test_a_delivery_of_which_nothing_arrived_says_so() -> None:
    assert arrived("receiving", RECEIVINGS[5]).lines == ()


def test_a_delivery_without_a_purchase_order_is_known_by_shipbobs_id() -> None:
    assert arrived("receiving", RECEIVINGS[1]).reference == "550002"
