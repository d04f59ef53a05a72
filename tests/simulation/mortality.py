"""How a process dies at a chosen boundary: around any SQL statement, any COMMIT, any HTTP exchange, and everything after it too.

`KilledError` is no `Exception`, so nothing catches it; once dead, every further statement or exchange raises it again, so that no
`finally` of the product can tidy up after a death that a real kill would not have let it survive.
"""

import traceback
from collections import Counter
from dataclasses import dataclass, field

import httpx
from sqlalchemy import Engine, PoolProxiedConnection, event

from model.store.database import Database

BOUNDARIES = ("before SQL", "after SQL", "before COMMIT", "after COMMIT", "before HTTP", "after HTTP")
TYPICAL = {"before SQL": 60, "after SQL": 60, "before COMMIT": 25, "after COMMIT": 25, "before HTTP": 12, "after HTTP": 12}
"""How many boundaries of a kind a step passes at least, until a step of this run has shown more."""


class KilledError(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Mortality:
    """One process's life: it ends at the `countdown`-th passing of `boundary`; without a boundary it is never cut short."""

    boundary: str | None = None
    countdown: int = 0
    is_dead: bool = False
    passed: Counter[str] = field(default_factory=Counter[str])

    def begin(self) -> None:
        """Begin anew, as another process."""
        self.boundary, self.countdown, self.is_dead = None, 0, False
        self.passed.clear()

    def doom(self, boundary: str, countdown: int) -> None:
        """Settle where this life will end, counting from now."""
        self.boundary, self.countdown = boundary, countdown

    def spare(self) -> None:
        """Forget the settled end, if it has not come."""
        self.boundary = None

    def reach(self, boundary: str) -> None:
        """Pass a boundary, or die at it."""
        if self.is_dead:
            raise KilledError(boundary)
        self.passed[boundary] += 1
        if boundary == self.boundary:
            self.countdown -= 1
            if self.countdown <= 0:
                self.is_dead = True
                raise KilledError(boundary)


def make_mortal(database: Database, life: Mortality) -> None:
    """Let every statement and COMMIT of a database's engines pass the life's boundaries."""
    with database.read() as connection:
        reader = connection.engine
    for engine in {database.engine, reader}:
        _watch(engine, life)


def _watch(engine: Engine, life: Mortality) -> None:
    def before(*_: object) -> None:
        life.reach("before SQL")

    def after(*_: object) -> None:
        life.reach("after SQL")

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    commit = engine.dialect.do_commit

    def mortal_commit(dbapi_connection: PoolProxiedConnection) -> None:
        life.reach("before COMMIT")
        commit(dbapi_connection)
        life.reach("after COMMIT")

    engine.dialect.do_commit = mortal_commit


@dataclass(slots=True)
class MortalTransport(httpx.BaseTransport):
    """A transport whose user may die before a request leaves or after its answer came."""

    inner: httpx.BaseTransport
    life: Mortality

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The inner transport's answer."""
        self.life.reach("before HTTP")
        response = self.inner.handle_request(request)
        self.life.reach("after HTTP")
        return response


def forget_frames(killed: BaseException) -> None:
    """Let go of what the dead process's frames hold: SQLite keeps a closed connection's locks for as long as a cursor of it lives."""
    error: BaseException | None = killed
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__
