"""A table's cells as typed rows of one kind; every row that cannot be used is named with its column, the reason and the mend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from model.errors import ConfigError
from operations.masters.cells import Table, Unread, short
from operations.masters.columns import Column, Value
from operations.masters.kinds import Kind


@dataclass(frozen=True, slots=True)
class MasterRow:
    """One row: the values of the columns that the file has; one whose empty cell leaves things as they are is not among them."""

    number: int
    values: Mapping[str, Value]

    def text(self, name: str) -> str:
        """The value of a column that is text and never empty."""
        return str(self.values[name])


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """Why a row is left out."""

    row: int
    column: str
    reason: str

    def told(self, file: str) -> str:
        """The complaint: `skus.csv:7: low_at: is not a number; …`."""
        return f"{file}:{self.row}: {self.column}: {self.reason}"


@dataclass(slots=True)
class Reading:
    """What a table of one kind says."""

    rows: list[MasterRow] = field(default_factory=list[MasterRow])
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    left: list[Mapping[str, Value]] = field(default_factory=list[Mapping[str, Value]])
    """What could be read of the wrong rows."""


def read_rows(kind: Kind, table: Table, file: str) -> Reading:
    """The rows of a table; ConfigError when its columns are not those of the kind."""
    _check_header(kind, table.header, file)
    looked_at = [(i, column) for i, column in enumerate(map(kind.column, table.header)) if not column.is_ignored]
    columns = [column for _, column in looked_at]
    read = [column.form.read([cells[i] for _, cells in table.rows]) for i, column in looked_at]
    reading = Reading()
    seen: dict[tuple[Value, ...], int] = {}
    for position, (number, _) in enumerate(table.rows):
        values, wrong = _row(number, columns, [column[position] for column in read])
        key = tuple(values.get(name) for name in kind.key)
        if not wrong and key in seen:
            wrong = [Wrong(number, kind.key[-1], f"stands in row {seen[key]} already; keep one of them")]
        if wrong:
            reading.wrong += wrong
            reading.left.append(values)
            continue
        seen[key] = number
        reading.rows.append(MasterRow(number, values))
    return reading


def _row(number: int, columns: Sequence[Column], values: Sequence[Value | Unread]) -> tuple[dict[str, Value], list[Wrong]]:
    kept: dict[str, Value] = {}
    wrong: list[Wrong] = []
    for column, value in zip(columns, values, strict=True):
        if isinstance(value, Unread):
            wrong.append(Wrong(number, column.name, value.reason))
        elif value is None and column.empty == "refused":
            wrong.append(Wrong(number, column.name, "is empty; fill it in"))
        elif value is not None or column.empty == "cleared":
            kept[column.name] = value
    if len(wrong) == len(columns) and len({each.reason for each in wrong}) == 1:
        return kept, wrong[:1]  # the row as a whole is broken: once is enough
    return kept, wrong


def _check_header(kind: Kind, header: Sequence[str], file: str) -> None:
    known = [column.name for column in kind.columns]
    unknown = [short(name) for name in header if name not in known]
    if unknown:
        raise ConfigError(f"{file}:1: {', '.join(unknown[:5])}: is no column of {kind.name}; it has {', '.join(known)}")
    missing = [column.name for column in kind.columns if column.is_needed and column.name not in header]
    if missing:
        shown_by = kind.shown_by or f"masters template {kind.name}"
        raise ConfigError(f"{file}:1: {', '.join(missing)}: is missing; `entrepot {shown_by}` shows all columns")
