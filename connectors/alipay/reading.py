"""A merchant's trade bill of Alipay to a settlement: comments around rows, and sums behind them.

Source: Alipay's description of alipay.data.dataservice.bill.downloadurl.query (bill type trade) and a bill of a real merchant.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Final, NamedTuple

from connectors._kit.sheets import Line, Row, agree, at_line, balanced, columns_of, lines_of, numbered, row_of, text_of
from connectors.alipay import words
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement, SettlementLine, fees_of
from model.values.instant import local_instant
from model.values.money import minor_units

CURRENCY: Final = "CNY"
BEIJING: Final = timezone(timedelta(hours=8))


class Bill(NamedTuple):
    """A bill taken apart: what stands before the rows, the rows, and what stands behind them."""

    head: tuple[Line, ...]
    rows: tuple[Row, ...]
    foot: tuple[Line, ...]


def text_of_bill(raw: bytes) -> str:
    """GBK as Alipay writes it, or UTF-8 as people save it."""
    return text_of(raw, "gb18030")


def read_bill(raw: bytes, net_minor: int | None = None) -> Settlement:
    """The settlement of one bill; `net_minor` is what its summary says is left, where there is one."""
    bill = _taken_apart(text_of_bill(raw))
    account, opened, closed, line_of_sums = *_period(bill.head), bill.foot[0].number
    sign = _sign_of_fees(bill.rows)
    lines = [_line(row, sign) for row in bill.rows]
    stated = _checked_sums(bill)
    fees = sum(fee.amount_minor for line in lines for fee in line.fees)
    ids = numbered(line.external_id for line in lines)
    settlement = Settlement(
        external_id=f"trade:{account}:{opened:%Y%m%dT%H%MZ}:{closed:%Y%m%dT%H%MZ}",
        currency=CURRENCY,
        opened_at=opened,
        closed_at=closed,
        lines=tuple(replace(line, external_id=each) for each, line in zip(ids, lines, strict=True)),
        total_minor=stated - fees if net_minor is None else net_minor,
    )
    return balanced(settlement, line_of_sums)


def _taken_apart(text: str) -> Bill:
    for mark in words.ACCOUNT_BILLS:
        if text.startswith(mark):
            raise RejectedError("line 1: is a bill of the account's movements; take the bill of trade (业务明细)")
    if any(mark in text[:4096] for mark in words.PERSONAL):
        raise RejectedError("line 1: is a person's own bill, which tells no fees and no shop; take the merchant's bill")
    lines = list(lines_of(text, quoted=True))
    first = next((place for place, line in enumerate(lines) if not line.cells[0].startswith("#")), None)
    if not lines or lines[0].cells[0].strip() != words.TITLE or first is None:
        raise MalformedError("line 1: is not the head of a trade bill (业务明细)")
    last = max(place for place, line in enumerate(lines) if not line.cells[0].startswith("#"))
    columns = columns_of(lines[first], words.NEEDED)
    rows = tuple(row_of(columns, line) for line in lines[first + 1 : last + 1])
    foot = tuple(lines[last + 1 :])
    if not foot or words.END_OF_ROWS not in foot[0].cells[0] or not foot[-1].cells[0].startswith(words.EXPORTED):
        raise MalformedError(f"line {lines[-1].number}: the bill breaks off; its sums are missing")
    return Bill(tuple(lines[:first]), rows, foot)


def _period(head: Sequence[Line]) -> tuple[str, datetime, datetime]:
    """The account, and from when until when."""
    texts = [",".join(line.cells) for line in head]
    account = next((found[1] for text in texts if (found := words.ACCOUNT.match(text))), None)
    period = next((found for text in texts if (found := words.PERIOD.match(text))), None)
    if account is None or period is None:
        raise MalformedError("line 1: names no account (账号) or no period (起始日期)")
    opened, closed = _head_moment(period[1]), _head_moment(period[2])
    if closed <= opened:
        raise MalformedError("line 1: the period ends before it begins")
    return account, opened, closed


def _head_moment(text: str) -> datetime:
    found = words.MOMENT.fullmatch(text)
    if found is None:
        raise MalformedError("line 1: a date of the period is not year, month and day")
    return local_instant(f"{found[1]}-{found[2]}-{found[3]}T{found[4]}", BEIJING)


def _amount(row: Row, column: str) -> int:
    with at_line(row.number):
        return minor_units(row.fields[column], CURRENCY)


def _sign_of_fees(rows: Sequence[Row]) -> int:
    """-1 where a negative amount is one that is kept from us, 1 where a positive one is. Bills of both habits are about.

    A fee on a sale is kept, one on a refund is given back, so the rows tell; a bill in which they tell both is refused.
    """
    shown = {
        (1 if amount > 0 else -1) * (1 if row.fields[words.TRADE] == words.SALE else -1): row.number
        for row in rows
        if row.fields[words.TRADE] in words.KINDS
        for amount in (_amount(row, words.FEE), _amount(row, words.SHARED))
        if amount
    }
    if len(shown) > 1:
        raise RejectedError(f"line {max(shown.values())}: its fee has the sign of a fee given back where others of the bill are kept")
    return next(iter(shown), -1)


def _line(row: Row, sign: int) -> SettlementLine:
    fields = row.fields
    kind = fields[words.TRADE]
    gross = _amount(row, words.RECEIVED)
    processing, shared = sign * _amount(row, words.FEE), sign * _amount(row, words.SHARED)
    trade, request = fields[words.TRADE_NO], fields[words.REFUND_NO]
    if not trade:
        raise MalformedError(f"line {row.number}: has no number of Alipay's (支付宝交易号)")
    with at_line(row.number):
        occurred = local_instant((fields[words.FINISHED] or fields[words.CREATED]).replace(" ", "T"), BEIJING)
    return SettlementLine(
        external_id=trade if kind == words.SALE else f"{trade}:{kind}:{request or f'{occurred:%Y%m%dT%H%M%SZ}'}",
        kind=words.KINDS.get(kind, "unknown"),
        raw_kind=kind[:40],
        gross_minor=gross,
        net_minor=gross - processing - shared,
        currency=CURRENCY,
        occurred_at=occurred,
        fees=fees_of({"processing": processing, "commission": shared}),
        payment_reference=trade,
        source_reference=request or None,
        order_reference=fields[words.ORDER] or None,
    )


def _checked_sums(bill: Bill) -> int:
    """What the bill says was received and paid back; RejectedError where its own rows do not count and sum to that."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in bill.rows:
        sums = found[row.fields[words.TRADE]]
        sums[0] += 1
        sums[1] += _amount(row, words.RECEIVED)
        sums[2] += _amount(row, words.COUPONS)
    others, total = sum(found[kind][1] for kind in found if kind not in words.SUMS), 0
    for kind, pattern in words.SUMS.items():
        line, match = next(((line, match) for line in bill.foot if (match := pattern.match(",".join(line.cells)))), (None, None))
        if line is None or match is None:
            raise MalformedError(f"line {bill.foot[0].number}: the sum of its {kind} is missing")
        with at_line(line.number):
            stated = (int(match[1]), minor_units(match[2], CURRENCY), minor_units(match[3], CURRENCY))
        for what, one, other in zip(("a count", "a total received", "a total of the shop's discounts"), stated, found[kind], strict=True):
            agree(line.number, what, one, other)
        total += stated[1]
    return total + others
