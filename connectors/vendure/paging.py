"""How Vendure's lists are read so that no row is lost: it pages by skip and take only, and rows leave the list while we read.

Rows are sorted by id, which never changes. Each page begins a few rows before the end of the last one; if none of the last rows is in
it, rows have left before them, and reading steps back until one is found again (or the list begins). Two passes cover a window: orders
whose own `updatedAt` lies in it, then a sweep over all orders placed lately, of which only the times of their payments,
refunds and fulfilments are read, because those move no `updatedAt` of the order; the ones that changed are fetched whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from connectors._kit import Answer, split_page
from connectors.capabilities import Window
from connectors.vendure.mapping_money import PRECISION
from connectors.vendure.session import Session
from model.errors import AuthError, ContractError, HubError, MalformedError, TransientError
from model.values.instant import instant, iso

OVERLAP: Final = 10
SLACK: Final = timedelta(seconds=1)
"""SQLite keeps whole seconds, and compares them as text with our thousandths."""

REFUSED: Final = frozenset({"FORBIDDEN", "UNAUTHORIZED", "UNAUTHENTICATED"})


class Extensions(msgspec.Struct):
    """Where GraphQL puts the code of an error."""

    code: str = ""


class Problem(msgspec.Struct):
    """One GraphQL error."""

    extensions: Extensions = msgspec.field(default_factory=Extensions)


class ServerConfig(msgspec.Struct):
    """How the server counts money."""

    moneyStrategyPrecision: int  # noqa: N815  the vendor's name


class GlobalSettings(msgspec.Struct):
    """The server's settings."""

    serverConfig: ServerConfig  # noqa: N815  the vendor's name


class OrderList(msgspec.Struct):
    """A page of orders and how many there are in all."""

    items: tuple[msgspec.Raw, ...]
    totalItems: int  # noqa: N815  the vendor's name


class Orders(msgspec.Struct):
    """The two things every list query asks for."""

    orders: OrderList
    globalSettings: GlobalSettings  # noqa: N815  the vendor's name


class Envelope(msgspec.Struct):
    """A GraphQL answer to a list query; it may hold data and errors at once."""

    data: Orders | None = None
    errors: tuple[Problem, ...] = ()


class Stamp(msgspec.Struct):
    """When a part of an order last changed."""

    updatedAt: str  # noqa: N815  the vendor's name


class PaymentStamp(Stamp):
    """When a payment and its refunds last changed."""

    refunds: tuple[Stamp, ...] = ()


class Stamps(msgspec.Struct):
    """One order of the sweep."""

    id: str
    payments: tuple[PaymentStamp, ...] | None = None
    fulfillments: tuple[Stamp, ...] | None = None


class _Row(msgspec.Struct):
    id: str


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: which pass, how many rows are behind us, and the ids of the last of them."""

    phase: Literal["changed", "sweep", "catalogue"]
    skip: int = 0
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page cut into rows."""

    start: int
    slices: tuple[bytes, ...]
    ids: tuple[str | None, ...]
    total: int


_ENVELOPE = msgspec.json.Decoder(Envelope)
_ROW = msgspec.json.Decoder(_Row)
_STAMPS = msgspec.json.Decoder(Stamps)


def list_options(place: Place, window: Window, sweep: timedelta, *, skip: int, take: int, whole_shop: bool) -> dict[str, object]:
    """`OrderListOptions` of one page.

    Carts are no orders, so only what was placed is asked for. In the whole shop, an order over several sellers stands as such and again
    as one order for each of them; only the first is the buyer's.
    """
    sought: dict[str, object] = {"type": {"notEq": "Seller"}} if whole_shop else {}
    if place.phase == "changed":
        sought["orderPlacedAt"] = {"isNull": False}
        sought["updatedAt"] = _between(window.start - SLACK, window.end + SLACK)
    else:
        sought["orderPlacedAt"] = _between(window.start - sweep, window.end + SLACK)
    return {"skip": skip, "take": take, "sort": {"id": "ASC"}, "filter": sought}


def _between(start: datetime, end: datetime) -> dict[str, dict[str, str]]:
    return {"between": {"start": iso(start), "end": iso(end)}}


def read_list(answer: Answer, session: Session | None, where: str) -> tuple[Orders, tuple[bytes, ...]]:
    """The page of a list query; data that comes with errors is not used."""
    envelope, slices = split_page(answer.body, _ENVELOPE, _items, array=b"items", where=where)
    refuse_errors(envelope.errors, session, where)
    if envelope.data is None:
        raise TransientError(f"{where}: an answer without data")
    precision = envelope.data.globalSettings.serverConfig.moneyStrategyPrecision
    if precision != PRECISION:
        raise ContractError(f"{where}: the shop counts money to {precision} decimal places, only {PRECISION} are understood")
    return envelope.data, slices


class PageReader:
    """Reads the answer to one list request."""

    def __init__(self, place: Place, start: int, session: Session | None) -> None:
        self._place = place
        self._start = start
        self._session = session

    def __call__(self, answer: Answer) -> Sheet:
        """The page, or an error that says whether asking again may help."""
        listing, slices = read_list(answer, self._session, "orders")
        sheet = Sheet(self._start, slices, tuple(id_of(raw) for raw in slices), listing.orders.totalItems)
        if not slices and sheet.total > self._start:
            raise TransientError("orders: an empty page, though more is promised")
        if self._is_repeated(sheet):
            raise TransientError("orders: a page that was read before")
        return sheet

    def _is_repeated(self, sheet: Sheet) -> bool:
        """Whether the page ends where the last one did, though rows are left; a step back may end anywhere."""
        goes_on = self._start + OVERLAP == self._place.skip and sheet.total > self._place.skip
        return goes_on and sheet.ids[-1:] == self._place.seen[-1:]


def is_continuation(place: Place, sheet: Sheet) -> bool:
    """Whether the page joins what was read before it."""
    return not place.seen or sheet.start == 0 or not set(place.seen).isdisjoint(sheet.ids)


def next_place(place: Place, sheet: Sheet) -> Place | None:
    """Where to go on after a page that joins; None when its pass is read."""
    end = sheet.start + len(sheet.slices)
    if end >= sheet.total:
        return None
    known = [row for row in sheet.ids if row is not None]
    return Place(place.phase, end, tuple(known[-OVERLAP:]))


def has_moved(raw: bytes, window: Window) -> bool:
    """Whether money or goods of the order changed in the window; a row that cannot be read counts, so that it is fetched and named."""
    try:
        order = _STAMPS.decode(raw)
        payments = order.payments or ()
        stamps: list[Stamp] = [*payments, *(refund for payment in payments for refund in payment.refunds), *(order.fulfillments or ())]
        return any(_within(instant(stamp.updatedAt), window) for stamp in stamps)
    except (msgspec.DecodeError, MalformedError):
        return True


def id_of(raw: bytes) -> str | None:
    """The id of a row, None if it cannot be read."""
    try:
        return _ROW.decode(raw).id
    except msgspec.DecodeError:
        return None


def refuse_errors(problems: Sequence[Problem], session: Session | None, where: str) -> None:
    """Raise what GraphQL says went wrong, though the status is 200."""
    if problems:
        raise _problem(problems[0].extensions.code, session, where)
    if session is not None:
        session.proven()


def _problem(code: str, session: Session | None, where: str) -> HubError:
    text = f"{where}: {code[:60] or 'error without code'}"
    if code in REFUSED:
        return TransientError(f"{text}; logging in again") if session is not None and session.renew() else AuthError(text)
    if code in {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT", "USER_INPUT_ERROR"}:
        return ContractError(text)
    return TransientError(text)


def _items(envelope: Envelope) -> Sequence[msgspec.Raw]:
    return envelope.data.orders.items if envelope.data else ()


def _within(moment: datetime, window: Window) -> bool:
    return window.start - SLACK <= moment <= window.end + SLACK
