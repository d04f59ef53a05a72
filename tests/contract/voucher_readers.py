"""How files of vouchers are read back: by Beancount and hledger themselves, or as tables. Each reader gives what the ledger understood."""

import csv
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from model.values.money import exponent, minor_units


@dataclass(frozen=True, slots=True)
class LineRead:
    """A line as the ledger understood it; `account` is our code."""

    account: str
    currency: str
    amount_minor: int
    base_minor: int
    told: frozenset[str] = frozenset()
    """Every text beside it: memo, tax code, dimensions."""


@dataclass(frozen=True, slots=True)
class VoucherRead:
    """A voucher as the ledger understood it."""

    reference: str
    posted_on: date
    told: frozenset[str]
    """Every text beside it: memo, event, the day it happened on, the reference of what it reverses."""
    lines: tuple[LineRead, ...]


Read = tuple[VoucherRead, ...]
AMOUNTS = ("原币金额", "借方金额", "贷方金额")


def _texts(values: object) -> frozenset[str]:
    return frozenset(str(each) for each in values if each not in (None, ""))  # type: ignore[union-attr]


def by_beancount(raw: bytes) -> Read:
    """By Beancount's own loader, which checks as `bean-check` does."""
    from beancount import loader  # noqa: PLC0415  takes long to import
    from beancount.core.data import Open, Transaction  # noqa: PLC0415  same

    entries, errors, _options = loader.load_string(raw.decode())  # pyright: ignore  half of it is typed
    assert not errors, str(errors[0].message)[:300]
    codes: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Open):
            assert entry.meta.get("code") is not None, "an account that nobody declared"
            codes[entry.account] = entry.meta["code"]
    transactions = sorted((entry for entry in entries if isinstance(entry, Transaction)), key=lambda entry: entry.meta["lineno"])
    return tuple(_from_beancount(entry, codes) for entry in transactions)


def _from_beancount(entry: Any, codes: Mapping[str, str]) -> VoucherRead:  # noqa: ANN401  Beancount's
    meta = {key: value for key, value in entry.meta.items() if key not in {"filename", "lineno", "__tolerances__"}}
    lines: list[LineRead] = []
    for posting in entry.postings:
        told = {key: value for key, value in posting.meta.items() if key not in {"filename", "lineno"}}
        if told.pop("precision_only", None):
            assert not posting.units.number, "a line of nothing has an amount"
            continue
        units, price = posting.units, posting.price
        amount = minor_units(units.number, units.currency)
        base = amount if price is None else int((units.number * price.number).scaleb(exponent(price.currency)).to_integral_value())
        lines.append(LineRead(codes[posting.account], units.currency, amount, base, _texts(told.values())))
    return VoucherRead(entry.meta["reference"], entry.date, _texts([entry.narration, *meta.values()]), tuple(lines))


def by_hledger(raw: bytes) -> Read:
    """By hledger, after `hledger check --strict`."""
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "vouchers.journal"
        place.write_bytes(raw)
        for words in (["check", "--strict"], ["print", "-x", "-O", "json"]):
            done = subprocess.run(
                [program, "-f", str(place), *words],
                capture_output=True,
                check=False,
                env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
            )
            assert done.returncode == 0, done.stderr.decode()[:600]
    found: list[Mapping[str, Any]] = json.loads(done.stdout, parse_float=Decimal)
    return tuple(_from_hledger(entry) for entry in sorted(found, key=lambda entry: entry["tindex"]))


def _from_hledger(entry: Mapping[str, Any]) -> VoucherRead:
    lines: list[LineRead] = []
    own = dict(entry["ttags"])
    for posting in entry["tpostings"]:
        assert posting["pdate"] is None, "a line was moved to another day"
        assert posting["ptype"] == "RegularPosting"
        tags = {tag: unquote(value) for tag, value in posting["ptags"]}
        (amount,) = posting["pamount"]
        minor = minor_units(_number(amount["aquantity"]), amount["acommodity"])
        price = amount["aprice"] and amount["aprice"]["contents"]
        base = (-1 if minor < 0 else 1) * minor_units(abs(_number(price["aquantity"])), price["acommodity"]) if price else minor
        account = tags.pop("code")
        told = _texts(value for tag, value in tags.items() if tag not in {"type", "name", "name_zh"} and tag not in own)
        lines.append(LineRead(account, amount["acommodity"], minor, base, told))
    told = _texts([unquote(entry["tdescription"]), *(unquote(value) for value in own.values())])
    return VoucherRead(unquote(entry["tcode"]), date.fromisoformat(entry["tdate"]), told, tuple(lines))


def _number(quantity: Mapping[str, int]) -> Decimal:
    return Decimal(quantity["decimalMantissa"]).scaleb(-quantity["decimalPlaces"])


def by_csv(raw: bytes) -> Read:
    """As a table of text, strictly; a cell that a spreadsheet would reckon with is an error."""
    page = list(csv.reader(io.StringIO(raw.decode(), newline=""), strict=True))
    assert len(page) == raw.count(b"\r\n"), "a line of a voucher is not one line"
    for cell in (cell for row in page for cell in row):
        is_amount = cell.lstrip("-").replace(".", "").isdigit()
        assert is_amount or not cell.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")), cell[:40]
    rows = [{name: cell.removeprefix("'") for name, cell in zip(page[0], row, strict=True)} for row in page[1:]]
    return tuple(_grouped(rows, _from_csv, "reference", "posted_on", ("voucher_memo", "event", "happened_on", "reverses")))


def _from_csv(row: Mapping[str, Any]) -> LineRead:
    currency, base = row["currency"], row["base_currency"]
    dimensions = json.loads(row["dimensions"] or "{}")
    base_minor = minor_units(row["base_amount"], base)
    assert minor_units(row["base_debit"], base) - minor_units(row["base_credit"], base) == base_minor
    told = _texts([row["memo"], row["tax_code"], *dimensions.values()])
    return LineRead(row["account"], currency, minor_units(row["amount"], currency), base_minor, told)


def by_workbook(raw: bytes) -> Read:
    """As a sheet of Kingdee's columns; no cell is a formula, and amounts are numbers."""
    import openpyxl  # noqa: PLC0415  takes long to import

    book = openpyxl.load_workbook(io.BytesIO(raw))
    page = [list(row) for row in book.worksheets[0].iter_rows()]
    assert all(cell.data_type != "f" for row in page for cell in row), "a cell is a formula"
    names = [cell.value for cell in page[0]]
    rows = [{str(name): _value(cell, name in AMOUNTS) for name, cell in zip(names, row, strict=True)} for row in page[1:]]
    return tuple(_grouped(rows, _from_workbook, "参考信息", "凭证日期", ("凭证说明", "业务事件", "业务日期", "冲销凭证")))


def _from_workbook(row: Mapping[str, Any]) -> LineRead:
    debit, credit = row["借方金额"], row["贷方金额"]
    assert (debit is None) != (credit is None), "a line is neither debit nor credit, or both"
    told = [unquote(part.partition(":")[2]) for part in (row["核算维度"] or "").split(";")]
    sign, base = (1, debit) if credit is None else (-1, credit)
    return LineRead(row["科目编码"], row["币别"], sign * row["原币金额"], sign * base, _texts([row["摘要"], row["税码"], *told]))


def _value(cell: Any, is_amount: bool) -> Any:  # noqa: ANN401, FBT001  openpyxl's; a fact of its column
    """What stands in a cell; of an amount its minor units, by the decimals it is shown with."""
    if not is_amount or cell.value is None:
        return cell.value
    assert not isinstance(cell.value, str), "an amount is a text"
    places = len(str(cell.number_format).partition(".")[2])
    return int(Decimal(cell.value).scaleb(places).to_integral_value())


def _grouped(
    rows: Sequence[Mapping[str, Any]], line: Callable[[Mapping[str, Any]], LineRead], reference: str, posted_on: str, told: tuple[str, ...]
) -> Iterator[VoucherRead]:
    vouchers: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        vouchers.setdefault(row[reference], []).append(row)
    for name, own in vouchers.items():
        texts = _texts(str(own[0][column])[:10] if column == "业务日期" else own[0][column] for column in told)
        yield VoucherRead(name, date.fromisoformat(str(own[0][posted_on])[:10]), texts, tuple(line(row) for row in own))


READERS: Mapping[str, Callable[[bytes], Read]] = {
    "beancount": by_beancount,
    "hledger": by_hledger,
    "csv": by_csv,
    "workbook": by_workbook,
}
"""By the name that `recordings/vouchers.toml` gives."""
