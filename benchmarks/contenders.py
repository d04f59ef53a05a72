"""Who is measured, on what, and by which command: Entrepot itself and the anchors beside it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub_home import ORDERS_FROM, environment, write_home
from street_pages import FIRST_READ, SECOND_READ

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / ".benchmarks"
"""Worlds, environments and results; never part of the repository."""
ANCHORS: Final = Path(__file__).parent / "anchors"
PYTHON: Final = {"project": sys.executable, "dlt": str(KEPT / "dlt/bin/python"), "orm": str(KEPT / "orm/bin/python")}

STEPS: Final = ("first", "idle", "again", "changed")
"""A fresh database; a run with nothing new; the same window read a second time; a run after 1 % of the orders were edited."""
_SINCE: Final = f"{ORDERS_FROM:%Y-%m-%dT%H:%M:%S}"
_UNTIL: Final = f"{FIRST_READ:%Y-%m-%dT%H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one contender works: the shop's address, its database, and a folder of its own."""

    shop_url: str
    shop_port: int
    database_url: str
    folder: Path

    @property
    def driver_url(self) -> str:
        """The database's address for SQLAlchemy with psycopg."""
        return self.database_url.replace("postgresql://", "postgresql+psycopg://")


Command = Callable[[Place, str], list[str]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing that is measured: steps by (orders, database) and how each step is started."""

    name: str
    runs_in: str
    command: Command
    steps: Mapping[tuple[int, str], tuple[str, ...]]
    environment: Callable[[Place], dict[str, str]] = field(default=lambda _place: {})

    @property
    def missing(self) -> str | None:
        """Why it cannot run here, if it cannot."""
        if Path(PYTHON[self.runs_in]).exists():
            return None
        return f"{self.name}: skipped, its environment is not installed (benchmarks/anchors/setup.sh)"


def _entrepot(_place: Place, step: str) -> list[str]:
    window = ["--since", _SINCE, "--until", _UNTIL] if step == "again" else []
    return [str(Path(sys.executable).with_name("entrepot")), "run", "pull_orders", "--json", *window]


def _entrepot_environment(place: Place) -> dict[str, str]:
    return environment(write_home(place.folder, place.shop_port), place.database_url)


def _floor(place: Place, step: str) -> list[str]:
    since, until = (_UNTIL, f"{SECOND_READ:%Y-%m-%dT%H:%M:%S}") if step == "changed" else (_SINCE, _UNTIL)
    return [PYTHON["project"], str(ANCHORS / "floor.py"), place.shop_url, place.driver_url, "--since", since, "--until", until]


def _modified_after(step: str) -> list[str]:
    return ["--since", _UNTIL] if step == "changed" else []


def _dlt(place: Place, step: str) -> list[str]:
    script = [PYTHON["dlt"], str(ANCHORS / "dlt_merge.py"), place.shop_url, place.database_url]
    return [*script, "--pipelines", str(place.folder / "pipelines"), *_modified_after(step)]


def _orm(place: Place, step: str) -> list[str]:
    return [PYTHON["orm"], str(ANCHORS / "orm_merge.py"), place.shop_url, place.driver_url, *_modified_after(step)]


def _pages(place: Place, step: str) -> list[str]:
    return [PYTHON["project"], str(ANCHORS / "pages.py"), place.shop_url, *_modified_after(step)]


_SMALL, _LARGE = 10_000, 100_000
_RELOADS = ("first", "again", "changed")
_EVERYWHERE = [(orders, database) for orders in (_SMALL, _LARGE) for database in ("postgres", "sqlite")]
CONTENDERS: Final = (
    Contender("pages", "project", _pages, {(orders, "none"): ("first", "again") for orders in (_SMALL, _LARGE)}),
    Contender("entrepot", "project", _entrepot, dict.fromkeys(_EVERYWHERE, STEPS), _entrepot_environment),
    Contender("floor", "project", _floor, dict.fromkeys(_EVERYWHERE, _RELOADS)),
    Contender("dlt", "dlt", _dlt, {(_SMALL, "postgres"): _RELOADS, (_SMALL, "sqlite"): _RELOADS}),
    Contender(
        "dlt tuned", "dlt", lambda place, step: [*_dlt(place, step), "--tuned"],
        {(_SMALL, "postgres"): _RELOADS, (_LARGE, "postgres"): ("first",)},
    ),
    Contender("orm", "orm", _orm, {(_SMALL, "postgres"): _RELOADS, (_SMALL, "sqlite"): ("first",)}),
)  # fmt: skip


def steps_at(contender: Contender, orders: int, database: str) -> tuple[str, ...]:
    """What is measured at this size; sizes not planned for (a trial with few orders) are treated like the small one."""
    planned = orders if orders in {_SMALL, _LARGE} else _SMALL
    return contender.steps.get((planned, database), ())
