"""What the review knows of one order: gathered from the store, opened where it was sealed, and judged without looking anything up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from model.records.order import FieldSource, FulfilmentState, Party, PaymentState
from model.values.quantity import PIECE

CustomerType = Literal["retail", "wholesale", "dealer", "internal"]

_SECURED: frozenset[PaymentState] = frozenset({"authorized", "paid", "part_refunded", "refunded"})
"""States in which nothing is owed for the order any more, or the money is promised by whoever will pay it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """One order line as its channel tells it, with the SKU it maps to and what that costs by the price list."""

    external_id: str
    quantity: int
    """Thousandths of `unit`, as ordered; 0 once the line was removed."""
    total_minor: int
    """Before tax and before order-level discount, after the line's own discount; in the order's currency."""
    sku: str | None
    """None while the line maps to nothing."""
    sku_quantity: int = 0
    """Thousandths of the SKU that the line takes; a box of six listed as one takes 6000."""
    list_price_minor: int | None = None
    """One whole unit of the SKU by the price list, before tax, in the order's currency; None where no list names it in that currency."""
    unit: str = PIECE
    discount_minor: int = 0
    """The line's own discount, already taken off `total_minor`."""
    listing: str = ""
    """What it was sold through, and what a mapping names; of a line typed in by hand its SKU or title, as `sku:` or `title:`."""
    requires_shipping: bool = True
    is_gift_card: bool = False
    is_tracked: bool = True
    """Whether the SKU is counted; as long as the line maps to none, it may be."""

    @property
    def is_goods(self) -> bool:
        """Whether something is still wanted that has to be sent."""
        return self.quantity > 0 and self.requires_shipping and not self.is_gift_card

    @property
    def takes_stock(self) -> bool:
        """Whether it takes from stock, sent or handed over at a till; also while nobody knows from which."""
        return self.quantity > 0 and self.is_tracked and not self.is_gift_card


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """What the customer master says of the buyer."""

    type: CustomerType
    terms_days: int | None = None
    """Days until payment is due; None: pays before shipment."""
    credit_limit_minor: int | None = None
    currency: str | None = None
    """Of the credit limit and of the open balance."""
    open_balance_minor: int = 0
    """What the buyer owes already, without this order."""
    is_on_hold: bool = False
    hold_reason: str | None = None
    """A person's free words: for the screen of the customer, never for a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleDuplicate:
    """Another open order that may be this one given once more, of the same currency."""

    channel_id: str
    external_id: str
    apart: timedelta
    """Between the two orders' times of placing, whichever was first."""
    by_buyer: bool = True
    """It is of the same buyer, total and goods."""
    by_number: bool = False
    """It bears the same number on another channel, and is of the same total or goods."""
    same_total: bool = True
    same_goods: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """One order with everything the rules weigh. Amounts are minor units of `currency` unless they say otherwise."""

    channel_id: str
    external_id: str
    placed_at: datetime
    currency: str
    total_minor: int
    shop_currency: str
    shop_total_minor: int
    payment_state: PaymentState
    fulfilment_state: FulfilmentState = "unfulfilled"
    is_disputed: bool = False
    lines: tuple[LineFacts, ...] = ()
    buyer: Party | None = None
    shipping: Party | None = None
    customer: CustomerFacts | None = None
    """None for a buyer whom the customer master does not know."""
    captured_minor: int = 0
    """Payments that were captured, or sold at once; refunds are not taken off."""
    authorized_minor: int = 0
    """Payments that were authorised and neither captured nor voided since."""
    short: Mapping[str, int] = field(default_factory=dict[str, int])
    """SKU to the thousandths that are missing for this order; SKUs that suffice are left out."""
    duplicates: tuple[PossibleDuplicate, ...] = ()
    tags: tuple[str, ...] = ()
    shipping_titles: tuple[str, ...] = ()
    source_name: str | None = None
    sources: tuple[FieldSource, ...] = ()
    """Where fields were read and how sure that is; empty for channels that tell orders in a form of their own."""

    @property
    def owed_minor(self) -> int:
        """What nobody has paid or promised yet."""
        if self.payment_state in _SECURED:
            return 0
        return max(0, self.total_minor - self.captured_minor - self.authorized_minor)
