"""PayPal's own words and what they mean here (developer.paypal.com/docs/transaction-search/transaction-event-codes)."""

from model.records.settlement import DisputeStatus, FeeKind, LineKind, PayoutStatus

WITHDRAWAL = "T04"
"""The group of transactions that send money to our bank."""

EVENTS: dict[str, LineKind] = {
    "T1100": "adjustment",
    "T1101": "payout_failed",
    "T1102": "adjustment",
    "T1103": "adjustment",
    "T1104": "top_up",
    "T1105": "reserve_released",
    "T1106": "dispute",
    "T1107": "refund",
    "T1108": "fee",
    "T1109": "fee",
    "T1110": "reserve_held",
    "T1111": "reserve_released",
    "T1113": "refund",
    "T1116": "refund",
    "T1201": "dispute",
    "T1202": "dispute_won",
    "T1205": "dispute_won",
    "T1207": "dispute",
    "T1208": "dispute_won",
}
"""By event code. T1106 is a reversal that PayPal itself makes, as when a chargeback ends."""

GROUPS: dict[str, LineKind] = {
    "T00": "charge",
    "T01": "fee",
    "T02": "conversion",
    "T03": "top_up",
    WITHDRAWAL: "payout",
    "T05": "transfer",
    "T06": "transfer",
    "T07": "top_up",
    "T08": "adjustment",
    "T09": "adjustment",
    "T10": "transfer",
    "T11": "adjustment",
    "T12": "adjustment",
    "T14": "adjustment",
    "T15": "reserve_held",
    "T16": "top_up",
    "T17": "transfer",
    "T18": "transfer",
    "T19": "adjustment",
    "T20": "transfer",
    "T21": "reserve_held",
    "T22": "transfer",
    "T50": "transfer",
}
"""By the group of the event code, where the code itself is not above. A payment that lowers the balance is one that we made: a transfer.
A hold that raises it is one that ends."""

FEES: dict[str, FeeKind] = {
    "T0101": "subscription",
    "T0102": "payout",
    "T0105": "payout",
    "T0106": "dispute",
    "T0107": "processing",
    "T0108": "payout",
    "T0110": "cross_border",
    "T0113": "commission",
    "T0114": "dispute",
    "T1108": "processing",
    "T1109": "processing",
}
"""Fees that stand on their own; any other is `other`."""

LINE_FEES: dict[LineKind, FeeKind] = {
    "dispute": "dispute",
    "dispute_won": "dispute",
    "refund": "refund",
    "payout": "payout",
    "conversion": "conversion",
}
"""What the fee of a line is for, by the line; of any other it is for processing."""

PAYOUT_STATUS: dict[str, PayoutStatus] = {"S": "paid", "P": "in_transit", "D": "failed", "V": "failed"}
"""A withdrawal that was denied, or undone, never reached the bank, or came back."""

DISPUTE_STATUS: dict[str, DisputeStatus] = {
    "OPEN": "open",
    "WAITING_FOR_SELLER_RESPONSE": "open",
    "WAITING_FOR_BUYER_RESPONSE": "under_review",
    "UNDER_REVIEW": "under_review",
    "RESOLVED": "closed",
    "OTHER": "open",
}
INQUIRY = "INQUIRY"
"""The stage before a claim: the buyer asks us, and not yet PayPal."""

OUTCOMES: dict[str, DisputeStatus] = {
    "RESOLVED_SELLER_FAVOUR": "won",
    "DENIED": "won",
    "WON": "won",
    "RESOLVED_BUYER_FAVOUR": "lost",
    "ACCEPTED": "lost",
    "LOST": "lost",
}
"""How a resolved dispute ended. What PayPal paid itself, and what the buyer took back, is neither won nor lost."""
