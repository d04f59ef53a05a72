"""Many processes after the same last units: orders, kits, cancels, hand-overs and expiries, each an attempt in a transaction of its own.

What must come of it is asked of the database afterwards: nothing sold twice, nothing left that somebody waits for.
"""

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from model.store import reservations
from model.store.bulk import insert_rows
from model.store.catalogue import BACKORDERS, KIT_PARTS
from model.store.database import Database
from model.store.reservations import RESERVATIONS, OrderDemand, settle_demands
from model.store.stock_levels import LEVELS, Move, move
from model.tables.catalogue import SkuRow
from model.tables.stock import StockLocationRow
from model.values.ids import derive_id
from model.values.instant import iso

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOCATIONS = ("main", "store")
STOCK = {"apple": 3000, "berry": 4000, "cherry": 2000}
"""Whole units at each location."""
KIT = ("basket", (("apple", 1000), ("berry", 2000)))
WISHES = ("apple", "berry", "cherry", "basket")

Settle = Callable[[Database, OrderDemand], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many try how often, for how much."""

    attempts: int
    processes: int
    stock: dict[str, int]
    settle: Settle


def settle_properly(database: Database, demand: OrderDemand) -> None:
    """The hub's own way."""
    database.run(lambda connection: settle_demands(connection, [demand], at=NOW, actor_id="me"))


def settle_naively(database: Database, demand: OrderDemand) -> None:
    """The planted bug: look first, then write what was worked out, in another transaction."""
    [(line, sku, quantity)] = demand.lines or (("", "", 0),)
    if sku not in STOCK:
        return
    place = (LEVELS.c.sku == sku) & (LEVELS.c.location_id == "main")
    with database.read() as connection:
        level = connection.execute(select(LEVELS).where(place)).one()
    if level.on_hand - level.reserved < quantity:
        return
    row = (derive_id(demand.order_id, "held", "1"), demand.order_id, line, sku, "main", "hard", "live", quantity, iso(NOW), None, None)
    with suppress(IntegrityError), database.write() as connection:  # the database refuses some of it, and cannot see the rest
        connection.execute(update(LEVELS).where(place).values(reserved=level.reserved + quantity))
        insert_rows(connection, RESERVATIONS, [row])


def lay_in(database: Database, stock: dict[str, int]) -> None:
    """SKUs, a kit, two locations and what lies there."""
    sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": NOW}
    with database.write() as connection:
        connection.execute(SkuRow.__table__.insert(), [{"code": code, "title": code, **sku} for code in (*stock, KIT[0])])  # pyright: ignore
        connection.execute(StockLocationRow.__table__.insert(), [{"id": each, "owner": "hub", "first_seen_at": NOW} for each in LOCATIONS])  # pyright: ignore
        connection.execute(KIT_PARTS.insert(), [{"kit": KIT[0], "part": part, "quantity": quantity} for part, quantity in KIT[1]])
        received = [
            Move(id=derive_id("receipt", code, place), sku=code, location=place, kind="receipt", on_hand=units * 1000, reference="first")
            for code, units in stock.items()
            for place in LOCATIONS
        ]
        move(connection, received, at=NOW, actor_id="me")


def fight(database_url: str, order_ids: Sequence[str], plan: Plan) -> Counter[str]:
    """Let all processes run to the end; gives how often each deed was done."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(plan.processes) as pool:
        jobs = [(database_url, list(order_ids[number :: plan.processes]), number, plan) for number in range(plan.processes)]
        return sum(pool.starmap(_one, jobs, chunksize=1), Counter[str]())


def _one(database_url: str, order_ids: list[str], number: int, plan: Plan) -> Counter[str]:
    database, dice, done, mine = Database(database_url), random.Random(number), Counter[str](), list[OrderDemand]()  # noqa: S311
    for order_id in order_ids:
        deed = dice.choices(("order", "cancel", "hand over", "expire"), (70, 12, 10, 8))[0]
        done[deed] += 1
        if deed == "order" or not mine:
            mine.append(_wish(order_id, dice))
            plan.settle(database, mine[-1])
        elif deed == "cancel":
            plan.settle(database, replace(mine.pop(dice.randrange(len(mine))), lines=()))
        elif deed == "hand over":
            _hand_over(database, mine.pop(dice.randrange(len(mine))).order_id)
        else:
            database.run(_expire)
    database.close()
    return done


def _wish(order_id: str, dice: random.Random) -> OrderDemand:
    wish = dice.choice(WISHES)
    is_soft = dice.random() < 0.3
    return OrderDemand(
        order_id=order_id, lines=(("1", wish, dice.randint(1, 3) * 1000),), locations=LOCATIONS if dice.random() < 0.5 else LOCATIONS[::-1],
        kind="soft" if is_soft else "hard", expires_at=NOW - timedelta(seconds=1) if is_soft else None,
    )  # fmt: skip


def _hand_over(database: Database, order_id: str) -> None:
    def work(connection: reservations.Connection) -> None:
        live = connection.execute(select(RESERVATIONS.c.id).where(RESERVATIONS.c.order_id == order_id, RESERVATIONS.c.state == "live"))
        reservations.end_reservations(connection, list(live.scalars()), "consumed", at=NOW, actor_id="me", issue=True)
        waiting = BACKORDERS.c.order_id == order_id
        connection.execute(update(BACKORDERS).where(waiting, BACKORDERS.c.state == "open").values(state="cancelled", ended_at=NOW))

    database.run(work)


def _expire(connection: reservations.Connection) -> None:
    ids = reservations.expired(connection, NOW, 20)
    reservations.end_reservations(connection, ids, "expired", at=NOW, actor_id="me")


def serve_the_waiting(database: Database) -> None:
    """Settle every order that waits once more, oldest first, as the hub does when stock comes free."""
    with database.read() as connection:
        rows = connection.execute(
            select(BACKORDERS).where(BACKORDERS.c.state == "open").order_by(BACKORDERS.c.made_at, BACKORDERS.c.id)
        ).all()
        held = connection.execute(select(RESERVATIONS).where(RESERVATIONS.c.state == "live")).all()
    wanted: dict[str, dict[str, int]] = {}
    for row in (*rows, *(each for each in held if each.order_id in {row.order_id for row in rows})):
        parts = wanted.setdefault(row.order_id, {})
        parts[row.sku] = parts.get(row.sku, 0) + row.quantity
    for order_id, parts in wanted.items():
        kits = parts["berry"] // 2 if len(parts) > 1 else 0
        lines = (("1", KIT[0], kits),) if kits else tuple(("1", sku, quantity) for sku, quantity in parts.items())
        settle_properly(database, OrderDemand(order_id=order_id, lines=lines, locations=LOCATIONS, kind="hard"))


def left_unsold(database: Database) -> list[str]:
    """What is free although somebody waits for it."""
    with database.read() as connection:
        free: Counter[str] = Counter()
        for row in connection.execute(select(LEVELS)):
            free[row.sku] += row.on_hand - row.damaged - row.held - row.reserved
        waiting = connection.execute(select(BACKORDERS).where(BACKORDERS.c.state == "open")).all()
    kits = {row.order_id for row in waiting if sum(other.order_id == row.order_id for other in waiting) > 1}
    makes_a_kit = all(free[part] >= quantity for part, quantity in KIT[1])
    return [
        f"{row.sku}: {free[row.sku]} free, {row.order_id} waits"
        for row in waiting
        if (makes_a_kit if row.order_id in kits else free[row.sku] >= 1000)
    ]
