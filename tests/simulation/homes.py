"""Where a process lives that is killed: a folder with the remotes' books, and a store on either database, laid out afresh for each run.

The store is always under one address and stays the same engine's: SQLAlchemy keeps what it compiled with the engine, and a forked life
inherits it. Between lives the pool is empty, so no connection is ever shared by two processes.
"""

import gc
import os
import shutil
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from model.store.database import Database
from tests.simulation.mortality import Mortality, make_mortal
from tests.simulation.stores import TEMPLATE, Stores, copy_postgres


@dataclass(slots=True)
class KilledLife(Mortality):
    """A life that ends with SIGKILL at its n-th boundary, of whatever kind."""

    trail: list[str] = field(default_factory=list[str])
    """What was passed, in order."""

    def reach(self, boundary: str) -> None:
        """Pass a boundary, or be killed at it."""
        self.trail.append(boundary)
        if self.countdown and len(self.trail) >= self.countdown:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Home:
    """One folder and one store, as they were prepared, as often as they are wanted."""

    folder: Path
    prepared: Path
    template: str
    """The address of the store as it was prepared."""
    database: Database
    life: KilledLife

    def lay_out(self) -> None:
        """Everything as it was prepared."""
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.folder)
        if self.database.is_postgres:
            server, _, prepared = self.template.rpartition("/")
            copy_postgres(server, prepared, self.database.url.rpartition("/")[2])


Prepare = Callable[[Path, Database], None]
"""Makes what a run begins with: the files of a folder and the rows of a store."""
Course = Callable[[], None]
"""What a process does from its start to its end."""


def new_home(shared: Stores, kind: str, name: str, prepare: Prepare) -> Home:
    """A home as it is prepared; `kind` is sqlite or postgres, `name` tells it from others of the same process."""
    prepared, folder = shared.home / f"prepared-{name}-{kind}", shared.home / f"{name}-{kind}"
    prepared.mkdir()
    template, url = f"sqlite:///{prepared / 'entrepot.db'}", f"sqlite:///{folder / 'entrepot.db'}"
    server = shared.postgres if kind == "postgres" else None
    if server is not None:
        template, url = f"{server}/{name}_prepared_{os.getpid()}", f"{server}/{name}_run_{os.getpid()}"
        copy_postgres(server, TEMPLATE, template.rpartition("/")[2])
    else:
        (prepared / "entrepot.db").write_bytes(shared.sqlite_template)
    database = Database(template)
    prepare(prepared, database)
    database.close()
    home = Home(folder, prepared, template, Database(url), KilledLife())
    home.lay_out()
    make_mortal(home.database, home.life)
    return home


def live_once(home: Home, course: Course, countdown: int = 0) -> list[str]:
    """A process of its own that runs a course; gives the boundaries it passed, none if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _live(home.life, course, countdown, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        said = told.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return []
    if os.waitstatus_to_exitcode(status):
        raise AssertionError(said)
    return said.split("\n")


def _live(life: KilledLife, course: Course, countdown: int, writer: int) -> None:
    """The child: it never returns."""
    gc.freeze()  # or it would look through, and thus copy, all that its parent has
    try:
        life.trail.clear()
        life.countdown = countdown
        course()
        os.write(writer, "\n".join(life.trail).encode())
        os._exit(0)
    except BaseException:  # noqa: BLE001  the child tells its parent and ends, whatever it was
        os.write(writer, traceback.format_exc().encode())
        os._exit(1)
