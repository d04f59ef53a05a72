"""Facts of a month posted by a process that is killed with SIGKILL at any boundary, changed, posted by the next one, and judged."""

from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from sqlalchemy import select, update

from model.store.audit_trail import Actor
from model.store.book_facts import LINES
from model.store.bulk import among
from model.store.database import Database
from model.store.money_rows import line_id
from model.store.sealing import MasterKey
from model.store.vouchers import balances
from operations.auditor import audit
from operations.books.post import post_vouchers
from operations.books.rule_sets import template
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.simulation.homes import Home, live_once, new_home
from tests.simulation.stores import Stores
from tests.unit.operations.money_desk import BANK, PEOPLE, SHOP, STRIPE, charge, payout
from tests.unit.operations.posting_desk import SETTLES, open_books

CHARGES = 12
WHEN = datetime(2026, 3, 20, 12, tzinfo=UTC)
RULES = ("each", "summarised")


def prepare(folder: Path, database: Database) -> None:
    """Charges and a payout that nobody has posted, three that were posted and changed since, and rules in force."""
    clock = StillClock()
    file = HubFile(folder / "hub.toml", "", None, (ENTITY,), (), ())
    hub = Hub(file, database, MasterKey.in_file(folder / "hub.key"), Actor("mia", "Mia Maker"),
              clock=clock)  # fmt: skip
    desk = open_books(hub, folder, clock, _body(folder))
    desk.lines(*(charge(f"old_{number}", 1000, 30) for number in range(3)))
    post_vouchers(desk.hub)
    changed = [line_id("stripe", f"old_{number}") for number in range(3)]
    database.run(
        lambda c: c.execute(
            update(LINES).where(among(c, LINES.c.id, changed)).values(gross_minor=700, net_minor=670, fetch_seq=LINES.c.fetch_seq + 1)
        )
    )
    desk.lines(*(charge(f"ch_{number}", 1000 + number, 30) for number in range(CHARGES)))
    desk.payouts(payout("po_1", 900))


def _body(folder: Path) -> str:
    body = template("international")
    return body if "summarised" not in folder.name else body.replace("summarise = []", 'summarise = ["stripe"]')


def open_hub(home: Home) -> Hub:
    """The hub of a home, as a process opens it."""
    (home.folder / "rules").mkdir(exist_ok=True)
    (home.folder / "rules" / "reconciliation.toml").write_text(SETTLES, "utf-8")
    clock = StillClock(WHEN)
    file = HubFile(home.folder / "hub.toml", "", None, (ENTITY,), PEOPLE, (SHOP,), processors=(STRIPE,), banks=(BANK,))
    return Hub(file, home.database, MasterKey.in_file(home.folder / "hub.key"), Actor("mia", "Mia Maker"), clock=clock)


def lived(home: Home, countdown: int = 0) -> list[str]:
    """The boundaries that a posting passes, none if it was killed."""

    def live() -> None:
        for report in post_vouchers(open_hub(home)):
            if report.error is not None:
                raise report.error

    return live_once(home, live, countdown)


def balances_of(home: Home) -> dict[str, tuple[int, int]]:
    """What each account stands at, in its currency and in the entity's."""
    with home.database.read() as connection:
        found = balances(connection, "main", WHEN.date())
    return {f"{each.account} {each.currency}": (each.amount_minor, each.base_minor) for each in found}


def end_of(home: Home) -> dict[str, object]:
    """What the books say: balances, and what the auditor finds."""
    stands = balances_of(home)
    with home.database.read() as connection:
        changed = connection.execute(select(LINES.c.id)).all()
    home.database.close()
    broken = [f"{found.id}: {found.promise}" for found in audit(home.database.url) if found.id in {"I5", "I7", "I13"}]
    return {"stands": stands, "facts": len(changed), "broken": broken}


class _Own:
    """The homes of a worker process, by stores and kind."""

    homes: ClassVar[dict[str, Home]] = {}


def _home(shared: Stores, name: str) -> Home:
    """This process's home; `name` is the database and the rules: `sqlite/each`."""
    key = f"{shared.home}/{name}"
    if key not in _Own.homes:
        kind, _, rules = name.partition("/")
        _Own.homes[key] = new_home(shared, kind, f"posting_{rules}", prepare)
    return _Own.homes[key]


def trail(shared: Stores, name: str) -> list[str]:
    """The boundaries that a posting passes which nobody kills, in order."""
    home = _home(shared, name)
    home.lay_out()
    return lived(home)


def one_run(job: int, shared: Stores, name: str) -> tuple[int, list[str], dict[str, object]]:
    """A posting killed at a boundary (0: at none): what was broken right after the kill, and the end once another has posted the rest."""
    home = _home(shared, name)
    home.lay_out()
    if job:
        lived(home, job)
    broken = [f"{found.id}: {found.promise}" for found in audit(home.database.url) if found.id in {"I5", "I7", "I13"}]
    lived(home)
    return job, broken, end_of(home)
