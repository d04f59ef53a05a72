"""A day as Amazon lists it: what the buyer paid, of this channel only, and nothing about buyers."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.amazon.mapping import read_order
from connectors.capabilities import Window
from model.errors import TransientError
from model.records.days import ListedOrder
from tests.unit.connectors.test_amazon_fetching import Amazon, answers

RECORDED = json.loads((Path(__file__).parents[3] / "connectors/amazon/recordings/orders.json").read_text("utf-8"))
ALL = Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
UNASKED = ("buyer", "recipient", "packages", "payment")
Json = dict[str, Any]


def row_of(order: Json) -> Json:
    """An order as the list shows it: without the data sets that nobody asked for."""
    return {name: value for name, value in order.items() if name not in UNASKED}


def listed(*orders: Json, day: Window = ALL, **settings: object) -> dict[str, ListedOrder]:
    amazon = Amazon(answers({"orders": [row_of(order) for order in orders]}), **settings)
    return {each.external_id: each for page in amazon.connector.list_day(day) for each in page}


PAID = RECORDED[0]


@pytest.mark.parametrize("order", RECORDED, ids=lambda order: order["orderId"])
def test_each_recorded_order_is_told_as_the_mapping_has_it(order: Json) -> None:
    read = read_order(json.dumps(order).encode(), {})

    assert listed(order) == {read.external_id: ListedOrder(read.external_id, read.placed_at, read.currency, read.total_minor)}


def test_no_day_asks_for_buyers() -> None:
    amazon = Amazon(answers({"orders": []}), marketplace_ids=["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"])
    list(amazon.connector.list_day(ALL))

    assert dict(amazon.asked[0].url.params) == {
        "createdAfter": "2026-02-01T00:00:00.000Z",
        "createdBefore": "2026-03-09T00:00:00.000Z",
        "marketplaceIds": "ATVPDKIKX0DER,A2EUQ1WTGCTBG2",
        "maxResultsPerPage": "100",
        "includedData": "PROCEEDS,FULFILLMENT,TAX",
    }


def test_what_another_channel_sold_is_no_order_of_the_day() -> None:
    assert listed({**PAID, "salesChannel": {"channelName": "NON_AMAZON"}}) == {}


def test_the_end_of_a_day_is_the_next_ones_beginning() -> None:
    placed = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)

    assert PAID["createdTime"] == "2026-03-02T09:15:00Z"
    assert listed(PAID, day=Window(ALL.start, placed)) == {}
    assert listed(PAID, day=Window(placed, ALL.end)).keys() == {PAID["orderId"]}


def test_what_cannot_be_read_is_named_without_a_total() -> None:
    strange: Json = {**PAID, "fulfillment": {"fulfillmentStatus": "OF_TOMORROW"}}
    unequal: Json = {**RECORDED[5], "proceeds": {"grandTotal": {"amount": "1.00", "currencyCode": "USD"}}}

    ids: list[str] = [strange["orderId"], unequal["orderId"]]

    assert listed(strange, unequal) == {order_id: ListedOrder(order_id) for order_id in ids}
    assert listed(strange, statuses={"OF_TOMORROW": "UNSHIPPED"})[PAID["orderId"]].total_minor is not None


def test_a_row_without_an_id_is_no_missing_one() -> None:
    with pytest.raises(TransientError, match="names no order"):
        listed({name: value for name, value in PAID.items() if name != "orderId"})


def test_pages_go_on_from_the_time_of_the_last_order() -> None:
    first, second = RECORDED[5], PAID
    amazon = Amazon(answers({"orders": [first], "pagination": {"nextToken": "more"}}, {"orders": [first, second]}))
    found = {each.external_id for page in amazon.connector.list_day(ALL) for each in page}

    assert found == {first["orderId"], second["orderId"]}
    assert [request.url.params["createdAfter"] for request in amazon.asked] == ["2026-02-01T00:00:00.000Z", "2026-02-20T15:00:00.000Z"]
