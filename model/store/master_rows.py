"""Rows of master tables: what a file or a person gives is laid over what is stored, and only what differs is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, text

from model.store.bulk import Primitive, column_names, delete_rows, insert_rows, key_positions, load_rows, update_rows
from model.values.instant import iso

Fields = Mapping[str, Primitive]

UNCOMPARED = frozenset({"changed_at", "mapped_by"})
"""They say who wrote and when, not what."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One row as it is, if it is there, and as it would be."""

    old: Fields | None
    new: Fields

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return self.old is None or any(self.old[name] != value for name, value in self.new.items() if name not in UNCOMPARED)

    def alters(self, *names: str) -> bool:
        """Whether a row that is there would say something else in one of these columns."""
        return self.old is not None and any(self.old[name] != self.new[name] for name in names)


@dataclass(frozen=True, slots=True)
class Written:
    """What writing proposals did."""

    new: int
    changed: int
    unchanged: int


def lock(connection: Connection, table: Table) -> None:
    """Let no other writer of master rows into a table until the transaction ends; readers and foreign keys go on. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def stored_fields(connection: Connection, table: Table, column: str, values: Sequence[str]) -> list[Fields]:
    """All rows whose column is one of the values."""
    names = column_names(table)
    return [dict(zip(names, row, strict=True)) for row in load_rows(connection, table, column, values)]


def key_fields(table: Table, fields: Fields) -> tuple[Primitive, ...]:
    """The primary key among the fields."""
    names = column_names(table)
    return tuple(fields[names[i]] for i in key_positions(table))


def propose(table: Table, given: Sequence[Fields], stored: Sequence[Fields], fresh: Fields) -> list[Proposed]:
    """What the given rows would make of the stored ones, in their order: a column that is not given stays, or is `fresh` in a new row."""
    before = {key_fields(table, row): row for row in stored}
    proposals: list[Proposed] = []
    for row in given:
        old = before.get(key_fields(table, row))
        proposals.append(Proposed(old, {**(old or fresh), **row}))
    return proposals


def would_be(proposals: Sequence[Proposed]) -> Written:
    """What writing them would do."""
    new, due = sum(each.old is None for each in proposals), sum(each.is_changed for each in proposals)
    return Written(new, due - new, len(proposals) - due)


def write(
    connection: Connection,
    table: Table,
    proposals: Sequence[Proposed],
    *,
    at: datetime,
    finish: Callable[[Fields], Fields] = dict,
) -> Written:
    """Insert new rows and overwrite changed ones; `finish` makes the table's own columns of a proposal's fields."""
    names = column_names(table)
    due = [proposal for proposal in proposals if proposal.is_changed]
    rows = [(proposal.old is None, {**finish(proposal.new), "changed_at": iso(at)}) for proposal in due]
    inserts = [tuple(row[name] for name in names) for is_new, row in rows if is_new]
    updates = [tuple(row[name] for name in names) for is_new, row in rows if not is_new]
    insert_rows(connection, table, inserts)
    update_rows(connection, table, updates)
    return Written(len(inserts), len(updates), len(proposals) - len(due))


def remove(connection: Connection, table: Table, rows: Sequence[Fields]) -> None:
    """Delete rows."""
    delete_rows(connection, table, [key_fields(table, row) for row in rows])
