"""What the street knows to be true of its orders: the side a hub's own books are compared with."""

from typing import NotRequired, TypedDict


class Amount(TypedDict):
    """An amount in minor units of its currency."""

    minor: int
    currency: str


class TrueFulfilment(TypedDict):
    """Goods that left, by the vendor's own books: what was told twice stands there twice.

    `lines` are thousandths by the id of the line, none where the vendor keeps none.
    """

    external_id: str
    numbers: list[str]
    lines: dict[str, int]


class TrueRefund(TypedDict):
    """Money that went back for an order, and how much of which lines it was for: thousandths by the id of the line."""

    external_id: str
    total: Amount
    lines: dict[str, int]


class TrueOrder(TypedDict):
    """One order: `total` as placed and edited, before refunds, in the currency the buyer paid in.

    Shopify's orders also have their global id, the total in the shop's currency and what is left of it after refunds.
    """

    channel: str
    placed_ms: int
    external_id: str
    total: Amount
    fulfilments: list[TrueFulfilment]
    refunds: list[TrueRefund]
    gid: NotRequired[str]
    shop_total: NotRequired[Amount]
    current_total: NotRequired[Amount]


class TrueReturn(TypedDict):
    """One of Square's orders that only record a refund."""

    channel: str
    external_id: str


class TrueStock(TypedDict):
    """One counted listing, in units: sold since it was first counted (cancelled ones taken off) and what the channel shows.

    `committed` is what Shopify's open orders hold, `held` what unpaid orders keep from other buyers without the shop showing it,
    `settings` how many levels were set through the vendor's own door. `external_id` is the id that order lines name.
    """

    channel: str
    sku: str
    external_id: str
    sold: int
    shown: int
    committed: int
    held: int
    settings: int


class TrueUnits(TypedDict):
    """Whole units of one SKU."""

    sku: str
    quantity: int


class TrueParcel(TypedDict):
    """One parcel that left a warehouse, by the warehouse's own books: `reference` is what it was asked for by."""

    partner: str
    reference: str
    external_id: str
    tracking_number: str
    lines: list[TrueUnits]


class TrueLabel(TypedDict):
    """One label that was paid for, by its seller's own books: a parcel bought twice stands there twice."""

    shipment: str
    reference: str
    tracking_number: str
    service: str
    cents: int


class Truth(TypedDict):
    """Everything every channel should have shown by now; no stock where none is counted, no parcels where none has left."""

    orders: list[TrueOrder]
    returns: list[TrueReturn]
    stock: list[TrueStock]
    parcels: list[TrueParcel]
    labels: list[TrueLabel]


class TruePayout(TypedDict):
    """One payout of a processor as it stands: what it is made of, by the processor's ids, and what a bank's line names it by."""

    channel: str
    external_id: str
    amount: Amount
    arrival_on: str
    reference: str
    is_refused: bool
    lines: dict[str, int]


class TrueBankLine(TypedDict):
    """One entry of a bank statement, and the ids of the payouts it holds."""

    account: str
    booked_on: str
    amount: Amount
    reference: str
    text: str
    payouts: list[str]


class TrueMoney(TypedDict):
    """Every payout issued by now, and every entry of the bank's statements."""

    payouts: list[TruePayout]
    bank: list[TrueBankLine]
