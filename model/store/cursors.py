"""Stream cursors: where reading goes on. Saved in the same transaction as the page they stand behind, under the lease's token."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from model.errors import ContractError
from model.store.database import insert_ignoring
from model.store.leases import Lease
from model.tables.streams import StreamCursorRow

OWN = ""
"""Scope of a stream's own cursor; a rerun's scope names its window."""


@dataclass(frozen=True, slots=True)
class StreamCursor:
    """Everything up to `read_until` has been read; a window in progress has both ends and the token of its last saved page."""

    account_id: str
    stream: str
    scope: str
    read_until: datetime
    window_start: datetime | None = None
    window_end: datetime | None = None
    page_token: str | None = None

    def opened(self, start: datetime, end: datetime) -> "StreamCursor":
        """The cursor at the start of a new window."""
        return replace(self, window_start=start, window_end=end, page_token=None)

    def after_page(self, token: str | None) -> "StreamCursor":
        """The cursor behind a saved page; without a token the window is read, and never moves `read_until` back."""
        if token is not None or self.window_end is None:
            return replace(self, page_token=token)
        done = max(self.read_until, self.window_end)
        return replace(self, read_until=done, window_start=None, window_end=None, page_token=None)


def load(connection: Connection, account_id: str, stream: str, scope: str, *, not_before: datetime | None = None) -> StreamCursor | None:
    """The stored cursor, if the stream has ever been read under this scope; a rerun's cursor of before `not_before` is stale."""
    found = connection.execute(select(StreamCursorRow.__table__).where(_is(account_id, stream, scope))).one_or_none()
    if found is None or (scope != OWN and not_before is not None and found.changed_at < not_before):
        return None
    return StreamCursor(account_id, stream, scope, found.read_until, found.window_start, found.window_end, found.page_token)


def save(connection: Connection, cursor: StreamCursor, lease: Lease, *, at: datetime) -> None:
    """Store the cursor; one that a younger lease has written is never overwritten (ContractError)."""
    values = {
        "read_until": cursor.read_until,
        "window_start": cursor.window_start,
        "window_end": cursor.window_end,
        "page_token": cursor.page_token,
        "fence": lease.token,
        "changed_at": at,
    }
    key = {"account_id": cursor.account_id, "stream": cursor.stream, "scope": cursor.scope}
    connection.execute(insert_ignoring(connection, StreamCursorRow).values(key | values))
    mine = update(StreamCursorRow).where(_is(cursor.account_id, cursor.stream, cursor.scope))
    guarded = mine.where(StreamCursorRow.fence <= lease.token)
    if cursor.scope == OWN:
        guarded = guarded.where(StreamCursorRow.read_until <= cursor.read_until)
    if connection.execute(guarded.values(values)).rowcount != 1:
        raise ContractError(f"{cursor.account_id} {cursor.stream}: the cursor was moved by another run")


def forget(connection: Connection, account_id: str, scope: str, *streams: str) -> None:
    """Drop a rerun's cursors: when its window is read, or when it shall be read from its start."""
    if scope == OWN:
        raise ContractError("cursor: a stream's own is never forgotten")
    these = delete(StreamCursorRow).where(StreamCursorRow.account_id == account_id, StreamCursorRow.scope == scope)
    connection.execute(these.where(StreamCursorRow.stream.in_(streams)) if streams else these)


def _is(account_id: str, stream: str, scope: str) -> ColumnElement[bool]:
    row = StreamCursorRow
    return and_(row.account_id == account_id, row.stream == stream, row.scope == scope)
