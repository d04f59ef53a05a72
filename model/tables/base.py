"""The base of all tables and the few column types that mean the same on SQLite (STRICT) and PostgreSQL."""

from datetime import UTC, date, datetime
from typing import Any, cast, get_args

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Dialect, Integer, LargeBinary, MetaData, Text, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from model.values.instant import iso

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

STRICT = {"sqlite_strict": True}
"""Table option: SQLite then refuses a value of another type instead of keeping it."""


class Base(DeclarativeBase):
    """Declarative base; its metadata is what the migrations are checked against."""

    metadata = MetaData(naming_convention=NAMING)


class RowId(TypeDecorator[str]):
    """A derived id as 32 hexadecimal digits: UUID on PostgreSQL, TEXT on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """UUID where the database has one."""
        return dialect.type_descriptor(postgresql.UUID(as_uuid=False) if dialect.name == "postgresql" else Text())

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  the signature is SQLAlchemy's
        """Without PostgreSQL's hyphens, so that an id reads the same everywhere."""
        return value.replace("-", "") if value else value


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant: TIMESTAMPTZ on PostgreSQL, fixed-width ISO text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMPTZ where the database has one."""
        return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Text for SQLite; a naive value is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("instants are aware")
        return value if dialect.name == "postgresql" else iso(value)

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  same
        """Aware UTC again."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


class Day(TypeDecorator[date]):
    """A business date: DATE on PostgreSQL, ISO text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DATE where the database has one."""
        return dialect.type_descriptor(Date() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | str | None:
        """Text for SQLite."""
        return value if value is None or dialect.name == "postgresql" else value.isoformat()

    def process_result_value(self, value: date | str | None, dialect: Dialect) -> date | None:  # noqa: ARG002  same
        """A date again."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class Flag(TypeDecorator[bool]):
    """A truth value: BOOLEAN on PostgreSQL, INTEGER on SQLite, whose STRICT tables know no other."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite."""
        return dialect.type_descriptor(Boolean() if dialect.name == "postgresql" else Integer())

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:  # noqa: ARG002  same
        """A bool again."""
        return None if value is None else bool(value)


Long = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit integer: minor units, thousandths, versions."""

Blob = LargeBinary
"""Sealed bytes."""


def one_of(column: str, words: object) -> CheckConstraint:
    """A check that the column holds one of the words, given as a tuple or a `Literal`."""
    known = cast("tuple[str, ...]", words if isinstance(words, tuple) else get_args(words))
    listed = ", ".join(f"'{word}'" for word in known)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
