"""Landing: every payload is kept as it came, once, under a name made from its own bytes; unreadable ones are set aside with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, select, update

from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.sealing import Sealer
from model.tables.landing import QuarantineRow, RawPayloadRow
from model.values.instant import iso

RAW = cast("Table", RawPayloadRow.__table__)
QUARANTINE = cast("Table", QuarantineRow.__table__)


@dataclass(frozen=True, slots=True)
class Landed:
    """One payload ready to be stored: scrubbed bytes, sealed, and what they are."""

    raw_id: str
    kind: str
    external_id: str | None
    sealed: bytes
    size: int
    cards_scrubbed: int
    key_id: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why a payload could not be used."""

    raw_id: str
    stream: str
    kind: str
    external_id: str | None
    reason: str


def known(connection: Connection, raw_ids: Sequence[str]) -> dict[str, tuple[str, str, str | None]]:
    """Payloads landed before: raw id to (disposition, mapping version, external id)."""
    found: dict[str, tuple[str, str, str | None]] = {}
    row = RawPayloadRow
    if raw_ids:
        columns = select(row.id, row.disposition, row.mapping_version, row.external_id)
        for raw_id, disposition, version, external_id in connection.execute(columns.where(among(connection, RAW.c.id, raw_ids))):
            found[raw_id] = (disposition, version, external_id)
    return found


def seal(sealer: Sealer, key_id: str, raw_id: str, kind: str, raw: bytes, external_id: str | None, cards: int) -> Landed:
    """A payload made ready for landing."""
    return Landed(raw_id, kind, external_id, sealer.seal_payload(raw, key_id=key_id, raw_id=raw_id), len(raw), cards, key_id)


def land(
    connection: Connection,
    landed: Iterable[Landed],
    dispositions: Mapping[str, str],
    *,
    account_id: str,
    mapping_version: str,
    run_id: str,
    at: datetime,
) -> None:
    """Store payloads that are not there yet, and give those that are their new disposition.

    One that a record shows stays in use although today's mapping cannot read it: the record keeps what it says, and the quarantine
    tells of the payload.
    """
    payloads = {payload.raw_id: payload for payload in landed}
    before = known(connection, list(payloads))
    moment = iso(at)
    rows: list[PrimitiveRow] = [
        (p.raw_id, account_id, p.kind, p.external_id, dispositions[p.raw_id], mapping_version, moment, run_id,
         p.cards_scrubbed, p.size, p.sealed, p.key_id)
        for p in payloads.values() if p.raw_id not in before
    ]  # fmt: skip
    insert_rows(connection, RAW, rows)
    again = [
        {"key": raw_id, "to": dispositions[raw_id], "version": mapping_version}
        for raw_id in payloads
        if raw_id in before and (before[raw_id][0], dispositions[raw_id]) != ("current", "quarantined")
    ]
    if again:
        changed = update(RAW).where(RAW.c.id == bindparam("key"))
        connection.execute(changed.values(disposition=bindparam("to"), mapping_version=bindparam("version")), again)


def supersede(connection: Connection, raw_ids: Sequence[str]) -> None:
    """Mark payloads as overtaken by a newer one of the same record."""
    if raw_ids:
        connection.execute(update(RAW).where(among(connection, RAW.c.id, raw_ids)).values(disposition="superseded"))


def set_aside(
    connection: Connection,
    entries: Sequence[SetAside],
    *,
    account_id: str,
    mapping_version: str,
    window: tuple[datetime, datetime] | None,
    at: datetime,
) -> None:
    """Put payloads into quarantine; one that is there already counts another attempt and is open again."""
    unique = {entry.raw_id: entry for entry in entries}
    table = QuarantineRow
    if not unique:
        return
    present = set(connection.execute(select(table.raw_id).where(among(connection, QUARANTINE.c.raw_id, list(unique)))).scalars())
    start, end = (iso(window[0]), iso(window[1])) if window else (None, None)
    moment = iso(at)
    insert_rows(
        connection,
        QUARANTINE,
        [
            (e.raw_id, account_id, e.stream, e.kind, e.external_id, e.reason, mapping_version, start, end, 1, moment, moment,
             "open", None, None)
            for e in unique.values() if e.raw_id not in present
        ],
    )  # fmt: skip
    again = [
        {"key": raw_id, "why": unique[raw_id].reason, "version": mapping_version, "seen": at} for raw_id in unique if raw_id in present
    ]
    if again:
        columns = QUARANTINE.c
        reopened = update(QUARANTINE).where(columns.raw_id == bindparam("key"))
        connection.execute(
            reopened.values(
                reason=bindparam("why"), mapping_version=bindparam("version"), last_seen_at=bindparam("seen"),
                attempts=columns.attempts + 1, state="open", resolved_at=None, resolution=None,
            ),
            again,
        )  # fmt: skip


def seen_again(connection: Connection, raw_ids: Sequence[str], *, at: datetime) -> None:
    """Note that payloads in quarantine came by once more; one that was thought settled is open again."""
    if raw_ids:
        columns = QUARANTINE.c
        again = update(QUARANTINE).where(among(connection, columns.raw_id, raw_ids))
        connection.execute(again.values(last_seen_at=at, attempts=columns.attempts + 1, state="open", resolved_at=None, resolution=None))


def resolve_named(
    connection: Connection, account_id: str, stream: str, external_ids: Sequence[str], resolution: str, *, at: datetime,
    but: Sequence[str], kind: str | None = None,
) -> None:  # fmt: skip
    """Close open entries of records (of one kind of payload) that the source told well now, or calls gone.

    `but` are raw ids that came by beside that.
    """
    table = QUARANTINE.c
    is_open = (table.state == "open", table.account_id == account_id, table.stream == stream, *([table.kind == kind] if kind else []))
    if external_ids and connection.execute(select(table.raw_id).where(*is_open).limit(1)).first():
        these = update(QUARANTINE).where(*is_open, among(connection, table.external_id, external_ids))
        these = these.where(~among(connection, table.raw_id, but)) if but else these
        connection.execute(these.values(state="resolved", resolved_at=at, resolution=resolution))


def resolve_raw(connection: Connection, raw_ids: Sequence[str], resolution: str, *, at: datetime) -> None:
    """Close entries by payload."""
    if raw_ids:
        these = update(QUARANTINE).where(QUARANTINE.c.state == "open", among(connection, QUARANTINE.c.raw_id, raw_ids))
        connection.execute(these.values(state="resolved", resolved_at=at, resolution=resolution))
