"""From Shopify Payments' payouts, balance and disputes to records.

A line names the transaction of the order that it is of, by the number that the order's own transactions have; so a payment through
Shopify Payments has that number for its `reference` as well (`mapping_payments`), and the two meet. A refund's line names the refund's own
transaction; what that gives back from is found while the line is fetched (`payouts`).
Shopify tells no time of change of any of these, so versions are made of the times it tells and the place in the course of each.
Source: https://shopify.dev/docs/api/admin-graphql/2026-07/objects/ShopifyPaymentsAccount.
"""

from collections.abc import Mapping
from datetime import datetime

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.shopify import words_money as words
from connectors.shopify.payloads import Money
from connectors.shopify.payloads_money import BalanceTransaction, PaymentsDispute
from connectors.shopify.payloads_money import Payout as PayoutPayload
from connectors.shopify.terms import number
from connectors.shopify.words import OWN_GATEWAY
from model.errors import MalformedError
from model.records.settlement import Dispute, DisputeStatus, FeeKind, LineKind, Payout, SettlementLine, fees_of
from model.values.instant import instant, micros
from model.values.money import minor_units

_TAKEN = frozenset({"SALE", "CAPTURE"})


def read_payout(raw: bytes, statuses: Mapping[str, str]) -> Payout:
    """The record of one payout; what Shopify takes back from the bank is negative."""
    payout = read_payload(PayoutPayload, raw)
    status = meaning("status", payout.status, words.PAYOUT_STATUS, statuses)
    direction = meaning("transactionType", payout.transaction_type, words.DIRECTION, statuses)
    amount, issued_at = minor_units(payout.net.amount, payout.net.currency_code), instant(payout.issued_at)
    return Payout(
        external_id=number(payout.id),
        status=status,
        amount_minor=amount if direction > 0 else -abs(amount),
        currency=payout.net.currency_code,
        created_at=issued_at,
        arrival_on=None,
        is_itemised=True,
        reference=payout.external_trace_id or None,
        source_version=_version(issued_at, words.PAYOUT_RANK[status]),
    )


def read_line(raw: bytes, _statuses: Mapping[str, str]) -> SettlementLine:
    """The record of one line of the balance; a type nobody knows is kept, its amounts intact."""
    line = read_payload(BalanceTransaction, raw)
    known, currency = words.meaning_of(line.type), line.net.currency_code
    gross, fee, net = (_in(money, currency, name) for name, money in (("amount", line.amount), ("fee", line.fee), ("net", line.net)))
    if net != gross - fee:
        raise MalformedError(f"net: is {net}, amount {gross} less fee {fee} is not ({currency})")
    occurred_at = instant(line.transaction_date)
    payout = number(line.associated_payout.id) if line.associated_payout.id else None
    order_transaction = _text(line.source_order_transaction_id)
    refunded = number(line.refunded_transaction_id) if line.refunded_transaction_id else None
    is_refund = known.kind in {"refund", "refund_failed"}
    kind = _kind(known.kind, gross, payout, _text(line.source_id))
    kept: FeeKind = "refund" if is_refund and fee > 0 else known.fee
    return SettlementLine(
        external_id=number(line.id),
        kind=kind,
        raw_kind=line.type,
        gross_minor=0 if kind == "fee" else gross,
        net_minor=net,
        currency=currency,
        occurred_at=occurred_at,
        fees=fees_of({kept: fee - gross if kind == "fee" else fee}),
        payout_external_id=payout,
        payment_reference=refunded if is_refund else order_transaction,
        source_reference=(order_transaction if is_refund else None) or _text(line.source_id),
        order_reference=number(line.associated_order.id) if line.associated_order else None,
        note=line.adjustment_reason or ("test" if line.test else None),
        source_version=_version(occurred_at, int(payout is not None)),
    )


def read_dispute(raw: bytes, statuses: Mapping[str, str]) -> Dispute:
    """The record of one dispute.

    It names an order and no transaction: `payment_reference` is the one payment taken for that order, and empty where there are several.
    """
    dispute = read_payload(PaymentsDispute, raw)
    is_inquiry = meaning("type", dispute.type, words.DISPUTE_TYPE, statuses)
    status = meaning("status", dispute.status, words.DISPUTE_STATUS, statuses)
    told: DisputeStatus = "warning" if is_inquiry and status in {"open", "under_review"} else status
    opened_at = instant(dispute.initiated_at)
    updated_at = max([opened_at, *(instant(at) for at in (dispute.evidence_sent_on, dispute.finalized_on) if at)])
    return Dispute(
        external_id=number(dispute.id),
        payment_reference=_disputed(dispute),
        status=told,
        amount_minor=minor_units(dispute.amount.amount, dispute.amount.currency_code),
        currency=dispute.amount.currency_code,
        opened_at=opened_at,
        updated_at=updated_at,
        reason=dispute.reason_details.reason.lower(),
        due_at=instant(dispute.evidence_due_by) if dispute.evidence_due_by else None,
        source_version=_version(updated_at, words.DISPUTE_RANK[status] - (3 if is_inquiry else 0)),
    )


def _version(at: datetime, place: int) -> int:
    """A version of a thing whose time stands still, and which has come to this place (below eight) of its course."""
    return micros(at) * 8 + place


def _kind(kind: LineKind, gross: int, payout: str | None, source: str | None) -> LineKind:
    """What the type alone does not tell: which way a reserve goes, and that money of a failed payout came into a later one."""
    if kind == "reserve_held" and gross > 0:
        return "reserve_released"
    if kind == "payout_failed" and payout is not None and source is not None and payout != source:
        return "carried"
    return kind


def _disputed(dispute: PaymentsDispute) -> str:
    taken = [
        number(each.id)
        for each in (dispute.order.transactions if dispute.order else ())
        if each.kind in _TAKEN and each.status == "SUCCESS" and each.gateway == OWN_GATEWAY
    ]
    return taken[0] if len(taken) == 1 else ""


def _in(money: Money, currency: str, where: str) -> int:
    if money.currency_code != currency:
        raise MalformedError(f"{where}: is in {money.currency_code[:8]!r}, the net in {currency[:8]!r}")
    return minor_units(money.amount, currency)


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
