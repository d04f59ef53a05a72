"""`entrepot stock safety`, `warnings` and `proposals`: what channels hold back, what is short, and what to order."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.output import As, ChannelOption, Json, say, say_json, say_table
from model.errors import ConfigError
from model.values.quantity import decimal_quantity
from operations.replenishment import QUANTITIES, export_proposals, list_proposals, stock_warnings, units_a_day
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings
from operations.safety_stock import say_safety, show_safety

IN_UNITS = QUANTITIES | {"free", "surplus_at"}


def safety(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="Your code for it.")],
    quantity: Annotated[
        str | None, typer.Argument(metavar="QUANTITY", help="Units, like 12 or 1.5, or auto; without it, what is held back is shown.")
    ] = None,
    channel: ChannelOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed with a quantity.")] = "",
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show what channels hold back of a SKU, or say it for one channel; `auto` lets sales decide again."""
    with open_hub(Settings(), actor=actor) as hub:
        if quantity is None:
            rows = [_in_units(row, {"safety"}) for row in show_safety(hub, sku)]
            names = ["channel", "safety", "by", "a_day", "reading_s", "telling_s"]
            say_json({"sku": sku, "channels": rows}) if as_json else say_table(rows, names, "hub.toml has no channel yet")
            return
        if channel is None:
            raise ConfigError("stock safety: give --channel; each channel holds back its own")
        is_changed = say_safety(hub, sku, hub.file.channel(channel), quantity, reason)
    if as_json:
        say_json({"is_changed": is_changed})
    else:
        say(f"{channel} holds back {quantity} of {sku}" if is_changed else f"{channel}: nobody had said how much of {sku} to hold back")


def warnings(as_json: Json = False, actor: As = None) -> None:
    """List SKUs that are low, that run out before an order could come, or that lie there in surplus; the worst first."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = [_in_units(row, IN_UNITS) for row in stock_warnings(hub)]
    names = ["sku", "title", "warning", "free", "inbound", "expected_on", "a_day", "cover_days", "lead_days", "low_at", "surplus_at"]
    say_json({"warnings": rows}) if as_json else say_table(rows, names, "nothing is short and nothing is too much")


def proposals(
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write them into this .csv or .xlsx file instead.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show what to order, as `entrepot run propose_replenishment` worked it out last, by supplier; what runs out first stands first."""
    with open_hub(Settings(), actor=actor) as hub:
        if csv is not None:
            count = export_proposals(hub, csv)
            say_json({"file": str(csv), "rows": count}) if as_json else say(f"{count} proposals written to {csv}")
            return
        with hub.database.read() as connection:
            rows = [_in_units(row, IN_UNITS) for row in list_proposals(connection)]
    names = ["day", "supplier", "sku", "title", "quantity", "runs_out_on", "a_day", "on_hand", "inbound", "target"]
    say_json({"proposals": rows}) if as_json else say_table(rows, names, "none; `entrepot run propose_replenishment` works them out")


def _in_units(row: dict[str, Any], names: frozenset[str] | set[str]) -> dict[str, Any]:
    """Thousandths as units, and the velocity as units a day."""
    a_day = units_a_day(row.pop("velocity"))
    return {name: decimal_quantity(value) if name in names and value is not None else value for name, value in row.items()} | {
        "a_day": a_day
    }
