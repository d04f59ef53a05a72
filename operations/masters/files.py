"""Import and export of master tables: one file, one kind, one transaction."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from model.errors import ConfigError
from model.store import accounts
from model.store.audit_trail import append
from model.store.catalogue import KIT_PARTS, SKU_MAP, SKUS
from model.store.customers import CUSTOMERS, KEYS, sealing
from model.store.master_rows import Fields, Written, lock, remove, would_be, write
from model.store.sealing import Sealer
from model.store.serving import wait_again_for
from model.store.touches import touch
from operations.masters.cells import LARGEST, Cell, Table
from operations.masters.columns import Value
from operations.masters.csv_file import read_csv, write_csv
from operations.masters.exports import columns_shown, exported
from operations.masters.kinds import Kind
from operations.masters.plans import PLANS, Desk, Plan
from operations.masters.rows import MasterRow, Reading, read_rows
from operations.masters.xlsx_file import read_xlsx, write_xlsx
from operations.runtime.hub import Hub
from operations.stock_policy import meet_locations

FORMS = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do."""

    kind: str
    file: str
    form: str
    """What the file turned out to be."""
    rows: int
    new: int
    changed: int
    unchanged: int
    removed: int
    wrong: tuple[str, ...]
    """One complaint for each place: `file:row: column: reason; mend`."""
    is_written: bool

    @property
    def said(self) -> str:
        """A line for people."""
        counts = f"{self.new} new, {self.changed} changed, {self.removed} removed, {self.unchanged} as stored"
        if not self.is_written:
            return f"{self.kind}: nothing was written; it would be: {counts}"
        return f"{self.kind}: {counts}" if self.new or self.changed or self.removed else f"{self.kind}: nothing changed: {counts}"


def read_table(path: Path, sheet: str) -> Table:
    """The table of a CSV or XLSX file; ConfigError when the file as a whole cannot be used."""
    form = _form(path)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a CSV or XLSX file") from None
    if len(raw) > LARGEST:
        raise ConfigError(f"{path.name}: is larger than {LARGEST // 2**20} MiB; split it")
    return read_xlsx(path.name, raw, sheet) if form == ".xlsx" else read_csv(path.name, raw)


def import_file(hub: Hub, kind: Kind, path: Path, *, is_strict: bool = False, is_dry_run: bool = False) -> Imported:
    """Read a file and write its good rows in one transaction; strictly, none if one is wrong."""
    hub.database.run(lambda connection: meet_locations(connection, hub.file, at=hub.clock.now()))
    table = read_table(path, kind.name)
    reading = read_rows(kind, table, path.name)
    sealer = hub.sealer()

    def told(plan: Plan, written: Written | None) -> Imported:
        wrong = tuple(each.told(path.name) for each in sorted([*reading.wrong, *plan.wrong]))
        did = written or would_be(plan.proposals)
        counts = (did.new, did.changed, did.unchanged, len(plan.removed))
        return Imported(kind.name, path.name, table.form, len(table.rows), *counts, wrong, is_written=written is not None)

    if is_dry_run:
        with hub.database.read() as connection:
            return told(PLANS[kind.name](_desk(hub, connection, sealer), reading), None)
    finish = finisher(hub, kind, sealer)

    def work(connection: Connection) -> Imported:
        lock(connection, kind.table)
        plan = PLANS[kind.name](_desk(hub, connection, sealer), reading)
        if is_strict and (reading.wrong or plan.wrong):
            return told(plan, None)
        imported = told(plan, save_plan(hub, connection, plan, finish))
        counts = {"new": imported.new, "changed": imported.changed, "removed": imported.removed, "wrong": len(imported.wrong)}
        append(connection, hub.actor, "import", kind.name, {"file": path.name, **counts}, at=hub.clock.now())
        return imported

    return hub.database.run(work)


def change_rows(hub: Hub, kind: Kind, rows: Sequence[Mapping[str, Value]], action: str, subject: str) -> Plan:
    """Write rows that a person or another verb gives, by the rules of a file; one that is wrong is left out and named in the plan."""
    sealer = hub.sealer()
    finish = finisher(hub, kind, sealer)
    reading = Reading([MasterRow(number, values) for number, values in enumerate(rows, 1)])

    def work(connection: Connection) -> Plan:
        lock(connection, kind.table)
        plan = PLANS[kind.name](_desk(hub, connection, sealer), reading)
        written = save_plan(hub, connection, plan, finish)
        counts = {"new": written.new, "changed": written.changed, "wrong": len(plan.wrong)}
        append(connection, hub.actor, action, subject, counts, at=hub.clock.now())
        return plan

    return hub.database.run(work)


def finisher(hub: Hub, kind: Kind, sealer: Sealer) -> Callable[[Fields], Fields]:
    """How fields become a row; for customers a data key is made ready, in a transaction of its own before theirs."""
    if kind.table is not CUSTOMERS:
        return dict
    return sealing(sealer, sealer.key_for(hub.database, KEYS, hub.clock.now()))


def save_plan(hub: Hub, connection: Connection, plan: Plan, finish: Callable[[Fields], Fields]) -> Written:
    """Write what a plan proposes; mark the SKUs whose availability changes, and the orders that take something else from stock by it."""
    at = hub.clock.now()
    if plan.table is SKU_MAP:
        for account_id in sorted({str(each.new["account_id"]) for each in plan.proposals}):
            channel = hub.file.channel(account_id)
            accounts.meet(connection, channel.id, channel.connector, channel.entity, at=at)
    remove(connection, plan.table, plan.removed)
    written = write(connection, plan.table, plan.proposals, at=at, finish=finish)
    touch(connection, plan.touches)
    if plan.table in (SKUS, KIT_PARTS, SKU_MAP):
        wait_again_for(connection, plan.touches, at=at)
    return written


def export_file(hub: Hub, kind: Kind, path: Path, *, reason: str | None = None) -> int:
    """Write all rows of a kind into a file that only its owner reads, replacing one that is there; gives how many rows.

    Names, e-mail addresses and phone numbers are in it only for a reason, which is kept.
    """
    _form(path)
    shows_people = bool(reason) and any(column.is_personal for column in kind.columns)
    sealer = hub.sealer() if shows_people else None
    hub.note("export", kind.name, file=path.name, reason=reason)
    columns = columns_shown(kind, sealer)
    with hub.database.read() as connection:
        rows = list(exported(kind, connection, sealer))
    write_table(path, kind.name, columns, rows, hub.clock.now())
    return len(rows)


def write_table(path: Path, sheet: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], at: datetime) -> None:
    """Write rows into a CSV or XLSX file that only its owner reads, replacing one that is there."""
    _replace(path, write_xlsx(sheet, columns, rows, at) if _form(path) == ".xlsx" else write_csv(columns, rows))


def _desk(hub: Hub, connection: Connection, sealer: Sealer) -> Desk:
    return Desk(connection, sealer, hub.actor.id, frozenset(channel.id for channel in hub.file.channels))


def _form(path: Path) -> str:
    form = path.suffix.lower()
    if form not in FORMS:
        raise ConfigError(f"{path.name}: is neither .csv nor .xlsx; give a file of one of these forms")
    return form


def _replace(path: Path, raw: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); give a path in a folder that you may write to") from None
