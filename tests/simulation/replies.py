"""A day and a half of a warehouse's files, read and acknowledged by processes that are killed at any boundary."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from model.store.database import Database
from tests.conftest import StillClock
from tests.simulation.homes import Home, live_once, new_home
from tests.simulation.stores import Stores
from tests.unit.operations.edi_office import START, Office

ORDERS = 3


def prepare(folder: Path, database: Database) -> None:
    """What the warehouse has told; the hub has read nothing of it."""
    office = Office(database, folder, StillClock(START))
    for number in range(ORDERS):
        office.ask(number)
    office.pass_by(hours=36)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a run: what the warehouse told, what of it was not answered by exactly one yes, and what the auditor found."""

    told: int
    unanswered: Mapping[str, list[str]]
    problems: list[object]

    @property
    def is_right(self) -> bool:
        """All of it was answered once."""
        return self.told > 0 and not self.unanswered and not self.problems


class _Own:
    """The homes of a worker process, by stores and database."""

    homes: ClassVar[dict[str, Home]] = {}


def _home(shared: Stores, kind: str) -> Home:
    key = f"{shared.home}/{kind}"
    if key not in _Own.homes:
        _Own.homes[key] = home = new_home(shared, kind, "replies", prepare)
        _course(home, 1)
    return _Own.homes[key]


def _course(home: Home, life: int) -> None:
    """All that the hub's schedule does about what a partner tells, an hour after the life before."""
    clock = StillClock(START)
    clock.move(hours=36 + life)
    office = Office(home.database, home.folder, clock, life)
    office.exchange()
    office.drain()


def trail(shared: Stores, kind: str) -> list[str]:
    """The boundaries that a course passes which nobody kills, in order."""
    home = _home(shared, kind)
    home.lay_out()
    return live_once(home, lambda: _course(home, 1))


def killed_twice(job: int, shared: Stores, kind: str) -> Answered:
    """The course killed at a boundary, and once more half as far; then run to its end, and what the warehouse's books say."""
    home = _home(shared, kind)
    home.lay_out()
    for life, point in enumerate((job, job // 2 + 1, 0, 0), 1):
        live_once(home, lambda life=life: _course(home, life), point)
    clock = StillClock(START)
    clock.move(hours=48)
    office = Office(home.database, home.folder, clock)
    told = office.street.told()
    office.street.advance()
    home.database.close()
    answers = office.street.acknowledged()
    unanswered = {number: answers.get(number, []) for number in told if answers.get(number) != ["A"]}
    return Answered(len(told), unanswered, office.audited())
