"""How Medusa's orders are read so that no change is missed.

Two passes cover a window. First the orders whose own `updated_at` lies in it. That time stands still when money is captured, when what
a received return owes is refunded, and when a fulfilment is shipped past its order (`/admin/fulfillments/ID/shipment`); and a payment's
own time moves by no partial capture and by no refund either (2.21, tried on a running server). So then the times of the parts of all
orders placed lately are read, and those of which a part changed are fetched whole.

Rows are sorted by id, which never changes, and each next page begins behind the last id read (`id[$gt]`), so nothing that moves
meanwhile can shift a row past us.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode

import msgspec

from connectors._kit import Answer, own_id, split_page
from connectors.capabilities import Window
from model.errors import ContractError, MalformedError, TransientError
from model.values.instant import instant

STAMPS_PER_PAGE: Final = 200
PATIENCE: Final = 3
"""A page that leads back to itself this often is a loop and no page sent twice."""

SLACK: Final = timedelta(milliseconds=1)
"""Medusa shows thousandths of what it keeps to the millionth, so a window is asked for that much wider at both ends."""

FIELDS: Final = (
    "id,display_id,custom_display_id,status,email,currency_code,created_at,updated_at,canceled_at,total,"
    "items.*,items.tax_lines.*,items.adjustments.*,items.detail.*,"
    "items.variant.inventory_items.inventory_item_id,items.variant.inventory_items.required_quantity,"
    "shipping_methods.*,shipping_methods.tax_lines.*,shipping_methods.adjustments.*,credit_lines.*,"
    "payment_collections.*,payment_collections.payments.*,payment_collections.payments.captures.*,"
    "payment_collections.payments.refunds.*,payment_collections.payments.refunds.refund_reason.*,"
    "fulfillments.*,fulfillments.items.*,fulfillments.labels.*,returns.*,returns.items.*,"
    "shipping_address.*,billing_address.*,sales_channel.name,"
    "customer.id,customer.first_name,customer.last_name,customer.company_name,customer.phone"
)
"""All of them named: with one bare name among them, Medusa leaves its defaults out."""
STAMPS: Final = (
    "id,updated_at,payment_collections.updated_at,payment_collections.payments.updated_at,payment_collections.payments.captures.created_at,"
    "payment_collections.payments.refunds.created_at,fulfillments.updated_at,returns.updated_at"
)


class _Page(msgspec.Struct):
    orders: list[msgspec.Raw]
    count: int


class _Changed(msgspec.Struct):
    updated_at: str | None = None
    created_at: str | None = None


class _Payment(_Changed):
    captures: tuple[_Changed, ...] = ()
    refunds: tuple[_Changed, ...] = ()


class _Collection(_Changed):
    payments: tuple[_Payment, ...] = ()


class _Stamps(_Changed):
    payment_collections: tuple[_Collection, ...] = ()
    fulfillments: tuple[_Changed, ...] = ()
    returns: tuple[_Changed, ...] = ()


Phase = Literal["changed", "sweep"]
COLUMNS: Final[dict[Phase, str]] = {"changed": "updated_at", "sweep": "created_at"}


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in which pass, and behind which order."""

    phase: Phase
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its rows, and the id behind which the next begins; None where no row is left."""

    slices: tuple[bytes, ...]
    behind: str | None


_PAGE = msgspec.json.Decoder(_Page)
_STAMPS = msgspec.json.Decoder(_Stamps)


def question(place: Place, window: Window, *, size: int, fields: str) -> dict[str, str | int]:
    """What asks for the page behind a place."""
    column = COLUMNS[place.phase]
    asked: dict[str, str | int] = {
        f"{column}[$gte]": milliseconds(window.start - SLACK),
        f"{column}[$lt]": milliseconds(window.end + 2 * SLACK),
        "order": "id",
        "limit": size,
        "fields": fields,
    }
    return asked | ({"id[$gt]": place.behind} if place.behind else {})


class PageReader:
    """Reads the answers to one question; it counts how often the answer was that to another."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._loops = 0

    def __call__(self, answer: Answer) -> Sheet:
        """The page, or an error that says whether asking again may help."""
        slices, count = rows_in(answer)
        ids = [found for raw in slices if (found := own_id(raw))]
        if not slices and count:
            raise TransientError("orders: an empty page, though more is promised")
        if self._place.behind in ids:
            self._loops += 1
            told = "orders: the page leads back to itself"
            raise TransientError(told) if self._loops < PATIENCE else ContractError(told)
        if count <= len(slices):
            return Sheet(slices, None)
        if not ids:
            raise ContractError("orders: reading does not get on, as no order ids can be read there")
        return Sheet(slices, ids[-1])


def rows_in(answer: Answer) -> tuple[tuple[bytes, ...], int]:
    """The rows of an answer, and how many fit the question in all."""
    page, slices = split_page(answer.body, _PAGE, lambda page: page.orders, array=b"orders", where="orders")
    return slices, page.count


def query_of(ids: Sequence[str], *more: tuple[str, str | int]) -> str:
    """The query that asks for certain ids."""
    return urlencode([*(("id[]", each) for each in ids), ("limit", len(ids)), *more])


def has_moved(raw: bytes, window: Window) -> bool:
    """Whether a part of the order changed in the window, though the order itself did not, and so was not read in the first pass.

    A row that cannot be read counts, so that it is fetched and named.
    """
    try:
        order = _STAMPS.decode(raw)
        if order.updated_at and window.start <= instant(order.updated_at) < window.end:
            return False
        return any(window.start - SLACK <= instant(text) < window.end + SLACK for text in _texts(order) if text)
    except (msgspec.DecodeError, MalformedError):
        return True


def _texts(order: _Stamps) -> list[str | None]:
    payments = [payment for collection in order.payment_collections for payment in collection.payments]
    taken = [part.created_at for payment in payments for part in (*payment.captures, *payment.refunds)]
    return taken + [part.updated_at for part in (*order.payment_collections, *payments, *order.fulfillments, *order.returns)]


def milliseconds(moment: datetime) -> str:
    """An instant as Medusa writes it, cut to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
