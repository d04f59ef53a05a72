"""Facts posted and brought to a ledger by a process that is killed with SIGKILL at any boundary, by the next ones to the end, and judged.

The ledger is a make-believe Xero that keeps its books in a file: what a killed process had it book stays booked. It knows no
idempotency key, so whoever sends again without looking books twice.
"""

import ast
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import httpx
from sqlalchemy import select

from connectors._kit.http import Pause
from model.store.database import Database
from model.store.outbox import OUTBOX
from model.store.vouchers import VOUCHERS
from operations.auditor import audit
from operations.books.ledger_verbs import push_vouchers
from operations.books.post import post_vouchers
from operations.money.money_verbs import Days
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account
from tests.conftest import StillClock
from tests.contract.dialects import dialect_of
from tests.contract.effects import Effect
from tests.contract.remote import Remote
from tests.simulation import posting
from tests.simulation.homes import Home, live_once, new_home
from tests.simulation.mortality import Mortality, MortalTransport
from tests.simulation.parcel import send_again_blindly
from tests.simulation.stores import Stores
from tests.unit.operations.ledger_desk import BOOKS

MOST_HOURS = 12
"""Behind a kill, everything must be booked in so many hours at the latest."""


class Ledger(httpx.BaseTransport):
    """A ledger whose books are a file; whoever writes into them may be killed before and after."""

    def __init__(self, books: Path, life: Mortality) -> None:
        self.books, self.life = books, life

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Read the books, do what is asked, write the books."""
        remote = Remote(dialect_of("xero"), {"": []})
        remote.account.effects = entries(self.books)
        before = len(remote.account.effects)
        answer = remote.handle_request(request)
        if len(remote.account.effects) != before:
            self.life.reach("before books")
            self.books.write_text(repr([asdict(each) for each in remote.account.effects]))
            self.life.reach("after books")
        return answer


def entries(books: Path) -> list[Effect]:
    """Everything that a ledger has booked."""
    return [Effect(**each) for each in ast.literal_eval(books.read_text())] if books.exists() else []


@dataclass(slots=True)
class End:
    """What the books and the ledger say when everything has settled."""

    twice: list[str] = field(default_factory=list[str])
    """Vouchers that the ledger has more than once."""
    differing: list[str] = field(default_factory=list[str])
    """Vouchers that one of both has and the other has not."""
    gaps: list[str] = field(default_factory=list[str])
    """Months whose numbers are not 1, 2, 3 …"""
    broken: list[str] = field(default_factory=list[str])
    """What the auditor finds, and commands that are not done."""
    stands: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong."""
        return [*self.twice, *self.differing, *self.gaps, *self.broken]


def prepare(folder: Path, database: Database) -> None:
    """What there is to post, and the key to the ledger."""
    posting.prepare(folder, database)
    (folder / "secret").write_text("suite_client_secret")


def open_hub(home: Home, hours: int) -> Hub:
    """The hub of a home at a later hour each time, with the ledger at the other end."""
    hub = posting.open_hub(home)
    clock = StillClock(posting.WHEN + timedelta(hours=hours))
    waited = [0.0]
    pause = Pause(sleep=lambda seconds: waited.append(waited.pop() + seconds), chance=lambda: 0, clock=lambda: waited[0])
    wire = MortalTransport(Ledger(home.folder / "ledger.txt", home.life), home.life)
    return replace(hub, file=replace(hub.file, ledgers=(BOOKS,)), clock=clock, transport=partial(_through, wire), pause=pause)


def _through(wire: httpx.BaseTransport, _account: Account) -> httpx.BaseTransport:
    return wire


def lived(home: Home, *, hours: int = 0, countdown: int = 0, is_planted: bool = False) -> list[str]:
    """The boundaries that posting and pushing pass, none if they were killed."""

    def live() -> None:
        if is_planted:
            send_again_blindly()
        hub = open_hub(home, hours)
        for report in [*post_vouchers(hub), *push_vouchers(hub, None, Days())]:
            if report.error is not None:
                raise report.error

    return live_once(home, live, countdown)


def end_of(home: Home) -> End:
    """What hub and ledger have in their books."""
    stands = posting.balances_of(home)
    end = End(stands=stands, broken=[f"{found.id}: {found.promise}" for found in audit(home.database.url)])
    with home.database.read() as connection:
        posted = connection.execute(select(VOUCHERS.c.entity_id, VOUCHERS.c.period, VOUCHERS.c.number)).tuples().all()
        waiting = connection.execute(select(OUTBOX.c.reference, OUTBOX.c.state).where(OUTBOX.c.state != "done")).all()
    home.database.close()
    end.broken += [f"{row.reference} is {row.state}" for row in waiting]
    booked = Counter(each.reference for each in entries(home.folder / "ledger.txt"))
    end.twice = sorted(name for name, count in booked.items() if count > 1)
    ours = {f"{entity}/{period}/{number:06}" for entity, period, number in posted}
    end.differing = sorted(ours ^ set(booked))
    for period in {period for _, period, _ in posted}:
        numbers = sorted(number for _, month, number in posted if month == period)
        if numbers != list(range(1, len(numbers) + 1)):
            end.gaps.append(f"{period}: {numbers}")
    return end


class _Own:
    """The homes of a worker process, by stores and kind."""

    homes: ClassVar[dict[str, Home]] = {}


def _home(shared: Stores, kind: str) -> Home:
    key = f"{shared.home}/{kind}"
    if key not in _Own.homes:
        _Own.homes[key] = new_home(shared, kind, "pushing_each", prepare)
    return _Own.homes[key]


def trail(shared: Stores, kind: str) -> list[str]:
    """The boundaries that a post-and-push passes which nobody kills, in order."""
    home = _home(shared, kind)
    home.lay_out()
    return lived(home)


def one_run(job: int, shared: Stores, name: str) -> tuple[int, list[str], End]:
    """Killed at a boundary (0: at none): what was broken right after the kill, and the end once others have done the rest.

    `name` is the database and whether a bug is planted: `sqlite/honest`, `postgres/planted`.
    """
    kind, _, told = name.partition("/")
    home, is_planted = _home(shared, kind), told == "planted"
    home.lay_out()
    if job:
        lived(home, countdown=job, is_planted=is_planted)
    broken = [f"{found.id}: {found.promise}" for found in audit(home.database.url)]
    end = End()
    for hours in range(1, MOST_HOURS):
        lived(home, hours=hours, is_planted=is_planted)
        end = end_of(home)
        if not end.problems:
            break
    return job, broken, end
