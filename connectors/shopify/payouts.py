"""Reading Shopify Payments: which payouts, lines and disputes a window asks for, and how they are paged.

Neither a payout nor a dispute nor a line states when it changed, and none can be asked for by that. So a window brings

- every payout issued in it and in the month before, by when its status has come to rest (scheduled, in transit, paid, failed, canceled);
- all lines of each payout issued in the window, whenever they arose: what was in no payout yet is told anew with the one that carries it;
- the lines that arose in the window, in a payout or not;
- every dispute initiated in it and in the months before, by when banks have decided.

Lines are searched by `payments_transfer_id`, the number of their payout. Rows are sorted by times that never change, and paged by the
vendor's cursor. Only what goes through Shopify Payments is in its balance: other gateways settle elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar

import msgspec

from connectors._kit import Answer, Http, own_id
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, StreamFacts, Window
from connectors.shopify import queries_money as queries
from connectors.shopify.completion import REPEATS
from connectors.shopify.graph import WHERE, DeniedError, Reply, Turn, one_answer, with_slices
from connectors.shopify.paging import REBASE_AFTER, whole_second
from connectors.shopify.terms import number
from model.errors import ConfigError, ContractError, MalformedError, TransientError
from model.values.instant import instant

FACTS: Final = StreamFacts(lag=timedelta(minutes=5), overlap=timedelta(days=2), longest=timedelta(days=31))
"""A payout's lines are all there when it is issued; two days are read again, as the vendor names no bound for naming it to each line."""

PAYOUTS_BACK: Final = timedelta(days=31)
DISPUTES_BACK: Final = timedelta(days=180)
"""Card schemes leave a shop and a bank about 120 days; what takes longer is read when the dispute's lines arise."""

Part = Literal["payouts", "of_payout", "window", "disputes"]
T = TypeVar("T")


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a reading stands: what is being listed, from when, behind which cursor, and the payouts whose lines are still to come."""

    part: Part
    since: str
    after: str | None = None
    rows: int = 0
    payouts: tuple[str, ...] = ()


class _List(msgspec.Struct, rename={"page_info": "pageInfo"}):
    page_info: Turn
    nodes: list[msgspec.Raw]


class _Account(msgspec.Struct, rename="camel"):
    payouts: _List | None = None
    balance_transactions: _List | None = None
    disputes: _List | None = None


class _Money(msgspec.Struct, rename="camel"):
    shopify_payments_account: _Account | None = None


class _Row(msgspec.Struct, rename="camel"):
    type: str | None = None
    issued_at: str | None = None
    transaction_date: str | None = None
    source_order_transaction_id: str | int | None = None


class _Parent(msgspec.Struct):
    id: str


class _Refund(msgspec.Struct, rename="camel"):
    id: str | None = None
    parent_transaction: _Parent | None = None


class _Refunds(msgspec.Struct):
    nodes: tuple[_Refund | None, ...] = ()


class _Sheet(msgspec.Struct):
    slices: tuple[bytes, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Listing:
    """How one part is asked for."""

    kind: str
    document: str
    first: int
    scope: str
    nodes: Callable[[_Account], _List | None]


_MONEY: Final = msgspec.json.Decoder(Reply[_Money])
_REFUNDS: Final = msgspec.json.Decoder(Reply[_Refunds])
_ROW: Final = msgspec.json.Decoder(_Row)
_PAYOUT_SCOPE: Final = "read_shopify_payments_payouts"
_LINES: Final = _Listing("balance", queries.LINES, queries.LINES_PER_PAGE, _PAYOUT_SCOPE, lambda account: account.balance_transactions)
_LISTINGS: Final[dict[Part, _Listing]] = {
    "payouts": _Listing("payout", queries.PAYOUTS, queries.PAYOUTS_PER_PAGE, _PAYOUT_SCOPE, lambda account: account.payouts),
    "of_payout": _LINES,
    "window": _LINES,
    "disputes": _Listing(
        "dispute", queries.DISPUTES, queries.DISPUTES_PER_PAGE, "read_shopify_payments_disputes", lambda account: account.disputes
    ),
}


def payout_pages(http: Http, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Payouts, then the lines of those issued in the window, then the lines that arose in it; a ConfigError where the app may not."""
    place = place_of(resume, Place) if resume else Place("payouts", whole_second(window.start - PAYOUTS_BACK))
    return _pages(http, window, place)


def dispute_pages(http: Http, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Disputes; a ConfigError where the app may not read them."""
    place = place_of(resume, Place) if resume else Place("disputes", whole_second(window.start - DISPUTES_BACK))
    return _pages(http, window, place)


def _pages(http: Http, window: Window, place: Place | None) -> Iterator[RawPage]:
    visits: Counter[tuple[str, ...]] = Counter()
    while place is not None:
        visit = (place.part, place.since, place.after or "", *place.payouts[:1])
        visits[visit] += 1
        if visits[visit] > REPEATS:
            raise ContractError(f"{place.part}: the page token repeats")
        listing, asked = _LISTINGS[place.part], _search(place, window)
        sheet = _granted(listing.scope, lambda listing=listing, asked=asked, place=place: _sheet(http, listing, asked, place.after))
        place = _following(place, sheet, window)
        slices = _with_refunded(http, sheet.slices) if listing is _LINES else sheet.slices
        yield RawPage(listing.kind, slices, token_of(place) if place else None)


def _search(place: Place, window: Window) -> str:
    if place.part == "of_payout":
        return f"payments_transfer_id:{place.payouts[0]}" + (f" AND processed_at:>='{place.since}'" if place.since else "")
    column = {"payouts": "issued_at", "window": "processed_at", "disputes": "initiated_at"}[place.part]
    end = window.end if window.end.microsecond == 0 else window.end + timedelta(seconds=1)
    return f"{column}:>='{place.since}' AND {column}:<'{whole_second(end)}'"


def _sheet(http: Http, listing: _Listing, search: str, after: str | None) -> _Sheet:
    def read(answer: Answer) -> _Sheet:
        def nodes(found: _Money) -> list[msgspec.Raw]:
            held = listing.nodes(found.shopify_payments_account) if found.shopify_payments_account else None
            return held.nodes if held else []

        _, found, slices = with_slices(answer, _MONEY, nodes)
        if found.shopify_payments_account is None:
            return _Sheet((), None)
        held = listing.nodes(found.shopify_payments_account)
        if held is None:
            raise TransientError(f"{WHERE}: the {listing.kind}s are missing")
        return _Sheet(slices, held.page_info.cursor(is_empty=not slices))

    return http.ask(WHERE, _body(listing.document, {"first": listing.first, "after": after, "query": search}), read=read)


def _following(place: Place, sheet: _Sheet, window: Window) -> Place | None:
    """The place behind a page: its cursor (or a new search, before the vendor ends this one), else the next thing to list."""
    payouts = place.payouts
    if place.part == "payouts":
        payouts += tuple(_issued_in(sheet.slices, window))
    if sheet.cursor is not None:
        rows = place.rows + len(sheet.slices)
        since = _newest(sheet.slices) if rows >= REBASE_AFTER and place.part in {"of_payout", "window"} else None
        if since is not None and since > place.since:
            return Place(place.part, since, payouts=payouts)
        return Place(place.part, place.since, sheet.cursor, rows, payouts)
    if place.part == "of_payout":
        payouts = payouts[1:]
    if place.part in {"window", "disputes"}:
        return None
    return Place("of_payout", "", payouts=payouts) if payouts else Place("window", whole_second(window.start))


def _issued_in(slices: Sequence[bytes], window: Window) -> Iterator[str]:
    """The numbers of the payouts of which the window brings the lines; one whose time cannot be read is one of them."""
    for raw in slices:
        own, issued = number(own_id(raw) or ""), _time(_row(raw).issued_at)
        if own.isdigit() and (issued is None or issued >= window.start):
            yield own


def _with_refunded(http: Http, slices: Sequence[bytes]) -> tuple[bytes, ...]:
    """The lines, each of a refund with the transaction that it gives back from, where the shop still tells it."""
    refunds = {raw: f"gid://shopify/OrderTransaction/{own}" for raw in slices if (own := _refund_of(raw))}
    if not refunds:
        return tuple(slices)
    body = _body(queries.REFUNDED, {"ids": list(dict.fromkeys(refunds.values()))})
    told = http.ask(WHERE, body, read=one_answer(_REFUNDS)).nodes
    parents = {each.id: each.parent_transaction.id for each in told if each and each.id and each.parent_transaction}
    return tuple(_spliced(raw, parents.get(refunds.get(raw, ""))) for raw in slices)


def _refund_of(raw: bytes) -> str | None:
    """The refund's own transaction; None for any other line, and for one that cannot be read."""
    row = _row(raw)
    own = str(row.source_order_transaction_id or "")
    return own if row.type in {"REFUND", "REFUND_FAILURE"} and own.isdigit() and own.isascii() else None


def _spliced(raw: bytes, parent: str | None) -> bytes:
    """The line's own bytes with one member more, in front."""
    return b'{"refundedTransactionId":' + msgspec.json.encode(parent) + b"," + raw.lstrip()[1:] if parent else raw


def _granted(scope: str, ask: Callable[[], T]) -> T:
    """What the app may read; a missing scope concerns this stream alone and never the channel."""
    try:
        return ask()
    except DeniedError as error:
        raise ConfigError(f"{WHERE}: the app may not read this; grant it the scope {scope}") from error


def _newest(slices: Sequence[bytes]) -> str | None:
    times = [at for raw in slices if (at := _time(_row(raw).transaction_date))]
    return whole_second(max(times)) if times else None


def _row(raw: bytes) -> _Row:
    try:
        return _ROW.decode(raw)
    except msgspec.DecodeError:
        return _Row()


def _time(text: str | None) -> datetime | None:
    try:
        return instant(text) if text else None
    except MalformedError:
        return None


def _body(document: str, variables: dict[str, object]) -> dict[str, object]:
    return {"query": document, "variables": variables}
