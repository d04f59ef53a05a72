"""What the readers of settlement files make of their recordings, line by line, and that all of it survives a trip to another process."""

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import SettlementFile
from model.errors import ContractError
from model.records.settlement import Settlement
from tests.contract.remote import CONNECTORS, NOW

READERS = ("alipay", "amazon_settlement", "paypal_reports", "wechatpay")

Told = tuple[str, int, int, dict[str, int], str | None, str | None, str | None]

FIRST, THIRD = "4200000000202603030000000001", "4200000000202603030000000003"
LINES: dict[tuple[str, str], list[Told]] = {
    ("amazon_settlement", "settlement-us.txt"): [
        ("charge", 5389, 3673, {"commission": 749, "fulfilment": 568, "tax_withheld": 399}, None, None, "111-2233445-6677001"),
        ("charge", 2400, 1965, {"commission": 435}, None, None, "111-2233445-6677002"),
        (
            "refund", -5389, -4391, {"commission": -749, "refund": 150, "tax_withheld": -399}, None,
            "amzn1:crow:ExAmPlE1", "111-2233445-6677001",
        ),
        ("dispute", -1200, -1200, {}, None, None, "111-2233445-6677003"),
        ("fee", 0, -610, {"fulfilment": 610}, None, "S01-7788990-1122334", "ENT-10077"),
        ("fee", 0, -1525, {"advertising": 1525}, None, None, None),
        ("fee", 0, -3999, {"subscription": 3999}, None, None, None),
        ("fee", 0, -881, {"storage": 881}, None, None, None),
        ("fee", 0, -2240, {"fulfilment": 2240}, None, "FBA15EXAMPLE", None),
        ("adjustment", 3120, 3120, {}, None, None, None),
        ("reserve_released", 31000, 31000, {}, None, None, None),
        ("reserve_held", -15000, -15000, {}, None, None, None),
        ("unknown", -40, -40, {}, None, None, None),
        ("unknown", -40, -40, {}, None, None, None),
    ],
    ("amazon_settlement", "settlement-de.txt"): [
        ("charge", 123998, 104840, {"commission": 18600, "other": 558}, None, None, "302-1122334-5566001"),
        ("dispute", -9500, -9500, {}, None, None, "302-1122334-5566002"),
        ("fee", 0, -112035, {"advertising": 112035}, None, None, None),
    ],
    ("amazon_settlement", "settlement-older.txt"): [
        ("charge", 2799, 2279, {"commission": 420, "fulfilment": 100}, None, None, "113-9988776-5544001"),
        ("fee", 0, -3999, {"subscription": 3999}, None, None, None),
    ],
    ("alipay", "trade-day.csv"): [
        ("charge", 19900, 19781, {"processing": 119}, "2026030322001400000000000101", None, "ENT-30001"),
        ("charge", 8000, 7952, {"processing": 48}, "2026030322001400000000000102", None, "ENT-30002"),
        ("charge", 128050, 126002, {"commission": 1280, "processing": 768}, "2026030322001400000000000103", None, "ENT-30003"),
        ("refund", -9950, -9890, {"processing": -60}, "2026030322001400000000000101", "RF-30001-1", "ENT-30001"),
        ("refund", -9950, -9891, {"processing": -59}, "2026030322001400000000000101", "RF-30001-2", "ENT-30001"),
    ],
    ("wechatpay", "trade-day.csv"): [
        ("charge", 19900, 19781, {"processing": 119}, FIRST, None, "ENT-40001"),
        ("charge", 8000, 7952, {"processing": 48}, "4200000000202603030000000002", None, "ENT-40002"),
        ("charge", 128050, 127282, {"processing": 768}, THIRD, None, "ENT-40003"),
        ("refund", -9950, -9890, {"processing": -60}, FIRST, "50300000002026030300000000001", "ENT-40001"),
        ("refund", -8050, -8002, {"processing": -48}, THIRD, "50300000002026030300000000002", "ENT-40003"),
    ],
    ("wechatpay", "fund-flow-day.csv"): [
        ("charge", 128050, 128050, {}, THIRD, None, "ENT-40003"),
        ("fee", 0, -768, {"processing": 768}, THIRD, None, None),
        ("refund", -9890, -9890, {}, None, "50300000002026030300000000001", None),
        ("payout", -100000, -100000, {}, None, "1000000000202603030000000009", None),
        ("unknown", 8, 8, {}, None, "1000000000202603030000000010", None),
    ],
    ("paypal_reports", "settlement.csv"): [
        ("charge", 10000, 9600, {"processing": 400}, "0EX00000000000007", None, "ENT-50003"),
        ("conversion", -9000, -9000, {}, None, "0EX00000000000009", None),
        ("charge", 12990, 12488, {"processing": 502}, "0EX00000000000001", None, "ENT-50001"),
        ("charge", 4500, 4313, {"processing": 187}, "0EX00000000000002", None, "ENT-50002"),
        ("refund", -3000, -2895, {"processing": -105}, "0EX00000000000001", "0EX00000000000003", "ENT-50001"),
        ("dispute", -4500, -4500, {}, "0EX00000000000002", "0EX00000000000004", None),
        ("fee", 0, -2000, {"dispute": 2000}, "0EX00000000000004", "0EX00000000000005", None),
        ("payout", -50000, -50000, {}, None, "0EX00000000000006", None),
        ("conversion", 5950, 5950, {}, None, "0EX00000000000008", None),
        ("unknown", 1, 1, {}, None, "0EX00000000000010", None),
    ],
    ("paypal_reports", "activity.csv"): [
        ("charge", 129900, 125337, {"processing": 4563}, "1EX00000000000001", None, "ENT-60001"),
        ("refund", -29900, -29033, {"processing": -867}, "1EX00000000000001", "1EX00000000000002", "ENT-60001"),
        ("payout", -100000, -100000, {}, None, "1EX00000000000003", None),
        ("unknown", 200, 200, {}, None, "1EX00000000000004", None),
    ],
}  # fmt: skip
"""Kind, gross, net, fees, the payment, the source and our order of every line."""

SETTINGS = {"fund-flow-day.csv": {"bill": "fund_flow"}, "activity.csv": {"report": "activity"}}


def reader(name: str, **settings: object) -> Any:  # noqa: ANN401  a connector of unknown abilities
    """A connector without anything behind it."""
    wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
    return registry.connect(name, {"address": "/nowhere", **settings}, wiring)


def recorded(name: str, file: str) -> bytes:
    """A recording."""
    return (CONNECTORS / name / "recordings" / file).read_bytes()


def told(name: str, file: str) -> tuple[Settlement, ...]:
    """What a connector makes of a recording."""
    return reader(name, **SETTINGS.get(file, {})).read_settlements(file, recorded(name, file))


@pytest.mark.parametrize(("name", "file"), LINES, ids=[f"{name}-{file}" for name, file in LINES])
def test_every_line_is_what_a_person_reads_in_it(name: str, file: str) -> None:
    lines = [line for each in told(name, file) for line in each.lines]

    assert [
        (
            line.kind, line.gross_minor, line.net_minor, {fee.kind: fee.amount_minor for fee in line.fees},
            line.payment_reference, line.source_reference, line.order_reference,
        )
        for line in lines
    ] == LINES[name, file]  # fmt: skip
    assert all(line.raw_kind for line in lines)


@pytest.mark.parametrize("name", READERS)
def test_every_recording_is_read_over(name: str) -> None:
    files = {path.name for path in (CONNECTORS / name / "recordings").glob("*.*") if path.suffix in {".txt", ".csv"}}

    assert files == {file for of, file in LINES if of == name}


def test_records_cross_to_another_process() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(told, ("alipay", "trade-day.csv")) == told("alipay", "trade-day.csv")


@pytest.mark.parametrize("name", READERS)
def test_a_reader_tells_who_it_is_by_the_folder_that_it_reads(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
    connector = registry.connect(name, {"address": str(tmp_path)}, wiring)

    identity = connector.identify()

    assert isinstance(connector, SettlementFile)
    assert identity.fingerprint == f"@{tmp_path}/out".lower()
    assert identity.now == NOW
    with pytest.raises(ContractError):
        connector.base_url(connector.settings)
