"""`entrepot stock`: what lies where, why a channel shows what it shows, and movements by hand and by file."""

from pathlib import Path
from typing import Annotated

import typer

from console.channels_known import known_channel
from console.imports import SheetOut, Strict, tell_export, tell_import
from console.orders_found import find_order
from console.output import As, ChannelOption, Json, in_units, say, say_json, say_table
from console.supply_commands import proposals, safety, warnings
from model.errors import ConfigError
from model.values.quantity import decimal_quantity
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings
from operations.stock_book import KINDS, OPERANDS, Deed, do, explain, relocate_order, show, transfer
from operations.stock_reasons import why_not_shown
from operations.stock_sheets import export_stock, import_stock

stock = typer.Typer(no_args_is_help=True, help="What lies where, who holds it, and what channels may sell of it.")
for command in (safety, warnings, proposals):
    stock.command(command.__name__)(command)

PARTS = ("on_hand", "reserved", "damaged", "held")
Sku = Annotated[str, typer.Argument(metavar="SKU", help="Your code for it.")]
Quantity = Annotated[str, typer.Argument(metavar="QUANTITY", help="Units, like 12 or 1.5.")]
Reference = Annotated[str, typer.Option("--reference", help="Names this deed (a delivery note, a count): the same one is done once.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; it is kept, and needed with a negative adjust.")]


@stock.command("show")
def stock_show(sku: Sku, as_json: Json = False, actor: As = None) -> None:
    """Show where a SKU lies, who holds it, and who waits for it."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        found = in_units(show(connection, sku), {*PARTS, "quantity"})
    if as_json:
        say_json(found)
        return
    say_table(
        found["levels"], ["location_id", *PARTS], f"nothing of {sku} lies anywhere; `entrepot stock move receive {sku} 10 --reference NOTE`"
    )
    for title in ("reservations", "backorders"):
        say(f"\n{title}:")
        say_table(found[title], ["order_id", "location_id", "quantity", "made_at"], "none")


@stock.command("explain")
def stock_explain(sku: Sku, channel: ChannelOption = None, as_json: Json = False, actor: As = None) -> None:
    """Explain what channels may sell of a SKU, when it was sent and what they showed when asked; or why nothing of it is shown."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        rows = [in_units(row, OPERANDS) for row in explain(connection, sku, channel)]
        reasons = why_not_shown(connection, hub.file, sku, channel)
    if as_json:
        say_json({"listings": rows, "not_shown": reasons})
        return
    for row in rows:
        say(f"{row['account_id']} {row['external_id']} {row['title']}: {row['desired']} to be shown ({row['state']})")
        say(f"  {row['formula']}")
        sent = f"{row['sent']} at {row['sent_at']:%Y-%m-%d %H:%M:%SZ}" if row["sent_at"] else "nothing yet"
        seen = f"{row['seen']} at {row['seen_at']:%Y-%m-%d %H:%M:%SZ}" if row["seen_at"] else "not asked yet"
        say(f"  sent: {sent}; seen: {seen}" + (f"; problem: {row['problem']}" if row["problem"] else ""))
    for reason in reasons:
        say(reason)


@stock.command("move")
def stock_move(
    deed: Annotated[str, typer.Argument(metavar="DEED", help=f"One of {', '.join(KINDS)}.")],
    sku: Sku,
    quantity: Quantity,
    reference: Reference,
    location: Annotated[str, typer.Option("--location", help="An id under [[locations]].")] = "main",
    reason: Reason = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Move stock by hand. Issue takes only what is free; adjust, damage and hold turn the youngest reservations into backorders."""
    if deed not in KINDS:
        raise ConfigError(f"deed {deed!r}: is unknown; use one of {', '.join(KINDS)}")
    with open_hub(Settings(), actor=actor) as hub:
        is_new = do(hub, Deed(kind=deed, sku=sku, location=location, quantity=quantity, reference=reference, reason=reason))
    _tell(is_new, f"{deed} {quantity} of {sku} at {location}", as_json)


@stock.command("transfer")
def stock_transfer(
    sku: Sku,
    quantity: Quantity,
    source: Annotated[str, typer.Argument(metavar="FROM", help="A location.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Another location.")],
    reference: Reference,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Carry free stock from one location to another."""
    with open_hub(Settings(), actor=actor) as hub:
        is_new = transfer(hub, sku, quantity, (source, target), reference)
    _tell(is_new, f"{quantity} of {sku} from {source} to {target}", as_json)


@stock.command("export")
def stock_export(
    file: SheetOut,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write what lies where into a file that the import reads back. Places that a channel counts are not in it."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = export_stock(hub, file)
    tell_export("stock", file, rows, as_json=as_json)


@stock.command("import")
def stock_import(
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file with sku, location, on_hand and, if wanted, damaged and held.")],
    reference: Reference,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it is kept with every movement.")] = None,
    strict: Strict = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Set levels as a file says, in one transaction, and name the wrong rows. Exit 1 if there are any.

    The same reference again changes nothing. Below what is promised, the youngest reservations become backorders.
    """
    with open_hub(Settings(), actor=actor) as hub:
        imported = import_stock(hub, file, reference, reason=reason, is_strict=strict)
    tell_import(imported, as_json=as_json)


@stock.command("relocate")
def stock_relocate(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="External id or order number.")],
    sku: Sku,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Where it is held now.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where it shall be held.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Hold what an order holds of a SKU at another location instead. Refused if not so much is free there."""
    with open_hub(Settings(), actor=actor) as hub:
        moved = relocate_order(hub, find_order(hub, channel, order), sku, (source, target), reason)
    told = decimal_quantity(moved)
    say_json({"moved": told}) if as_json else say(
        f"{told} of {sku} are held at {target} now" if moved else f"{order} holds no {sku} at {source}"
    )


def _tell(is_new: bool, what: str, as_json: bool) -> None:
    said = what if is_new else f"{what}: was done before under this reference; nothing changed"
    say_json({"is_new": is_new}) if as_json else say(said)
