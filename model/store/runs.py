"""Runs: what each reading of a stream did, counted in the same transactions as the pages it saved."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from model.store.database import insert_ignoring
from model.tables.audit import ActorRow
from model.tables.landing import QuarantineRow
from model.tables.streams import ConfigVersionRow, PullRunRow


@dataclass(slots=True)
class Counts:
    """What came of the payloads of a run; their sum is the number of payloads read."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    quarantined: int = 0

    def add(self, other: "Counts") -> None:
        """Count another page in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def read(self) -> int:
        """Payloads read."""
        return self.new + self.changed + self.unchanged + self.superseded + self.quarantined


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of one stream."""

    id: str
    account_id: str
    stream: str
    scope: str
    actor_id: str
    started_at: datetime
    config_hash: str | None = None
    counts: Counts = field(default_factory=Counts)


def meet_actor(connection: Connection, actor_id: str, name: str, *, at: datetime) -> None:
    """Make sure the actor has a row."""
    connection.execute(insert_ignoring(connection, ActorRow).values(id=actor_id, name=name, first_seen_at=at))


def last_whole(connection: Connection, account_id: str, stream: str, *, before: datetime | None = None) -> datetime | None:
    """When, by our own clock, the last reading of a stream began that went on to its end (and ended before an instant).

    Everything the source showed then is stored.
    """
    row = PullRunRow
    whole = [row.account_id == account_id, row.stream == stream, row.scope == "", row.outcome == "done"]
    if before is not None:
        whole.append(row.ended_at < before)
    return connection.execute(select(func.max(row.started_at)).where(*whole)).scalar()


def read_until(connection: Connection, account_id: str, stream: str) -> datetime | None:
    """Up to when, by our own clock, all of a stream is read; None if it never was.

    What lies in quarantine came about before anybody saw it there, after the reading before that had begun.
    """
    row = QuarantineRow
    waits = (row.account_id == account_id, row.stream == stream, row.state == "open")
    unread = connection.execute(select(func.min(row.first_seen_at)).where(*waits)).scalar()
    return last_whole(connection, account_id, stream, before=unread)


def begin(connection: Connection, run: Run, actor_name: str) -> None:
    """Write the run down as running."""
    meet_actor(connection, run.actor_id, actor_name, at=run.started_at)
    connection.execute(
        insert(PullRunRow).values(
            id=run.id, account_id=run.account_id, stream=run.stream, scope=run.scope, actor_id=run.actor_id,
            started_at=run.started_at, outcome="running", new=0, changed=0, unchanged=0, superseded=0, quarantined=0, pages=0,
            config_hash=run.config_hash,
        )
    )  # fmt: skip


def count_page(connection: Connection, run_id: str, counts: Counts) -> None:
    """Add one saved page to the run's counts."""
    row = PullRunRow
    connection.execute(
        update(row)
        .where(row.id == run_id)
        .values(
            new=row.new + counts.new,
            changed=row.changed + counts.changed,
            unchanged=row.unchanged + counts.unchanged,
            superseded=row.superseded + counts.superseded,
            quarantined=row.quarantined + counts.quarantined,
            pages=row.pages + 1,
        )
    )


def end(connection: Connection, run_id: str, outcome: str, message: str | None, *, at: datetime) -> None:
    """Close the run with its outcome: done, failed or skipped."""
    connection.execute(update(PullRunRow).where(PullRunRow.id == run_id).values(outcome=outcome, message=message, ended_at=at))


def abandon(connection: Connection, account_id: str, stream: str, *, at: datetime) -> None:
    """Close runs of a stream that were left running by a killed process; called by the next holder of its lease."""
    left = update(PullRunRow).where(PullRunRow.account_id == account_id, PullRunRow.stream == stream, PullRunRow.outcome == "running")
    connection.execute(left.values(outcome="failed", message="left unfinished by a process that is gone", ended_at=at))


def ended_after(connection: Connection, instant: datetime) -> list[dict[str, Any]]:
    """Runs that ended later than this, by their end."""
    row = PullRunRow
    finished = select(row.__table__).where(row.ended_at > instant).order_by(row.ended_at)
    return [dict(run) for run in connection.execute(finished).mappings()]


def keep_config(connection: Connection, config_hash: str, body: str, *, at: datetime) -> None:
    """Store a version of hub.toml once, so that runs can cite it."""
    connection.execute(insert_ignoring(connection, ConfigVersionRow).values(hash=config_hash, body=body, first_used_at=at))
