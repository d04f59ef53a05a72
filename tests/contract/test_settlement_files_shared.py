"""Settlement files of vendors, where `../shared` is present: each balances to the minor unit, or is refused with the reason told here."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors._kit import Wiring
from connectors._kit.http import Pause
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement
from model.rules.settlements import check_settlement
from tests.contract.remote import NOW

SAMPLES = Path(__file__).parents[2].parent / "shared/samples"
AIRBYTE = SAMPLES / "amazon-sp-api/airbyte/GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE"
EXCERPT = "amazon-sp-api/settlement/GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE.excerpt.txt"
ALIPAY = "alipay/merchant-tradebill/20880211096256330156_20190916_业务明细"

BALANCED = {
    ("alipay", f"{ALIPAY}.gbk.csv"): [(10, 2, None, None)],
    ("alipay", f"{ALIPAY}.utf8.csv"): [(10, 2, None, None)],
    ("wechatpay", "wechatpay/merchant-tradebill/tradebill_2021-01-28_ALL.csv"): [(3, 3, None, None)],
    ("paypal_reports", "paypal/csv/paypal_statement_en.csv"): [(8, 0, 75, 75), (11, 28030, 89, 28119)],
}
"""Lines, the sum of their nets, opening and closing, of each settlement of a file."""

PERSON = "line 1: is a person's own bill, which tells no fees and no shop; take the merchant's bill"
REFUSED = {
    ("amazon_settlement", EXCERPT): "line 2: settlement 6016502941: states a total of 1663013, its lines sum to 2699 (USD)",
    ("alipay", "alipay/personal-bill/example-alipay-records.csv"): PERSON,
    ("wechatpay", "wechatpay/personal-bill/example-wechat-records.csv"): PERSON,
    ("wechatpay", "wechatpay/personal-bill/example-wechat-records.xlsx"): (
        "file: is a workbook or ZIP, as people are sent of their own payments; take the merchant's bill as CSV"
    ),
}
SETTINGS: dict[str, dict[str, str]] = {"paypal_reports": {"report": "activity"}}


def read(name: str, raw: bytes) -> tuple[Settlement, ...]:
    """What a connector makes of a file."""
    wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
    return registry.connect(name, {"address": "/nowhere", **SETTINGS.get(name, {})}, wiring).read_settlements("file", raw)  # pyright: ignore


def sample(path: str) -> bytes:
    """The bytes of a sample."""
    if not SAMPLES.is_dir():
        pytest.skip("the samples are in ../shared, which is absent")
    return (SAMPLES / path).read_bytes()


@pytest.mark.parametrize(("name", "path"), BALANCED, ids=[path.rpartition("/")[2] for _name, path in BALANCED])
def test_a_real_file_balances(name: str, path: str) -> None:
    told = read(name, sample(path))

    found = [(len(each.lines), sum(line.net_minor for line in each.lines), each.opening_minor, each.closing_minor) for each in told]
    assert found == BALANCED[name, path]
    for each in told:
        check_settlement(each)
    assert not [line.raw_kind for each in told for line in each.lines if line.kind == "unknown"]


@pytest.mark.parametrize(("name", "path"), REFUSED, ids=[path.rpartition("/")[2] for _name, path in REFUSED])
def test_a_file_that_is_no_whole_bill_is_refused_with_its_reason(name: str, path: str) -> None:
    with pytest.raises((MalformedError, RejectedError)) as refused:
        read(name, sample(path))

    assert str(refused.value) == REFUSED[name, path]


def test_two_real_rows_of_a_settlement_are_a_settlement_that_amazon_collects() -> None:
    if not AIRBYTE.is_dir():
        pytest.skip("the samples are in ../shared, which is absent")
    rows = [json.loads(path.read_text("utf-8")) for path in sorted(AIRBYTE.glob("*.json"))]
    columns = [name for name in rows[0] if name != "dataEndTime"]

    table = [columns, *([row[name] or "" for name in columns] for row in rows)]
    [told] = read("amazon_settlement", "\n".join("\t".join(cells) for cells in table).encode())

    [line], [payout] = told.lines, told.payouts
    assert (line.kind, line.gross_minor, line.net_minor, line.fees[0].kind) == ("fee", 0, -3999, "subscription")
    assert (payout.amount_minor, payout.currency, str(payout.arrival_on)) == (-3999, "USD", "2023-12-13")


def test_every_settlement_file_among_the_samples_is_told_of_here() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are in ../shared, which is absent")
    folders = ("amazon-sp-api/settlement", "alipay", "wechatpay/merchant-tradebill", "wechatpay/personal-bill", "paypal/csv")
    paths = [path for folder in folders for path in (SAMPLES / folder).rglob("*.*") if path.suffix != ".json"]

    assert {path.relative_to(SAMPLES).as_posix() for path in paths} == {path for _name, path in (*BALANCED, *REFUSED)}
