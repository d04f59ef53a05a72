"""From Stripe's balance transactions, payouts and disputes to records.

Stripe tells no versions: those of payouts and disputes are the times of their events, and within one second the order in which their
states follow each other; a line's is its time, and one more once it has its payout.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.stripe import mapping_lines
from connectors.stripe.mapping_lines import minor
from connectors.stripe.payloads import BalanceDocument, DisputeDocument, PayoutDocument
from connectors.stripe.words import DISPUTE_STATUS, PAYOUT_STATUS
from model.errors import MalformedError
from model.records.settlement import Dispute, Payout, PayoutStatus, SettlementLine
from model.values.instant import EPOCH, micros

SETTLED: Final = "completed"
"""The `reconciliation_status` of a payout whose lines can be listed."""

_STEPS: Final[Mapping[PayoutStatus, int]] = {"scheduled": 0, "in_transit": 1, "paid": 2, "failed": 3, "cancelled": 3}


def read_line(raw: bytes, statuses: Mapping[str, str]) -> SettlementLine:
    """The record of one line of the balance."""
    document = read_payload(BalanceDocument, raw)
    _same(document.id, document.line.id, "line.id")
    return mapping_lines.line_of(document, statuses)


def read_payout(raw: bytes, statuses: Mapping[str, str]) -> Payout:
    """The record of one payout; itemised once Stripe has settled its lines, which it never does if asked for by hand."""
    document = read_payload(PayoutDocument, raw)
    told = document.payout
    _same(document.id, told.id, "payout.id")
    status = meaning("payout.status", told.status, PAYOUT_STATUS, statuses)
    is_itemised = told.automatic and told.reconciliation_status == SETTLED
    trace = told.trace_id.value if told.trace_id else None
    return Payout(
        external_id=told.id,
        status=status,
        amount_minor=minor(told.amount, told.currency),
        currency=told.currency.upper(),
        created_at=at_second(told.created),
        arrival_on=at_second(told.arrival_date).date(),
        is_itemised=is_itemised,
        reference=trace or told.statement_descriptor or None,
        source_version=micros(at_second(document.changed)) + 2 * _STEPS[status] + is_itemised,
    )


def read_dispute(raw: bytes, statuses: Mapping[str, str]) -> Dispute:
    """The record of one dispute."""
    document = read_payload(DisputeDocument, raw)
    told = document.dispute
    _same(document.id, told.id, "dispute.id")
    status = meaning("dispute.status", told.status, DISPUTE_STATUS, statuses)
    due_by = told.evidence_details.due_by if told.evidence_details else None
    if told.amount < 0:
        raise MalformedError("dispute.amount: is negative")
    return Dispute(
        external_id=told.id,
        payment_reference=told.charge,
        status=status,
        amount_minor=minor(told.amount, told.currency),
        currency=told.currency.upper(),
        opened_at=at_second(told.created),
        updated_at=at_second(document.changed),
        reason=told.reason,
        due_at=None if due_by is None else at_second(due_by),
        source_version=micros(at_second(document.changed)) + (status not in {"warning", "open"}) + (status in {"won", "lost", "closed"}),
    )


def at_second(seconds: int) -> datetime:
    """An instant that Stripe writes in seconds since 1970."""
    return EPOCH + timedelta(seconds=seconds)


def _same(outer: str, inner: str, place: str) -> None:
    if outer != inner:
        raise MalformedError(f"{place}: is not the id it was read by")
