"""What Shopify answers about the fulfilment of an order, as far as a notice needs it."""

import msgspec

from connectors.shopify.graph import Turn


class Named(msgspec.Struct):
    """Something by its id alone."""

    id: str


class Tracking(msgspec.Struct):
    """One number a parcel can be followed by."""

    number: str | None = None


class FulfilledLine(msgspec.Struct, rename="camel"):
    """An order line in a parcel."""

    line_item: Named


class FulfilledLines(msgspec.Struct):
    """The lines of a parcel."""

    nodes: tuple[FulfilledLine, ...]


class Parcel(msgspec.Struct, rename="camel"):
    """A fulfilment."""

    id: str
    status: str
    tracking_info: tuple[Tracking, ...]
    fulfillment_line_items: FulfilledLines


class Assigned(msgspec.Struct):
    """Where a fulfilment order is to be fulfilled from."""

    location: Named | None = None


class FulfilmentOrder(msgspec.Struct, rename="camel"):
    """Lines that are to leave from one place."""

    id: str
    status: str
    assigned_location: Assigned

    @property
    def place(self) -> str:
        """Where its goods lie."""
        return self.assigned_location.location.id if self.assigned_location.location else ""


class FulfilmentOrders(msgspec.Struct, rename="camel"):
    """A page of an order's fulfilment orders."""

    page_info: Turn
    nodes: tuple[FulfilmentOrder, ...]


class NoticeOrder(msgspec.Struct, rename="camel"):
    """The order a notice is about."""

    id: str
    fulfillments: tuple[Parcel, ...]
    fulfillment_orders: FulfilmentOrders
    cancelled_at: str | None = None


class OrderAnswer(msgspec.Struct):
    """The answer to `queries_notices.ORDER`."""

    order: NoticeOrder | None = None


class HeldLine(msgspec.Struct, rename="camel"):
    """How much of an order line a fulfilment order still holds."""

    id: str
    remaining_quantity: int
    line_item: Named


class HeldLines(msgspec.Struct, rename="camel"):
    """A page of its lines."""

    page_info: Turn
    nodes: tuple[HeldLine, ...]


class HeldOrder(msgspec.Struct, rename="camel"):
    """A fulfilment order with its lines."""

    line_items: HeldLines


class LinesAnswer(msgspec.Struct, rename="camel"):
    """The answer to `queries_notices.LINES`."""

    fulfillment_order: HeldOrder | None = None


class UserError(msgspec.Struct):
    """Why a change is refused; the vendor gives no code, and its prose is not repeated."""

    field: tuple[str, ...] | None = None


class Made(msgspec.Struct, rename="camel"):
    """What came of a change."""

    user_errors: tuple[UserError, ...]
    fulfillment: Named | None = None


class MadeAnswer(msgspec.Struct, rename="camel"):
    """The answer to `queries_notices.TELL`."""

    fulfillment_create: Made | None = None
