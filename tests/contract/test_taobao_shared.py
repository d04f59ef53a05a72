"""Taobao against its official descriptions, signatures and a Tmall shop's own report, where `../shared` is present."""

import csv
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors.taobao import days, listings, notices, orders, refunds, stock
from connectors.taobao.mapping import read_order
from connectors.taobao.signing import signature
from connectors.taobao.words import REFUNDS, TRADES
from model.records.order import Order
from tests.contract.remote import WINDOW
from tests.contract.stand import StockStand
from tests.contract.stand_commands import CommandStand, requests_of
from tests.contract.stand_days import DayStand
from tests.contract.stands import stands

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SPECS = SHARED / "specs/taobao-top"
VECTORS = SHARED / "specs/_signature-vectors/signature_vectors.json"
REPORT = SHARED / "samples/retail-tmall/tmall_order_report.first-half.csv"
RECORDINGS = ROOT / "connectors/taobao/recordings"
STANDS = [stand for stand in stands() if stand.name == "taobao"]
OURS = {"method", "app_key", "session", "timestamp", "format", "v", "sign_method", "sign"}
"""What the platform wants of every call, of which the description of a call tells nothing."""
ELSEWHERE = {"taobao.user.seller.get", stock.ITEMS}
"""Calls whose descriptions are not among the shared ones."""

Json = dict[str, Any]


def described(method: str) -> Json:
    """The official description of a call."""
    found = next(SPECS.glob(f"*/{method.replace('.', '_')}.json"), None) if SPECS.exists() else None
    if found is None:
        pytest.skip("the official descriptions are in ../shared, which is absent")
    told: Json = json.loads(found.read_text("utf-8"))
    return told


def entry(method: str, name: str) -> list[Json]:
    """The described fields of a call's answer."""
    return next(each["subParams"] for each in described(method)["responseParams"] if each["name"] == name)


def problems(fields: list[Json], document: Json, place: str) -> Iterator[str]:
    """What of a document is not as its fields are described."""
    known = {each["name"]: each for each in fields}
    for name, value in document.items():
        where = f"{place}.{name}"
        if name not in known:
            yield f"{where}: is not described"
        elif known[name].get("subParams"):
            entries = next(iter(value.values())) if "[]" in known[name]["type"] else [value]
            for each in entries:
                yield from problems(known[name]["subParams"], each, where)
        elif not is_of(known[name]["type"], value):
            yield f"{where}: {value!r} is no {known[name]['type']}"


def is_of(kind: str, value: object) -> bool:
    """Whether a value is of a described type."""
    if kind == "Date":
        return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value) is not None
    return type(value) is {"String": str, "Number": int, "Boolean": bool}[kind]


def recorded(name: str) -> list[Json]:
    found: list[Json] = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    return found


def test_our_recordings_keep_to_the_descriptions() -> None:
    trade, refund = entry(orders.TRADE, "trade"), entry(refunds.REFUNDS, "refunds")
    item, sku = entry("taobao.items.onsale.get", "items"), entry(listings.SKUS, "skus")
    found = [each for order in recorded("orders") for each in problems(trade, order, "trade")]
    found += [each for told in recorded("order-refunds") for each in problems(refund, told, "refund")]
    for told in recorded("listings"):
        found += problems(item, told.get("item") or told["product"], "item")
        found += problems(sku, told.get("sku", {}), "sku")

    assert found == []


@pytest.mark.parametrize("wrong", [{"tid": "26"}, {"payment": 1.5}, {"created": "2026-03-02T09:15:20"}, {"nobody_knows": 1}])
def test_a_wrong_trade_would_be_noticed(wrong: Json) -> None:
    assert list(problems(entry(orders.TRADE, "trade"), recorded("orders")[0] | wrong, "trade")) != []


@pytest.mark.parametrize(
    ("method", "name", "asked"),
    [
        (orders.TRADE, "trade", orders.FIELDS),
        (days.SOLD, "trades", days.FIELDS),
        (refunds.REFUNDS, "refunds", refunds.FIELDS),
        (refunds.SPECIAL, "refunds", refunds.SPECIAL_FIELDS),
        ("taobao.items.onsale.get", "items", listings.FIELDS),
        ("taobao.items.inventory.get", "items", listings.FIELDS),
        (listings.SKUS, "skus", listings.SKU_FIELDS),
        (notices.COMPANIES, "logistics_companies", "code,name"),
        (notices.PARCELS, "shippings", notices.FIELDS),
    ],
)
def test_only_described_fields_are_asked_for(method: str, name: str, asked: str) -> None:
    assert set(asked.split(",")) <= {each["name"] for each in entry(method, name)}


def test_a_days_rows_tell_what_their_totals_hang_on() -> None:
    lines = next(each["subParams"] for each in entry(days.SOLD, "trades") if each["name"] == "orders")
    services = next(each["subParams"] for each in entry(days.SOLD, "trades") if each["name"] == "service_orders")
    types = next(each["description"] for each in described(days.SOLD)["requestParams"] if each["name"] == "type")
    of_money = {"oid", "num", "status", "total_fee", "discount_fee", "part_mjz_discount", "divide_order_fee", "tax_free", "refund_status"}

    assert of_money <= {each["name"] for each in lines}
    assert {"oid", "num", "payment"} <= {each["name"] for each in services}
    assert set(days.TYPES.split(",")) <= set(re.findall(r"[a-z_]+", types))


def requests() -> list[httpx.Request]:
    """What the connector asks and commands in each of its streams."""
    asked: list[httpx.Request] = []
    for stand in STANDS:
        if isinstance(stand, CommandStand):
            asked += requests_of(stand)
            continue
        link = stand.link()
        if isinstance(stand, DayStand):
            connector: Any = link.connector
            list(connector.list_day(WINDOW))
        elif isinstance(stand, StockStand):
            link.publish([stand.target(row, 4) for row in stand.rows[:20]])
            link.shown([stand.listing(row.body) for row in stand.rows[:20]])
        else:
            link.ids()
        asked += link.asked
    return asked


def test_calls_say_what_is_described_and_leave_nothing_out_that_must_be_said() -> None:
    called: set[str] = set()
    for request in requests():
        told = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        if told["method"] not in ELSEWHERE:
            params = described(told["method"])["requestParams"]
            assert told.keys() - OURS <= {each["name"] for each in params}
            assert {each["name"] for each in params if each.get("required")} <= told.keys()
            called.add(told["method"])

    assert len(called) == 12


def test_every_described_status_has_a_meaning() -> None:
    trades, sub_orders = (
        entry(orders.TRADE, "trade"),
        next(each["subParams"] for each in entry(orders.TRADE, "trade") if each["name"] == "orders"),
    )
    words = {word for fields in (trades, sub_orders) for each in fields if each["name"] == "status" for word in spoken(each["description"])}
    asked = next(each["description"] for each in described(refunds.REFUNDS)["requestParams"] if each["name"] == "status")

    assert words <= set(TRADES)
    assert len(words) >= 10
    assert set(spoken(asked)) == set(REFUNDS)


def spoken(text: str) -> list[str]:
    """The words of a description that stand before a bracket."""
    return re.findall(r"([A-Z_]{6,})\s*\(", text)


def test_signatures_are_the_vendors() -> None:
    if not VECTORS.exists():
        pytest.skip("the signature vectors are in ../shared, which is absent")
    vectors = [each for each in json.loads(VECTORS.read_text("utf-8")) if each["platform"] == "taobao-top"]
    made = [signature(each["input"]["params"], each["input"]["secret"], each["input"]["params"]["sign_method"]) for each in vectors]

    assert made == [each["expected"] for each in vectors]
    assert [each["input"]["params"]["sign_method"] for each in vectors] == ["md5", "hmac", "hmac-sha256"]


def trade_of(row: dict[str, str]) -> Json:
    """A row of the shop's report in the words of the platform: what was paid is told after what was given back."""
    told = {name.strip(): value for name, value in row.items()}
    total, paid, back = (Decimal(told[name]) for name in ("总金额", "买家实际支付金额", "退款金额"))
    status = "TRADE_CLOSED_BY_TAOBAO" if not told["订单付款时间"] else "TRADE_CLOSED" if back == total else "TRADE_FINISHED"
    number = 2600000000000000000 + int(told["订单编号"])
    line = {
        "oid": number,
        "num": 1,
        "total_fee": str(total),
        "price": str(total),
        "status": status,
        "refund_status": "SUCCESS" if back else "NO_REFUND",
    }
    times = {"created": told["订单创建时间"], "modified": told["订单付款时间"] or told["订单创建时间"]}
    times |= {"pay_time": told["订单付款时间"]} if told["订单付款时间"] else {}
    return {"tid": number, "status": status, "payment": str(paid), "orders": {"order": [line]}, "receiver_state": told["收货地址"], **times}


def test_a_shops_own_report_maps_row_by_row_to_what_was_bought() -> None:
    if not REPORT.exists():
        pytest.skip("the shop's report is in ../shared, which is absent")
    with REPORT.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    trades = [trade_of(row) for row in rows]
    read = [read_order(json.dumps(trade).encode(), {}) for trade in trades]
    states = {state: sum(order.payment_state == state for order in read) for state in ("paid", "refunded", "voided")}

    assert [order.total_minor for order in read] == [int(Decimal(row["总金额"]) * 100) for row in rows]
    assert states["paid"] == 9169
    assert states["voided"] == 1982
    assert len(read) == 14005
    assert all(isinstance(order, Order) and order.placed_at.utcoffset() is not None for order in read)
