"""Files of processors and banks: which were read, and what they told, saved whole in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select, update

from model.errors import RejectedError
from model.records.settlement import Settlement
from model.records.statement import Statement
from model.store import landing
from model.store.bulk import Primitive, PrimitiveRow, insert_rows, key_of, load_rows
from model.store.landing import Landed, SetAside
from model.store.leases import Lease, hold
from model.store.money_rows import (
    MONEY_FILES,
    PAYOUTS,
    SETTLEMENT_FEES,
    SETTLEMENT_LINES,
    SETTLEMENTS,
    STATEMENT_LINES,
    STATEMENTS,
    fee_rows,
    line_row,
    payout_row,
    settlement_row,
    statement_line_row,
    statement_row,
)
from model.store.row_merge import merge_children_of, merge_rows
from model.store.sealing import Sealer
from model.values.instant import iso

STREAM = "files"
KIND = "file"


@dataclass(frozen=True, slots=True)
class FileToSave:
    """A file as it was found: landed bytes, and when it was put there by the partner's clock."""

    landed: Landed
    name: str
    modified_s: int
    size: int
    settlements: tuple[Settlement, ...] = ()
    statements: tuple[Statement, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Importing:
    """The circumstances a file is saved under."""

    account_id: str
    zone: ZoneInfo
    cut_off: time
    run_id: str
    mapping_version: str
    at: datetime
    key_id: str
    sealer: Sealer
    seq: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a file brought: lines in all, those known before, and those that say something else now."""

    lines: int = 0
    known: int = 0
    changed: int = 0


def seen(connection: Connection, account_id: str, mapping_version: str) -> set[tuple[str, int, int]]:
    """Name, time and size of the files that were read by this mapping, or refused by it."""
    c = MONEY_FILES.c
    query = select(c.name, c.modified_s, c.size).where(c.account_id == account_id, c.mapping_version == mapping_version)
    return {(row.name, row.modified_s, row.size) for row in connection.execute(query)}


def state_of(connection: Connection, raw_id: str) -> tuple[str, str] | None:
    """Whether these very bytes were read or refused before, and by which mapping."""
    c = MONEY_FILES.c
    row = connection.execute(select(c.state, c.mapping_version).where(c.raw_id == raw_id)).one_or_none()
    return (row.state, row.mapping_version) if row else None


def rename(connection: Connection, raw_id: str, name: str, modified_s: int) -> None:
    """A file that is known by its bytes came under another name or time."""
    connection.execute(update(MONEY_FILES).where(MONEY_FILES.c.raw_id == raw_id).values(name=name, modified_s=modified_s))


def save_file(connection: Connection, file: FileToSave, how: Importing, lease: Lease) -> Told:
    """Land the file and write what it tells, or why it is refused; all of it or none."""
    hold(connection, lease)
    raw_id = file.landed.raw_id
    landing.land(
        connection, [file.landed], {raw_id: "quarantined" if file.refused else "current"}, account_id=how.account_id,
        mapping_version=how.mapping_version, run_id=how.run_id, at=how.at,
    )  # fmt: skip
    told = Told()
    if file.refused is None:
        told = _add(_save_settlements(connection, file, how), _save_statements(connection, file, how))
        landing.resolve_raw(connection, [raw_id], f"read well by run {how.run_id}", at=how.at)
    else:
        entry = SetAside(raw_id, STREAM, KIND, file.landed.external_id, file.refused[:500])
        landing.set_aside(connection, [entry], account_id=how.account_id, mapping_version=how.mapping_version, window=None, at=how.at)
    connection.execute(delete(MONEY_FILES).where(MONEY_FILES.c.raw_id == raw_id))
    state = "refused" if file.refused else "read"
    row: PrimitiveRow = (
        raw_id, how.account_id, file.name, file.modified_s, file.size, state, file.refused, told.lines, told.known, how.mapping_version,
        iso(how.at),
    )  # fmt: skip
    insert_rows(connection, MONEY_FILES, [row])
    return told


def _add(one: Told, other: Told) -> Told:
    return Told(one.lines + other.lines, one.known + other.known, one.changed + other.changed)


def _save_settlements(connection: Connection, file: FileToSave, how: Importing) -> Told:
    if not file.settlements:
        return Told()
    raw_id, account = file.landed.raw_id, how.account_id
    headers = [settlement_row(each, account, raw_id) for each in file.settlements]
    payouts = [payout_row(each, account, how.zone, how.cut_off, raw_id, how.seq) for s in file.settlements for each in s.payouts]
    lines: list[PrimitiveRow] = []
    fees: list[PrimitiveRow] = []
    for header, settlement in zip(headers, file.settlements, strict=True):
        for line in settlement.lines:
            row = line_row(line, account, how.zone, how.cut_off, raw_id, how.seq, str(header[0]))
            lines.append(row)
            fees += fee_rows(str(row[0]), line.fees)
    merge_rows(connection, SETTLEMENTS, headers)
    merge_rows(connection, PAYOUTS, payouts)
    changes = merge_rows(connection, SETTLEMENT_LINES, lines)
    merge_children_of(connection, SETTLEMENT_FEES, fees, "line_id", [str(row[0]) for row in lines])
    return Told(len(lines), len(lines) - len(changes.inserts), len(changes.telling))


def _save_statements(connection: Connection, file: FileToSave, how: Importing) -> Told:
    lines = known = 0
    for statement in file.statements:
        merge_rows(connection, STATEMENTS, [statement_row(statement, how.account_id, file.landed.raw_id)])
        rows = [statement_line_row(line, statement, how.account_id, how.sealer, how.key_id) for line in statement.lines]
        stored = {row[0]: row for row in load_rows(connection, STATEMENT_LINES, "id", [str(row[0]) for row in rows])}
        _check_same(file.name, rows, stored)
        insert_rows(connection, STATEMENT_LINES, [row for row in rows if row[0] not in stored])
        lines, known = lines + len(rows), known + len(stored)
    return Told(lines, known)


def _check_same(name: str, rows: Sequence[PrimitiveRow], stored: Mapping[Primitive, PrimitiveRow]) -> None:
    """A bank does not change a booked line: another day, amount or currency under one id is another line, or a forged file."""
    columns = list(STATEMENT_LINES.columns.keys())
    told = [columns.index(each) for each in ("booked_on", "amount_minor", "currency")]
    for row in rows:
        before = stored.get(key_of(STATEMENT_LINES, row)[0])
        if before is not None and any(row[i] != before[i] for i in told):
            line = row[columns.index("external_id")]
            raise RejectedError(f"{name}: line {line} was told before with another day, amount or currency; ask the bank which is right")
