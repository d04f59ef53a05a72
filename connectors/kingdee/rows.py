"""A line of a voucher as a row of the importer's table."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from connectors._kit.voucher_files import cut_dimensions
from model.errors import RejectedError
from model.records.voucher import Voucher, VoucherLine
from model.values.money import decimal_amount

Cell = str | int | Decimal | date | None
_RATE: Final = Decimal("1E-10")


class Row(NamedTuple):
    """What is known of one line: `words` are the book's own, by ours."""

    voucher: Voucher
    number: int
    line: VoucherLine
    words: "Words"


class Words(NamedTuple):
    """The book's words."""

    account_book: str
    voucher_word: str
    accounts: Mapping[str, str]
    names: Mapping[str, str]
    currencies: Mapping[str, str]
    tax_codes: Mapping[str, str]


def year_and_month(voucher: Voucher) -> tuple[int, int]:
    """会计年度 and 期间; RejectedError where the period is no month."""
    year, _, month = voucher.period.partition("-")
    if not (year.isascii() and year.isdigit() and month.isascii() and month.isdigit() and 1 <= int(month) <= 12):  # noqa: PLR2004  months
        raise RejectedError(f"voucher {voucher.reference}: its period is no month")
    return int(year), int(month)


def _rate(row: Row) -> Decimal | None:
    """To ten decimals; it explains the two amounts and decides neither."""
    line, base = row.line, row.voucher.base_currency
    if not line.amount_minor:
        return None
    return (decimal_amount(line.base_minor, base) / decimal_amount(line.amount_minor, line.currency)).quantize(_RATE).normalize()


def _dimensions(row: Row) -> str:
    return cut_dimensions(
        row.voucher, row.line, lambda told: ";".join(f"{_escaped(name)}:{_escaped(value)}" for name, value in told.items())
    )


def _escaped(text: str) -> str:
    """Signs that part dimensions, within one of them, as in web addresses."""
    return text.replace("%", "%25").replace(":", "%3A").replace(";", "%3B")


def _side(row: Row, sign: int) -> Decimal | None:
    """The functional amount on one side; a line of nothing is a debit of nothing."""
    base = row.line.base_minor * sign
    is_here = base > 0 or (base == 0 and row.line.amount_minor * sign > 0) or (base == row.line.amount_minor == 0 and sign > 0)
    return decimal_amount(base, row.voucher.base_currency) if is_here else None


COLUMNS: Final[Mapping[str, Callable[[Row], Cell]]] = MappingProxyType({
    "账簿": lambda row: row.words.account_book,
    "凭证日期": lambda row: row.voucher.posted_on,
    "业务日期": lambda row: row.voucher.happened_on,
    "会计年度": lambda row: year_and_month(row.voucher)[0],
    "期间": lambda row: year_and_month(row.voucher)[1],
    "凭证字": lambda row: row.words.voucher_word,
    "凭证号": lambda row: row.voucher.number,
    "分录号": lambda row: row.number,
    "摘要": lambda row: row.line.memo or row.voucher.memo,
    "科目编码": lambda row: row.words.accounts.get(row.line.account, row.line.account),
    "科目名称": lambda row: row.words.names[row.line.account],
    "币别": lambda row: row.words.currencies.get(row.line.currency, row.line.currency),
    "汇率": _rate,
    "原币金额": lambda row: abs(decimal_amount(row.line.amount_minor, row.line.currency)),
    "借方金额": lambda row: _side(row, 1),
    "贷方金额": lambda row: _side(row, -1),
    "核算维度": _dimensions,
    "税码": lambda row: row.words.tax_codes.get(row.line.tax_code or "", row.line.tax_code),
    "参考信息": lambda row: row.voucher.reference,
    "业务事件": lambda row: row.voucher.event,
    "冲销凭证": lambda row: row.voucher.reverses,
    "凭证说明": lambda row: row.voucher.memo,
})  # fmt: skip
"""Our columns in their order, and what stands in each."""
