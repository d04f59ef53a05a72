"""Bring a database's schema up or down, and say whether it is what the tables say.

Alembic is slow to import, so only who migrates imports this.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import model.migrations
from model.errors import ContractError
from model.store.database import Database
from model.store.schema import current, newest
from model.tables import Base

GUARDED = (
    "audit_event", "money_refusal", "order_change", "order_review", "paper", "paper_credit", "paper_line", "stock_movement",
    "exchange_rate", "posting_rule_set", "tracking_event", "voucher", "voucher_line",
)  # fmt: skip
"""Append-only tables; triggers refuse UPDATE and DELETE on them."""


def upgrade(database: Database, revision: str = "head") -> str | None:
    """Bring the schema up, in one transaction, and give the revision it is at."""
    with _rebuilding(database) as connection:
        command.upgrade(_config(connection), revision)
        return current(connection)


def downgrade(database: Database, revision: str = "base") -> None:
    """Bring the schema down again."""
    with _rebuilding(database) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _rebuilding(database: Database) -> Generator[Connection]:
    """A transaction in which tables may be rebuilt that others refer to; at its end every reference must hold.

    SQLite changes a table by making it anew, and minds its foreign keys meanwhile unless it was told not to before the transaction began.
    """
    with database.unguarded() as connection:
        yield connection
        if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise ContractError(f"schema: rows of {broken[0]} would refer to nothing; nothing was changed")


def head() -> str | None:
    """The newest revision as Alembic knows it, by its chain of revisions."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def problems(database: Database) -> list[str]:
    """What differs between the database and what this version needs, one line each; empty when all is well."""
    with database.read() as connection:
        at = current(connection)
        if at != newest():
            return [f"schema: is at {at or 'nothing'}, this version needs {newest()}; run `entrepot db upgrade`"]
        found = [f"schema: differs: {difference}" for difference in compare_metadata(_context(connection), Base.metadata)]
        return found + _missing_triggers(connection)


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"compare_type": False})


def _missing_triggers(connection: Connection) -> list[str]:
    catalogue = "pg_trigger" if connection.dialect.name == "postgresql" else "sqlite_master"
    column = "tgname" if catalogue == "pg_trigger" else "name"
    present = set(connection.execute(text(f"SELECT {column} FROM {catalogue}")).scalars())  # noqa: S608  two fixed names
    wanted = {f"{table}_no_{verb}" for table in GUARDED for verb in ("update", "delete")}
    return [f"schema: trigger {name} is missing; restore it before anything is written" for name in sorted(wanted - present)]


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(model.migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config
