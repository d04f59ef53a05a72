"""Planted bugs: the mistakes this kind of program is known for, put into ours on purpose, to see that the programme catches them."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import Connection

import connectors._kit.exchange
import operations.pull
from connectors.capabilities import RawPage, StreamFacts, Window
from model.errors import TransientError
from model.store import cursors, leases, pages
from model.store.cursors import StreamCursor
from model.store.database import Database
from model.store.leases import Lease
from model.store.order_rows import Reading
from model.store.pages import Behind, PageToSave, ReadPayload
from model.store.runs import Counts
from operations.read_pages import PageReader
from tests.simulation.course import swapped

Swap = tuple[object, str, object]


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug: what it does, which checks may catch it, and what is swapped for what."""

    name: str
    caught_by: frozenset[str]
    swaps: Callable[[], list[Swap]]

    @contextmanager
    def planted(self) -> Generator[None]:
        """The product with this bug in it."""
        with ExitStack() as stack:
            for place, name, value in self.swaps():
                stack.enter_context(swapped(place, name, value))
            yield


def _cursor_before_data() -> list[Swap]:
    save: Any = operations.pull.save_sparing

    def in_two(database: Database, page: PageToSave, reading: Reading, behind: Behind, stream: str) -> Counts:
        cursor = behind.cursor
        if cursor is not None and cursor.scope == cursors.OWN:
            database.run(lambda connection: cursors.save(connection, cursor, behind.lease, at=reading.at))
            behind = replace(behind, cursor=None)
        return save(database, page, reading, behind, stream)

    return [(operations.pull, "save_sparing", in_two)]


def _no_overlap() -> list[Swap]:
    def exclusive(cursor: StreamCursor, facts: StreamFacts, _from: datetime, horizon: datetime, **_: bool) -> Window | None:
        if cursor.read_until >= horizon:
            return None
        return Window(cursor.read_until, min(cursor.read_until + facts.longest, horizon))

    return [(operations.pull, "next_window", exclusive)]


def _no_dedupe() -> list[Swap]:
    def own_id(self: Reading, external_id: str) -> str:
        return self.row_id("order", f"{external_id} {self.run_id}")

    return [(Reading, "order_id", own_id)]


def _swallowed_error() -> list[Swap]:
    batches: Any = operations.pull.in_batches

    def forgiving(found: Iterator[RawPage]) -> Iterator[RawPage]:
        last: RawPage | None = None
        try:
            for page in found:
                last = page
                yield from batches([page])
        except TransientError:
            yield RawPage(last.kind if last else "order", (), None)

    return [(operations.pull, "in_batches", forgiving)]


def _no_version_guard() -> list[Swap]:
    judge: Any = vars(pages)["_judge"]

    def newest_read_wins(winners: dict[pages.Key, ReadPayload], stored: dict[pages.Key, Any], dispositions: dict[str, str]) -> object:
        return judge(winners, {key: replace(each, source_version=-1, fetch_seq=-1) for key, each in stored.items()}, dispositions)

    return [(pages, "_judge", newest_read_wins)]


def _held(_connection: Connection, _lease: Lease) -> None:
    return


def _no_lease() -> list[Swap]:
    taken: Any = leases.take

    def anyway(database: Database, resource: str, holder: str) -> Lease:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE lease SET expires_at_ms = 0")
        return taken(database, resource, holder)

    return [(leases, "take", anyway), (pages, "hold", _held)]


def _no_fencing() -> list[Swap]:
    save: Any = cursors.save

    def unfenced(connection: Connection, cursor: StreamCursor, lease: Lease, *, at: datetime) -> None:
        save(connection, cursor, replace(lease, token=1_000_000), at=at)

    return [(pages, "hold", _held), (cursors, "save", unfenced)]


def _quarantine_dropped() -> list[Swap]:
    translate: Any = PageReader.translate

    def forgetful(self: PageReader, kind: str, raw_id: str, raw: bytes, cards: int, result: PageToSave) -> None:
        translate(self, kind, raw_id, raw, cards, result)
        result.set_aside.clear()

    return [(PageReader, "translate", forgetful)]


def _resumed_as_read() -> list[Swap]:
    load: Any = cursors.load

    def closed(connection: Connection, account_id: str, stream: str, scope: str, **more: Any) -> StreamCursor | None:  # noqa: ANN401  as it is
        found: StreamCursor | None = load(connection, account_id, stream, scope, **more)
        return found and replace(found, page_token=None).after_page(None)

    return [(cursors, "load", closed)]


def _part_accepted() -> list[Swap]:
    def as_far_as_it_came(response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
        except httpx.RemoteProtocolError:
            return _mended(bytes(body))
        return bytes(body)

    return [(connectors._kit.exchange, "_bounded_body", as_far_as_it_came)]


_LAST_PAGE = b',"pageInfo":{"hasNextPage":false,"endCursor":null}}}}'


def _mended(part: bytes) -> bytes:
    """The orders that came whole, made into a page that says it is the last."""
    depth, in_text, escaped, ends = 0, False, False, list[int]()
    start = part.find(b"[")
    for place in range(start, len(part)):
        letter = part[place : place + 1]
        if in_text:
            in_text, escaped = escaped or letter != b'"', letter == b"\\" and not escaped
        elif letter == b'"':
            in_text = True
        elif letter in b"[{":
            depth += 1
        elif letter in b"]}":
            depth -= 1
            ends += [place + 1] if depth == 1 else []
    if not ends:
        return part
    closing = b"" if start == 0 else _LAST_PAGE if b'"nodes"' in part[:start] else b"}"
    return part[: ends[-1]] + b"]" + closing


_LOST = frozenset({"lost", "total", "list", "re-reading", "lost return"})
_STALE = _LOST | {f"stale {table}" for table in ("orders", "order_line", "order_adjustment", "payment", "refund", "fulfilment")}

PLANTED: tuple[Planted, ...] = (
    Planted("cursor saved before the data", _STALE | {"audit I1", "quarantine"}, _cursor_before_data),
    Planted("window start without overlap", _STALE, _no_overlap),
    Planted("ids derived from the run", _STALE | {"error", "doubled", "audit I2", "quarantine", "liveness"}, _no_dedupe),
    Planted("swallowed page error", _STALE, _swallowed_error),
    Planted("older overwrites newer", frozenset({"version"}), _no_version_guard),
    Planted("lease not asked for", frozenset({"lease", "fencing"}), _no_lease),
    Planted("stale worker not fenced", frozenset({"fencing"}), _no_fencing),
    Planted("unreadable payload dropped", _STALE | {"error"}, _quarantine_dropped),
    Planted("half-read window taken as read", _STALE, _resumed_as_read),
    Planted("part of a cut page accepted", _STALE, _part_accepted),
)
