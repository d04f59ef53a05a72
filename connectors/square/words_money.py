"""Square's words for what moves a seller's balance, for payouts and for disputes."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from model.records.settlement import DisputeStatus, FeeKind, LineKind, PayoutStatus


class Meaning(NamedTuple):
    """What an entry's type says: its kind, and what kind of fee Square keeps of it (of a `fee`: what it is itself)."""

    kind: LineKind
    fee: FeeKind = "other"


_LOAN: Final = Meaning("loan")
_TRANSFER: Final = Meaning("transfer")
_ADJUSTMENT: Final = Meaning("adjustment")
_PROCESSING: Final = Meaning("fee", "processing")
_SUBSCRIPTION: Final = Meaning("fee", "subscription")
_COMMISSION: Final = Meaning("fee", "commission")
_OTHER_FEE: Final = Meaning("fee", "other")

ENTRIES: Final[Mapping[str, Meaning]] = {
    "CHARGE": Meaning("charge", "processing"),
    "REFUND": Meaning("refund", "processing"),
    **dict.fromkeys(("ADJUSTMENT", "OTHER_ADJUSTMENT", "INITIAL_BALANCE_CHANGE", "ESCHEATMENT", "REDEMPTION_CODE"), _ADJUSTMENT),
    "FREE_PROCESSING": _PROCESSING,
    **dict.fromkeys(("DISPUTE", "OPEN_DISPUTE"), Meaning("dispute", "dispute")),
    **dict.fromkeys(("HOLD_ADJUSTMENT", "RELEASE_ADJUSTMENT", "RESERVE_HOLD", "RESERVE_RELEASE"), Meaning("reserve_held")),
    **dict.fromkeys(("DEPOSIT_FEE", "DEPOSIT_FEE_REVERSED"), Meaning("fee", "payout")),
    **dict.fromkeys(("FEE", "PROCESSING_FEE", "PROCESSING_FEE_REFUND", "UNDO_PROCESSING_FEE_REFUND"), _PROCESSING),
    **dict.fromkeys(("SUBSCRIPTION_FEE", "SUBSCRIPTION_FEE_PAID_REFUND", "SUBSCRIPTION_FEE_REFUND"), _SUBSCRIPTION),
    "TAX_ON_FEE": Meaning("fee", "tax"),
    **dict.fromkeys(("THIRD_PARTY_FEE", "THIRD_PARTY_FEE_REFUND", "PAID_SERVICE_FEE", "PAID_SERVICE_FEE_REFUND"), _COMMISSION),
    **dict.fromkeys(("APP_FEE_REVENUE", "APP_FEE_REFUND", "LOCAL_OFFERS_FEE"), _COMMISSION),
    "LOCAL_OFFERS_CASHBACK": Meaning("fee", "advertising"),
    **dict.fromkeys(("GIFT_CARD_LOAD_FEE", "GIFT_CARD_LOAD_FEE_REFUND", "UNDO_GIFT_CARD_LOAD_FEE_REFUND"), _OTHER_FEE),
    "RETURNED_PAYOUT": Meaning("carried"),
    **dict.fromkeys(("SQUARE_CAPITAL_PAYMENT", "SQUARE_CAPITAL_REVERSED_PAYMENT"), _LOAN),
    **dict.fromkeys(("CREDIT_CARD_REPAYMENT", "CREDIT_CARD_REPAYMENT_REVERSED", "PERCENTAGE_PROCESSING_ENROLLMENT"), _LOAN),
    **dict.fromkeys(("PERCENTAGE_PROCESSING_DEACTIVATION", "PERCENTAGE_PROCESSING_REPAYMENT"), _LOAN),
    "PERCENTAGE_PROCESSING_REPAYMENT_REVERSED": _LOAN,
    **dict.fromkeys(("AUTOMATIC_SAVINGS", "AUTOMATIC_SAVINGS_REVERSED", "MONEY_TRANSFER", "MONEY_TRANSFER_REVERSAL"), _TRANSFER),
    **dict.fromkeys(("AUTOMATIC_BITCOIN_CONVERSIONS", "AUTOMATIC_BITCOIN_CONVERSIONS_REVERSED"), _TRANSFER),
    **dict.fromkeys(("BALANCE_FOLDERS_TRANSFER", "BALANCE_FOLDERS_TRANSFER_REVERSED", "GIFT_CARD_POOL_TRANSFER"), _TRANSFER),
    **dict.fromkeys(("GIFT_CARD_POOL_TRANSFER_REVERSED", "SQUARE_PAYROLL_TRANSFER", "SQUARE_PAYROLL_TRANSFER_REVERSED"), _TRANSFER),
}
"""By type. Disputes and reserves are told apart by their sign: what comes back was won, or is released. OTHER says nothing, so it is
`unknown`, as a word nobody knows; PAYOUT never stands among a payout's entries."""

UNKNOWN: Final = Meaning("unknown")
COMES_BACK: Final[Mapping[LineKind, LineKind]] = {"dispute": "dispute_won", "reserve_held": "reserve_released"}
"""What a kind of entry is that raises the balance."""

PAYOUT_STATUS: Final[Mapping[str, PayoutStatus]] = {"SENT": "in_transit", "PAID": "paid", "FAILED": "failed"}

DISPUTE_STATUS: Final[Mapping[str, DisputeStatus]] = {
    "INQUIRY_EVIDENCE_REQUIRED": "warning",
    "INQUIRY_PROCESSING": "warning",
    "INQUIRY_CLOSED": "closed",
    "EVIDENCE_REQUIRED": "open",
    "PROCESSING": "under_review",
    "WON": "won",
    "LOST": "lost",
    "ACCEPTED": "lost",
}
