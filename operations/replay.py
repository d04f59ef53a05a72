"""Bring quarantined payloads in: read them again with today's mapping, else fetch the record anew, else read its window again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from connectors._kit.base import Connector
from connectors.capabilities import OrderSource, RawPage
from model.errors import HubError
from model.store import cursors, landing, leases, runs
from model.store.bulk import chunks
from model.store.leases import Lease, LeaseHeldError
from model.store.pages import Behind, PageToSave
from model.store.runs import Run
from model.tables.landing import QuarantineRow, RawPayloadRow
from operations.pull import SEQUENCE_ROOM, Group, PullOutcome, Wanted, group_of, introduce, pull_channel, reader_for, reading_of
from operations.read_pages import BATCH, PageReader
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account
from operations.save_pages import save_sparing

Entry = Row[tuple[Any, ...]]
LOOKUPS = 50
"""Ids asked for in one request."""


@dataclass(slots=True)
class Replayed:
    """What became of a channel's quarantine."""

    channel: str
    tried: int = 0
    resolved: int = 0
    still_open: int = 0
    outcomes: list[PullOutcome] = field(default_factory=list[PullOutcome])
    message: str = ""


def replay_channel(hub: Hub, channel: Account, raw_ids: Sequence[str] = ()) -> Replayed:
    """Replay the open entries of a channel (or just the named ones); what stays unreadable stays open, counted as tried."""
    entries = _open_entries(hub, channel, raw_ids)
    result = Replayed(channel.id, tried=len(entries))
    if not entries:
        return result
    groups: set[Group] = {group_of(entry.stream) for entry in entries}
    messages = [_replay_group(hub, channel, group, entries, result) for group in groups]
    result.message = "; ".join(message for message in messages if message)
    if not result.message:
        _reread_windows(hub, channel, raw_ids, result)
    after = _open_entries(hub, channel, raw_ids)
    result.still_open = len(after)
    result.resolved = len({entry.raw_id for entry in entries} - {entry.raw_id for entry in after})
    return result


def _replay_group(hub: Hub, channel: Account, group: Group, entries: Sequence[Entry], result: Replayed) -> str:
    """Replay what is read together, under the lease it is read under; gives what stood in the way."""
    try:
        lease = leases.take(hub.database, f"{group}:{channel.id}", hub.holder())
    except LeaseHeldError as error:
        return str(error)
    try:
        with hub.connected(channel) as connector, leases.kept(hub.database, lease):
            outcome = _replay_under(hub, channel, connector, lease, [entry for entry in entries if group_of(entry.stream) == group])
            result.outcomes.append(outcome)
            return outcome.message
    except HubError as error:
        return str(error)
    finally:
        leases.give_back(hub.database, lease)


def _open_entries(hub: Hub, channel: Account, raw_ids: Sequence[str]) -> list[Entry]:
    table = QuarantineRow.__table__
    query = (
        select(table)
        .where(table.c.state == "open", table.c.account_id == channel.id, table.c.stream != "files")
        .order_by(table.c.first_seen_at)
    )
    if raw_ids:
        query = query.where(table.c.raw_id.in_(list(raw_ids)))
    with hub.database.read() as connection:
        return list(connection.execute(query))


def _replay_under(hub: Hub, channel: Account, connector: Connector[Any], lease: Lease, entries: Sequence[Entry]) -> PullOutcome:
    started = hub.clock.now()
    run = Run(hub.new_run_id(), channel.id, "quarantine", "replay", hub.actor.id, started, hub.file.hash)
    hub.database.run(lambda connection: runs.abandon(connection, run.account_id, run.stream, at=started))
    hub.database.run(lambda connection: runs.begin(connection, run, hub.actor.name))
    outcome = PullOutcome(channel.id, "quarantine", "done", counts=run.counts)
    try:
        unread: list[Entry] = []
        for stream in sorted({entry.stream for entry in entries}):
            reader = reader_for(hub, channel, connector, stream, lease.token * SEQUENCE_ROOM)
            for some in chunks([entry for entry in entries if entry.stream == stream], BATCH):
                unread += _read_again(hub, channel, reader, lease, run, some)
            _fetch_anew(hub, channel, connector, reader, lease, run, [entry for entry in unread if entry.stream == stream])
    except HubError as error:
        outcome.outcome, outcome.message, outcome.error = "failed", str(error), error
    at = hub.clock.now()
    outcome.elapsed_ms = int((at - started).total_seconds() * 1000)
    hub.database.run(lambda connection: runs.end(connection, run.id, outcome.outcome, outcome.message or None, at=at))
    return outcome


def _read_again(hub: Hub, channel: Account, reader: PageReader, lease: Lease, run: Run, entries: Sequence[Entry]) -> list[Entry]:
    """Read the landed bytes with today's mapping; gives the entries that stay unreadable."""
    page = PageToSave(is_from_landing=True)
    bodies = _open_bodies(hub, reader, entries)
    for entry in entries:
        reader.seq += 1
        reader.translate(entry.kind, entry.raw_id, bodies[entry.raw_id], 0, page)
    _save(hub, channel, reader, page, lease, run)
    read = {each.landed.raw_id for each in page.read} | {landed.raw_id for landed in page.besides}
    read -= {landed.raw_id for landed, _ in page.set_aside}
    return [entry for entry in entries if entry.raw_id not in read]


def _open_bodies(hub: Hub, reader: PageReader, entries: Sequence[Entry]) -> dict[str, bytes]:
    row = RawPayloadRow
    bodies: dict[str, bytes] = {}
    with hub.database.read() as connection:
        for chunk in chunks([entry.raw_id for entry in entries], 100):
            query = select(row.id, row.body, row.key_id, row.size).where(row.id.in_(chunk))
            for raw_id, body, key_id, size in connection.execute(query):
                reader.sealer.make_ready(connection, key_id)
                bodies[raw_id] = reader.sealer.open_payload(body, key_id=key_id, raw_id=raw_id, size=size)
    return bodies


def _fetch_anew(
    hub: Hub, channel: Account, connector: Connector[Any], reader: PageReader, lease: Lease, run: Run, entries: Sequence[Entry]
) -> None:
    """Ask the source for the records whose id could be told; what it calls gone is resolved as gone."""
    ids = sorted({entry.external_id for entry in entries if entry.external_id and entry.stream == "orders"})
    if not ids or not isinstance(connector, OrderSource):
        return
    introduce(hub, channel, connector)
    for some in chunks(ids, LOOKUPS):
        found = connector.fetch_orders_by_id(some)
        page = reader.read(RawPage(found.kind, found.slices, None))
        # what came without a name has no window either, so nothing would ever lead back to it; the entry asked for stays open instead
        page.set_aside = [(landed, entry) for landed, entry in page.set_aside if entry.external_id is not None]
        _save(hub, channel, reader, page, lease, run)
        _resolve_gone(hub, channel, reader.stream, found.gone)


def _resolve_gone(hub: Hub, channel: Account, stream: str, gone: Sequence[str]) -> None:
    at = hub.clock.now()
    hub.database.run(lambda connection: landing.resolve_named(connection, channel.id, stream, gone, "gone at the source", at=at, but=()))


def _save(hub: Hub, channel: Account, reader: PageReader, page: PageToSave, lease: Lease, run: Run) -> None:
    reading = reading_of(hub, channel, reader, run.id)
    behind = Behind(lease, None, None)
    run.counts.add(save_sparing(hub.database, page, reading, behind, reader.stream))


def _reread_windows(hub: Hub, channel: Account, raw_ids: Sequence[str], result: Replayed) -> None:
    """Entries that cannot be asked for by id: read their windows again; when the payload no longer comes, it was overtaken."""
    nameless = [entry for entry in _open_entries(hub, channel, raw_ids) if _is_known_by_window(entry)]
    windows: set[tuple[Any, Any, Group]] = {(entry.window_start, entry.window_end, group_of(entry.stream)) for entry in nameless}
    for start, end, group in sorted(windows):
        wanted = Wanted(start, end)
        hub.database.run(lambda connection, scope=wanted.scope: cursors.forget(connection, channel.id, scope))
        outcomes = pull_channel(hub, channel, wanted, group=group)
        result.outcomes += outcomes
        result.message = "; ".join(outcome.message for outcome in outcomes if outcome.outcome != "done")
        if not result.message:
            here = [each for each in nameless if (each.window_start, each.window_end, group_of(each.stream)) == (start, end, group)]
            _resolve_unseen(hub, channel, {entry.raw_id: entry.attempts for entry in here})


def _is_known_by_window(entry: Entry) -> bool:
    """Whether only its window leads back to the record: its id cannot be told, or its stream has no look-up by id."""
    return entry.window_start is not None and (entry.external_id is None or entry.stream != "orders")


def _resolve_unseen(hub: Hub, channel: Account, attempts: Mapping[str, int]) -> None:
    """Close the entries that did not come by again: every sight of a payload counts as an attempt."""
    at = hub.clock.now()
    now = {entry.raw_id: entry.attempts for entry in _open_entries(hub, channel, list(attempts))}
    unseen = [raw_id for raw_id, before in attempts.items() if now.get(raw_id) == before]
    resolution = "its window was read again and no longer holds it"
    hub.database.run(lambda connection: landing.resolve_raw(connection, unseen, resolution, at=at))
