"""Stock sheets: what lies where as a CSV or XLSX file, and levels set by one: each row books the difference. In files, units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, select

from model.store import runs
from model.store.audit_trail import append
from model.store.corrections import correct
from model.store.stock_levels import LEVELS, Level, Move, Place, known_moves, lock_levels, meet_levels
from model.tables.stock import MovementKind
from model.values.ids import derive_id
from model.values.quantity import decimal_quantity
from operations.masters.cells import Cell
from operations.masters.columns import QUANTITY, Column
from operations.masters.files import Imported, read_table, write_table
from operations.masters.kinds import Kind, needed
from operations.masters.rows import MasterRow, Wrong, read_rows
from operations.runtime.hub import Hub
from operations.said import named, sku_problems
from operations.stock_policy import meet_locations, uncounted

STOCK = Kind("stock", "what lies where", LEVELS, ("sku", "location"), (
    needed("sku", "MUG-RED"),
    needed("location", "main"),
    needed("on_hand", "12", QUANTITY),
    Column("damaged", QUANTITY, "0", empty="kept"),
    Column("held", QUANTITY, "0", empty="kept"),
    Column("reserved", QUANTITY, "", is_ignored=True),
    Column("free", QUANTITY, "", is_ignored=True),
), "stock export FILE")  # fmt: skip

_PARTS: Sequence[tuple[str, MovementKind, MovementKind]] = (("damaged", "damage", "repair"), ("held", "hold", "unhold"))


@dataclass(slots=True)
class _Plan:
    moves: list[Move] = field(default_factory=list[Move])
    changed: int = 0
    """Rows that set something else than what was."""


def export_stock(hub: Hub, path: Path) -> int:
    """Write the levels of all locations that the hub may set into a file that the import reads back; gives how many."""
    ours = [each.id for each in hub.file.locations if uncounted(hub.file, each.id) is None]
    c = LEVELS.c
    free = (c.on_hand - c.damaged - c.held - c.reserved).label("free")
    query = select(c.sku, c.location_id.label("location"), c.on_hand, c.damaged, c.held, c.reserved, free)
    with hub.database.read() as connection:
        found = connection.execute(query.where(c.location_id.in_(ours)).order_by(c.sku, c.location_id)).mappings()
        rows: list[list[Cell]] = [[column.form.show(row[column.name]) for column in STOCK.columns] for row in found]
    write_table(path, STOCK.name, [column.name for column in STOCK.columns], rows, hub.clock.now())
    hub.note("export", "stock", file=path.name)
    return len(rows)


def import_stock(hub: Hub, path: Path, reference: str, *, reason: str | None = None, is_strict: bool = False) -> Imported:
    """Set levels by a file's good rows in one transaction; strictly, by none if one is wrong.

    A row that was done under the same reference is left as it is. Below what is reserved, the youngest reservations become backorders.
    """
    named(reference, "sheet, like 2026-03-31")
    table = read_table(path, STOCK.name)
    reading = read_rows(STOCK, table, path.name)
    at = hub.clock.now()

    def work(connection: Connection) -> Imported:
        meet_locations(connection, hub.file, at=at)
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        refused = _refused(connection, hub, reading.rows)
        wrong = tuple(each.told(path.name) for each in sorted([*reading.wrong, *refused.values()]))
        if is_strict and wrong:
            return Imported(STOCK.name, path.name, table.form, len(table.rows), 0, 0, 0, 0, wrong, is_written=False)
        good = [row for row in reading.rows if row.number not in refused]
        plan = _plan(connection, good, reference, reason or f"stock sheet {path.name}")
        correct(connection, plan.moves, at=at, actor_id=hub.actor.id)
        details = {"file": path.name, "rows": len(good), "changed": plan.changed, "wrong": len(wrong), "reason": reason}
        append(connection, hub.actor, "stock import", reference, details, at=at)
        counts = (0, plan.changed, len(good) - plan.changed, 0)
        return Imported(STOCK.name, path.name, table.form, len(table.rows), *counts, wrong, is_written=True)

    return hub.database.run(work)


def _refused(connection: Connection, hub: Hub, rows: Sequence[MasterRow]) -> Mapping[int, Wrong]:
    """What is wrong with rows, by their number."""
    skus = [row.text("sku") for row in rows]
    problems = sku_problems(connection, skus)
    places = {name: uncounted(hub.file, name) for name in {row.text("location") for row in rows}}
    levels = lock_levels(connection, skus)
    refused: dict[int, Wrong] = {}
    for row in rows:
        sku, location = _place(row)
        place = places[location]
        wanted = _wanted(row, levels.get((sku, location), Level()))
        back = wanted["damaged"] + wanted["held"]
        if sku in problems:
            refused[row.number] = Wrong(row.number, "sku", problems[sku])
        elif place:
            refused[row.number] = Wrong(row.number, "location", place)
        elif wanted["on_hand"] < back:
            reason = f"is less than the {decimal_quantity(back)} that lie damaged or held; raise it, or set damaged and held too"
            refused[row.number] = Wrong(row.number, "on_hand", reason)
    return refused


def _plan(connection: Connection, rows: Sequence[MasterRow], reference: str, reason: str) -> _Plan:
    """The movements that rows not done before need.

    Each row leaves an adjustment, be it of nothing: it tells that the row was done, whatever moves afterwards.
    """
    meet_levels(connection, [_place(row) for row in rows])
    levels = lock_levels(connection, [row.text("sku") for row in rows])
    ids = {row.number: derive_id("sheet", reference, *_place(row)) for row in rows}
    done = known_moves(connection, list(ids.values()))
    plan = _Plan()
    for row in rows:
        if ids[row.number] in done:
            continue
        level = levels[_place(row)]
        wanted = _wanted(row, level)
        more = wanted["on_hand"] - level.on_hand
        moves = [_move(row, ids[row.number], "adjust", "on_hand", more, reference, reason)]
        for part, up, down in _PARTS:
            by = wanted[part] - getattr(level, part)
            if by:
                moves.append(_move(row, derive_id(ids[row.number], part), up if by > 0 else down, part, by, reference, reason))
        plan.moves += moves
        plan.changed += bool(more) or len(moves) > 1
    return plan


def _move(row: MasterRow, move_id: str, kind: MovementKind, part: str, by: int, reference: str, reason: str) -> Move:
    sku, location = _place(row)
    return Move(id=move_id, sku=sku, location=location, kind=kind, reference=reference, reason=reason, **{part: by})


def _place(row: MasterRow) -> Place:
    return row.text("sku"), row.text("location")


def _wanted(row: MasterRow, level: Level) -> dict[str, int]:
    """What shall lie there: what the row says, else what is."""
    return {part: cast("int", row.values.get(part, getattr(level, part))) for part in ("on_hand", "damaged", "held")}
