"""Which revision a database's schema is at, and which one this version of the hub needs."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

import model.migrations
from model.tables.base import Base


def current(connection: Connection) -> str | None:
    """The revision a database is at; None for one without schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


@cache
def newest() -> str:
    """The revision this version needs: revisions are numbered, and their files begin with the number."""
    versions = Path(model.migrations.__file__).parent / "versions"
    return max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))


def holds(connection: Connection, row: type[Base]) -> bool:
    """Whether the database has this table."""
    return inspect(connection).has_table(row.__tablename__)


def is_empty(connection: Connection) -> bool:
    """Whether the database holds no table at all."""
    return not inspect(connection).get_table_names()
