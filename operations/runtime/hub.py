"""A `Hub`: configuration, database, keys, clock and actor of one process, handed to every verb."""

import getpass
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select

from connectors import registry
from connectors._kit.base import Connector, Wiring
from connectors._kit.guard import guarded_transport
from connectors._kit.http import Pause
from model.errors import ConfigError
from model.store import schema
from model.store.audit_trail import Actor, append
from model.store.database import Database
from model.store.leases import this_process
from model.store.sealing import MasterKey, Sealer
from model.tables.audit import DataKeyRow
from operations.runtime.clock import Clock, SystemClock
from operations.runtime.collector import collect_rarely
from operations.runtime.hub_file import Account, HubFile, read_hub_file
from operations.runtime.secrets import resolved_settings
from operations.runtime.settings import Settings

LANES = 48
"""Enough for 1,000 writes a second with answers after 40 ms; slower rates open fewer."""


def _guarded(channel: Account) -> httpx.BaseTransport:
    return guarded_transport(channel.allow_hosts)


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything a verb needs; the outside world in it is replaceable."""

    file: HubFile
    database: Database
    master: MasterKey
    actor: Actor
    clock: Clock = field(default_factory=SystemClock)
    transport: Callable[[Account], httpx.BaseTransport] = _guarded
    pause: Pause = field(default_factory=Pause)
    lanes: int = 1
    """How many connections an account's writes may use at once; with one, they are sent one after the other in the caller's thread."""
    entropy: Callable[[int], bytes] = os.urandom
    holder: Callable[[], str] = this_process

    def sealer(self) -> Sealer:
        """A sealer for one thread."""
        return Sealer(self.master, self.entropy)

    def new_run_id(self) -> str:
        """A fresh id for a run; runs are events, so theirs are the only ids that are not derived."""
        return self.entropy(8).hex()

    @contextmanager
    def connected(self, channel: Account) -> Generator[Connector[Any]]:
        """The channel's connector, live, closed at the end."""
        kind = registry.find(channel.connector)
        settings = resolved_settings(self.file, channel, kind.settings_type)
        try:
            wiring = Wiring(
                self.transport(channel),
                self.pause,
                self.lanes,
                lambda: self.transport(channel),
                allow_hosts=frozenset(channel.allow_hosts),
                now=self.clock.now,
            )
            connector = registry.connect(channel.connector, settings, wiring)
        except ConfigError as error:
            raise ConfigError(f"{self.file.line(channel, 'settings')}: channel {channel.id}: {error}") from None
        try:
            yield connector
        finally:
            connector.close()

    def note(self, action: str, subject: str, **details: object) -> None:
        """Write what the actor did into the audit trail."""
        at = self.clock.now()
        self.database.run(lambda connection: append(connection, self.actor, action, subject, details, at=at))


@contextmanager
def open_hub(settings: Settings, *, actor: str | None = None, check_schema: bool = True) -> Generator[Hub]:
    """The hub of a home folder. An empty database gets its schema; an older one is refused with the command that mends it."""
    collect_rarely()
    file = read_hub_file(settings.hub_file)
    database = Database(settings.database)
    try:
        if check_schema:
            ensure_schema(database)
        yield Hub(file, database, _master_key(database, settings), acting(file, actor), lanes=LANES)
    finally:
        database.close()


def _master_key(database: Database, settings: Settings) -> MasterKey:
    """The master key this database was sealed with; a first one only where nothing is sealed yet."""
    path = settings.master_key_file
    with database.read() as connection:
        sealed_by = connection.execute(select(DataKeyRow.master_id).limit(1)).scalar() if schema.holds(connection, DataKeyRow) else None
    if sealed_by is not None and not path.exists():
        raise ConfigError(f"{path}: is missing, and the database was sealed with it; restore it from its backup")
    master = MasterKey.in_file(path)
    if sealed_by not in (None, master.id):
        raise ConfigError(f"{path}: is not the key this database was sealed with; restore the file from its backup")
    return master


def ensure_schema(database: Database) -> None:
    """Bring an empty database up; refuse one that is at another revision than this version needs."""
    with database.read() as connection:
        at, empty = schema.current(connection), schema.is_empty(connection)
    if at is None and empty:
        from model.store.migrating import upgrade  # noqa: PLC0415  Alembic takes long to import and is needed once

        upgrade(database)
    elif at != schema.newest():
        raise ConfigError(f"database: its schema is at {at}, this version needs {schema.newest()}; run `entrepot db upgrade`")


def acting(file: HubFile, wanted: str | None) -> Actor:
    """Who acts: the person named by `--as`, else the operating system's user, by their hub.toml entry where there is one."""
    user = wanted or getpass.getuser()
    for person in file.people:
        if person.id == user:
            return Actor(person.id, person.name)
    if wanted is not None:
        known = ", ".join(person.id for person in file.people) or "none yet"
        raise ConfigError(f"--as {wanted}: is not under [[people]] in {file.path.name}; known are {known}")
    return Actor(f"os:{user}", user)
