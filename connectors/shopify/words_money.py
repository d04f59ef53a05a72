"""Shopify Payments' words in the hub's: enums of the schema 2026-07."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from model.records.settlement import DisputeStatus, FeeKind, LineKind, PayoutStatus


class Meaning(NamedTuple):
    """What a line's type says: its kind, and what kind of fee the provider keeps of it (of a `fee`: what it is itself)."""

    kind: LineKind
    fee: FeeKind = "other"


_ADJUSTMENT: Final = Meaning("adjustment")
_LOAN: Final = Meaning("loan")
_TRANSFER: Final = Meaning("transfer")
_DUTY: Final = Meaning("fee", "tax")
_LABEL: Final = Meaning("fee", "fulfilment")
_ADVERTISING: Final = Meaning("fee", "advertising")
_BACK_IN_BALANCE: Final = Meaning("payout_failed", "payout")

LINES: Final[Mapping[str, Meaning]] = {
    "CHARGE": Meaning("charge", "processing"),
    "REFUND": Meaning("refund", "processing"),
    "REFUND_FAILURE": Meaning("refund_failed", "processing"),
    **dict.fromkeys(("ADJUSTMENT", "CHARGE_ADJUSTMENT", "REFUND_ADJUSTMENT"), _ADJUSTMENT),
    **dict.fromkeys(("DISPUTE_WITHDRAWAL", "CHARGEBACK_HOLD"), Meaning("dispute", "dispute")),
    **dict.fromkeys(("DISPUTE_REVERSAL", "CHARGEBACK_HOLD_RELEASE"), Meaning("dispute_won", "dispute")),
    **dict.fromkeys(("CHARGEBACK_FEE", "CHARGEBACK_FEE_REFUND"), Meaning("fee", "dispute")),
    **dict.fromkeys(("CHARGEBACK_PROTECTION_CREDIT", "CHARGEBACK_PROTECTION_DEBIT", "SELLER_PROTECTION_CREDIT"), _ADJUSTMENT),
    **dict.fromkeys(("RESERVED_FUNDS", "RESERVED_FUNDS_REVERSAL", "RESERVED_FUNDS_WITHDRAWAL"), Meaning("reserve_held")),
    "TRANSFER": Meaning("payout", "payout"),
    **dict.fromkeys(("TRANSFER_CANCEL", "TRANSFER_FAILURE", "TRANSFER_REFUND"), _BACK_IN_BALANCE),
    **dict.fromkeys(("ADVANCE", "ADVANCE_FUNDING", "LENDING_CAPITAL_REFUND", "LENDING_CAPITAL_REMITTANCE", "LENDING_CREDIT"), _LOAN),
    **dict.fromkeys(("LENDING_CREDIT_REFUND", "LENDING_CREDIT_REMITTANCE", "LENDING_DEBIT"), _LOAN),
    **dict.fromkeys(("BALANCE_TRANSFER_INBOUND", "BALANCE_TRANSFER_OUTBOUND", "CHANNEL_TRANSFER_CREDIT"), _TRANSFER),
    **dict.fromkeys(("CHANNEL_TRANSFER_DEBIT", "MERCHANT_TO_MERCHANT_CREDIT", "MERCHANT_TO_MERCHANT_DEBIT"), _TRANSFER),
    **dict.fromkeys(("SHOPIFY_COLLECTIVE_CREDIT", "SHOPIFY_COLLECTIVE_DEBIT"), _TRANSFER),
    **dict.fromkeys(("SHOPIFY_SOURCE_CREDIT", "SHOPIFY_SOURCE_DEBIT"), _TRANSFER),
    **dict.fromkeys(("TAX_ADJUSTMENT_CREDIT", "TAX_ADJUSTMENT_DEBIT"), Meaning("tax_withheld", "tax_withheld")),
    **dict.fromkeys(("CUSTOMS_DUTY", "CUSTOMS_DUTY_ADJUSTMENT", "IMPORT_TAX", "IMPORT_TAX_ADJUSTMENT", "IMPORT_TAX_REFUND"), _DUTY),
    **dict.fromkeys(("REFERRAL_FEE_TAX", "VAT_REFUND_CREDIT"), _DUTY),
    **dict.fromkeys(("SHIPPING_LABEL", "SHIPPING_LABEL_ADJUSTMENT", "SHIPPING_LABEL_ADJUSTMENT_BASE"), _LABEL),
    **dict.fromkeys(("SHIPPING_LABEL_ADJUSTMENT_SURCHARGE", "SHIPPING_OTHER_CARRIER_CHARGE_ADJUSTMENT"), _LABEL),
    "SHIPPING_RETURN_TO_ORIGIN_ADJUSTMENT": _LABEL,
    **dict.fromkeys(("SHOP_CASH_BILLING_DEBIT", "SHOP_CASH_CAMPAIGN_BILLING_CREDIT"), _ADVERTISING),
    **dict.fromkeys(("SHOP_CASH_CAMPAIGN_BILLING_DEBIT", "ADS_PUBLISHER_CREDIT"), _ADVERTISING),
    "BILLING_DEBIT": Meaning("fee", "subscription"),
    "STRIPE_FEE": Meaning("fee", "processing"),
    **dict.fromkeys(("ACH_BANK_FAILURE_DEBIT_FEE", "ACH_BANK_FAILURE_DEBIT_REVERSAL_FEE"), Meaning("fee", "payout")),
    **dict.fromkeys(("APPLICATION_FEE_REFUND", "MARKETPLACE_FEE_CREDIT", "REFERRAL_FEE"), Meaning("fee", "commission")),
    **dict.fromkeys(("ANOMALY_CREDIT", "ANOMALY_DEBIT", "CHANNEL_CREDIT", "CHANNEL_PROMOTION_CREDIT"), _ADJUSTMENT),
    **dict.fromkeys(("COLLECTIONS_CREDIT", "MARKETS_PRO_CREDIT", "MERCHANT_GOODWILL_CREDIT", "PROMOTION_CREDIT"), _ADJUSTMENT),
    **dict.fromkeys(("RISK_REVERSAL", "RISK_WITHDRAWAL", "SHOP_CASH_CREDIT", "SHOP_CASH_REFUND_DEBIT"), _ADJUSTMENT),
}
"""By type. A reversal means what it reverses; reserves are told apart by their sign."""

UNKNOWN: Final = Meaning("unknown")
_REVERSAL: Final = "_REVERSAL"


def meaning_of(word: str) -> Meaning:
    """What a line's type means; a word nobody knows is kept, and is `unknown`."""
    return LINES.get(word) or LINES.get(word.removesuffix(_REVERSAL)) or UNKNOWN


PAYOUT_STATUS: Final[Mapping[str, PayoutStatus]] = {
    "SCHEDULED": "scheduled",
    "IN_TRANSIT": "in_transit",
    "PAID": "paid",
    "FAILED": "failed",
    "CANCELED": "cancelled",
}
PAYOUT_RANK: Final[Mapping[PayoutStatus, int]] = {"scheduled": 0, "in_transit": 1, "paid": 2, "failed": 3, "cancelled": 3}
"""Shopify states no time of change of a payout; it only ever moves up this ladder (a bank may send back what was paid)."""

DIRECTION: Final[Mapping[str, int]] = {"DEPOSIT": 1, "WITHDRAWAL": -1}

DISPUTE_STATUS: Final[Mapping[str, DisputeStatus]] = {
    "NEEDS_RESPONSE": "open",
    "UNDER_REVIEW": "under_review",
    "WON": "won",
    "PREVENTED": "won",
    "LOST": "lost",
    "ACCEPTED": "lost",
    "CHARGE_REFUNDED": "closed",
}
DISPUTE_TYPE: Final[Mapping[str, bool]] = {"CHARGEBACK": False, "INQUIRY": True}
"""Whether no money is asked back yet."""
DISPUTE_RANK: Final[Mapping[DisputeStatus, int]] = {"warning": 0, "open": 3, "under_review": 4, "won": 5, "lost": 5, "closed": 5}
"""An inquiry may end and become a chargeback later, which ranks above all of it."""
