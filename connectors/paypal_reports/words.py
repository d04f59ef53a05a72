"""PayPal's transaction event codes (T-codes), and the names that the activity download has for the same.

Source: PayPal's T-code reference. The first two digits are the group; a code of its own goes before its group.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from model.records.settlement import FeeKind, LineKind


class Meaning(NamedTuple):
    """What a line is when it raises our balance, when it lowers it, and of which kind it is as a fee."""

    credit: LineKind
    debit: LineKind
    fee: FeeKind = "other"


def _both(kind: LineKind) -> Meaning:
    return Meaning(kind, kind)


def _fee(kind: FeeKind) -> Meaning:
    return Meaning("fee", "fee", kind)


_PAYMENT, _HOLD = Meaning("charge", "transfer"), Meaning("reserve_released", "reserve_held")
_WITHDRAWAL, _LOAN = Meaning("payout_failed", "payout"), _both("loan")

CODES: Final[Mapping[str, Meaning]] = {
    "T0001": _both("transfer"),
    "T0101": _fee("subscription"),
    "T0102": _fee("payout"),
    "T0103": _fee("payout"),
    "T0105": _fee("payout"),
    "T0106": _fee("dispute"),
    "T0107": _fee("processing"),
    "T0108": _fee("payout"),
    "T0110": _fee("payout"),
    "T0113": _fee("commission"),
    "T0114": _fee("dispute"),
    "T1100": Meaning("adjustment", "refund"),
    "T1101": _both("payout_failed"),
    "T1104": _both("top_up"),
    "T1105": _HOLD,
    "T1106": Meaning("adjustment", "refund"),
    "T1107": Meaning("transfer", "refund"),
    "T1108": _fee("other"),
    "T1109": _fee("other"),
    "T1110": _HOLD,
    "T1111": _HOLD,
    "T1113": Meaning("transfer", "refund"),
    "T1114": _both("transfer"),
    "T1115": _both("transfer"),
    "T1116": _HOLD,
    "T1201": Meaning("dispute_won", "dispute"),
    "T1202": Meaning("dispute_won", "dispute"),
    "T1205": _both("dispute_won"),
    "T1207": _both("dispute"),
    "T1208": _both("dispute_won"),
}

GROUPS: Final[Mapping[str, Meaning]] = {
    "T00": _PAYMENT,
    "T01": _fee("other"),
    "T02": _both("conversion"),
    "T03": Meaning("top_up", "top_up"),
    "T04": _WITHDRAWAL,
    "T05": _both("transfer"),
    "T06": _WITHDRAWAL,
    "T07": _both("top_up"),
    "T08": _both("adjustment"),
    "T09": _both("adjustment"),
    "T10": _both("transfer"),
    "T11": _both("adjustment"),
    "T12": _both("adjustment"),
    "T14": _both("adjustment"),
    "T15": _HOLD,
    "T16": _both("top_up"),
    "T17": _WITHDRAWAL,
    "T18": _both("top_up"),
    "T19": _both("adjustment"),
    "T20": _both("transfer"),
    "T21": _HOLD,
    "T22": _both("transfer"),
    "T50": _HOLD,
}
"""Groups of which no code is known singly. What stands in neither table, as T99 (not yet categorised), is unknown."""

NAMES: Final[Mapping[str, str]] = {
    "express checkout payment": "T0006",
    "paypal express-zahlung": "T0006",
    "website payment": "T0007",
    "website-zahlung": "T0007",
    "general payment": "T0000",
    "allgemeine zahlung": "T0000",
    "mobile payment": "T0011",
    "subscription payment": "T0002",
    "preapproved payment bill user payment": "T0003",
    "ebay auction payment": "T0004",
    "direct credit card payment": "T0005",
    "virtual terminal payment": "T0012",
    "donation payment": "T0013",
    "mass pay payment": "T0001",
    "payment fee": "T0107",
    "partner fee": "T0113",
    "chargeback fee": "T0106",
    "dispute fee": "T0114",
    "website payments pro account monthly fee": "T0101",
    "general currency conversion": "T0200",
    "allgemeine währungsumrechnung": "T0200",
    "user initiated currency conversion": "T0201",
    "bank deposit to pp account": "T0300",
    "general credit card deposit": "T0700",
    "general withdrawal - bank account": "T0400",
    "user initiated withdrawal": "T0400",
    "general withdrawal": "T0400",
    "allgemeine abbuchung": "T0400",
    "von nutzer eingeleitete abbuchung": "T0400",
    "auto-sweep": "T0401",
    "payment refund": "T1107",
    "rückzahlung": "T1107",
    "payment reversal": "T1106",
    "cancellation of hold for dispute resolution": "T1111",
    "hold on balance for dispute investigation": "T1110",
    "account hold for open authorization": "T1501",
    "reversal of general account hold": "T1105",
    "general hold": "T2101",
    "general hold release": "T2102",
    "reserve hold": "T2103",
    "reserve release": "T2104",
    "payment review hold": "T2105",
    "payment review release": "T2106",
    "payment hold": "T2107",
    "payment release": "T2108",
    "chargeback": "T1201",
    "chargeback reversal": "T1202",
    "chargeback reimbursement": "T1205",
    "general account correction": "T1200",
    "paypal buyer credit payment funding": "T1600",
}
"""The names of the activity download, in small letters."""


def meaning_of(code: str) -> Meaning:
    """What a line with this code is; unknown where PayPal's table has grown since."""
    return CODES.get(code) or GROUPS.get(code[:3]) or _both("unknown")
