"""Lies about reading a window."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from connectors._kit import Answer, enveloped, own_id
from connectors.capabilities import RawPage, Record, Window
from connectors.woocommerce.connector import WooCommerce
from model.errors import AuthError, ContractError, HubError, MalformedError, TransientError
from tests.contract.lying import MONTH, Fetch, fetching
from tests.contract.stand import Kind, Stream


@fetching
def leaves_the_last_row_out(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (dataclasses.replace(page, slices=page.slices[:-1]) for page in fetch(window, resume))


@fetching
def reads_a_month_too_much(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return fetch(Window(window.start - MONTH, window.end + MONTH), resume)


@fetching
def takes_no_rows_for_a_failure(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    for page in fetch(window, resume):
        if not page.slices and resume is None:
            raise ContractError("orders: there are none")
        yield page


@fetching
def gives_no_tokens(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (dataclasses.replace(page, resume=None) for page in fetch(window, resume))


@fetching
def skips_a_page_when_it_resumes(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return itertools.islice(fetch(window, resume), 1 if resume else 0, None)


@fetching
def begins_anew_when_it_resumes(fetch: Fetch, window: Window, _resume: str | None) -> Iterator[RawPage]:
    return fetch(window, None)


def keeps_one_row_per_instant(kind: Kind, stream: Stream) -> Kind:
    read = kind.kinds[stream.kind].read

    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        seen: set[object] = set()
        for page in fetch(window, resume):
            records = [(read(raw, {}), raw) for raw in page.slices]
            stamps = {_moment_of(record, raw): raw for record, raw in records}
            yield dataclasses.replace(page, slices=tuple(raw for stamp, raw in stamps.items() if stamp not in seen))
            seen |= stamps.keys()

    return fetching(lie)(kind, stream)


def _moment_of(record: Record, raw: bytes) -> object:
    names = (name for name in ("updated_at", "told_at", "created_at", "occurred_at") if hasattr(record, name))
    return next((getattr(record, name) for name in names), raw)


@fetching
def takes_a_repeated_page_for_the_end(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    seen: set[bytes] = set()
    for page in fetch(window, resume):
        if seen.issuperset(page.slices):
            yield dataclasses.replace(page, resume=None)
            return
        seen |= set(page.slices)
        yield page


@fetching
def never_gives_up(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    while True:
        try:
            yield from fetch(window, resume)
        except HubError:
            continue
        return


def takes_an_outage_for_the_end(kind: Kind, stream: Stream) -> Kind:
    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        try:
            yield from fetch(window, resume)
        except TransientError:
            yield RawPage(stream.kind, (), None)

    return fetching(lie)(kind, stream)


def never_tells_a_row_twice(kind: Kind, stream: Stream) -> Kind:
    told: set[bytes] = set()

    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        for page in fetch(window, resume):
            yield dataclasses.replace(page, slices=tuple(raw for raw in page.slices if raw not in told))
            told.update(page.slices)

    return fetching(lie)(kind, stream)


@fetching
def tries_an_outage_twice(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    try:
        yield from fetch(window, resume)
    except TransientError:
        yield from fetch(window, resume)


@fetching
def gathers_before_it_gives(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    yield from list(fetch(window, resume))


@fetching
def knocks_again(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    try:
        yield from fetch(window, resume)
    except AuthError:
        yield from fetch(window, resume)


def drops_what_it_cannot_read(kind: Kind, stream: Stream) -> Kind:
    source: Any = kind

    def is_good(raw: bytes) -> bool:
        try:
            kind.kinds[stream.kind].read(raw, {}) if stream.facts else source.read_listing(raw)
        except MalformedError:
            return False
        return True

    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        return (dataclasses.replace(page, slices=tuple(filter(is_good, page.slices))) for page in fetch(window, resume))

    return fetching(lie)(kind, stream)


@fetching
def trusts_the_clock(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    for page in fetch(window, resume):
        is_last = '"sweep"' in (page.resume or "")
        yield dataclasses.replace(page, resume=None if is_last else page.resume)
        if is_last:
            return


class PagesByNumber(WooCommerce):
    """Believes that the rows of a list stand still."""

    believes_the_first_total: ClassVar = False

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        offset, total = int(resume or 0), 1 << 30
        while offset < total:
            slices, told = self.http.get("orders", {**self._window_params(window), "offset": offset}, read=_rows_and_total)
            total = min(total, told) if self.believes_the_first_total else told
            offset += self.settings.page_size
            yield RawPage("order", slices, str(offset) if offset < total else None)


class CountsBeforeItReads(PagesByNumber):
    """Believes besides that no row arrives late."""

    believes_the_first_total = True


class OrdersByNumber(WooCommerce):
    """Believes that the orders of which it reads the refunds stand still."""

    def fetch_refunds(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        offset, total = int(resume or 0), 1 << 30
        while offset < total:
            params = {**self._window_params(window), "_fields": "id,currency,refunds", "status": "any", "offset": offset}
            orders, total = self.http.get("orders", params, read=_rows_and_total)
            refunds = [
                (order, raw) for order in map(own_id, orders) for raw in self.http.get(f"orders/{order}/refunds", read=_rows_and_total)[0]
            ]
            offset += self.settings.page_size
            slices = tuple(
                enveloped(raw, "refund", id=int(own_id(raw) or 0), order_id=int(order or 0), currency="GBP") for order, raw in refunds
            )
            yield RawPage("order-refund", slices, str(offset) if offset < total else None)


def reads_orders_by_number(_kind: Kind, _stream: Stream) -> Kind:
    return OrdersByNumber


def pages_by_number(_kind: Kind, _stream: Stream) -> Kind:
    return PagesByNumber


def counts_before_it_reads(_kind: Kind, _stream: Stream) -> Kind:
    return CountsBeforeItReads


def _rows_and_total(answer: Answer) -> tuple[tuple[bytes, ...], int]:
    rows = msgspec.json.decode(answer.body, type=list[msgspec.Raw])
    return tuple(map(bytes, rows)), int(answer.headers["x-wp-total"])
