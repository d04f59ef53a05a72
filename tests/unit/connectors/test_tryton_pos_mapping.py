"""Sales of Tryton's tills: what they come to, what was given for them, and what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.tryton_pos.mapping import read_sale
from model.errors import MalformedError
from model.records.order import Order
from model.records.shipment import Return
from tests.contract.remote import put

RECORDINGS = Path(__file__).parents[3] / "connectors/tryton_pos/recordings/orders.json"
SALES: Mapping[str, dict[str, Any]] = {each["number"]: each for each in json.loads(RECORDINGS.read_text("utf-8"))}


def read(number: str, /, **changes: object) -> Order | Return:
    """A recorded sale, changed at dotted paths, in which two underscores stand for a dot and three for a dot behind a name."""
    record: Any = SALES[number]
    for path, value in changes.items():
        record = put(record, path.replace("___", "..").replace("__", "."), value)  # pyright: ignore[reportArgumentType]
    return read_sale(json.dumps(record).encode(), {})


def order(number: str, /, **changes: object) -> Order:
    record = read(number, **changes)
    assert isinstance(record, Order)
    return record


def coins(rounding: str, code: str, price: str, total: str) -> dict[str, object]:
    """What makes one line of K1-2 cost this, untaxed, in this currency."""
    prices = {f"lines___0__{name}__decimal": price for name in ("unit_list_price", "unit_gross_price")}
    sums = {"lines___0__amount__decimal": total, "total__decimal": total, "total_tax__decimal": "0"}
    paid = {"payments___0__amount__decimal": total, "payments___1__amount__decimal": "0"}
    return {"currency___code": code, "currency___rounding__decimal": rounding, **prices, **sums, **paid}


@pytest.mark.parametrize(
    ("rounding", "code", "price", "total", "minor"),
    [
        ("0.01", "EUR", "14.285", "14.28", 1428),  # half to even
        ("0.01", "EUR", "14.275", "14.28", 1428),
        ("0.05", "CHF", "14.28", "14.30", 1430),  # no smaller coin
        ("1", "JPY", "1428.5", "1428", 1428),
        ("0.001", "KWD", "1.4285", "1.428", 1428),
        ("0.01", "EUR", "0", "0.00", 0),
    ],
)
def test_a_line_is_rounded_once_to_the_currencys_coin_half_to_even(rounding: str, code: str, price: str, total: str, minor: int) -> None:
    told = order("K1-2", **coins(rounding, code, price, total))

    assert (told.total_minor, told.currency) == (minor, code)


@pytest.mark.parametrize(
    ("number", "changes", "reason"),
    [
        ("K1-1", {"total__decimal": "28.81"}, "total: lines sum to 2880, the sale says 2881"),
        ("K1-1", {"total_tax__decimal": "4.61"}, "total_tax: lines sum to 460, the sale says 461"),
        ("K1-1", {"lines___0__amount__decimal": "23.81"}, r"lines\[1\].amount: is 2381, and price times quantity 2380"),
        ("K1-1", {"payments___0__amount__decimal": "20.01"}, "payments: sum to 2881, and the sale is done at 2880"),
        ("K1-1", {"payments___0__id": 3}, "payments: an id appears twice"),
        ("K1-1", {"lines___0__id": 2}, "appears twice"),
        ("K1-3", {"lines___0__id": "x"}, "id"),
        ("K1-1", {"number": None}, "still being rung up"),
        ("K1-1", {"state": "parked"}, "'parked' is unknown; translate it under settings.statuses"),
        ("K1-1", {"currency___rounding__decimal": "0"}, "is no coin"),
        ("K1-1", {"currency___rounding__decimal": "-0.01"}, "is no coin"),
        ("K1-1", {"currency___rounding__decimal": "0.001", "lines___0__unit_gross_price__decimal": "11.9001"}, "amount"),
        ("K1-1", {"lines___0__quantity": 1.0001}, "amount"),
        ("K1-1", {"create_date__month": 13}, "create_date"),
        ("K1-1", {"create_date__day": 31, "create_date__month": 2}, "create_date"),
        ("K1-3", {"state": "open", "payments___0__amount__decimal": "5"}, "take money for goods that come back"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(number: str, changes: dict[str, object], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(number, **changes)


def test_a_sale_with_the_same_line_twice_is_refused_when_it_comes_back_too() -> None:
    line = SALES["K1-3"]["lines."][0]
    sums: dict[str, object] = {"total__decimal": "-23.80", "total_tax__decimal": "-3.80", "payments___0__amount__decimal": "-23.80"}

    with pytest.raises(MalformedError, match="an id appears twice"):
        read("K1-3", **{"lines.": [line, line]}, **sums)


def test_a_till_without_tax_in_its_prices_checks_its_lines_without() -> None:
    told = order("K2-1")

    assert (told.total_minor, told.tax_minor, told.lines[0].unit_price, told.prices_include_tax) == (3570, 570, "10.00", False)


def test_change_lessens_its_own_means_only() -> None:
    assert [(each.external_id, each.gateway, each.amount_minor) for each in order("K1-2").payments] == [("4", "Cash", 1428)]
    drawn = order("K1-11")
    assert [(each.gateway, each.method, each.amount_minor) for each in drawn.payments] == [("Terminal", "other", 500)]
    assert [each.amount_minor for each in drawn.refunds] == [143]
    assert drawn.payment_state == "paid"


def test_a_pure_return_names_itself_as_its_order_and_tells_the_money() -> None:
    told = read("K1-3")

    assert isinstance(told, Return)
    assert (told.external_id, told.order_external_id, told.status) == ("3", "3", "closed")
    assert [(line.line_external_id, line.sku, line.quantity, line.amount_minor, line.tax_minor) for line in told.lines] == [
        (None, "MUG-S", 1000, 1000, 190)
    ]
    assert [(each.amount_minor, each.order_external_id) for each in told.refunds] == [(1190, "3")]


@pytest.mark.parametrize(
    ("number", "total", "paid", "back", "refunded"),
    [("K1-4", 1428, [238], 1190, []), ("K1-5", 1190, [], 1428, [238]), ("K1-6", 1190, [], 1190, [])],
)
def test_an_exchange_is_what_is_sold_with_what_comes_back_in_it(
    number: str, total: int, paid: list[int], back: int, refunded: list[int]
) -> None:
    told = order(number)

    [returned] = told.returns
    assert (told.total_minor, told.payment_state, [each.amount_minor for each in told.payments]) == (total, "paid", paid)
    assert sum(line.amount_minor + line.tax_minor for line in returned.lines) == back
    assert [each.amount_minor for each in returned.refunds] == refunded
    assert (told.refunds, returned.external_id) == ((), f"{told.external_id}/return")
    assert total - back == sum(paid) - sum(refunded)


@pytest.mark.parametrize(("paid", "state"), [("8.56", "paid"), ("8.55", "part_paid"), ("-20", "unpaid")])
def test_a_sale_opened_anew_is_on_hold_and_paid_as_far_as_it_is(paid: str, state: str) -> None:
    told = order("K1-8", payments___1__amount__decimal=paid)

    assert (told.fulfilment_state, told.payment_state, told.cancelled_at) == ("on_hold", state, None)


def test_a_cancelled_sale_is_void_even_when_nothing_is_left_of_it() -> None:
    assert (order("K1-9").payment_state, order("K1-9").total_minor) == ("voided", 1428)
    assert (order("K1-12").payment_state, order("K1-12").lines) == ("voided", ())
    assert order("K1-9").cancelled_at == order("K1-9").updated_at


def test_gifts_and_goods_by_weight_are_lines_like_others() -> None:
    told = order("K1-7")

    assert [(line.sku, line.quantity, line.unit, line.total_minor) for line in told.lines] == [
        ("CLAY-KG", 1250, "kg", 367),
        ("STICKER", 2000, "piece", 0),
    ]
    assert order("K1-10").total_minor == 0


def test_its_time_of_change_is_its_newest_parts() -> None:
    later = {"__class__": "datetime", "year": 2027, "month": 1, "day": 2, "hour": 3, "minute": 4, "second": 5, "microsecond": 6}

    for path in ("write_date", "lines___0__write_date", "payments___0__write_date"):
        told = order("K1-1", **{path: later})
        assert told.updated_at.isoformat() == "2027-01-02T03:04:05.000006+00:00"
        assert told.source_version > order("K1-1").source_version


def test_nothing_at_a_till_is_sent_to_anybody() -> None:
    assert {line.requires_shipping for number in SALES if isinstance(told := read(number), Order) for line in told.lines} == {False}
