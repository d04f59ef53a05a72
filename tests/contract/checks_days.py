"""What every stream promises on a bad day: rows come and go between pages, answers are spoilt, and the flow resumes after each outage."""

import dataclasses
import random
from datetime import timedelta

import httpx

from connectors.capabilities import RawPage
from model.errors import TransientError
from tests.contract import faults
from tests.contract.faults import Fault, Spoiler
from tests.contract.remote import WINDOW, Remote, Row
from tests.contract.stand import Stand, ids_of

DAYS = range(12)
SPOILERS: tuple[Spoiler, ...] = (
    faults.cut,
    faults.for_people,
    faults.dropped,
    faults.status(503),
    faults.status(429, Retry_After="1"),
    faults.status(429, Retry_After="600"),
)
MOST_RUNS = 40
"""More runs than any of these days needs; a day that takes more never ends."""


def a_bad_day_loses_nothing(stand: Stand) -> None:
    """Every row that stays in the window is read in the end, on each of some days of chance."""
    for seed in DAYS:
        day = _Day(stand, seed)
        read = day.read()
        assert day.staying - read == set(), f"day {seed}"


@dataclasses.dataclass
class _Day:
    stand: Stand
    seed: int

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  a fixed day
        self.rows = [dataclasses.replace(row) for row in self.stand.rows]
        self.staying = ids_of(self.rows)
        self.late = 0
        self.seen: set[str | None] = set()

    def read(self) -> set[str | None]:
        """Read the window as the flow does: a new run after each outage, from the last token."""
        remote = self.stand.remote(self.rows)
        remote.after_list = lambda _turn, shown: self._move(remote, shown)
        token: str | None = None
        for _run in range(MOST_RUNS):
            try:
                for page in self.stand.link(self._faulty(remote)).pages(resume=token):
                    self._take(page)
                    token = page.resume
            except TransientError:
                continue
            return self.seen
        raise AssertionError("the day never ends")

    def _take(self, page: RawPage) -> None:
        self.seen |= {self.stand.kind.external_id_in(raw) for raw in page.slices}

    def _faulty(self, remote: Remote) -> Fault:
        return Fault(remote, self._spoilt, lambda _turn: self.chance.random() < 1 / 4)

    def _spoilt(self, request: httpx.Request, remote: httpx.BaseTransport) -> httpx.Response:
        return self.chance.choice(SPOILERS)(request, remote)

    def _move(self, remote: Remote, shown: list[Row]) -> None:
        """Some rows change and leave the window, read or not yet; some turn up late, anywhere."""
        rows = remote.rows[self.stand.stream.rows]
        here = [row for row in rows if row.updated < WINDOW.end]
        leaving = self.chance.sample(shown, len(shown) // 3) + self.chance.sample(here, min(2, len(here)))
        for row in leaving if self.chance.random() < 1 / 3 else ():
            row.updated = WINDOW.end + timedelta(days=1)
            self.staying.discard(row.external_id)
        for _ in range(self.chance.randrange(4) if self.chance.random() < 1 / 3 else 0):
            self.late += 1
            moment = WINDOW.start + timedelta(seconds=self.chance.randrange(86_000))
            number = self.chance.choice((1000, 5000)) + self.late
            rows.append(self.stand.row(self.late, self.stand.shape.numbered(number), moment))


DAY = (a_bad_day_loses_nothing,)
