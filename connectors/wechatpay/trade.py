"""The trade bill (交易账单, bill_type ALL) to a settlement: sales with their fees, and refunds.

Source: WeChat Pay's description of /v3/bill/tradebill, and a bill whose SHA-1 is the one that the interface had told.
"""

from dataclasses import replace

from connectors._kit.sheets import Row, agree, at_line, balanced, numbered
from connectors.wechatpay import words
from connectors.wechatpay.tables import count_of, days_of, moment_of, only, table_of
from model.errors import MalformedError, RejectedError
from model.records.settlement import LineKind, Settlement, SettlementLine, fees_of
from model.values.money import minor_units


def is_trade(names: frozenset[str]) -> bool:
    """Whether the columns are a trade bill's."""
    return {words.TIME, words.PAYMENT, words.STATE, words.SETTLED} <= names


def read_trade(text: str, names: frozenset[str]) -> tuple[Settlement, ...]:
    """The settlement of one bill; a day without trade is none."""
    if words.REFUNDS_ONLY in names or words.REFUNDED not in names:
        raise RejectedError("line 1: tells sales or refunds alone; download the bill of all (bill_type ALL)")
    table = table_of(text, words.OF_TRADE, (words.COUNT_OF_TRADE, *words.SUMS_OF_TRADE))
    agree(table.sums.number, "a count of rows", count_of(table.sums, words.COUNT_OF_TRADE), len(table.rows))
    if not table.rows:
        return ()
    currency = only(table.rows, words.CURRENCY, "currencies", str.upper)
    merchant = only(table.rows, words.MERCHANT, "merchants")
    stated = {column: _minor(table.sums, name, currency) for name, column in words.SUMS_OF_TRADE.items()}
    for name, column in words.SUMS_OF_TRADE.items():
        agree(table.sums.number, name, stated[column], sum(_minor(row, column, currency) for row in table.rows))
    lines = [_line(row, currency) for row in table.rows]
    opened, closed = days_of(line.occurred_at for line in lines)
    ids = numbered(line.external_id for line in lines)
    settlement = Settlement(
        external_id=f"trade:{merchant}:{opened:%Y%m%dT%H%MZ}:{closed:%Y%m%dT%H%MZ}",
        currency=currency,
        opened_at=opened,
        closed_at=closed,
        lines=tuple(replace(line, external_id=each) for each, line in zip(ids, lines, strict=True)),
        total_minor=stated[words.SETTLED] - stated[words.REFUNDED] - stated[words.FEE],
    )
    return (balanced(settlement, table.sums.number),)


def _minor(row: Row, column: str, currency: str) -> int:
    """Fees are told with five decimals, of which the last three are nought: a fee is rounded where it is taken."""
    with at_line(row.number):
        return minor_units(row.fields[column], currency)


def _kind(row: Row) -> LineKind:
    state = words.STATES.get(row.fields[words.STATE], "unknown")
    return "unknown" if state == "refund" and row.fields[words.REFUND_STATE] in words.FAILED else state


def _line(row: Row, currency: str) -> SettlementLine:
    """A sale is what we get for it, vouchers of our own taken off; of a refund the fee is given back, and is negative."""
    fields = row.fields
    is_sale = fields[words.STATE] == words.SALE
    gross = _minor(row, words.SETTLED, currency) - _minor(row, words.REFUNDED, currency)
    fee = _minor(row, words.FEE, currency)
    payment, refund = fields[words.PAYMENT], fields[words.REFUND]
    named = payment if is_sale else refund
    if not payment or named in {"", "0"}:
        raise MalformedError(f"line {row.number}: has no number of WeChat's")
    return SettlementLine(
        external_id=named,
        kind=_kind(row),
        raw_kind="/".join(filter(None, (fields[words.STATE], fields[words.REFUND_STATE])))[:80],
        gross_minor=gross,
        net_minor=gross - fee,
        currency=currency,
        occurred_at=moment_of(row, words.TIME),
        fees=fees_of({"processing": fee}),
        payment_reference=payment,
        source_reference=None if is_sale else refund,
        order_reference=fields[words.ORDER] or None,
    )
