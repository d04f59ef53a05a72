"""What the street knows to be true of its orders: the side a hub's own books are compared with."""

from typing import NotRequired, TypedDict


class Amount(TypedDict):
    """An amount in minor units of its currency."""

    minor: int
    currency: str


class TrueOrder(TypedDict):
    """One order: `total` as placed and edited, before refunds, in the currency the buyer paid in.

    Shopify's orders also have their global id, the total in the shop's currency and what is left of it after refunds.
    """

    channel: str
    external_id: str
    total: Amount
    gid: NotRequired[str]
    shop_total: NotRequired[Amount]
    current_total: NotRequired[Amount]


class TrueReturn(TypedDict):
    """One of Square's orders that only record a refund."""

    channel: str
    external_id: str


class Truth(TypedDict):
    """Everything every channel should have shown by now."""

    orders: list[TrueOrder]
    returns: list[TrueReturn]
