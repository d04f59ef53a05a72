"""One order from review to the channel's notice, run by a process that is killed with SIGKILL at any boundary, and then to its end.

A boundary is what lies around each statement, each COMMIT, each exchange and each writing of a remote's books. The store and the remotes'
books outlive a killed process with whatever it had written, whatever it was about to do.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import httpx
from sqlalchemy import Connection, update

from connectors.capabilities import CommandFacts
from connectors.shipbob.connector import ShipBob
from model.store import outbox
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.sealing import MasterKey
from operations.auditor import audit
from operations.book_advices import book_advices
from operations.dispatch import drain_account
from operations.pull import pull_channel
from operations.release import release_fulfilments
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account
from tests.conftest import StillClock
from tests.saving import NOW
from tests.simulation.homes import Home, live_once, new_home
from tests.simulation.mortality import MortalTransport
from tests.simulation.parcel_remotes import MortalWarehouse, Shop
from tests.simulation.stores import Stores
from tests.unit.operations.shipping_desk import PARTNER, Desk, shipping_file
from tests.warehouse import Warehouse

UNITS = 3
MOST_HOURS = 15
"""Without a kill, everything must have settled in so many hours at the latest; it is looked at each five."""


@dataclass(frozen=True, slots=True)
class Ship:
    """A scenario: how the warehouse is, how the connector declares it, and what is planted in the hub."""

    is_forgetful: bool = False
    is_prompt: bool = False
    visits: tuple[int | None, ...] = (None,)
    """How many pots leave before each reading; None is all that are asked for."""
    provider_class: str = "A"
    plant: Callable[[], None] | None = None


@dataclass(slots=True)
class End:
    """What the books say when everything has settled."""

    warehouse_orders: int
    parcels: int
    notices: int
    on_hand: int
    lifecycle: str
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_right(self) -> bool:
        """One order shipped once, each of its parcels told once, booked once."""
        stands = (self.warehouse_orders, self.on_hand, self.lifecycle, self.problems) == (1, 7000, "shipped", [])
        return stands and self.notices == self.parcels


def prepare(folder: Path, database: Database) -> None:
    """One paid order, ten pots at the 3PL, and the shop's books."""
    desk = Desk(database, folder, StillClock())
    desk.lay("pot", 10)
    desk.trade.serve(UNITS, external_id="500")
    (folder / "shop.json").write_text(json.dumps({"id": 500, "status": "processing", "meta_data": []}))


def open_hub(home: Home, ship: Ship, *, hours: int) -> tuple[Hub, Warehouse, StillClock]:
    """The hub of a home, at a later hour each time, with both remotes at the other end."""
    folder, life = home.folder, home.life
    warehouse = MortalWarehouse(folder / "warehouse.json", life, is_forgetful=ship.is_forgetful, is_prompt=ship.is_prompt)
    remotes: dict[str, httpx.BaseTransport] = {"threepl": warehouse, "web": Shop(folder / "shop.json", life)}

    def transport(account: Account) -> httpx.BaseTransport:
        return MortalTransport(remotes[account.id], life)

    clock = StillClock(NOW + timedelta(hours=hours))
    warehouse.at = clock.at
    master = MasterKey.in_file(folder / "master.key")
    return Hub(shipping_file(folder), home.database, master, Actor("me", "Me"), clock=clock, transport=transport), warehouse, clock


def course(hub: Hub, warehouse: Warehouse, clock: StillClock, ship: Ship) -> None:
    """Everything the hub's schedule does about an order, once; the warehouse works in between."""
    review_orders(hub)
    release_fulfilments(hub)
    drain_account(hub, PARTNER)
    for pots in ship.visits:
        if pots is None:
            warehouse.ship()
        else:
            warehouse.ship(pot=pots)
        clock.move(minutes=5)
        warehouse.at = clock.at
        for outcome in pull_channel(hub, PARTNER):
            if outcome.error is not None:
                raise outcome.error
        book_advices(hub, PARTNER)
    review_orders(hub)
    drain_account(hub, hub.file.channel("web"))


def lived(home: Home, ship: Ship, *, hours: int, countdown: int = 0) -> list[str]:
    """The boundaries that a life of the scenario passes, none if it was killed."""

    def live() -> None:
        if ship.plant is not None:
            ship.plant()
        facts = ShipBob.shipment_command
        ShipBob.shipment_command = CommandFacts("A" if ship.provider_class == "A" else "B", facts.rate)
        course(*open_hub(home, ship, hours=hours), ship)

    return live_once(home, live, countdown)


def killed_at(home: Home, ship: Ship, points: list[int]) -> End:
    """The course killed at these boundaries, one life after the other, then run to its end; what the books say then."""
    home.lay_out()
    hours = 0
    for point in points:
        lived(home, ship, hours=hours, countdown=point)
        hours += 1
    lived(home, ship, hours=hours)
    while not (found := end_of(home)).is_right and hours < len(points) + MOST_HOURS:
        hours += 5
        lived(home, ship, hours=hours)
    return found


def end_of(home: Home) -> End:
    """What the hub, the warehouse and the shop have in their books."""
    with home.database.read() as c:
        on_hand = c.exec_driver_sql("SELECT on_hand FROM stock_level WHERE sku = 'pot' AND location_id = 'east'").scalar_one()
        lifecycle = c.exec_driver_sql("SELECT lifecycle FROM order_state").scalar_one()
        open_rows = c.exec_driver_sql("SELECT operation, state, problem FROM outbox WHERE state <> 'done'").fetchall()
    home.database.close()
    shown = json.loads((home.folder / "shop.json").read_text())["meta_data"]
    told = [each for each in shown if each["key"].startswith("_entrepot_shipment_")]
    orders = Warehouse(home.folder / "warehouse.json").orders
    problems = [f"{each.id}: {each.promise}" for each in audit(home.database.url)] + [str(tuple(row)) for row in open_rows]
    return End(len(orders), sum(len(each["shipments"]) for each in orders), len(told), on_hand, lifecycle, problems)


def send_again_blindly() -> None:
    """A planted bug: what a dead process was sending is taken for unsent."""
    outbox.recover = _forget_that_it_left


def _forget_that_it_left(connection: Connection, account_id: str, *, now: datetime) -> int:
    c = outbox.OUTBOX.c
    lost = update(outbox.OUTBOX).where(c.account_id == account_id, c.state.in_(("sending", "probing")))
    return connection.execute(lost.values(state="pending", holder=None, expires_at_ms=0, due_at=now)).rowcount


HONEST: dict[str, Ship] = {
    "honest": Ship(),
    "shipped before it answers": Ship(is_prompt=True),
    "two parcels": Ship(visits=(2, None)),
    "found by looking": Ship(is_forgetful=True, provider_class="B"),
    "found when shipped": Ship(is_forgetful=True, provider_class="B", is_prompt=True),
}
"""Scenarios that must end right."""
PLANTS: dict[str, Ship] = {
    "a remote without dedupe": Ship(is_forgetful=True),
    "a blind resend": Ship(is_forgetful=True, provider_class="B", plant=send_again_blindly),
}
"""Scenarios that are to be caught."""
MULTI = 1_000_000
"""Jobs from here on are dice: one of the honest scenarios, killed several times at drawn boundaries."""


class _Own:
    """The homes of a worker process, by stores and database."""

    homes: ClassVar[dict[str, Home]] = {}


def _home(shared: Stores, kind: str) -> Home:
    """This process's home on a database, warmed up by a course that nobody kills."""
    key = f"{shared.home}/{kind}"
    if key not in _Own.homes:
        _Own.homes[key] = home = new_home(shared, kind, "parcel", prepare)
        course(*open_hub(home, Ship(), hours=0), Ship())
    return _Own.homes[key]


def trail(shared: Stores, kind: str, name: str = "honest") -> list[str]:
    """The boundaries that a course passes which nobody kills, in order."""
    home = _home(shared, kind)
    home.lay_out()
    return lived(home, (HONEST | PLANTS)[name], hours=0)


def one_run(job: int, shared: Stores, name: str) -> tuple[str, list[int], End]:
    """The run of a number: below `MULTI` it is killed there, above it a drawn number of times at drawn boundaries.

    `name` is the database and the scenario: `sqlite/honest`.
    """
    kind, _, scenario = name.partition("/")
    points = [job]
    if job >= MULTI:
        dice = random.Random(job)  # noqa: S311  dice, not secrets
        scenario = dice.choice(sorted(HONEST))
        points = [dice.randint(1, LONGEST) for _ in range(dice.randint(2, 6))]
    return scenario, points, killed_at(_home(shared, kind), (HONEST | PLANTS)[scenario], points)


LONGEST = 1000
"""About as many boundaries as a whole course passes; a later kill befalls nobody."""
