"""Medusa's orders become records of what was sold, or errors that name the place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import Window
from connectors.medusa import CONNECTOR
from connectors.medusa.days import list_day
from connectors.medusa.mapping import read_order
from connectors.medusa.paging import Sheet, has_moved
from model.errors import MalformedError, RejectedError
from model.records.days import ListedOrder
from model.records.order import Order

Document = dict[str, Any]

RECORDED = Path(__file__).parents[3] / "connectors/medusa/recordings/orders.json"
ORDERS: dict[int, Document] = {order["display_id"]: order for order in json.loads(RECORDED.read_text("utf-8"))}
WHOLE_LIFE, DOLLARS, CANCELLED, GIVEN_BACK, EDITED, KIT, REASON, GOODWILL, RETURNED, EXCHANGED, REBATE = (
    1,
    2,
    6,
    7,
    8,
    69,
    70,
    71,
    72,
    73,
    74,
)


def document(number: int) -> Document:
    copy: Document = json.loads(json.dumps(ORDERS[number]))
    return copy


def read(order: Document, **statuses: str) -> Order:
    return read_order(json.dumps(order).encode(), statuses)


@pytest.mark.parametrize("number", [WHOLE_LIFE, DOLLARS, CANCELLED, GIVEN_BACK, KIT, REASON])
def test_what_was_asked_for_when_it_was_sold_is_the_total_we_read(number: int) -> None:
    order = read(document(number))

    assert order.payments[0].amount_minor == order.total_minor


def test_refunds_and_returns_take_nothing_off_the_total() -> None:
    order = read(document(WHOLE_LIFE))

    assert document(WHOLE_LIFE)["total"] == pytest.approx(558.81)
    assert (order.total_minor, [refund.amount_minor for refund in order.refunds]) == (99867, [7995, 35991])
    assert order.lines[0].quantity + order.lines[1].quantity + order.lines[2].quantity == 6000


def test_captures_are_payments_of_their_own_below_what_was_promised() -> None:
    promised, *taken = read(document(WHOLE_LIFE)).payments

    assert (promised.kind, [capture.kind for capture in taken]) == ("authorization", ["capture", "capture"])
    assert {capture.parent_external_id for capture in taken} == {promised.external_id}
    assert sum(capture.amount_minor for capture in taken) == promised.amount_minor


def test_a_provider_that_captures_by_itself_made_a_sale_and_names_it() -> None:
    order = document(DOLLARS)
    order["payment_collections"][0]["payments"][0] |= {"captured_at": "2026-11-23T21:50:00.000Z", "data": {"id": "pi_suite1"}}

    [sale] = read(order).payments

    assert (sale.kind, sale.reference, read(order).payment_state) == ("sale", "pi_suite1", "paid")


def test_parts_in_another_order_are_the_same_record() -> None:
    turned = document(WHOLE_LIFE)
    for name in ("items", "fulfillments", "credit_lines"):
        turned[name].reverse()
    turned["payment_collections"][0]["payments"][0]["captures"].reverse()

    assert read(turned) == read(document(WHOLE_LIFE))


def test_credit_that_no_refund_left_behind_is_a_discount() -> None:
    assert [(part.title, part.amount_minor) for part in read(document(GOODWILL)).adjustments if part.kind == "discount"] == [
        ("goodwill", 1890)
    ]
    assert read(document(REASON)).discount_minor == 0


def test_credit_taken_back_is_a_charge_unless_it_keeps_what_came_back() -> None:
    sold = document(GOODWILL)
    sold["credit_lines"][0]["amount"] = -10
    sold["total"] = 208.9
    kept = document(WHOLE_LIFE)
    kept["credit_lines"].append({"id": "ordcl_kept", "amount": -359.91, "reference": "kept"})
    kept["total"] = 918.72

    assert (read(sold).charges_minor, read(sold).total_minor) == (1000, 20890)
    assert (read(kept).charges_minor, read(kept).total_minor) == (0, 99867)


def test_a_line_of_a_negative_price_is_a_discount() -> None:
    order = read(document(REBATE))

    assert (order.total_minor, order.discount_minor, [line.total_minor for line in order.lines]) == (6995, 1000, [7995])


def test_lines_and_rebates_that_take_each_other_away_are_refused() -> None:
    order = document(REBATE)
    rebate = next(line for line in order["items"] if line["unit_price"] < 0)
    rebate |= {"unit_price": -79.95, "total": -79.95}
    order["total"] = 0

    with pytest.raises(MalformedError, match="take each other away"):
        read(order)


def test_a_kit_that_left_is_counted_in_kits_also_when_only_one_part_is_told() -> None:
    order = document(KIT)

    assert [line.quantity for line in read(order).fulfilments[0].lines] == [1000]
    order["items"][0]["variant"] = None
    with pytest.raises(MalformedError, match="variant of a kit is gone"):
        read(order)
    order["fulfillments"][0]["items"] = [each for each in order["fulfillments"][0]["items"] if each["quantity"] == 1]
    assert [line.quantity for line in read(order).fulfilments[0].lines] == [1000]


def test_what_is_on_its_way_back_is_not_due() -> None:
    order = document(RETURNED)

    assert (read(order).payment_state, read(order).return_state) == ("part_refunded", "part_returned")
    assert read(document(EXCHANGED)).payment_state == "part_paid"


def test_a_yen_knows_no_hundredths_and_the_total_is_rounded_once() -> None:
    order = json.loads(json.dumps(ORDERS[DOLLARS]).replace('"usd"', '"jpy"'))

    assert (read(order).total_minor, sum(line.total_minor + line.tax_minor for line in read(order).lines)) == (70, 65)


def test_half_a_minor_unit_is_rounded_alike_with_a_tax_that_divides_no_price() -> None:
    order = document(REBATE)
    order["items"] = order["items"][:1]
    order["items"][0] |= {"unit_price": 198.95, "total": 179.055, "tax_lines": [{"id": "tax", "rate": 7}]}
    order["items"][0]["adjustments"] = [{"id": "off", "amount": 19.895, "is_tax_inclusive": True}]
    order["total"] = 179.055

    assert read(order).total_minor == 17906


@pytest.mark.parametrize("number", ORDERS)
def test_a_listed_day_tells_what_the_record_tells(number: int) -> None:
    record, raw = read(document(number)), json.dumps(ORDERS[number]).encode()

    day = Window(record.placed_at, record.placed_at + timedelta(seconds=1))
    listed = [each for page in list_day(lambda _place: Sheet((raw,), None), day) for each in page]

    back = sum(refund.amount_minor for refund in record.refunds)
    assert listed == [
        ListedOrder(record.external_id, record.placed_at, record.currency, record.total_minor, back, len(record.refunds)),
    ]


def test_credit_of_the_shops_own_is_taken_off_a_listed_total_and_charged_where_it_is_negative() -> None:
    sold = document(GOODWILL)
    sold["credit_lines"][0]["amount"] = -10
    sold["total"] = 208.9
    kept = document(WHOLE_LIFE)
    kept["credit_lines"].append({"id": "ordcl_kept", "amount": -359.91, "reference": "kept"})
    kept["total"] = 918.72
    slices = tuple(json.dumps(each).encode() for each in (sold, kept))

    day = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))
    [listed] = list_day(lambda _place: Sheet(slices, None), day)

    assert [each.total_minor for each in listed] == [20890, 99867]


def test_a_row_of_a_day_that_cannot_be_read_is_told_by_its_id() -> None:
    raw = json.dumps(document(DOLLARS) | {"total": "much"}).encode()

    day = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))
    [listed] = list_day(lambda _place: Sheet((raw,), None), day)

    assert listed == (ListedOrder(ORDERS[DOLLARS]["id"]),)


def test_a_draft_is_no_order() -> None:
    with pytest.raises(RejectedError, match="draft"):
        read(document(DOLLARS) | {"status": "draft"})


def test_an_unknown_status_is_translated_by_the_settings() -> None:
    with pytest.raises(MalformedError, match=r"status: 'parked' is unknown; translate it under settings\.statuses"):
        read(document(DOLLARS) | {"status": "parked"})
    assert read(document(DOLLARS) | {"status": "parked"}, parked="pending").source_status[0] == ("order", "parked")


def other_currency(order: Document) -> None:
    order["payment_collections"][0]["payments"][0]["currency_code"] = "chf"


def other_total(order: Document) -> None:
    order["total"] += 0.01


def other_price(order: Document) -> None:
    order["items"][0]["unit_price"] += 0.01


def other_shipping(order: Document) -> None:
    order["shipping_methods"][0]["amount"] += 1


def greedy_promotion(order: Document) -> None:
    order["items"][0]["adjustments"] = [{"id": "adj_1", "amount": 5000}]


def strange_rate(order: Document) -> None:
    order["items"][0]["tax_lines"][0]["rate"] = -5


def negative_return(order: Document) -> None:
    order["returns"][0]["items"][0] |= {"quantity": -1, "received_quantity": None}


def negative_parcel(order: Document) -> None:
    order["fulfillments"][0]["items"][0]["quantity"] = -1


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (other_currency, "currency_code"),
        (other_total, "total"),
        (other_price, "items"),
        (other_shipping, "shipping_methods"),
        (greedy_promotion, "promotions"),
        (strange_rate, "rate"),
        (negative_return, "returns.items"),
        (negative_parcel, "fulfillments"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(spoil: Callable[[Document], None], place: str) -> None:
    order = document(WHOLE_LIFE)

    spoil(order)

    with pytest.raises(MalformedError, match=place):
        read(order)


PARTS: tuple[Document, ...] = (
    {"payment_collections": [{"updated_at": "2026-11-24T10:00:00.000Z"}]},
    {"payment_collections": [{"payments": [{"updated_at": "2026-11-24T10:00:00.000Z"}]}]},
    {"payment_collections": [{"payments": [{"captures": [{"created_at": "2026-11-24T10:00:00.000Z"}]}]}]},
    {"payment_collections": [{"payments": [{"refunds": [{"created_at": "2026-11-24T10:00:00.000Z"}]}]}]},
    {"fulfillments": [{"updated_at": "2026-11-24T10:00:00.000Z"}]},
    {"returns": [{"updated_at": "2026-11-24T10:00:00.000Z"}]},
    {"returns": [{"updated_at": "yesterday"}]},
)
MORNING = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize("parts", PARTS)
def test_a_part_that_changed_in_the_window_has_its_order_read(parts: Document) -> None:
    row = {"id": "order_1", "updated_at": "2026-11-20T10:00:00.000Z"} | parts
    window = Window(MORNING, MORNING + timedelta(minutes=1))
    later = Window(MORNING + timedelta(minutes=1), MORNING + timedelta(minutes=2))

    assert has_moved(json.dumps(row).encode(), window)
    assert has_moved(json.dumps(row).encode(), later) == (parts == PARTS[-1])
    assert not has_moved(json.dumps(row | {"updated_at": "2026-11-24T10:00:30.000Z"}).encode(), window)


def test_variants_that_need_several_things_are_bundles() -> None:
    variant: Document = {"id": "variant_1", "title": "whole", "sku": "SET", "manage_inventory": True, "product": {"title": "Set"}}
    plain = variant | {"inventory_items": [{"inventory_item_id": "iitem_1", "required_quantity": 1}]}
    pack = variant | {"inventory_items": [{"inventory_item_id": "iitem_1", "required_quantity": 3}]}
    bare: Document = variant | {"inventory_items": []}

    found = [CONNECTOR.read_listing(json.dumps(each).encode()) for each in (plain, pack, bare)]

    assert [(each.kind, each.is_tracked, each.stock_external_id) for each in found] == [
        ("goods", True, "iitem_1"),
        ("bundle", False, "variant_1"),
        ("goods", False, "variant_1"),
    ]
