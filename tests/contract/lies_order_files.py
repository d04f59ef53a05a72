"""Lies about files of orders: copies taken for others, torn files believed, broken orders hidden, and persons quoted."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors._kit import Connector
from connectors._kit.file_pages import Settled
from connectors._kit.folders import FileSeen
from connectors.capabilities import Lookup, PayloadKind, RawPage, RemoteIdentity, Window
from model.errors import ConfigError, MalformedError, RejectedError, TransientError
from model.records.order import Order
from tests.contract import checks_order_files as checks
from tests.contract.checks_order_files import Check
from tests.contract.lying import Fetch, Lie, answering, fetching, named, reading, subclass
from tests.contract.stand import Kind, Stream

Cut = Callable[[FileSeen, bytes], Iterator[bytes]]


def _cutting(lie: Callable[[Cut, FileSeen, bytes], Iterator[bytes]]) -> Lie:
    return answering("cut", lie)


def _named(lie: Callable[[str | None], str | None]) -> Lie:
    def make(kind: Kind, _stream: Stream) -> Kind:
        def external_id_in(raw: bytes) -> str | None:
            return lie(kind.external_id_in(raw))

        return subclass(kind, external_id_in=staticmethod(external_id_in))

    return named(make, lie)


@reading
def forgets_a_coin(read: Any, raw: bytes, words: Any) -> Any:  # noqa: ANN401  as every lie here
    order: Order = read(raw, words)
    return replace(order, total_minor=order.total_minor - 1)


@_cutting
def leaves_the_last_order_out(cut: Cut, seen: FileSeen, body: bytes) -> Iterator[bytes]:
    return iter(list(cut(seen, body))[:-1])


@_named
def calls_it_otherwise(number: str | None) -> str | None:
    return number and f"{number}!"


@reading
def quotes_the_slice(read: Any, raw: bytes, words: Any) -> Any:  # noqa: ANN401  same
    try:
        return read(raw, words)
    except (MalformedError, RejectedError):
        raise MalformedError(raw.decode("utf-8", "replace")) from None


@reading
def lets_a_parser_speak(read: Any, raw: bytes, words: Any) -> Any:  # noqa: ANN401  same
    try:
        return read(raw, words)
    except (MalformedError, RejectedError) as error:
        raise ValueError(str(error)) from None


@reading
def says_no_place(read: Any, raw: bytes, words: Any) -> Any:  # noqa: ANN401  same
    try:
        return read(raw, words)
    except (MalformedError, RejectedError):
        raise MalformedError("order: cannot be read") from None


def counts_as_it_reads(kind: Kind, _stream: Stream) -> Kind:
    turns = itertools.count()
    honest = kind.kinds["order"]

    def read(raw: bytes, words: Any) -> Any:  # noqa: ANN401  same
        order: Any = honest.read(raw, words)
        return replace(order, source_version=next(turns))

    return subclass(kind, kinds={"order": PayloadKind(read, stream="orders")})


@fetching
def gives_no_tokens(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (replace(page, resume=None) for page in fetch(window, resume))


@fetching
def reads_a_week_too_much(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return fetch(Window(window.start - timedelta(days=7), window.end), resume)


@fetching
def gathers_before_it_gives(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return iter(list(fetch(window, resume)))


@fetching
def takes_an_outage_for_the_end(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    try:
        yield from fetch(window, resume)
    except (TransientError, ConfigError):
        return


def waits_for_nobody(kind: Kind, _stream: Stream) -> Kind:
    def settled(self: Connector[Any]) -> Settled:
        return Settled(self.wiring.now(), timedelta(0))

    return subclass(kind, _settled=settled)


@_cutting
def drops_what_it_cannot_read(cut: Cut, seen: FileSeen, body: bytes) -> Iterator[bytes]:
    return (raw for raw in cut(seen, body) if b'"refused"' not in raw)


def hides_broken_orders(kind: Kind, _stream: Stream) -> Kind:
    honest: Any = kind

    def cut(self: Any, seen: FileSeen, body: bytes) -> Iterator[bytes]:  # noqa: ANN401  same
        for raw in honest.cut(self, seen, body):
            try:
                kind.kinds["order"].read(raw, self.settings.statuses)
            except (MalformedError, RejectedError):
                continue
            yield raw

    return subclass(kind, cut=cut)


@_cutting
def leaves_a_row_of_workbooks_out(cut: Cut, seen: FileSeen, body: bytes) -> Iterator[bytes]:
    found = list(cut(seen, body))
    return iter(found[:-1] if body.startswith(b"PK") else found)


def makes_something_of_anything(kind: Kind, _stream: Stream) -> Kind:
    honest = kind.kinds["order"]
    last: list[Any] = []

    def read(raw: bytes, words: Any) -> Any:  # noqa: ANN401  same
        try:
            last[:] = [honest.read(raw, words)]
        except (MalformedError, RejectedError):
            if not last:
                raise
            return replace(last[0], buyer_note="made up")
        return last[0]

    return subclass(kind, kinds={"order": PayloadKind(read, stream="orders")})


def _calls_all_gone(find: Callable[..., Lookup], ids: Any) -> Lookup:  # noqa: ANN401  same
    found = find(ids)
    return Lookup(found.kind, found.slices, tuple(ids))


calls_all_gone = answering("fetch_orders_by_id", _calls_all_gone)
calls_all_gone.__name__ = "calls_all_gone"


def _counts_one_too_many(count: Callable[..., int], window: Window) -> int:
    return count(window) + 1


counts_one_too_many = answering("count_orders", _counts_one_too_many)
counts_one_too_many.__name__ = "counts_one_too_many"


def _asks_twice(identify: Callable[[], RemoteIdentity]) -> RemoteIdentity:
    identify()
    return identify()


asks_twice = answering("identify", _asks_twice)
asks_twice.__name__ = "asks_twice"


def _knows_only_one(identify: Callable[[], RemoteIdentity]) -> RemoteIdentity:
    return replace(identify(), fingerprint="the folder")


knows_only_one = answering("identify", _knows_only_one)
knows_only_one.__name__ = "knows_only_one"

LIES: tuple[tuple[Lie, Check], ...] = (
    (forgets_a_coin, checks.every_order_is_told_and_adds_up),
    (leaves_the_last_order_out, checks.every_order_is_told_and_adds_up),
    (calls_it_otherwise, checks.an_order_bears_the_id_of_its_slice),
    (counts_as_it_reads, checks.reading_is_pure),
    (gives_no_tokens, checks.every_file_is_read_page_by_page),
    (leaves_the_last_order_out, checks.every_file_is_read_page_by_page),
    (reads_a_week_too_much, checks.what_is_older_is_left_alone),
    (counts_as_it_reads, checks.a_file_twice_is_one),
    (waits_for_nobody, checks.a_file_in_the_making_waits),
    (hides_broken_orders, checks.a_broken_order_costs_no_other),
    (says_no_place, checks.a_broken_order_costs_no_other),
    (makes_something_of_anything, checks.a_cut_file_tells_nothing_else),
    (drops_what_it_cannot_read, checks.hostile_files_are_refused),
    (lets_a_parser_speak, checks.any_byte_may_be_strange),
    (quotes_the_slice, checks.refusals_quote_no_person),
    (calls_all_gone, checks.orders_are_found_by_id_and_counted),
    (counts_one_too_many, checks.orders_are_found_by_id_and_counted),
    (gathers_before_it_gives, checks.a_folder_that_cannot_be_read_is_told_at_once),
    (takes_an_outage_for_the_end, checks.a_folder_that_cannot_be_read_is_told_at_once),
    (asks_twice, checks.a_folder_is_known_again),
    (knows_only_one, checks.a_folder_is_known_again),
    (drops_what_it_cannot_read, checks.a_form_that_was_not_declared_is_refused_by_name),
    (leaves_a_row_of_workbooks_out, checks.a_workbook_says_what_a_table_says),
)
