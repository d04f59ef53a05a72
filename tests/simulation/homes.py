"""Where a parcel's course is lived: a folder with the remotes' books, and a store on either database, laid out afresh for each run.

The store is always under one address and stays the same engine's: SQLAlchemy keeps what it compiled with the engine, and a forked life
inherits it. Between lives the pool is empty, so no connection is ever shared by two processes.
"""

import json
import os
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

from model.store.database import Database
from tests.conftest import StillClock
from tests.simulation.mortality import Mortality, make_mortal
from tests.simulation.stores import TEMPLATE, Stores, copy_postgres
from tests.unit.operations.shipping_desk import Desk

UNITS = 3


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
    postgres: str | None
    """Address of the server, without database name; None for SQLite."""
    database: Database
    life: KilledLife

    def lay_out(self) -> None:
        """Everything as it was prepared."""
        self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.folder)
        if self.postgres is not None:
            copy_postgres(self.postgres, f"prepared_{os.getpid()}", f"run_{os.getpid()}")


def new_home(shared: Stores, kind: str) -> Home:
    """A home with one paid order, ten pots at the 3PL, and both remotes' books; `kind` is sqlite or postgres."""
    prepared = shared.home / f"prepared-{kind}"
    prepared.mkdir()
    template, url = f"sqlite:///{prepared / 'entrepot.db'}", f"sqlite:///{shared.home / kind / 'entrepot.db'}"
    server = shared.postgres if kind == "postgres" else None
    if server is not None:
        copy_postgres(server, TEMPLATE, f"prepared_{os.getpid()}")
        template, url = f"{server}/prepared_{os.getpid()}", f"{server}/run_{os.getpid()}"
    else:
        (prepared / "entrepot.db").write_bytes(shared.sqlite_template)
    _prepare(prepared, Database(template))
    home = Home(shared.home / kind, prepared, server, Database(url), KilledLife())
    home.lay_out()
    make_mortal(home.database, home.life)
    return home


def _prepare(folder: Path, database: Database) -> None:
    desk = Desk(database, folder, StillClock())
    desk.lay("pot", 10)
    desk.trade.serve(UNITS, external_id="500")
    (folder / "shop.json").write_text(json.dumps({"id": 500, "status": "processing", "meta_data": []}))
    database.close()
