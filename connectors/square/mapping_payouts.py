"""From Square's payouts, their entries, and disputes to records.

An entry names its payment by the id that is `Payment.reference` of a payment through Square, and a refund by the id of the PaymentRefund.
The entries of a batch payout sum to it (documented), so a fee for the transfer stands among them; a simple payout has no entries, and
becomes an entry of a later batch.
Source: https://developer.squareup.com/docs/payouts-api/overview, Square-Version 2025-08-20.
"""

from collections.abc import Mapping
from datetime import date

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.square import words_money as words
from connectors.square.mapping_money import minor
from connectors.square.payloads_payouts import DisputeDocument, EntryDocument, PayoutDocument
from model.errors import MalformedError
from model.records.settlement import Dispute, FeeKind, LineKind, Payout, SettlementLine, fees_of
from model.values.instant import instant, micros
from model.values.money import exponent

BATCH = "BATCH"


def read_payout(raw: bytes, statuses: Mapping[str, str]) -> Payout:
    """The record of one payout."""
    payout = read_payload(PayoutDocument, raw)
    currency = payout.amount_money.currency
    exponent(currency)
    is_itemised = (payout.type or BATCH) == BATCH
    fees = sum(minor(fee.amount_money, currency) for fee in payout.payout_fee or ())
    return Payout(
        external_id=payout.id,
        status=meaning("status", payout.status or "", words.PAYOUT_STATUS, statuses),
        amount_minor=payout.amount_money.amount,
        currency=currency,
        created_at=instant(payout.created_at),
        arrival_on=_day(payout.arrival_date) if payout.arrival_date else None,
        is_itemised=is_itemised,
        reference=payout.end_to_end_id or None,
        fee_minor=0 if is_itemised else fees,
        source_version=micros(instant(payout.updated_at)),
    )


def read_entry(raw: bytes, _statuses: Mapping[str, str]) -> SettlementLine:
    """The record of one entry of a payout; a type nobody knows is kept, its amounts intact."""
    entry = read_payload(EntryDocument, raw)
    word, currency = entry.type or "", entry.net_amount_money.currency
    exponent(currency)
    gross, fee, net = minor(entry.gross_amount_money, currency), minor(entry.fee_amount_money, currency), entry.net_amount_money.amount
    if net != gross - fee:
        raise MalformedError(f"net_amount_money: is {net}, gross {gross} less fee {fee} is not ({currency})")
    if entry.effective_at is None:
        raise MalformedError("effective_at: is missing")
    effective_at = instant(entry.effective_at)
    known, details = words.ENTRIES.get(word, words.UNKNOWN), entry.details
    kind: LineKind = words.COMES_BACK.get(known.kind, known.kind) if gross > 0 else known.kind
    kept: FeeKind = "refund" if kind == "refund" and fee > 0 else known.fee
    return SettlementLine(
        external_id=entry.id,
        kind=kind,
        raw_kind=word,
        gross_minor=0 if kind == "fee" else gross,
        net_minor=net,
        currency=currency,
        occurred_at=effective_at,
        fees=fees_of({kept: fee - gross if kind == "fee" else fee}),
        payout_external_id=entry.payout_id,
        payment_reference=details.payment_id or None,
        source_reference=details.refund_id or details.dispute_id or None,
        source_version=micros(effective_at),
    )


def read_dispute(raw: bytes, statuses: Mapping[str, str]) -> Dispute:
    """The record of one dispute; `payment_reference` is empty where it names no payment."""
    dispute = read_payload(DisputeDocument, raw)
    exponent(dispute.amount_money.currency)
    updated_at = instant(dispute.updated_at)
    return Dispute(
        external_id=dispute.id,
        payment_reference=(dispute.disputed_payment.payment_id if dispute.disputed_payment else None) or "",
        status=meaning("state", dispute.state, words.DISPUTE_STATUS, statuses),
        amount_minor=dispute.amount_money.amount,
        currency=dispute.amount_money.currency,
        opened_at=instant(dispute.created_at),
        updated_at=updated_at,
        reason=dispute.reason.lower() if dispute.reason else None,
        due_at=instant(dispute.due_at) if dispute.due_at else None,
        source_version=micros(updated_at),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedError("arrival_date: is no date") from None
