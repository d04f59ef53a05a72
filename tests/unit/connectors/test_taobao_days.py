"""A day as Taobao lists it: what was bought, also where refunds have made Taobao's own sum smaller, and how far back lists go."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import Window
from connectors.taobao.days import FIELDS, SHOWN, SOLD
from connectors.taobao.mapping import read_order
from model.errors import RejectedError, TransientError
from model.records.days import ListedOrder
from tests.unit.connectors.test_taobao_fetching import NOON, Remote, refused

RECORDED = json.loads((Path(__file__).parents[3] / "connectors/taobao/recordings/orders.json").read_text("utf-8"))
ALL = Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
Json = dict[str, Any]


def row_of(trade: Json) -> Json:
    """A trade as the list shows it: only what is asked for."""
    return {name: value for name, value in trade.items() if name in FIELDS.split(",")}


class Shop(Remote):
    """Taobao with some trades, of which lists tell what is asked for and no more."""

    def __init__(self, *trades: Json, shown: Json | None = None) -> None:
        super().__init__(self.told_of)
        self.trades, self.shown = trades, shown

    def told_of(self, told: Json) -> Json:
        if told["method"] == SOLD:
            rows = [row_of(trade) for trade in self.trades if told["start_created"] <= trade["created"] <= told["end_created"]]
            start = (int(told["page_no"]) - 1) * int(told["page_size"])
            page = rows[start : start + int(told["page_size"])]
            return {"trades_sold_get_response": {"total_results": len(rows), "trades": {"trade": page}}}
        found = next(trade for trade in self.trades if str(trade["tid"]) == told["tid"])
        return self.shown or {"trade_fullinfo_get_response": {"trade": found}}

    def listed(self, day: Window = ALL, **settings: object) -> dict[str, ListedOrder]:
        return {each.external_id: each for page in self.connector(**settings).list_day(day) for each in page}


def refunded(trade: Json, payment: str) -> Json:
    """The trade once its first line was given back."""
    first, *others = trade["orders"]["order"]
    return {**trade, "payment": payment, "orders": {"order": [{**first, "refund_status": "SUCCESS"}, *others]}}


def total_of(trade: Json) -> int:
    return read_order(json.dumps(trade).encode(), {}).total_minor


CASH = next(trade for trade in RECORDED if trade["type"] == "cod")
PAID = RECORDED[0]


@pytest.mark.parametrize("trade", RECORDED, ids=lambda trade: trade["status"])
def test_each_recorded_trade_is_told_as_the_mapping_has_it(trade: Json) -> None:
    (found,) = Shop(trade).listed().values()

    assert found.total_minor == total_of(trade)
    assert (found.currency, found.refunded_minor, found.refunds) == ("CNY", None, None)


@pytest.mark.parametrize(("trade", "left"), [(PAID, "73.00"), (CASH, "3.50")], ids=["paid at once", "cash on delivery"])
def test_a_refund_that_lowers_what_was_paid_lowers_no_total(trade: Json, left: str) -> None:
    (found,) = Shop(refunded(trade, left)).listed().values()

    assert found.total_minor == total_of(trade) == total_of(refunded(trade, left))


def test_only_a_refunded_trade_of_cash_on_delivery_is_asked_for_by_itself() -> None:
    shop = Shop(refunded(PAID, "73.00"), CASH)
    shop.listed()

    assert {told["method"] for told in shop.told} == {SOLD}


def test_a_trade_that_is_not_shown_and_one_that_cannot_be_read_are_named_without_a_total() -> None:
    hidden = Shop(refunded(CASH, "3.50"), shown=refused(15, "isv.trade-not-exist"))
    broken = Shop({**PAID, "payment": "a lot"}, {**RECORDED[1], "status": "OF_TOMORROW"})

    assert [each.total_minor for each in hidden.listed().values()] == [None]
    assert broken.listed() == {str(trade["tid"]): ListedOrder(str(trade["tid"])) for trade in (PAID, RECORDED[1])}


def test_a_refusal_of_another_reason_is_raised() -> None:
    with pytest.raises(TransientError):
        Shop(refunded(CASH, "3.50"), shown=refused(15, "isp.top-remote-connection-timeout")).listed()


def test_a_row_without_an_id_is_no_missing_one() -> None:
    with pytest.raises(TransientError, match="names no trade"):
        Shop({name: value for name, value in PAID.items() if name != "tid"}).listed()


def test_a_day_further_back_than_lists_go_is_no_empty_one() -> None:
    shop = Shop()
    long_ago = Window(NOON - SHOWN - timedelta(seconds=1), NOON - SHOWN + timedelta(days=1))
    with pytest.raises(RejectedError, match="three months"):
        shop.listed(long_ago)

    assert shop.told == []
    assert shop.listed(Window(NOON - SHOWN, long_ago.end)) == {}


def test_types_are_named_and_times_are_of_china() -> None:
    day = Window(datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 1, 16, tzinfo=UTC))
    usual, wished = Shop(), Shop()
    usual.listed(day)
    wished.listed(day, trade_types="fixed,auction")

    assert usual.told[0]["type"] == "guarantee_trade,auto_delivery,ec,cod,step"
    assert wished.told[0]["type"] == "fixed,auction"
    assert (usual.told[0]["start_created"], usual.told[0]["end_created"]) == ("2026-02-28 23:59:59", "2026-03-02 00:00:01")


def test_a_translated_status_is_read_as_in_the_mapping() -> None:
    (found,) = Shop({**PAID, "status": "OF_TOMORROW"}).listed(statuses={"OF_TOMORROW": "WAIT_SELLER_SEND_GOODS"}).values()

    assert found.total_minor == total_of(PAID)
