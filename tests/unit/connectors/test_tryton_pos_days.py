"""A day's list of Tryton's sales tells of each sale what its record tells."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import RawPage, Window
from connectors.tryton_pos.days import list_day
from connectors.tryton_pos.mapping import read_sale
from connectors.tryton_pos.reading import made
from model.errors import TransientError
from model.records.days import ListedOrder
from model.records.order import Order

RECORDINGS = Path(__file__).parents[3] / "connectors/tryton_pos/recordings/orders.json"
SALES: Mapping[str, dict[str, Any]] = {each["number"]: each for each in json.loads(RECORDINGS.read_text("utf-8"))}
ALWAYS = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))


def listed(*sales: Mapping[str, object], day: Window = ALWAYS) -> dict[str, ListedOrder]:
    pages = [RawPage("order", tuple(json.dumps(sale).encode() for sale in sales), None)]
    return {each.external_id: each for page in list_day(pages, day) for each in page}


def as_listed(order: Order) -> ListedOrder:
    refunds = [*order.refunds, *(refund for back in order.returns for refund in back.refunds)]
    back = sum(refund.amount_minor for refund in refunds)
    return ListedOrder(order.external_id, order.placed_at, order.currency, order.total_minor, back, len(refunds))


def test_every_order_is_listed_as_its_record_tells_it_and_no_return_is() -> None:
    records = [read_sale(json.dumps(sale).encode(), {}) for sale in SALES.values()]

    found = listed(*SALES.values())

    assert found == {each.external_id: as_listed(each) for each in records if isinstance(each, Order)}
    assert len(found) < len(records)


@pytest.mark.parametrize(("number", "total", "refunded", "refunds"), [("K1-2", 1428, 0, 0), ("K1-5", 1190, 238, 1), ("K1-11", 357, 143, 1)])
def test_an_exchange_is_listed_at_what_was_sold_and_change_is_no_refund(number: str, total: int, refunded: int, refunds: int) -> None:
    [told] = listed(SALES[number]).values()

    assert (told.total_minor, told.refunded_minor, told.refunds) == (total, refunded, refunds)


def test_sales_of_the_neighbouring_days_are_left_out() -> None:
    begun = listed(SALES["K1-1"])["1"].placed_at
    assert begun is not None

    assert listed(SALES["K1-1"], day=Window(begun, begun + timedelta(microseconds=1)))
    assert not listed(SALES["K1-1"], day=Window(begun - timedelta(days=1), begun))
    assert not listed(SALES["K1-1"], day=Window(begun + timedelta(microseconds=1), begun + timedelta(days=1)))


def test_a_row_that_cannot_be_read_is_told_by_its_id_and_one_without_id_is_asked_for_again() -> None:
    assert listed(SALES["K1-1"] | {"total": "much"}) == {"1": ListedOrder("1")}
    with pytest.raises(TransientError, match="names no sale"):
        listed({name: value for name, value in SALES["K1-1"].items() if name != "id"})


def test_a_day_is_asked_for_by_when_sales_were_begun() -> None:
    domain = made(Window(datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2026, 3, 2, 5, tzinfo=UTC)), 7)

    assert domain[:2] == (("company", "=", 7), ("number", "!=", None))
    assert [(name, sign) for name, sign, _moment in domain[2:]] == [("create_date", ">="), ("create_date", "<")]
