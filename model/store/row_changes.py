"""What a new reading changes in rows that are there already, and how that is told to people."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlalchemy import Table

from model.store.bulk import Primitive, PrimitiveRow, column_names, key_of

OUR_OWN = frozenset({
    "fetch_seq", "mapping_version", "raw_id", "own_raw_id", "run_id", "first_run_id", "first_seen_at", "changed_at", "source_version",
    "updated_at",
})  # fmt: skip
"""Columns that say how we read, not what the channel told; they are written but make no history."""
PERSONAL = frozenset({"personal", "personal_digest", "key_id", "email_index", "phone_index"})


@dataclass(slots=True)
class RowChanges:
    """The difference between stored and new rows of one table."""

    inserts: list[PrimitiveRow] = field(default_factory=list[PrimitiveRow])
    updates: list[PrimitiveRow] = field(default_factory=list[PrimitiveRow])
    vanished: list[PrimitiveRow] = field(default_factory=list[PrimitiveRow])
    telling: list[PrimitiveRow] = field(default_factory=list[PrimitiveRow])
    """Those of the updates that say something else than before; the others were only read again."""


def compare(table: Table, stored: Sequence[PrimitiveRow], new: Sequence[PrimitiveRow]) -> RowChanges:
    """Rows to insert, to overwrite, and those the channel no longer shows."""
    before = {key_of(table, row): row for row in stored}
    changes = RowChanges()
    for row in new:
        old = before.pop(key_of(table, row), None)
        if old is None:
            changes.inserts.append(row)
        elif differs(table, old, row, PERSONAL - {"personal_digest"}):
            changes.updates.append(row)
            changes.telling += [row] if differs(table, old, row, (PERSONAL | OUR_OWN) - {"personal_digest"}) else []
    changes.vanished = list(before.values())
    return changes


def differs(table: Table, old: PrimitiveRow, new: PrimitiveRow, skip: AbstractSet[str]) -> bool:
    """Whether two rows of one key differ outside some columns; sealed values are compared by their digest, never by their ciphertext."""
    return any(a != b for name, a, b in zip(column_names(table), old, new, strict=True) if name not in skip)


def told(table: Table, changes: RowChanges, before: Mapping[PrimitiveRow, PrimitiveRow]) -> dict[str, list[Primitive]]:
    """The changes of one order in one table as `path: [before, after]`; personal fields are named, their values are not."""
    lines: dict[str, list[Primitive]] = {}
    for row in changes.inserts:
        lines[_path(table, row)] = [None, "added"]
    for row in changes.vanished:
        lines[_path(table, row)] = ["removed", None]
        if table.name == "order_line":
            lines[f"{_path(table, row)}.quantity"] = [row[column_names(table).index("quantity")], 0]
    for row in changes.updates:
        old = before[key_of(table, row)]
        for name, a, b in zip(column_names(table), old, row, strict=True):
            if a != b and name not in OUR_OWN and name not in PERSONAL:
                lines[f"{_path(table, row)}.{name}"] = [a, b]
            elif name == "personal_digest" and a != b:
                lines[f"{_path(table, row)}.personal"] = ["changed", "changed"]
    return lines


def _path(table: Table, row: PrimitiveRow) -> str:
    """`order_line[17]`: the table and what names the row within its order; the order's own header is just `orders`."""
    if table.name == "orders":
        return table.name
    columns = column_names(table)
    named = [str(row[i]) for i, name in enumerate(columns) if table.c[name].primary_key and name not in {"id", "order_id"}]
    return f"{table.name}[{','.join(named) or row[columns.index('external_id')]}]"
