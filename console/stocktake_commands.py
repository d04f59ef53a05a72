"""`entrepot stocktake`: count what lies at a location, and have somebody else approve it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from console.imports import SheetOut, Strict, tell_export, tell_import
from console.output import As, Json, Limit, in_units, say, say_json, say_table
from model.store.stocktakes import count_stocktakes, list_stocktakes
from operations.count_sheets import import_counts, write_sheet
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings
from operations.stocktake import approve, begin, cancel, count, show

stocktake = typer.Typer(no_args_is_help=True, help="Count what lies at a location, and have somebody else approve it.")

QUANTITIES = frozenset(("booked", "counted", "variance"))
Id = Annotated[str, typer.Argument(metavar="ID", help="The stocktake, as its --reference named it.")]


@stocktake.command("begin")
def stocktake_begin(
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="An id under [[locations]].")],
    reference: Annotated[str, typer.Option("--reference", metavar="ID", help="Names the stocktake, like 2026-03.")],
    sku: Annotated[list[str] | None, typer.Option("--sku", help="Only this SKU; may be given often. Default: all that is booked.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Open a stocktake. Only one open stocktake counts a SKU at a location."""
    with open_hub(Settings(), actor=actor) as hub:
        is_new, skus = begin(hub, location, sku or [], reference)
    if as_json:
        say_json({"stocktake": reference, "is_new": is_new, "skus": skus})
    else:
        again = "" if is_new else "; was begun before, nothing changed"
        say(f"stocktake {reference} at {location}: {skus} SKUs{again}; `entrepot stocktake sheet {reference} FILE` writes the sheet")


@stocktake.command("count")
def stocktake_count(
    stocktake_id: Id,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="Your code for it; one that was not expected there too.")],
    quantity: Annotated[str, typer.Argument(metavar="QUANTITY", help="Units of all that lies there, damaged and held too.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Note a count against what the books say now. Counting again replaces it."""
    with open_hub(Settings(), actor=actor) as hub:
        noted = count(hub, stocktake_id, sku, quantity)
    row = {"sku": sku, "counted": noted.counted, "booked": noted.booked, "variance": noted.counted - noted.booked}
    shown = in_units(row, QUANTITIES)
    say_json(shown) if as_json else say(f"{sku}: counted {shown['counted']}, booked {shown['booked']}, variance {shown['variance']}")


@stocktake.command("import")
def stocktake_import(
    stocktake_id: Id,
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file with sku and counted; the sheet will do.")],
    strict: Strict = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Note a file's counts in one transaction and name the wrong rows. Exit 1 if there are any. Again, it changes nothing."""
    with open_hub(Settings(), actor=actor) as hub:
        imported = import_counts(hub, stocktake_id, file, is_strict=strict)
    tell_import(imported, as_json=as_json)


@stocktake.command("sheet")
def stocktake_sheet(
    stocktake_id: Id,
    file: SheetOut,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write the counting sheet: what is booked, and room for what is counted."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = write_sheet(hub, stocktake_id, file)
    tell_export(f"stocktake {stocktake_id}", file, rows, as_json=as_json)


@stocktake.command("show")
def stocktake_show(stocktake_id: Id, as_json: Json = False, actor: As = None) -> None:
    """Show a stocktake, the largest variances first. `moved_since` counts the movements after a count; they are kept."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        found = show(connection, stocktake_id)
    lines = [in_units(line, QUANTITIES) for line in found["lines"]]
    if as_json:
        say_json({**found, "lines": lines})
        return
    checked = f", approved by {found['checker_id']}" if found["checker_id"] else ""
    said = f"{found['counted']} of {found['lines_total']} SKUs counted, {found['variances']} vary"
    say(f"stocktake {stocktake_id} at {found['location_id']}: {found['state']}, begun by {found['maker_id']}{checked}; {said}")
    columns = ["sku", "title", "unit", "booked", "counted", "variance", "moved_since", "counted_by"]
    say_table(lines, columns, f"no SKU yet; `entrepot stocktake count {stocktake_id} SKU N`")


@stocktake.command("list")
def stocktake_list(limit: Limit = None, as_json: Json = False, actor: As = None) -> None:
    """List stocktakes, the open ones first."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        total, rows = count_stocktakes(connection), list(list_stocktakes(connection, limit))
    if as_json:
        say_json({"total": total, "stocktakes": rows})
        return
    columns = ["id", "location_id", "state", "begun_at", "maker_id", "checker_id", "lines_total", "counted", "variances"]
    say_table(rows, columns, "no stocktake yet; `entrepot stocktake begin LOCATION --reference ID`")


@stocktake.command("approve")
def stocktake_approve(stocktake_id: Id, as_json: Json = False, actor: As = None) -> None:
    """Book what was counted; not by who began or counted it. A count below what is promised turns the youngest into backorders."""
    with open_hub(Settings(), actor=actor) as hub:
        done = approve(hub, stocktake_id)
    if as_json:
        say_json(asdict(done))
    elif not done.is_new:
        say(f"stocktake {stocktake_id}: was approved before; nothing changed")
    else:
        counts = f"{done.booked} SKUs corrected, {done.as_booked} as booked, {done.uncounted} not counted and left as they are"
        say(f"stocktake {stocktake_id}: approved; {counts}")


@stocktake.command("cancel")
def stocktake_cancel(
    stocktake_id: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """End a stocktake and book nothing."""
    with open_hub(Settings(), actor=actor) as hub:
        is_new = cancel(hub, stocktake_id, reason)
    again = "" if is_new else " before; nothing changed"
    say_json({"is_new": is_new}) if as_json else say(f"stocktake {stocktake_id}: was cancelled{again}")
