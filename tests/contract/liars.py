"""Lies: each makes of any honest connector one that breaks a promise. The suite must catch every one of them.

A lie changes one thing: how pages are fetched, how a payload is read, what one method answers, or the wire between connector and remote.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import msgspec
from pydantic import BaseModel, SecretStr
from tenacity import RetryCallState

from connectors._kit import Answer, Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Lookup, RawPage, Record, RemoteIdentity, Window
from connectors.woocommerce.connector import WooCommerce
from model.errors import AuthError, ContractError, HubError, MalformedError, RejectedError, TransientError
from model.records.order import Order
from model.records.payment import Payment
from tests.contract.hostile import OTHER_CURRENCY
from tests.contract.stand import Kind, Stream

Lie = Callable[[Kind, Stream], Kind]
Fetch = Callable[[Window, str | None], Iterator[RawPage]]
Read = Callable[[bytes, Mapping[str, str]], Record]
Send = Callable[[httpx.Request], httpx.Response]

MONTH = timedelta(days=30)
CENTURY = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def _subclass(kind: Kind, **members: object) -> Kind:
    return type(f"Lying{kind.__name__}", (kind,), members)


def _fetching(lie: Callable[[Fetch, Any, Window, str | None], Iterator[RawPage]]) -> Lie:
    def make(kind: Kind, stream: Stream) -> Kind:
        honest = getattr(kind, stream.fetch)

        def fetch(self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
            return lie(lambda *asked: honest(self, *asked), self, window, resume)

        return _subclass(kind, **{stream.fetch: fetch})

    return make


def _reading(lie: Callable[[Read, bytes, Mapping[str, str]], Record]) -> Lie:
    def make(kind: Kind, stream: Stream) -> Kind:
        honest = kind.kinds[stream.kind]

        def read(raw: bytes, statuses: Mapping[str, str]) -> Record:
            return lie(honest.read, raw, statuses)

        return _subclass(kind, kinds={**kind.kinds, stream.kind: dataclasses.replace(honest, read=read)})

    return make


def _answering(method: str, lie: Callable[..., object]) -> Lie:
    """`lie` gets the honest method, bound, and its arguments."""

    def make(kind: Kind, _stream: Stream) -> Kind:
        honest = getattr(kind, method)
        return _subclass(kind, **{method: lambda self, *asked: lie(lambda *inner: honest(self, *inner), *asked)})

    return make


def _wired(rewire: Callable[[Any, Wiring], Wiring]) -> Lie:
    def make(kind: Kind, _stream: Stream) -> Kind:
        def wired(self: Any, settings: Any, wiring: Wiring) -> None:
            kind.__init__(self, settings, rewire(settings, wiring))

        return _subclass(kind, __init__=wired)

    return make


class _Wire(httpx.BaseTransport):
    def __init__(self, outside: httpx.BaseTransport, lie: Callable[[Send, httpx.Request], httpx.Response]) -> None:
        self._outside, self._lie = outside, lie

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._lie(self._outside.handle_request, request)


def _on_the_wire(lie: Callable[[Send, httpx.Request, list[str]], httpx.Response]) -> Lie:
    """`lie` gets the way out, the request, and the secrets of the settings."""

    def rewire(settings: BaseModel, wiring: Wiring) -> Wiring:
        values = [getattr(settings, name) for name in type(settings).model_fields]
        secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return Wiring(_Wire(wiring.transport, lambda send, request: lie(send, request, secrets)), wiring.pause)

    return _wired(rewire)


# Fetching


@_fetching
def leaves_the_last_row_out(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (dataclasses.replace(page, slices=page.slices[:-1]) for page in fetch(window, resume))


@_fetching
def reads_a_month_too_much(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    return fetch(Window(window.start - MONTH, window.end + MONTH), resume)


@_fetching
def takes_no_rows_for_a_failure(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    for page in fetch(window, resume):
        if not page.slices and resume is None:
            raise ContractError("orders: there are none")
        yield page


@_fetching
def gives_no_tokens(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (dataclasses.replace(page, resume=None) for page in fetch(window, resume))


@_fetching
def skips_a_page_when_it_resumes(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    return itertools.islice(fetch(window, resume), 1 if resume else 0, None)


@_fetching
def begins_anew_when_it_resumes(fetch: Fetch, _self: Any, window: Window, _resume: str | None) -> Iterator[RawPage]:
    return fetch(window, None)


def keeps_one_row_per_instant(kind: Kind, stream: Stream) -> Kind:
    read = kind.kinds[stream.kind].read

    def lie(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
        seen: set[object] = set()
        for page in fetch(window, resume):
            stamps = {getattr(read(raw, {}), "updated_at", raw): raw for raw in page.slices}
            yield dataclasses.replace(page, slices=tuple(raw for stamp, raw in stamps.items() if stamp not in seen))
            seen |= stamps.keys()

    return _fetching(lie)(kind, stream)


@_fetching
def takes_a_repeated_page_for_the_end(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    seen: set[bytes] = set()
    for page in fetch(window, resume):
        if seen.issuperset(page.slices):
            yield dataclasses.replace(page, resume=None)
            return
        seen |= set(page.slices)
        yield page


@_fetching
def never_gives_up(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    while True:
        try:
            yield from fetch(window, resume)
        except HubError:
            continue
        return


def takes_an_outage_for_the_end(kind: Kind, stream: Stream) -> Kind:
    def lie(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
        try:
            yield from fetch(window, resume)
        except TransientError:
            yield RawPage(stream.kind, (), None)

    return _fetching(lie)(kind, stream)


@_fetching
def never_tells_a_row_twice(fetch: Fetch, self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    told: set[bytes] = self.__dict__.setdefault("told", set())
    for page in fetch(window, resume):
        yield dataclasses.replace(page, slices=tuple(raw for raw in page.slices if raw not in told))
        told |= set(page.slices)


@_fetching
def tries_an_outage_twice(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    try:
        yield from fetch(window, resume)
    except TransientError:
        yield from fetch(window, resume)


@_fetching
def gathers_before_it_gives(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    yield from list(fetch(window, resume))


@_fetching
def knocks_again(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
    try:
        yield from fetch(window, resume)
    except AuthError:
        yield from fetch(window, resume)


def drops_what_it_cannot_read(kind: Kind, stream: Stream) -> Kind:
    def is_good(raw: bytes) -> bool:
        try:
            kind.kinds[stream.kind].read(raw, {})
        except MalformedError:
            return False
        return True

    def lie(fetch: Fetch, _self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:
        return (dataclasses.replace(page, slices=tuple(filter(is_good, page.slices))) for page in fetch(window, resume))

    return _fetching(lie)(kind, stream)


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


def pages_by_number(_kind: Kind, _stream: Stream) -> Kind:
    return PagesByNumber


def counts_before_it_reads(_kind: Kind, _stream: Stream) -> Kind:
    return CountsBeforeItReads


def _rows_and_total(answer: Answer) -> tuple[tuple[bytes, ...], int]:
    rows = msgspec.json.decode(answer.body, type=list[msgspec.Raw])
    return tuple(map(bytes, rows)), int(answer.headers["x-wp-total"])


# The wire


class _Hasty(Pause):
    def before_retry(self, state: RetryCallState) -> float:  # noqa: ARG002  it does not listen
        return 0


def _refuse_to_wait(_seconds: float) -> None:
    raise AssertionError("will not wait")


@_wired
def waits_for_nobody(_settings: Any, wiring: Wiring) -> Wiring:
    return Wiring(wiring.transport, _Hasty(wiring.pause.sleep, wiring.pause.chance))


@_wired
def asks_only_once(_settings: Any, wiring: Wiring) -> Wiring:
    return Wiring(wiring.transport, Pause(_refuse_to_wait, wiring.pause.chance))


@_on_the_wire
def believes_every_wish(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    answer = send(request)
    if "retry-after" in answer.headers:
        int(answer.headers["retry-after"])
    return answer


@_on_the_wire
def overhears_long_wishes(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    answer = send(request)
    answer.headers.pop("retry-after", None)
    return answer


@_on_the_wire
def does_not_sign(send: Send, request: httpx.Request, secrets: list[str]) -> httpx.Response:
    for name in [name for name, value in request.headers.items() if name == "authorization" or value in secrets]:
        del request.headers[name]
    return send(request)


@_on_the_wire
def writes_its_secret_into_the_address(send: Send, request: httpx.Request, secrets: list[str]) -> httpx.Response:
    request.url = request.url.copy_merge_params({"key": secrets[0]})
    return send(request)


# Reading one payload


def names_no_stream(kind: Kind, stream: Stream) -> Kind:
    return _subclass(kind, kinds={**kind.kinds, stream.kind: dataclasses.replace(kind.kinds[stream.kind], stream=None)})


def counts_as_it_reads(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count(1)

    def lie(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
        return _changed(read(raw, statuses), number=str(next(turns)), reference=str(next(turns)))

    return _reading(lie)(kind, stream)


@_reading
def refuses_new_fields(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    if b"suite_new" in raw:
        raise MalformedError("suite_new: is not documented")
    return read(raw, statuses)


@_reading
def forgets_a_coin(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return dataclasses.replace(record, amount_minor=1.5) if isinstance(record, Payment) else _changed(record, total_minor=-1)


@_reading
def renames_its_records(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return dataclasses.replace(record, external_id=f"#{record.external_id}")


@_reading
def knows_no_versions(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    return _changed(read(raw, statuses), source_version=1)


@_reading
def keeps_the_way_out_to_itself(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    try:
        return read(raw, statuses)
    except MalformedError as error:
        raise MalformedError(str(error).replace("settings.statuses", "…")) from None


def swallows_anything(kind: Kind, stream: Stream) -> Kind:
    kept: list[Record] = []

    def lie(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
        try:
            kept.append(read(raw, statuses))
        except MalformedError:
            return kept[-1]
        return kept[-1]

    return _reading(lie)(kind, stream)


@_reading
def fails_by_another_name(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    try:
        return read(raw, statuses)
    except MalformedError as error:
        raise ValueError(str(error)) from None


@_reading
def takes_one_currency_for_another(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    other = f'"{OTHER_CURRENCY}"'.encode()
    if other not in raw:
        return read(raw, statuses)
    return _changed(read(raw.replace(other, b'"USD"'), statuses), number="another", reference="another")


@_reading
def quotes_what_it_refuses(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    try:
        return read(raw, statuses)
    except MalformedError as error:
        raise MalformedError(f"{error}: {raw[:20_000]!r}") from None


def _changed(record: Record, **changes: object) -> Record:
    """The record with those of the changes that it has a field for."""
    names = {field.name for field in dataclasses.fields(record)}
    changed: Record = dataclasses.replace(record, **{name: value for name, value in changes.items() if name in names})  # pyright: ignore
    return changed


def names_no_broken_row(kind: Kind, _stream: Stream) -> Kind:
    def external_id_in(raw: bytes) -> str | None:
        return None if b'"broken"' in raw else kind.external_id_in(raw)

    return _subclass(kind, external_id_in=staticmethod(external_id_in))


# Looking up, counting, identifying


Find = Callable[[Sequence[str]], Lookup]


def _finding(lie: Callable[[Find, Sequence[str]], Lookup]) -> Lie:
    return _answering("fetch_orders_by_id", lie)


@_finding
def loses_one_it_found(find: Find, ids: Sequence[str]) -> Lookup:
    found = find(ids)
    return dataclasses.replace(found, slices=found.slices[1:])


@_finding
def calls_nothing_gone(find: Find, ids: Sequence[str]) -> Lookup:
    return dataclasses.replace(find(ids), gone=())


def takes_the_list_for_the_truth(kind: Kind, stream: Stream) -> Kind:
    honest: Any = kind

    def find(self: Any, ids: Sequence[str]) -> Lookup:
        pages = honest.fetch_orders(self, CENTURY, None)
        listed = {kind.external_id_in(raw) for page in pages for raw in page.slices}
        found: Lookup = honest.fetch_orders_by_id(self, ids)
        return Lookup(stream.kind, found.slices, tuple(one for one in ids if one not in listed))

    return _subclass(kind, fetch_orders_by_id=find)


@_finding
def takes_an_outage_for_gone(find: Find, ids: Sequence[str]) -> Lookup:
    try:
        return find(ids)
    except TransientError:
        return Lookup("order", (), tuple(ids))


@_finding
def takes_any_refusal_for_gone(find: Find, ids: Sequence[str]) -> Lookup:
    try:
        return find(ids)
    except (RejectedError, ContractError):
        return Lookup("order", (), tuple(ids))


def asks_about_nothing(kind: Kind, _stream: Stream) -> Kind:
    honest: Any = kind

    def find(self: Any, ids: Sequence[str]) -> Lookup:
        self.identify()
        found: Lookup = honest.fetch_orders_by_id(self, ids)
        return found

    return _subclass(kind, fetch_orders_by_id=find)


def _identifying(lie: Callable[[Callable[[], RemoteIdentity]], RemoteIdentity]) -> Lie:
    return _answering("identify", lie)


counts_one_too_many = _answering("count_orders", lambda count, window: count(window) + 1)
knows_only_one_shop = _identifying(lambda identify: dataclasses.replace(identify(), fingerprint="shop"))
tells_its_own_time = _identifying(lambda identify: dataclasses.replace(identify(), now=identify().now + MONTH))
asks_twice_who_it_is = _identifying(lambda identify: identify() and identify())


def never_recognises_a_shop(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()
    return _identifying(lambda identify: dataclasses.replace(identify(), fingerprint=str(next(turns))))(kind, stream)
