"""Write many rows with few statements: COPY on PostgreSQL, one prepared statement for all rows on SQLite.

Rows are tuples in the table's own column order, holding what both drivers take as it is: text, int, bool, bytes, None;
instants as ISO text. They bypass SQLAlchemy's per-value processing, which costs more than the database does.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Table, Text, any_, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ColumnElement

from model.tables.base import RowId
from model.values.instant import iso

Primitive = str | int | bool | bytes | None
PrimitiveRow = tuple[Primitive, ...]


@cache
def column_names(table: Table) -> tuple[str, ...]:
    """The table's columns in the order rows are written."""
    return tuple(column.name for column in table.columns)


@cache
def key_positions(table: Table) -> tuple[int, ...]:
    """Where the primary key stands in a row."""
    return tuple(i for i, column in enumerate(table.columns) if column.primary_key)


def key_of(table: Table, row: PrimitiveRow) -> PrimitiveRow:
    """The row's primary key."""
    return tuple(row[i] for i in key_positions(table))


def insert_rows(connection: Connection, table: Table, rows: Sequence[PrimitiveRow]) -> None:
    """Insert rows that are known to be absent; one that is present after all fails the transaction."""
    if not rows:
        return
    columns = ", ".join(column_names(table))
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({columns}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(column_names(table)))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", cast("Any", list(rows)))  # noqa: S608  our own names


def _copy(connection: Connection, statement: str, rows: Sequence[PrimitiveRow]) -> None:
    """COPY past SQLAlchemy, with its errors told as SQLAlchemy tells them, so that conflicts are repeated and refusals recognised."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(cast("Any", statement)) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect) from error


def update_rows(connection: Connection, table: Table, rows: Sequence[PrimitiveRow]) -> None:
    """Overwrite rows by primary key."""
    if not rows:
        return
    names, keys = column_names(table), key_positions(table)
    statement = update(table).where(*(table.c[names[i]] == bindparam(f"key_{names[i]}") for i in keys))
    statement = statement.values({names[i]: bindparam(f"set_{names[i]}") for i in range(len(names)) if i not in keys})
    typed = [typed_row(table, row) for row in rows]
    connection.execute(
        statement,
        [{(f"key_{name}" if i in keys else f"set_{name}"): row[i] for i, name in enumerate(names)} for row in typed],
    )


def delete_rows(connection: Connection, table: Table, keys: Sequence[PrimitiveRow]) -> None:
    """Delete rows by primary key."""
    for chunk in chunks(keys, 200):
        connection.execute(delete(table).where(_keys_in(table, chunk)))


def among(connection: Connection, column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """That a column is one of the values, however many: one array parameter on PostgreSQL, one JSON parameter on SQLite.

    An IN list would be compiled and bound value by value, which costs more than the look-up itself.
    """
    if connection.dialect.name == "postgresql":
        kind = postgresql.UUID(as_uuid=False) if isinstance(column.type, RowId) else Text()
        return column == any_(literal(list(values), postgresql.ARRAY(kind)))
    wanted = func.json_each(json.dumps(values)).table_valued("value")
    return column.in_(select(wanted.c.value))


def load_rows(connection: Connection, table: Table, column: str, values: Sequence[str]) -> list[PrimitiveRow]:
    """All rows whose column is one of the values, as primitive rows."""
    if not values:
        return []
    result = connection.execute(select(*table.columns).where(among(connection, table.c[column], values)))
    return [tuple(primitive(value) for value in row) for row in result]


def primitive(value: Any) -> Primitive:  # noqa: ANN401  whatever a driver gives
    """A loaded value in the form rows are written in."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    return cast("Primitive", value)


def typed_row(table: Table, row: PrimitiveRow) -> tuple[Any, ...]:
    """A primitive row with instants and dates as SQLAlchemy's column types want them."""
    return tuple(
        _READ[type(column.type).__name__](value) if isinstance(value, str) and type(column.type).__name__ in _READ else value
        for column, value in zip(table.columns, row, strict=True)
    )


_READ: dict[str, Any] = {"UtcInstant": datetime.fromisoformat, "Day": date.fromisoformat}


def chunks(values: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """The values in runs of at most `size`: databases bound the parameters of one statement."""
    return (values[start : start + size] for start in range(0, len(values), size))


def _keys_in(table: Table, keys: Sequence[PrimitiveRow]) -> ColumnElement[bool]:
    columns = [list(table.columns)[i] for i in key_positions(table)]
    return tuple_(*columns).in_(list(keys))
