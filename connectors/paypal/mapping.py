"""From PayPal's transactions and disputes to records.

PayPal states gross and fee, both signed, and no net: that is their sum. Its withdrawals are lines of the balance, and payouts too; which
lines they are made of nobody says, so the account is reconciled by its balance.
"""

from collections import Counter
from collections.abc import Mapping

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.paypal.payloads import DisputeDocument, Money, TransactionDocument, TransactionFields
from connectors.paypal.words import (
    DISPUTE_STATUS,
    EVENTS,
    FEES,
    GROUPS,
    INQUIRY,
    LINE_FEES,
    OUTCOMES,
    PAYOUT_STATUS,
    WITHDRAWAL,
)
from model.errors import MalformedError
from model.records.settlement import Dispute, DisputeStatus, FeeKind, LineKind, Payout, SettlementLine, fees_of
from model.values.instant import instant, micros
from model.values.money import minor_units

TRANSACTION = "TXN"
ORDER = "ODR"


def read_line(raw: bytes, statuses: Mapping[str, str]) -> SettlementLine:
    """The record of one line of the balance."""
    told = _transaction(raw)
    gross, fee, currency = _amounts(told)
    kind = kind_of(told.transaction_event_code, gross, statuses)
    named = told.paypal_reference_id
    payment = told.transaction_id if kind == "charge" else named if told.paypal_reference_id_type == TRANSACTION else None
    is_fee = kind == "fee"
    fees: Counter[FeeKind] = Counter()
    fees[FEES.get(told.transaction_event_code, "other") if is_fee else LINE_FEES.get(kind, "processing")] += fee - (gross if is_fee else 0)
    gross = 0 if is_fee else gross
    return SettlementLine(
        external_id=told.transaction_id,
        kind=kind,
        raw_kind=told.transaction_event_code,
        gross_minor=gross,
        net_minor=gross - sum(fees.values()),
        currency=currency,
        occurred_at=instant(told.transaction_initiation_date),
        fees=fees_of(fees),
        payment_reference=payment,
        other_reference=named if told.paypal_reference_id_type == ORDER else None,
        source_reference=None if kind == "charge" else told.transaction_id,
        order_reference=told.invoice_id or None,
        source_version=micros(instant(told.transaction_updated_date)),
    )


def read_payout(raw: bytes, statuses: Mapping[str, str]) -> Payout:
    """The record of one withdrawal; what PayPal keeps for it is a fee of its line."""
    told = _transaction(raw)
    if not told.transaction_event_code.startswith(WITHDRAWAL):
        raise MalformedError("transaction_event_code: is of no withdrawal")
    gross, _fee, currency = _amounts(told)
    return Payout(
        external_id=told.transaction_id,
        status=meaning("transaction_status", told.transaction_status or "", PAYOUT_STATUS, statuses),
        amount_minor=-gross,
        currency=currency,
        created_at=instant(told.transaction_initiation_date),
        arrival_on=None,
        is_itemised=False,
        reference=told.bank_reference_id or None,
        source_version=micros(instant(told.transaction_updated_date)),
    )


def read_dispute(raw: bytes, statuses: Mapping[str, str]) -> Dispute:
    """The record of one dispute; the payment it is about is named by our own id of it, not by the buyer's."""
    document = read_payload(DisputeDocument, raw)
    told = document.dispute
    if told.dispute_id != document.id:
        raise MalformedError("dispute.dispute_id: is not the id it was read by")
    if document.payment is None:
        raise MalformedError("payment: the dispute names no transaction of ours")
    amount = minor_units(told.dispute_amount.value, told.dispute_amount.currency_code)
    if amount < 0:
        raise MalformedError("dispute.dispute_amount: is negative")
    updated_at = instant(told.update_time)
    return Dispute(
        external_id=document.id,
        payment_reference=document.payment,
        status=_stands(document, statuses),
        amount_minor=amount,
        currency=told.dispute_amount.currency_code,
        opened_at=instant(told.create_time),
        updated_at=updated_at,
        reason=told.reason,
        due_at=instant(told.seller_response_due_date) if told.seller_response_due_date else None,
        source_version=micros(updated_at),
    )


def kind_of(code: str, gross: int, statuses: Mapping[str, str]) -> LineKind:
    """What an event code means for us; one that neither PayPal's page of them nor the settings know is `unknown`."""
    word = statuses.get(code, code)
    kind = EVENTS.get(word) or GROUPS.get(word[:3] if len(word) == len("T0000") else "", "unknown")
    if gross > 0:
        return "reserve_released" if kind == "reserve_held" else kind
    return "transfer" if kind == "charge" and gross < 0 else kind


def _stands(document: DisputeDocument, statuses: Mapping[str, str]) -> DisputeStatus:
    told = document.dispute
    status = meaning("dispute.status", told.status, DISPUTE_STATUS, statuses)
    if status == "closed":
        return OUTCOMES.get(document.outcome or told.outcome or "", "closed")
    return "warning" if status == "open" and told.dispute_life_cycle_stage == INQUIRY else status


def _transaction(raw: bytes) -> TransactionFields:
    document = read_payload(TransactionDocument, raw)
    told = document.transaction.transaction_info
    if told.transaction_id != document.id:
        raise MalformedError("transaction_id: is not the id it was read by")
    return told


def _amounts(told: TransactionFields) -> tuple[int, int, str]:
    """Gross, what PayPal keeps of it, and their currency."""
    currency = told.transaction_amount.currency_code
    return minor_units(told.transaction_amount.value, currency), -_minor(told.fee_amount, currency), currency


def _minor(money: Money | None, currency: str) -> int:
    if money is None:
        return 0
    if money.currency_code != currency:
        raise MalformedError("fee_amount.currency_code: is not the transaction's")
    return minor_units(money.value, currency)
