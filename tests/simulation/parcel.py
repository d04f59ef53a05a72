"""One order from review to the channel's notice, run by a process that is killed with SIGKILL at any boundary, and then to its end.

The store, the warehouse's books and the shop's books are files; what a killed process had written stays, whatever it was about to do.
"""

import json
import os
import random
import shutil
import signal
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
from tests.simulation.mortality import Mortality, MortalTransport, make_mortal
from tests.simulation.stores import Stores
from tests.unit.operations.shipping_desk import PARTNER, Desk, shipping_file
from tests.warehouse import Warehouse

UNITS = 3
ROUNDS = 4
"""Rounds without a kill in which everything must settle at the latest."""


class KilledLife(Mortality):
    """A life that ends with SIGKILL at its n-th boundary, of whatever kind."""

    def reach(self, boundary: str) -> None:
        """Pass a boundary, or be killed at it."""
        self.passed[boundary] += 1
        if self.countdown and self.passed.total() >= self.countdown:
            os.kill(os.getpid(), signal.SIGKILL)


class Shop(httpx.BaseTransport):
    """A WooCommerce shop with one order, kept in a file."""

    def __init__(self, books: Path) -> None:
        self.books = books

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The order as it stands, or as it is set."""
        order: dict[str, Any] = json.loads(self.books.read_text())
        if request.method == "PUT":
            told: dict[str, Any] = json.loads(request.content)
            kept = {each["key"]: each for each in order["meta_data"]}
            for each in told.pop("meta_data", []):
                kept[each["key"]] = {"id": kept.get(each["key"], {"id": len(kept) + 1})["id"], **each}
            order |= told | {"meta_data": list(kept.values())}
            self.books.write_text(json.dumps(order))
        return httpx.Response(200, json=order, headers={"Date": "Mon, 02 Mar 2026 12:00:00 GMT"})


@dataclass(frozen=True, slots=True)
class Ship:
    """A scenario: how the warehouse is, how the connector declares it, and what is planted in the hub."""

    is_forgetful: bool = False
    provider_class: str = "A"
    plant: Callable[[], None] | None = None


@dataclass(slots=True)
class End:
    """What the books say when everything has settled."""

    warehouse_orders: int
    notices: int
    on_hand: int
    lifecycle: str
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_right(self) -> bool:
        """One order shipped once, told once, booked once."""
        return (self.warehouse_orders, self.notices, self.on_hand, self.lifecycle, self.problems) == (1, 1, 7000, "shipped", [])


def prepare(home: Path, template: bytes) -> None:
    """A store with one paid order, ten pots at the 3PL, and both remotes' books."""
    home.mkdir(parents=True)
    (home / "entrepot.db").write_bytes(template)
    database = Database(f"sqlite:///{home / 'entrepot.db'}")
    desk = Desk(database, home, StillClock())
    desk.lay("pot", 10)
    desk.trade.serve(UNITS, external_id="500")
    (home / "shop.json").write_text(json.dumps({"id": 500, "status": "processing", "meta_data": []}))
    (home / "key").write_text("ck")
    database.close()


def open_hub(home: Path, life: Mortality, ship: Ship, *, hours: int) -> tuple[Hub, Warehouse]:
    """The hub of a home, at a later hour each time, with both remotes at the other end."""
    database = Database(f"sqlite:///{home / 'entrepot.db'}")
    make_mortal(database, life)
    warehouse = Warehouse(home / "warehouse.json", is_forgetful=ship.is_forgetful)
    remotes: dict[str, httpx.BaseTransport] = {"threepl": warehouse, "web": Shop(home / "shop.json")}

    def transport(account: Account) -> httpx.BaseTransport:
        return MortalTransport(remotes[account.id], life)

    file, master = shipping_file(home), MasterKey.in_file(home / "master.key")
    clock = StillClock(NOW + timedelta(hours=hours))
    warehouse.at = clock.at
    return Hub(file, database, master, Actor("me", "Me"), clock=clock, transport=transport), warehouse


def course(hub: Hub, warehouse: Warehouse) -> None:
    """Everything the hub's schedule does about an order, once; the warehouse works in between."""
    review_orders(hub)
    release_fulfilments(hub)
    drain_account(hub, PARTNER)
    warehouse.ship()
    for outcome in pull_channel(hub, PARTNER):
        if outcome.error is not None:
            raise outcome.error
    book_advices(hub, PARTNER)
    review_orders(hub)
    drain_account(hub, hub.file.channel("web"))


def live_once(home: Path, ship: Ship, *, hours: int, countdown: int = 0) -> int:
    """A process of its own that runs the course; gives how many boundaries it passed, or 0 if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _live(home, ship, hours, countdown, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        said = told.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return 0
    if os.waitstatus_to_exitcode(status):
        raise AssertionError(said)
    return int(said)


def _live(home: Path, ship: Ship, hours: int, countdown: int, writer: int) -> None:
    """The child: it never returns."""
    try:
        if ship.plant is not None:
            ship.plant()
        facts = ShipBob.shipment_command
        ShipBob.shipment_command = CommandFacts("A" if ship.provider_class == "A" else "B", facts.rate)
        life = KilledLife(countdown=countdown)
        course(*open_hub(home, life, ship, hours=hours))
        os.write(writer, str(life.passed.total()).encode())
        os._exit(0)
    except BaseException:  # noqa: BLE001  the child tells its parent and ends, whatever it was
        os.write(writer, traceback.format_exc().encode())
        os._exit(1)


def killed_at(template: Path, home: Path, ship: Ship, points: list[int]) -> End:
    """The course killed at these boundaries, one life after the other, then run to its end; what the books say then."""
    shutil.copytree(template, home)
    hours = 0
    for point in points:
        live_once(home, ship, hours=hours, countdown=point)
        hours += 1
    found = End(0, 0, 0, "")
    for _ in range(ROUNDS):
        live_once(home, ship, hours=hours)
        hours += 5
        found = end_of(home)
        if found.is_right:
            break
    shutil.rmtree(home)
    return found


def end_of(home: Path) -> End:
    """What the hub, the warehouse and the shop have in their books."""
    url = f"sqlite:///{home / 'entrepot.db'}"
    database = Database(url)
    with database.read() as c:
        on_hand = c.exec_driver_sql("SELECT on_hand FROM stock_level WHERE sku = 'pot' AND location_id = 'east'").scalar_one()
        lifecycle = c.exec_driver_sql("SELECT lifecycle FROM order_state").scalar_one()
        open_rows = c.exec_driver_sql("SELECT operation, state, problem FROM outbox WHERE state <> 'done'").fetchall()
    database.close()
    told = [each for each in json.loads((home / "shop.json").read_text())["meta_data"] if each["key"].startswith("_entrepot_shipment_")]
    problems = [f"{each.id}: {each.promise}" for each in audit(url)] + [str(tuple(row)) for row in open_rows]
    return End(len(Warehouse(home / "warehouse.json").orders), len(told), on_hand, lifecycle, problems)


def send_again_blindly() -> None:
    """A planted bug: what a dead process was sending is taken for unsent."""
    outbox.recover = _forget_that_it_left


def _forget_that_it_left(connection: Connection, account_id: str, *, now: datetime) -> int:
    c = outbox.OUTBOX.c
    lost = update(outbox.OUTBOX).where(c.account_id == account_id, c.state.in_(("sending", "probing")))
    return connection.execute(lost.values(state="pending", holder=None, expires_at_ms=0, due_at=now)).rowcount


PLANTS: Mapping[str, Ship] = {
    "honest": Ship(),
    "found by looking": Ship(is_forgetful=True, provider_class="B"),
    "a remote without dedupe": Ship(is_forgetful=True),
    "a blind resend": Ship(is_forgetful=True, provider_class="B", plant=send_again_blindly),
}
"""Scenarios by name; the last two are to be caught."""


def one_run(job: int, shared: Stores, name: str) -> tuple[list[int], End]:
    """The run of a number: below `MULTI` it is killed there, above it a drawn number of times at drawn boundaries."""
    template = shared.home / "template"
    if not template.exists():
        prepare(template, shared.sqlite_template)
    points = [job]
    if job >= MULTI:
        dice = random.Random(job)  # noqa: S311  dice, not secrets
        points = [dice.randint(1, LONGEST) for _ in range(dice.randint(2, 6))]
    return points, killed_at(template, shared.home / f"run-{name}-{job}", PLANTS[name], points)


MULTI = 1_000_000
LONGEST = 922
"""Boundaries that a whole course passed when this was written; a later kill befalls nobody."""


def length(shared: Stores) -> int:
    """How many boundaries a course passes that nobody kills."""
    home = shared.home / "length"
    prepare(home, shared.sqlite_template)
    return live_once(home, Ship(), hours=0)
