"""The closed list of what can be left unexplained about money, and what to do about each."""

from collections.abc import Mapping
from typing import Final, Literal

BreakKind = Literal[
    "payment_unsettled", "refund_unsettled", "line_without_payment", "amount_differs", "currency_differs", "ambiguous", "settled_twice",
    "unknown_line", "payout_sum_differs", "payout_unknown", "payout_not_banked", "payout_failed", "bank_line_unexplained",
    "bank_amount_differs", "balance_differs", "statement_gap", "dispute_open", "refunded_and_disputed", "order_underpaid",
    "order_overpaid", "nobody_settles", "reserve_outstanding",
]  # fmt: skip

MENDS: Final[Mapping[BreakKind, str]] = {
    "payment_unsettled": "Read the processor's days around it again. If it is not there, ask the processor; perhaps it was never captured.",
    "refund_unsettled": "Look whether the refund really left the processor; a refund made by hand moves no money.",
    "line_without_payment": "Read the channel's orders of that day again; if the sale is not yours, ask the processor.",
    "amount_differs": "Compare the payment with the processor's line; a part may have been captured or refunded elsewhere.",
    "currency_differs": "The line is in another currency than the payment and names no first amount. Accept it by hand with the rate.",
    "ambiguous": "Several lines fit equally well. Choose the pair by hand.",
    "settled_twice": "The processor counted one payment twice. Ask for the second to be taken back.",
    "unknown_line": "The processor used a word the hub does not know. Say what it is with a reason, and tell us of the word.",
    "payout_sum_differs": "Read the payout's lines again. If the difference stays, ask the processor for its statement.",
    "payout_unknown": "Lines name a payout that was never read. Read the processor's payouts of those days again.",
    "payout_not_banked": "Look at the bank for a combined deposit, or ask the processor where the payout is.",
    "payout_failed": "The bank refused the payout. Mend the bank details with the processor; it pays again.",
    "bank_line_unexplained": "Match it to payouts by hand, or set lines like it apart with a rule in rules/reconciliation.toml.",
    "bank_amount_differs": "The bank's amount is not the payout's. If the bank kept a fee, accept it with that reason.",
    "balance_differs": "A period does not begin where the one before it ended. A file is missing between them.",
    "statement_gap": "Days or numbers are missing between two statements. Import the missing file.",
    "dispute_open": "Answer the dispute before it is due, or accept it.",
    "refunded_and_disputed": "The buyer was refunded and disputed too. Send the processor the proof of the refund.",
    "order_underpaid": "More left or is promised than was paid. Ask for the rest, or write it off with a reason.",
    "order_overpaid": "More was paid than the order is worth. Give the rest back.",
    "nobody_settles": "No account is named for this gateway. Name it under [settles] in rules/reconciliation.toml.",
    "reserve_outstanding": "The processor still holds this reserve after its time. Ask for it.",
}
"""Suggested mend for each kind, in plain words."""
