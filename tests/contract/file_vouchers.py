"""The suite's own vouchers and chart, and texts of those who mean harm."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from model.records.voucher import LedgerAccount, Voucher, VoucherLine

CHART: Final = (
    LedgerAccount(code="1002", name="Bank", name_zh="银行存款", kind="asset"),
    LedgerAccount(code="1201", name="Gateway clearing: Stripe", kind="asset"),
    LedgerAccount(code="1221.01", name="在途资金", name_zh="在途资金", kind="asset"),
    LedgerAccount(code="2203", name="Customer deposits", kind="liability"),
    LedgerAccount(code="2221", name='Output "tax" (VAT)', kind="liability"),
    LedgerAccount(code="équité", name="  Owner's\nequity ;; x", kind="equity"),
    LedgerAccount(code="收入", name="销售收入", kind="income"),
    LedgerAccount(code="6603", name="FX loss", kind="expense"),
)
_DIMENSIONS: Final = (("channel", "web"), ("gateway", "stripe, EU"), ("门店", "上海: 1"))


def line(account: str, currency: str, amount: int, base: int | None = None, **more: object) -> VoucherLine:
    """A line; its functional amount is the original one unless told."""
    made = VoucherLine(account=account, currency=currency, amount_minor=amount, base_minor=amount if base is None else base)
    return replace(made, **more)  # pyright: ignore


def voucher(number: int, *lines: VoucherLine, base: str = "EUR", **more: object) -> Voucher:
    """A voucher of January."""
    made = Voucher(
        voucher_id=f"v{number}",
        entity="eu",
        period="2026-01",
        number=number,
        posted_on=date(2026, 1, 31),
        happened_on=date(2026, 1, 30),
        base_currency=base,
        event="capture",
        memo=f"Voucher {number}",
        lines=lines,
    )
    return replace(made, **more)  # pyright: ignore


USUAL: Final = (
    voucher(
        1,
        line("1201", "EUR", 11900, memo="order #1001", dimensions=_DIMENSIONS),
        line("2203", "EUR", -10000, memo="goods; net"),
        line("2221", "EUR", -1900, tax_code="DE19"),
    ),
    voucher(2, line("1201", "USD", 10000, 9201), line("2203", "USD", -3333, -3067), line("2203", "USD", -6667, -6134), event="shipment"),
    voucher(3, line("1002", "JPY", 123_457, 77_777), line("1201", "JPY", -33_333, -20_999), line("équité", "JPY", -90_124, -56_778)),
    voucher(4, line("1221.01", "KWD", 1_001, 299), line("1201", "KWD", -1_001, -299), line("6603", "EUR", 1), line("收入", "EUR", -1)),
    voucher(
        5,
        line("2203", "EUR", 10000),
        line("1201", "EUR", -10000, memo="taken back"),
        reverses="eu/2026-01/000001",
        memo="Reversal",
        posted_on=date(2026, 1, 2),
        happened_on=date(2025, 12, 31),
    ),
    voucher(6, line("1201", "USD", 5, 777), line("1201", "USD", -5, -777), base="JPY", entity="jp", event="manual", memo=""),
    voucher(7, line("1002", "KRW", 1, 0), line("1201", "KRW", -1, 0)),
    voucher(8, line("1002", "EUR", 999_999_999_999_999), line("1201", "EUR", -999_999_999_999_999), memo="as much as can be"),
    voucher(9, line("1002", "EUR", 0), line("1201", "EUR", 0), memo="nothing"),
    voucher(
        11,
        line("1201", "USD", 700, 1_001),
        line("2203", "USD", -300, -430),
        line("2203", "USD", -400, -571),
        line("1002", "JPY", 5),
        line("收入", "JPY", -5),
        base="JPY",
        entity="jp",
    ),
    voucher(10, line("1002", "USD", 0, 0), line("1201", "USD", 0, 0), memo="nothing foreign"),
)
"""Not in the order of days, with amounts of no, two and three decimals, and functional ones that no unit price gives."""

HOSTILE: Final = (
    'a"; b\n2026-01-01 * "x"\n  Assets:Bank-EUR  1.00 EUR\n  Income:X  -1.00 EUR\n',
    "a\n\n2026-01-01 open Assets:Injected\n",
    'b"\n2026-01-01 * "injected"',
    "\r\n\r\naccount Injected\r\n",
    "; date:2020-01-01, x:y",
    "[2020-01-01] [2020-01-01=2020-01-02] date:2020-01-01",
    "a, date:2020-01-01, type:X, dimension-channel:other",
    "include /etc/passwd",
    "\ninclude /etc/passwd\n",
    "@@ 5 EUR = 3 USD  = 7",
    "} ] ) ( [ {",
    "| payee | note",
    "* ! (code) text",
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    "'quoted",
    '"quoted"',
    'a","b","c\r\n"x","y"',
    "\\",
    '\\"',
    "\\n \\t \\x41",
    "100% %2C %3A %0A",
    "_x0041_ &amp; <v>1</v> ]]>",
    "\x00\x01\x07\x08\x0b\x0c\x1b[31m\x7f\x85\x9f",
    "\u2028\u2029\u200b\u202etxt\u2066\ufeff",
    "half \ud83d pair \ufffe \uffff",
    "  leading and trailing  ",
    "\u3000\u00a0wide blanks\u3000",
    "双  空格 😀 e\u0301",
    "x" * 40_000,
    "\n" * 3_000,
    '"' * 3_000,
    "",
    " ",
)


def hostile_vouchers() -> Iterator[Voucher]:
    """Each hostile text in every place where a text may stand."""
    for number, text in enumerate(HOSTILE, 1):
        named = ((text, text), (f"{text}2", "b"), ("channel", text))
        lines = line("1201", "USD", 300, 100, memo=text, dimensions=named, tax_code=text), line("1002", "USD", -300, -100, memo=f"x{text}")
        yield voucher(number, *lines, memo=text, event=text, reverses=text)


def hostile_chart() -> tuple[LedgerAccount, ...]:
    """An account named by each hostile text."""
    hostile = (LedgerAccount(code=f"9{number:03}", name=text, name_zh=text, kind="asset") for number, text in enumerate(HOSTILE))
    return (*CHART, *hostile)


def many(count: int) -> Iterator[Voucher]:
    """As many vouchers, made one by one."""
    return (voucher(number, line("1201", "USD", 100, 92), line("2203", "USD", -100, -92)) for number in range(1, count + 1))
