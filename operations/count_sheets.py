"""Counting sheets: the lines of a stocktake as a CSV or XLSX file, and what was counted back in. Quantities in files are units."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from model.store import stocktakes
from model.store.audit_trail import append
from model.store.stocktakes import LINES, Stocktake
from model.values.quantity import decimal_quantity
from operations.masters.cells import Cell
from operations.masters.columns import CODE, QUANTITY, TEXT, Column
from operations.masters.files import Imported, read_table, write_table
from operations.masters.kinds import Kind, needed
from operations.masters.rows import MasterRow, Wrong, read_rows
from operations.runtime.hub import Hub
from operations.stocktake import against_books, open_stocktake, show, uncountable

COUNTS = Kind("count", "what lies there of each SKU", LINES, ("sku",), (
    needed("sku", "MUG-RED"),
    Column("title", TEXT, "Mug, red", is_ignored=True),
    Column("unit", CODE, "piece", is_ignored=True),
    Column("booked", QUANTITY, "12", empty="kept"),
    Column("counted", QUANTITY, "11", empty="kept", is_needed=True),
    Column("variance", QUANTITY, "-1", is_ignored=True),
), "stocktake sheet ID FILE")  # fmt: skip
"""An empty `counted` is not counted yet. `booked` tells whether stock moved since the sheet was written."""


def write_sheet(hub: Hub, stocktake_id: str, path: Path) -> int:
    """Write the lines of a stocktake into a file, what varies first; gives how many."""
    with hub.database.read() as connection:
        lines = show(connection, stocktake_id)["lines"]
    columns = [column.name for column in COUNTS.columns]
    rows: list[list[Cell]] = [[column.form.show(line[column.name]) for column in COUNTS.columns] for line in lines]
    write_table(path, COUNTS.name, columns, rows, hub.clock.now())
    hub.note("export", f"stocktake {stocktake_id}", file=path.name)
    return len(rows)


def import_counts(hub: Hub, stocktake_id: str, path: Path, *, is_strict: bool = False) -> Imported:
    """Note the counts of a file's good rows in one transaction; strictly, none if one is wrong. A count that stands already is left."""
    table = read_table(path, COUNTS.name)
    reading = read_rows(COUNTS, table, path.name)
    at = hub.clock.now()

    def work(connection: Connection) -> Imported:
        stocktake = open_stocktake(connection, hub, stocktake_id)
        before = stocktakes.counts_of(connection, stocktake_id)
        filled = [row for row in reading.rows if "counted" in row.values]
        given = [row for row in filled if before.get(row.text("sku")) != row.values["counted"]]
        refused = _refused(connection, stocktake, given)
        wrong = tuple(each.told(path.name) for each in sorted([*reading.wrong, *refused.values()]))
        good = {row.text("sku"): cast("int", row.values["counted"]) for row in given if row.number not in refused}
        anew = sum(before.get(sku) is not None for sku in good)
        is_written = not (is_strict and wrong)
        if is_written:
            stocktakes.note(connection, stocktake, against_books(connection, stocktake, good), at=at, actor_id=hub.actor.id)
            details = {"file": path.name, "counted": len(good), "wrong": len(wrong)}
            append(connection, hub.actor, "stocktake import", stocktake_id, details, at=at)
        return Imported(
            COUNTS.name, path.name, table.form, len(table.rows), new=len(good) - anew, changed=anew, unchanged=len(filled) - len(given),
            removed=0, wrong=wrong, is_written=is_written,
        )  # fmt: skip

    return hub.database.run(work)


def _refused(connection: Connection, stocktake: Stocktake, rows: Sequence[MasterRow]) -> Mapping[int, Wrong]:
    """What is wrong with rows, by their number."""
    skus = [row.text("sku") for row in rows]
    problems = uncountable(connection, stocktake.location_id, skus, but=stocktake.id)
    levels = stocktakes.levels_at(connection, stocktake.location_id, skus)
    refused: dict[int, Wrong] = {}
    for row in rows:
        sku = row.text("sku")
        booked, _ = levels.get(sku, (0, 0))
        if sku in problems:
            refused[row.number] = Wrong(row.number, "sku", problems[sku])
        elif row.values.get("booked", booked) != booked:
            now = f"is {decimal_quantity(booked)} by now, it moved since the sheet was written"
            mend = f"count again with `entrepot stocktake count {stocktake.id} {sku} N`, or empty this cell if it was counted just now"
            refused[row.number] = Wrong(row.number, "booked", f"{now}; {mend}")
    return refused
