"""Stripe's own words and what they mean here (docs.stripe.com/reports/reporting-categories, docs.stripe.com/api)."""

from model.records.settlement import DisputeStatus, FeeKind, LineKind, PayoutStatus

LINE_KINDS: dict[str, LineKind] = {
    "charge": "charge",
    "charge_failure": "refund",
    "partial_capture_reversal": "adjustment",
    "refund": "refund",
    "refund_failure": "refund_failed",
    "dispute": "dispute",
    "dispute_reversal": "dispute_won",
    "fee": "fee",
    "network_cost": "fee",
    "tax": "fee",
    "payout": "payout",
    "payout_reversal": "payout_failed",
    "topup": "top_up",
    "topup_reversal": "top_up",
    "transfer": "transfer",
    "transfer_reversal": "transfer",
    "connect_collection_transfer": "transfer",
    "advance": "loan",
    "advance_funding": "loan",
    "anticipation_repayment": "loan",
    "financing_paydown": "loan",
    "financing_paydown_reversal": "loan",
    "financing_payout": "loan",
    "financing_payout_reversal": "loan",
    "connect_reserved_funds": "reserve_held",
    "risk_reserved_funds": "reserve_held",
    "payout_minimum_balance_hold": "reserve_held",
    "payout_minimum_balance_release": "reserve_held",
    "issuing_authorization_hold": "reserve_held",
    "issuing_authorization_release": "reserve_held",
    "issuing_dispute": "adjustment",
    "issuing_transaction": "adjustment",
    "other_adjustment": "adjustment",
    "platform_earning": "adjustment",
    "platform_earning_refund": "adjustment",
    "contribution": "adjustment",
    "climate_order_purchase": "adjustment",
    "climate_order_refund": "adjustment",
    "unreconciled_customer_funds": "adjustment",
}
"""By `reporting_category`. What is `reserve_held` here is `reserve_released` where it raises the balance. A charge that failed late
(a direct debit) is taken back like a refund."""

FEE_KINDS: dict[str, FeeKind] = {
    "application_fee": "commission",
    "payment_method_passthrough_fee": "processing",
    "tax": "tax",
    "withheld_tax": "tax_withheld",
}
"""By the type of a fee's details; `stripe_fee` is of the kind of its line, and any other word `other`."""

LINE_FEES: dict[LineKind, FeeKind] = {
    "dispute": "dispute",
    "dispute_won": "dispute",
    "refund": "refund",
    "refund_failed": "refund",
    "payout": "payout",
    "payout_failed": "payout",
}
"""What a `stripe_fee` is for, by the line that bears it; of all others it is for processing."""

LONE_FEES: dict[str, FeeKind] = {"stripe_fx_fee": "conversion", "tax_fee": "tax", "tax": "tax", "network_cost": "processing"}
"""By type or reporting category of a line that is itself a fee; any other is `other`, and its note says what for."""

PAYOUT_STATUS: dict[str, PayoutStatus] = {
    "pending": "scheduled",
    "in_transit": "in_transit",
    "paid": "paid",
    "failed": "failed",
    "canceled": "cancelled",
}

DISPUTE_STATUS: dict[str, DisputeStatus] = {
    "warning_needs_response": "warning",
    "warning_under_review": "warning",
    "warning_closed": "closed",
    "needs_response": "open",
    "under_review": "under_review",
    "charge_refunded": "closed",
    "prevented": "closed",
    "won": "won",
    "lost": "lost",
}

OBJECTS: dict[str, str] = {
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "dp": "dispute",
    "du": "dispute",
    "po": "payout",
}
"""What a source is, by the beginning of its id, where it is not told whole."""

ORDER_KEYS = ("order_id", "order_number", "order_reference", "order")
"""Where shops keep their order in a charge's metadata, the surest first; Stripe itself knows no order."""
