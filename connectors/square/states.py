"""Whether a Square sale is paid and handed over, from its state, tenders, refunds and fulfilments."""

from collections.abc import Mapping

from connectors._kit.words import meaning, standard
from connectors.square.mapping_money import minor
from connectors.square.payloads import OrderDocument, Tender
from connectors.square.words import FULFILMENT_STATUS, REFUND_STATUS, TENDER_STATUS
from model.records.order import FulfilmentState, PaymentState
from model.records.payment import MoneyStatus


def payment_state(document: OrderDocument, state: str, total_minor: int, currency: str, statuses: Mapping[str, str]) -> PaymentState:
    """Square completes a sale only when it is paid in full; before that its tenders tell.

    Refunds in an exchange belong to the goods that came back, so they do not lessen what was paid for the new ones.
    """
    due = _due(document, total_minor, currency)
    refunded = 0 if document.returns else _refunded(document, currency, statuses)
    if refunded:
        return "refunded" if refunded >= due else "part_refunded"
    if state == "COMPLETED":
        return "paid"
    if state == "CANCELED":
        return "voided"
    captured, promised = _tendered(document, currency, statuses)
    if captured >= due and (captured or not due):
        return "unpaid" if state == "DRAFT" else "paid"
    if captured:
        return "part_paid"
    return "authorized" if promised else "unpaid"


def _due(document: OrderDocument, total_minor: int, currency: str) -> int:
    """What the buyer owes: the net of sale and return where the document is both."""
    net = document.net_amounts.total_money if document.net_amounts and document.returns else None
    return minor(net, currency) if net else total_minor


def _refunded(document: OrderDocument, currency: str, statuses: Mapping[str, str]) -> int:
    return sum(
        minor(refund.amount_money, currency)
        for refund in document.refunds or ()
        if meaning("refunds.status", refund.status, REFUND_STATUS, statuses) == "succeeded"
    )


def _tendered(document: OrderDocument, currency: str, statuses: Mapping[str, str]) -> tuple[int, int]:
    """Minor units taken, and minor units only promised."""
    sums: dict[MoneyStatus, int] = {"succeeded": 0, "pending": 0}
    for tender in document.tenders or ():
        status = _tender_status(tender, statuses)
        sums[status] = sums.get(status, 0) + minor(tender.amount_money, currency)
    return sums["succeeded"], sums["pending"]


def _tender_status(tender: Tender, statuses: Mapping[str, str]) -> MoneyStatus:
    """The state of a tender; cash and the like have none and are money in the till."""
    details = tender.card_details or tender.bank_account_details or tender.buy_now_pay_later_details or tender.square_account_details
    word = details.status if details else None
    return meaning("tenders.status", word, TENDER_STATUS, statuses) if word else "succeeded"


def fulfilment_state(document: OrderDocument, state: str, statuses: Mapping[str, str]) -> FulfilmentState:
    """A sale without fulfilments is handed over at the counter when it completes."""
    if not document.fulfillments:
        return "fulfilled" if state == "COMPLETED" else "unfulfilled"
    words = [standard("fulfilments.status", f.state or "PROPOSED", FULFILMENT_STATUS, statuses) for f in document.fulfillments]
    active = [word for word in words if word not in {"CANCELED", "FAILED"}]
    done = active.count("COMPLETED")
    if done:
        return "fulfilled" if done == len(active) else "part_fulfilled"
    return "unfulfilled" if {"RESERVED", "PREPARED"}.isdisjoint(active) else "in_progress"
