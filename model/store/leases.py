"""Leases with fencing tokens: at most one writer per resource, and one that slept past its time is refused.

Time is the database's own. A holder on this machine whose process is gone is replaced at once; any other when its time is up.
Safety never rests on time or liveness: every writing transaction begins with `hold`, which a stale token does not pass.
"""

import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, text, update

from model.errors import ContractError, HubError, TransientError
from model.store.database import Database, insert_ignoring
from model.tables.streams import LeaseRow

TERM_MS = 60_000

NOW_MS = {  # the database's own clock, as an expression
    "postgresql": "(extract(epoch from clock_timestamp()) * 1000)::bigint",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
}


_HOLD = {
    dialect: text(f"UPDATE lease SET expires_at_ms = {now} + {TERM_MS} WHERE resource = :resource AND token = :token")  # noqa: S608  our own text
    for dialect, now in NOW_MS.items()
}
"""Prepared once: it stands in every writing transaction."""


class LeaseHeldError(HubError):
    """Somebody else holds the lease now; not a failure, the work is being done."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease: quote it in every write."""

    resource: str
    token: int
    holder: str


def this_process() -> str:
    """A name for this process that no later one on this machine can share: host, pid, and the start tick of that pid."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_tick(os.getpid())}"


def is_alive(holder: str) -> bool:
    """Whether a holder may still be at work: false only for a process of this machine that is certainly gone."""
    host, _, process = holder.partition(":")
    pid, _, tick = process.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    return _start_tick(int(pid)) == tick.partition(":")[0]


def take(database: Database, resource: str, holder: str) -> Lease:
    """The lease, taken over if free, expired or left by a dead process; LeaseHeldError otherwise."""
    return database.run(lambda connection: _take(connection, resource, holder))


def _take(connection: Connection, resource: str, holder: str) -> Lease:
    free = {"resource": resource, "holder": "", "token": 0, "expires_at_ms": 0}
    connection.execute(insert_ignoring(connection, LeaseRow).values(free))
    row = connection.execute(select(LeaseRow).where(LeaseRow.resource == resource).with_for_update()).one()
    present_ms = now_ms(connection)
    if row.expires_at_ms > present_ms and is_alive(row.holder):
        raise LeaseHeldError(f"{resource}: is being read by {row.holder.rpartition(':')[0]}")
    taken = (
        update(LeaseRow)
        .where(LeaseRow.resource == resource, LeaseRow.token == row.token)
        .values(holder=holder, token=row.token + 1, expires_at_ms=present_ms + TERM_MS)
    )
    if connection.execute(taken).rowcount != 1:
        raise LeaseHeldError(f"{resource}: was taken this moment")
    return Lease(resource, row.token + 1, holder)


def hold(connection: Connection, lease: Lease) -> None:
    """Prolong the lease within the caller's transaction; its row lock keeps a take-over waiting until the commit."""
    named = {"resource": lease.resource, "token": lease.token}
    if connection.execute(_HOLD[connection.dialect.name], named).rowcount != 1:
        raise ContractError(f"{lease.resource}: the lease was taken over; nothing of this page is written")


def keep_out(connection: Connection, resource: str) -> None:
    """Let no holder of this lease write until the caller's transaction ends, whoever holds it: `hold` waits for the row."""
    free = {"resource": resource, "holder": "", "token": 0, "expires_at_ms": 0}
    connection.execute(insert_ignoring(connection, LeaseRow).values(free))
    connection.execute(select(LeaseRow.token).where(LeaseRow.resource == resource).with_for_update()).one()


@contextmanager
def kept(database: Database, lease: Lease, every_s: float = TERM_MS / 3000) -> Generator[None]:
    """Keep a lease alive while its holder waits for a slow remote; a holder that is gone does not beat, so it is replaced."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(database, lease, done, every_s), daemon=True, name=f"lease {lease.resource}")
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(database: Database, lease: Lease, done: threading.Event, every_s: float) -> None:
    while not done.wait(every_s):
        try:
            database.run(lambda connection: hold(connection, lease))
        except TransientError:
            continue  # busy: the next beat, or the next page, prolongs it
        except ContractError:
            return  # taken over: the next write of the holder is refused


def give_back(database: Database, lease: Lease) -> None:
    """Let the next one in without waiting; a lease already taken over is left alone."""
    statement = update(LeaseRow).where(LeaseRow.resource == lease.resource, LeaseRow.token == lease.token).values(expires_at_ms=0)
    database.run(lambda connection: connection.execute(statement))


def now_ms(connection: Connection) -> int:
    """The database's own clock, in milliseconds since 1970."""
    return int(connection.execute(text("SELECT " + NOW_MS[connection.dialect.name])).scalar_one())


def _start_tick(pid: int) -> str:
    """Field 22 of /proc/PID/stat (proc_pid_stat(5)); empty for a process that is gone, `0` where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        return "0"
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] == "Z" else fields[19]
