"""The fund-flow bill (资金账单) to a settlement: every movement of the merchant's balance, and the balance behind each.

Source: WeChat Pay's description of /v3/bill/fundflowbill.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from connectors._kit.sheets import Row, agree, at_line, balanced, numbered
from connectors.wechatpay import words
from connectors.wechatpay.tables import count_of, days_of, moment_of, table_of
from model.errors import MalformedError, RejectedError
from model.records.settlement import Fee, Payout, Settlement, SettlementLine
from model.values.money import minor_units

CURRENCY = "CNY"
"""The only currency of merchants' balances; the bill names none."""


class Movement(NamedTuple):
    """One row with its amount, signed from our side, and the balance behind it."""

    row: Row
    amount: int
    balance: int


def is_flow(names: frozenset[str]) -> bool:
    """Whether the columns are a fund-flow bill's."""
    return {words.BOOKED, words.FLOW, words.WAY} <= names


def read_flow(text: str) -> tuple[Settlement, ...]:
    """The settlement of one bill; a day without movement is none."""
    table = table_of(text, words.OF_FLOW, words.SUMS_OF_FLOW)
    moves = [_movement(row) for row in table.rows]
    ordered = _in_order(moves)
    _check_sums(table.sums, moves)
    if not ordered:
        return ()
    ids = numbered(move.row.fields[words.FLOW] for move in ordered)
    lines = tuple(_line(move, each) for move, each in zip(ordered, ids, strict=True))
    opened, closed = days_of(line.occurred_at for line in lines)
    settlement = Settlement(
        external_id=f"flow:{ids[0]}",
        currency=CURRENCY,
        opened_at=opened,
        closed_at=closed,
        lines=lines,
        payouts=tuple(_payout(line) for line in lines if line.kind == "payout"),
        opening_minor=ordered[0].balance - ordered[0].amount,
        closing_minor=ordered[-1].balance,
    )
    return (balanced(settlement, table.sums.number),)


def _movement(row: Row) -> Movement:
    with at_line(row.number):
        amount, balance = minor_units(row.fields[words.AMOUNT], CURRENCY), minor_units(row.fields[words.BALANCE], CURRENCY)
    if row.fields[words.WAY] not in {words.IN, words.OUT} or amount < 0:
        raise MalformedError(f"line {row.number}: is neither money that came (收入) nor money that went (支出)")
    if not row.fields[words.FLOW]:
        raise MalformedError(f"line {row.number}: has no number of its movement (资金流水单号)")
    return Movement(row, amount if row.fields[words.WAY] == words.IN else -amount, balance)


def _in_order(moves: Sequence[Movement]) -> list[Movement]:
    """The movements from first to last, each balance leading to the next; bills are written upwards or downwards."""
    wrong = 0
    for ordered in (list(moves), list(reversed(moves))):
        breaks = [later for earlier, later in pairwise(ordered) if earlier.balance + later.amount != later.balance]
        if not breaks:
            return ordered
        wrong = wrong or breaks[0].row.number
    raise RejectedError(f"line {wrong}: its balance is not the one before and its amount")


def _check_sums(sums: Row, moves: Sequence[Movement]) -> None:
    count, count_in, total_in, count_out, total_out = words.SUMS_OF_FLOW
    came = [move.amount for move in moves if move.row.fields[words.WAY] == words.IN]
    went = [-move.amount for move in moves if move.row.fields[words.WAY] == words.OUT]
    for name, found in ((count, len(moves)), (count_in, len(came)), (count_out, len(went))):
        agree(sums.number, name, count_of(sums, name), found)
    for name, found in ((total_in, sum(came)), (total_out, sum(went))):
        with at_line(sums.number):
            stated = minor_units(sums.fields[name], CURRENCY)
        agree(sums.number, name, stated, found)


def _line(move: Movement, own_id: str) -> SettlementLine:
    fields, amount = move.row.fields, move.amount
    name, kind_word, way = fields[words.NAME], fields[words.TYPE], fields[words.WAY]
    fee = words.FEES.get(name) or words.FEES.get(kind_word)
    kind = "fee" if fee else words.MOVEMENTS.get((name, way)) or words.MOVEMENTS.get((kind_word, way), "unknown")
    business = fields[words.BUSINESS] or None
    return SettlementLine(
        external_id=own_id,
        kind=kind,
        raw_kind="/".join(dict.fromkeys(filter(None, (kind_word, name, way))))[:80],
        gross_minor=0 if fee else amount,
        net_minor=amount,
        currency=CURRENCY,
        occurred_at=moment_of(move.row, words.BOOKED),
        fees=(Fee(kind=fee, amount_minor=-amount),) if fee and amount else (),
        payment_reference=business if kind in {"charge", "fee"} else None,
        source_reference=None if kind in {"charge", "fee"} else business,
        order_reference=fields[words.VOUCHER] if kind == "charge" and fields[words.VOUCHER] not in {"", business} else None,
    )


def _payout(line: SettlementLine) -> Payout:
    """A withdrawal to our bank; the bill does not say which movements it is made of, nor when it arrives."""
    return Payout(
        external_id=line.source_reference or line.external_id,
        status="in_transit",
        amount_minor=-line.net_minor,
        currency=line.currency,
        created_at=line.occurred_at,
        arrival_on=None,
        is_itemised=False,
        reference=line.source_reference,
    )
