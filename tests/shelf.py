"""A hub with a shelf: cups, pots, jugs and a set of four cups, moved by hand and promised to orders."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert, select

from model.store.audit_trail import Actor
from model.store.catalogue import BACKORDERS
from model.store.database import Database
from model.store.reservations import RESERVATIONS, OrderDemand, settle_demands
from model.store.sealing import MasterKey
from model.store.stock_levels import LEVELS
from model.tables.catalogue import KitPartRow, SkuRow
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile, Location
from operations.stock_book import Deed, do
from operations.stocktake import show
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.orders import order
from tests.saving import NOW, Store

CODES = ("cup", "pot", "jug", "set")
PLACES = (Location(id="main", name="Main"), Location(id="store", name="Store"), Location(id="web", name="Web", owner="channel"))


def open_shelf(database: Database, home: Path, clock: StillClock) -> Hub:
    """Mia's hub; nothing lies anywhere yet."""
    add_skus(database, CODES)
    database.run(lambda c: c.execute(insert(KitPartRow), [{"kit": "set", "part": "cup", "quantity": 4000}]))
    file = HubFile(home / "hub.toml", "", None, (ENTITY,), (), (), PLACES)
    return Hub(file, database, MasterKey.in_file(home / "hub.key"), Actor("me", "Mia"), clock=clock)


def add_skus(database: Database, codes: Sequence[str]) -> None:
    sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": NOW}
    database.run(lambda c: c.execute(insert(SkuRow), [{"code": code, "title": code.title(), **sku} for code in codes]))


def by(hub: Hub, name: str) -> Hub:
    """The same hub in somebody else's hands."""
    return replace(hub, actor=Actor(name, name.title()))


def move(hub: Hub, kind: str, sku: str, quantity: str, reference: str = "note") -> None:
    """A deed in the main store."""
    do(hub, Deed(kind=kind, sku=sku, location="main", quantity=quantity, reference=reference, reason="a test"))


def laid_in(hub: Hub) -> Hub:
    """The hub with ten cups and five pots in the main store."""
    move(hub, "receive", "cup", "10")
    move(hub, "receive", "pot", "5")
    return hub


def level(hub: Hub, location: str = "main") -> tuple[int, int, int, int]:
    """Cups on hand, damaged, held and reserved, in thousandths."""
    with hub.database.read() as c:
        row = c.execute(select(LEVELS).where(LEVELS.c.sku == "cup", LEVELS.c.location_id == location)).one()
    return row.on_hand, row.damaged, row.held, row.reserved


def reserve(hub: Hub, home: Path, *quantities: int) -> list[str]:
    """Orders for so many thousandths of a cup, one a second; gives their ids, the oldest first."""
    store = Store(hub.database, home)
    store.save(*(order(f"{number}") for number in range(len(quantities))))
    ids = [store.reading.order_id(f"{number}") for number in range(len(quantities))]
    for order_id, quantity in zip(ids, quantities, strict=True):
        demand = OrderDemand(order_id=order_id, lines=(("1", "cup", quantity),), locations=("main",), kind="hard")
        hub.clock.move(seconds=1)  # pyright: ignore
        hub.database.run(lambda c, one=demand: settle_demands(c, [one], at=hub.clock.now(), actor_id="me"))
    return ids


def promises(hub: Hub) -> tuple[dict[str, int], dict[str, int]]:
    """What each order has reserved, and what it waits for."""
    with hub.database.read() as c:
        live = select(RESERVATIONS.c.order_id, RESERVATIONS.c.quantity).where(RESERVATIONS.c.state == "live")
        waits = select(BACKORDERS.c.order_id, BACKORDERS.c.quantity).where(BACKORDERS.c.state == "open")
        return dict(c.execute(live).tuples().all()), dict(c.execute(waits).tuples().all())


def lines_of(hub: Hub, stocktake: str = "spring") -> list[tuple[str, int, int | None]]:
    """SKU, booked and counted of each line of a stocktake."""
    with hub.database.read() as connection:
        return [(line["sku"], line["booked"], line["counted"]) for line in show(connection, stocktake)["lines"]]


def at_once(deeds: Sequence[Callable[[], object]]) -> None:
    """Do them all at the same time, each in a thread of its own."""
    together = threading.Barrier(len(deeds))

    def doing(deed: Callable[[], object]) -> None:
        together.wait()
        deed()

    people = [threading.Thread(target=doing, args=(deed,)) for deed in deeds]
    for person in people:
        person.start()
    for person in people:
        person.join()
