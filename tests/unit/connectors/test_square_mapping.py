"""Square documents become records whose parts sum, or errors that name the place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.square import CONNECTOR
from connectors.square.mapping import read_order, read_signal
from connectors.square.mapping_payments import read_payment, read_refund
from model.errors import MalformedError
from model.records.order import Order
from model.records.shipment import Return

Document = dict[str, Any]

RECORDINGS = Path(__file__).parents[3] / "connectors/square/recordings"
ORDERS: dict[str, Document] = {order["id"]: order for order in json.loads((RECORDINGS / "orders.json").read_text("utf-8"))}
PAYMENTS: dict[str, Document] = {payment["id"]: payment for payment in json.loads((RECORDINGS / "payments.json").read_text("utf-8"))}
REFUNDS: dict[str, Document] = {refund["id"]: refund for refund in json.loads((RECORDINGS / "refunds.json").read_text("utf-8"))}


def document(name: str) -> Document:
    copy: Document = json.loads(json.dumps(ORDERS[name]))
    return copy


def usd(amount: int) -> Document:
    return {"amount": amount, "currency": "USD"}


def read(order: Document, **statuses: str) -> Order:
    record = read_order(json.dumps(order).encode(), statuses)
    assert isinstance(record, Order)
    return record


def read_return(order: Document) -> Return:
    record = read_order(json.dumps(order).encode(), {})
    assert isinstance(record, Return)
    return record


def test_a_plain_sale_is_paid_and_handed_over() -> None:
    order = read(document("ORDplain0001"))

    assert (order.total_minor, order.payment_state, order.fulfilment_state) == (420, "paid", "fulfilled")
    assert order.lines[0].variant_external_id == "VARFLATWHITE"
    assert not order.lines[0].requires_shipping


def test_additive_taxes_stand_beside_net_lines_and_the_tip_is_a_charge() -> None:
    order = read(document("ORDlines0002"))

    assert [line.total_minor for line in order.lines] == [840, 1300, 2500]
    assert order.tax_minor == 204
    assert [(a.title, a.amount_minor) for a in order.adjustments if a.kind == "charge"] == [("tip", 300)]
    assert [a.rate for a in order.adjustments if a.kind == "tax"] == ["0.03", "0.065", "0.03", "0.065"]


def test_a_weighed_quantity_keeps_its_unit() -> None:
    line = read(document("ORDlines0002")).lines[0]

    assert (line.quantity, line.unit) == (350, "metric_kilogram")


def test_a_total_that_leaves_the_tip_out_gets_it_added() -> None:
    order = document("ORDlines0002")
    order["total_money"] = usd(4844)

    assert read(order).total_minor == 5144


def test_inclusive_tax_is_taken_out_of_lines_and_out_of_the_order_discount() -> None:
    order = read(document("ORDincl00003"))

    assert order.prices_include_tax
    assert order.lines[0].total_minor == 5000
    assert (order.tax_minor, order.discount_minor, order.total_minor) == (1238, 688, 7425)


def test_a_discount_of_one_line_is_already_off_its_net_and_no_adjustment() -> None:
    order = read(document("ORDincl00003"))

    assert order.lines[1].discount_minor == 208
    assert [a.title for a in order.adjustments if a.kind == "discount"] == ["Loyalty 10 %"]


def test_service_charges_stand_before_tax_and_their_tax_among_the_taxes() -> None:
    order = read(document("ORDship00004"))

    assert [(a.title, a.amount_minor) for a in order.adjustments if a.kind == "charge"] == [("Shipping", 600), ("Bag levy", 10)]
    assert [a.amount_minor for a in order.adjustments if a.kind == "tax" and a.line_external_id is None] == [48]


def test_an_apportioned_charge_is_lifted_out_of_the_lines_net_of_tax() -> None:
    order = read(document("ORDyen000009"))

    assert order.lines[0].total_minor == 1782
    assert [(a.title, a.amount_minor) for a in order.adjustments if a.kind == "charge"] == [("Seat charge", 178), ("rounding", 4)]


def test_an_apportioned_charge_without_shares_is_still_told() -> None:
    order = document("ORDyen000009")
    del order["line_items"][0]["applied_service_charges"]

    assert read(order).charges_minor == 182


def test_tax_without_shares_keeps_its_amount() -> None:
    order = document("ORDlines0002")
    del order["line_items"][0]["applied_taxes"]

    assert [a.amount_minor for a in read(order).adjustments if a.title == "tax"] == [80]


def test_a_shipment_under_way_names_receiver_carrier_and_lines() -> None:
    order = read(document("ORDship00004"))

    assert order.fulfilment_state == "in_progress"
    assert (order.fulfilments[0].status, order.fulfilments[0].carrier) == ("pending", "USPS")
    assert [party.role for party in order.parties] == ["buyer", "shipping"]
    assert all(line.requires_shipping for line in order.lines)
    assert order.buyer_note == "Leave with the neighbour"


def test_a_completed_shipment_is_shipped_and_a_completed_pickup_delivered() -> None:
    order = document("ORDship00004")
    order["fulfillments"][0]["state"] = "COMPLETED"
    pickup = {"uid": "f2", "type": "PICKUP", "state": "COMPLETED"}
    order["fulfillments"].append(pickup)

    record = read(order)

    assert [fulfilment.status for fulfilment in record.fulfilments] == ["shipped", "delivered"]
    assert record.fulfilment_state == "fulfilled"


def test_one_of_two_fulfilments_done_is_part_fulfilled() -> None:
    order = document("ORDship00004")
    order["fulfillments"].append({"uid": "f2", "type": "PICKUP", "state": "COMPLETED"})

    assert read(order).fulfilment_state == "part_fulfilled"


def test_only_the_lines_a_delivery_names_are_shipped() -> None:
    order = read(document("ORDauth00008"))

    assert [line.requires_shipping for line in order.lines] == [False, True]
    assert [(line.line_external_id, line.quantity) for line in order.fulfilments[0].lines] == [("v", 4000)]


def test_an_itemised_refund_is_a_return_whose_parts_sum_to_the_money_given() -> None:
    back = read_return(document("ORDback00005"))

    assert back.order_external_id == "ORDship00004"
    assert sum(line.amount_minor + line.tax_minor for line in back.lines) == 1674
    assert [(line.quantity, line.reason) for line in back.lines] == [(1000, "dented"), (0, "Shipping")]
    assert [(refund.amount_minor, refund.status) for refund in back.refunds] == [(1674, "succeeded")]


def test_an_amount_refunded_without_goods_is_a_return_line_of_quantity_zero() -> None:
    order = document("ORDback00005")
    line = order["returns"][0]["return_line_items"][0]
    del line["source_line_item_uid"], line["note"]
    line |= {"item_type": "CUSTOM_AMOUNT", "name": "Goodwill"}

    assert [(found.quantity, found.reason) for found in read_return(order).lines] == [(0, "Goodwill"), (0, "Shipping")]


def test_a_return_linked_to_no_sale_names_its_own_document() -> None:
    order = document("ORDback00005")
    del order["returns"][0]["source_order_id"]

    assert read_return(order).order_external_id == "ORDback00005"


def test_a_returned_tip_is_money_without_goods() -> None:
    order = document("ORDback00005")
    order["returns"][0] |= {"return_tips": [{"uid": "t", "applied_money": usd(50)}]}
    order["returns"][0]["return_amounts"]["total_money"] = usd(1724)

    assert [line.amount_minor for line in read_return(order).lines if line.reason == "tip"] == [50]


def test_an_exchange_is_an_order_that_carries_the_return() -> None:
    order = read(document("ORDexch00006"))

    assert (order.total_minor, order.payment_state, order.return_state) == (5400, "paid", "none")
    assert [(back.order_external_id, back.lines[0].amount_minor) for back in order.returns] == [("ORDolder0000", 5000)]
    assert [(refund.amount_minor, refund.status) for refund in order.refunds] == [(600, "pending")]


def test_goods_of_two_sales_taken_back_at_once_stay_one_document() -> None:
    order = document("ORDback00005")
    order["returns"].append(order["returns"][0] | {"uid": "r9", "source_order_id": "ORDother"})

    assert [back.order_external_id for back in read(order).returns] == ["ORDship00004", "ORDother"]


@pytest.mark.parametrize(("quantity", "state"), [("1", "returned"), ("0.5", "part_returned")])
def test_goods_returned_within_their_own_sale_show_in_its_return_state(quantity: str, state: str) -> None:
    order = document("ORDexch00006")
    order["returns"][0]["source_order_id"] = "ORDexch00006"
    order["returns"][0]["return_line_items"][0]["quantity"] = quantity

    assert read(order).return_state == state


def test_a_cancelled_order_without_money_is_voided() -> None:
    order = read(document("ORDcanc00007"))

    assert (order.payment_state, order.fulfilment_state) == ("voided", "unfulfilled")
    assert order.cancelled_at == order.closed_at


@pytest.mark.parametrize(
    ("status", "amount", "expected"),
    [
        ("AUTHORIZED", 9500, "authorized"),
        ("CAPTURED", 9500, "paid"),
        ("CAPTURED", 4000, "part_paid"),
        ("VOIDED", 9500, "unpaid"),
        ("FAILED", 9500, "unpaid"),
    ],
)
def test_the_tenders_of_an_open_order_tell_what_is_paid(status: str, amount: int, expected: str) -> None:
    order = document("ORDauth00008")
    order["tenders"][0]["card_details"]["status"] = status
    order["tenders"][0]["amount_money"] = usd(amount)

    assert read(order).payment_state == expected


@pytest.mark.parametrize(("amount", "expected"), [(100, "part_refunded"), (420, "refunded")])
def test_refunds_at_the_sale_itself_lessen_what_is_paid(amount: int, expected: str) -> None:
    order = document("ORDplain0001")
    refund = {"id": "R", "location_id": "L", "reason": "spilt", "amount_money": usd(amount), "status": "APPROVED"}

    assert read(order | {"refunds": [refund]}).payment_state == expected


def test_a_shops_own_word_is_translated_by_its_settings() -> None:
    order = document("ORDplain0001")
    order["fulfillments"] = [{"uid": "f", "type": "PICKUP", "state": "ON_SHELF"}]

    assert read(order, ON_SHELF="PREPARED").fulfilment_state == "in_progress"


def broken(name: str, break_it: Callable[[Document], object]) -> bytes:
    order = document(name)
    break_it(order)
    return json.dumps(order).encode()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (broken("ORDlines0002", lambda o: o.update(total_money=usd(5000))), "total: parts sum to 5144"),
        (broken("ORDlines0002", lambda o: o.update(total_tax_money=usd(200))), "tax: parts sum to 204"),
        (broken("ORDship00004", lambda o: o.update(total_discount_money=usd(1))), "discount: parts sum to 540"),
        (broken("ORDship00004", lambda o: o.update(total_service_charge_money=usd(1))), "service_charge: parts sum to 610"),
        (broken("ORDlines0002", lambda o: o["line_items"][0]["applied_taxes"].pop()), "lines[a].tax"),
        (broken("ORDship00004", lambda o: o["line_items"][0]["applied_discounts"][0].update(applied_money=usd(1))), "lines[k1].discount"),
        (broken("ORDplain0001", lambda o: o["line_items"][0].update(quantity="-1")), "lines[l1].quantity: is negative"),
        (broken("ORDplain0001", lambda o: o["line_items"][0].update(quantity="0.00001")), "quantity: is finer"),
        (broken("ORDplain0001", lambda o: o["line_items"][0].update(quantity="NaN")), "amount: is not"),
        (broken("ORDplain0001", lambda o: o["line_items"][0]["total_money"].update(currency="EUR")), "currency: an amount in 'EUR'"),
        (broken("ORDplain0001", lambda o: o["line_items"][0]["total_money"].update(amount=4.2)), "total_money.amount"),
        (broken("ORDplain0001", lambda o: o["line_items"][0]["total_money"].update(amount=True)), "total_money.amount"),
        (broken("ORDplain0001", lambda o: o["line_items"][0]["total_money"].update(amount=10**20)), "total_money.amount"),
        (broken("ORDplain0001", lambda o: o["line_items"][0].pop("total_money")), "line_items.0.total_money: field required"),
        (broken("ORDplain0001", lambda o: o.update(state="PARKED")), "status: 'PARKED' is unknown; translate it under settings.statuses"),
        (broken("ORDauth00008", lambda o: o["tenders"][0]["card_details"].update(status="LOST")), "tenders.status: 'LOST' is unknown"),
        (broken("ORDship00004", lambda o: o["fulfillments"][0].update(state="LOST")), "fulfilments.status: 'LOST' is unknown"),
        (broken("ORDback00005", lambda o: o["refunds"][0].update(status="LOST")), "refunds.status: 'LOST' is unknown"),
        (broken("ORDback00005", lambda o: o["returns"][0]["return_line_items"][0].update(total_money=usd(1))), "returns: parts sum to 217"),
        (broken("ORDback00005", lambda o: o["returns"][0]["return_line_items"][0].update(quantity="-1")), "returns.quantity: is negative"),
        (broken("ORDlines0002", lambda o: o["taxes"][0].update(percentage="1e9999999")), "amount: is not a"),
        (broken("ORDplain0001", lambda o: o.update(updated_at="yesterday")), "instant: is not"),
        (b'{"id": "a", "id": "b"}', "payload: "),
        (b'{"id": "a", "location_id": NaN}', "payload: "),
        (b'{"id": "a\\u0000"}', "payload: holds a NUL character"),
    ],
)
def test_what_does_not_add_up_or_cannot_be_read_is_malformed_and_named(raw: bytes, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_order(raw, {})

    assert message in str(caught.value)


def test_an_order_event_is_only_a_signal() -> None:
    with pytest.raises(MalformedError, match="signal without figures"):
        read_signal(b'{"order_id": "x", "version": 2}', {})


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("PAYlines0002", "sale", "succeeded"),
        ("PAYauth00008", "authorization", "succeeded"),
        ("PAYgone00010", "authorization", "cancelled"),
        ("PAYwait00011", "sale", "pending"),
    ],
)
def test_a_payments_word_tells_kind_and_status(name: str, kind: str, status: str) -> None:
    payment = read_payment(json.dumps(PAYMENTS[name]).encode(), {})

    assert (payment.kind, payment.status) == (kind, status)


def test_a_payment_includes_its_tip_and_is_known_to_payouts_by_its_id() -> None:
    payment = read_payment(json.dumps(PAYMENTS["PAYlines0002"]).encode(), {})

    assert (payment.amount_minor, payment.tip_minor, payment.reference) == (5144, 300, "PAYlines0002")


def test_a_payment_taken_elsewhere_names_its_own_source() -> None:
    payment = read_payment(json.dumps(PAYMENTS["PAYother0012"]).encode(), {})

    assert (payment.gateway, payment.reference, payment.method) == ("Town voucher", "TV-0012", "external")


def test_a_payment_whose_parts_do_not_sum_is_malformed() -> None:
    raw = json.dumps(PAYMENTS["PAYlines0002"] | {"tip_money": usd(1)}).encode()

    with pytest.raises(MalformedError, match="amount and tip sum to 4845"):
        read_payment(raw, {})


def test_a_refund_names_the_payment_it_goes_back_to() -> None:
    refund = read_refund(json.dumps(REFUNDS["REFback00005"]).encode(), {})

    assert (refund.payment_external_id, refund.amount_minor, refund.status) == ("PAYship00004", 1674, "succeeded")


def test_a_negative_refund_is_malformed() -> None:
    raw = json.dumps(REFUNDS["REFback00005"] | {"amount_money": usd(-1)}).encode()

    with pytest.raises(MalformedError, match="is negative"):
        read_refund(raw, {})


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"id":"A1","x":NaN}', "A1"),
        (b'{"id": "A2"}', "A2"),
        (b"{broken", None),
        (b'{"fulfillments":[{"recipient":{"id":"C9"}}],"x":NaN}', None),
        (b'{"customer":{"id":"C9"},"id":"A3","x":NaN}', "A3"),
    ],
)
def test_the_id_of_a_broken_slice_is_found_where_it_can_be(raw: bytes, expected: str | None) -> None:
    assert CONNECTOR.external_id_in(raw) == expected
