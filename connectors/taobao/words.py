"""Taobao's words: how trades and refunds stand, and how times and amounts are written.

Every amount is in yuan, whatever the buyer paid in: `trade_attr` may name another currency of payment, and no amount of it.
Source: https://open.taobao.com/api.htm?docId=54&docType=2 and /docId=52 (the descriptions of `status`)
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

from model.records.order import FulfilmentState, PaymentState
from model.records.payment import MoneyStatus
from model.values.instant import local_instant
from model.values.money import minor_units

CURRENCY: Final = "CNY"
CHINA: Final = timezone(timedelta(hours=8))
"""By which all times are written; Taobao says GMT+8, which has no summer."""

TRADES: Final[Mapping[str, tuple[PaymentState, FulfilmentState]]] = {
    "TRADE_NO_CREATE_PAY": ("unpaid", "unfulfilled"),
    "WAIT_BUYER_PAY": ("unpaid", "unfulfilled"),
    "PAY_PENDING": ("unpaid", "unfulfilled"),
    "WAIT_PRE_AUTH_CONFIRM": ("authorized", "on_hold"),
    "PAID_FORBID_CONSIGN": ("paid", "on_hold"),
    "WAIT_SELLER_SEND_GOODS": ("paid", "unfulfilled"),
    "SELLER_CONSIGNED_PART": ("paid", "part_fulfilled"),
    "WAIT_BUYER_CONFIRM_GOODS": ("paid", "fulfilled"),
    "TRADE_BUYER_SIGNED": ("paid", "fulfilled"),
    "TRADE_FINISHED": ("paid", "fulfilled"),
    "TRADE_CLOSED": ("refunded", "unfulfilled"),
    "TRADE_CLOSED_BY_TAOBAO": ("voided", "unfulfilled"),
}
"""Payment and fulfilment by a trade's word, before what its parts tell is looked at."""

UNPAID: Final = frozenset({"TRADE_NO_CREATE_PAY", "WAIT_BUYER_PAY", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM", "TRADE_CLOSED_BY_TAOBAO"})
CLOSED: Final = frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"})
"""Nothing of it leaves any more: refunded after payment, or ended before it."""
DELIVERED: Final = frozenset({"TRADE_BUYER_SIGNED", "TRADE_FINISHED"})

REFUNDS: Final[Mapping[str, MoneyStatus]] = {
    "WAIT_SELLER_AGREE": "requested",
    "SELLER_REFUSE_BUYER": "requested",
    "WAIT_BUYER_RETURN_GOODS": "pending",
    "WAIT_SELLER_CONFIRM_GOODS": "pending",
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": "pending",
    "WAIT_SELLER_CONSIGN_GOODS": "pending",
    "EXCHANGE_TRANSFORM_TO_REFUND": "pending",
    "CLOSED": "cancelled",
    "SUCCESS": "succeeded",
}
"""Money by a refund's word. A seller's refusal is no end: the buyer may change the wish, or have Taobao judge."""

REFUNDED: Final = "SUCCESS"
DEPOSIT_PAID: Final = "FRONT_PAID_FINAL_NOPAID"
DEPOSIT_KEPT: Final = "FRONT_PAID_FRONT_FORFEITED"

COUNTRIES: Final[Mapping[str, str]] = {"中国": "CN", "CN": "CN"}
REGIONS: Final[Mapping[str, str]] = {"香港": "HK", "澳门": "MO", "台湾": "TW"}
"""How the names of regions begin that have a country code of their own."""
ABROAD: Final = "海外"


def instant_of(text: str) -> datetime:
    """`2026-01-31 17:05:00` by the clocks of China, as UTC."""
    return local_instant(text, CHINA)


def written_time(at: datetime) -> str:
    """An instant as Taobao writes it, to the second."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def fen(text: str | None) -> int:
    """Minor units of an amount in yuan; one that is left out or empty is none."""
    return minor_units(text, CURRENCY) if text else 0


def country_of(country: str | None, state: str | None) -> str | None:
    """The country code of an address; None where what it tells has none. Addresses without a country are in China."""
    if country:
        return COUNTRIES.get(country)
    for name, code in REGIONS.items():
        if state and state.startswith(name):
            return code
    return "CN" if state and not state.startswith(ABROAD) else None
