"""Lies about payouts, the lines they are made of, and disputes."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from connectors._kit import Connector
from connectors.capabilities import RawPage, Record, Window
from model.errors import MalformedError
from model.records.settlement import Dispute, SettlementLine
from tests.contract.lying import Fetch, Read, fetching, reading, subclass
from tests.contract.remote import WINDOW
from tests.contract.stand import Kind, Stream


@fetching
def tells_payouts_only(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (dataclasses.replace(page, slices=()) if page.kind == "balance" else page for page in fetch(window, resume))


@fetching
def mixes_its_pages(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    return (dataclasses.replace(page, kind="payout") for page in fetch(window, resume))


def loses_a_line(kind: Kind, stream: Stream) -> Kind:
    lost: set[str | None] = set()

    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        for page in fetch(window, resume):
            if page.kind == "balance" and page.slices:
                lost.update({kind.external_id_in(page.slices[0])} if not lost else ())
                yield dataclasses.replace(page, slices=tuple(raw for raw in page.slices if kind.external_id_in(raw) not in lost))
            else:
                yield page

    return fetching(lie)(kind, stream)


def tells_lines_as_they_arise(kind: Kind, stream: Stream) -> Kind:
    """It never comes back to a line of before the window."""

    def is_new(raw: bytes) -> bool:
        record = kind.kinds["balance"].read(raw, {})
        return not isinstance(record, SettlementLine) or record.occurred_at >= WINDOW.start

    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        for page in fetch(window, resume):
            yield dataclasses.replace(page, slices=tuple(filter(is_new, page.slices))) if page.kind == "balance" else page

    return fetching(lie)(kind, stream)


def tells_no_newer_version(kind: Kind, _stream: Stream) -> Kind:
    honest = kind.kinds["balance"]

    def read(raw: bytes, statuses: Mapping[str, str]) -> Record:
        record: Any = honest.read(raw, statuses)
        return dataclasses.replace(record, source_version=1)

    return subclass(kind, kinds={**kind.kinds, "balance": dataclasses.replace(honest, read=read)})


def drops_lines_it_cannot_read(kind: Kind, stream: Stream) -> Kind:
    def is_good(raw: bytes) -> bool:
        try:
            kind.kinds["balance"].read(raw, {})
        except MalformedError:
            return False
        return True

    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        for page in fetch(window, resume):
            yield dataclasses.replace(page, slices=tuple(filter(is_good, page.slices))) if page.kind == "balance" else page

    return fetching(lie)(kind, stream)


def stops_at_a_spoilt_line(kind: Kind, stream: Stream) -> Kind:
    def fetch(self: Connector[Any], window: Window, resume: str | None) -> Iterator[RawPage]:
        honest: Any = getattr(kind, stream.fetch)
        for page in honest(self, window, resume):
            if page.kind == "balance":
                [kind.kinds["balance"].read(raw, {}) for raw in page.slices]
            yield page

    return subclass(kind, **{stream.fetch: fetch})


@reading
def forgets_the_fees(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return dataclasses.replace(record, fees=()) if isinstance(record, SettlementLine) else record


def refuses_what_it_does_not_know(kind: Kind, stream: Stream) -> Kind:
    def lie(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
        record = read(raw, statuses)
        if isinstance(record, SettlementLine) and record.kind == "unknown":
            raise MalformedError("kind: is unknown")
        return record

    return reading(lie)(kind, stream)


@reading
def takes_what_it_does_not_know_for_an_adjustment(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    is_unknown = isinstance(record, SettlementLine) and record.kind == "unknown"
    return dataclasses.replace(record, kind="adjustment") if is_unknown else record


@reading
def disputes_nothing(read: Read, raw: bytes, statuses: Mapping[str, str]) -> Record:
    record = read(raw, statuses)
    return dataclasses.replace(record, payment_reference="") if isinstance(record, Dispute) else record
