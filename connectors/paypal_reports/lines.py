"""One movement of a PayPal balance, from whichever report: its kind, its fee and the payout that it may be."""

from datetime import datetime
from typing import Final, NamedTuple

from connectors.paypal_reports.words import meaning_of
from model.records.settlement import Fee, LineKind, Payout, SettlementLine, fees_of

_OF_PAYMENTS: Final[frozenset[LineKind]] = frozenset(
    {"refund", "refund_failed", "dispute", "dispute_won", "fee", "reserve_held", "reserve_released", "adjustment"}
)
"""Kinds of line that are about a payment, where they name another transaction."""


class Move(NamedTuple):
    """What both reports tell of a movement; amounts in minor units, signed from our side, the fee included with its own sign."""

    own_id: str
    code: str
    said: str
    """The report's own word."""
    gross: int
    fee: int
    currency: str
    at: datetime
    transaction: str | None
    refers_to: str | None
    """The transaction that this one is about."""
    second: str | None
    """Another id of the payment, as PayPal's order."""
    invoice: str | None
    """Our own number."""


def line_of(move: Move) -> SettlementLine:
    """The line. A fee that stands alone has no gross: what it moves is the fee."""
    meaning = meaning_of(move.code)
    kind = meaning.credit if move.gross >= 0 else meaning.debit
    net = move.gross + move.fee
    alone = kind == "fee"
    own, other = move.transaction, move.refers_to
    payment = own if kind == "charge" else other if kind in _OF_PAYMENTS else None
    source = None if kind == "charge" else own if kind != "conversion" else other or own  # so the legs of one conversion name the same
    return SettlementLine(
        external_id=move.own_id,
        kind=kind,
        raw_kind=move.said[:80],
        gross_minor=0 if alone else move.gross,
        net_minor=net,
        currency=move.currency,
        occurred_at=move.at,
        fees=(Fee(kind=meaning.fee, amount_minor=-net),) if alone and net else fees_of({"processing": -move.fee}),
        payment_reference=payment,
        other_reference=move.second,
        source_reference=source,
        order_reference=move.invoice,
    )


def payout_of(line: SettlementLine) -> Payout:
    """The transfer to our bank that a line of kind payout is; PayPal does not say which lines it is made of, nor when it arrives."""
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
