"""`entrepot stock safety`, `warnings` and `proposals`: what channels hold back, what is short, and what to order."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from console.imports import tell_export
from console.output import As, ChannelOption, Json, in_units, say, say_json, say_table
from model.errors import ConfigError
from operations.replenishment import QUANTITIES, certainty_text, export_proposals, list_proposals, stock_warnings, units_a_day
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings
from operations.safety_stock import AUTO, say_safety, show_safety

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
        named = hub.file.channel(channel) if channel else None
        if quantity is not None and named is None:
            raise ConfigError("stock safety: give --channel; each channel holds back its own")
        is_changed = named is not None and quantity is not None and say_safety(hub, sku, named, quantity, reason)
        rows = [_shown(row) for row in show_safety(hub, sku) if channel in (None, row["channel"])]
    if quantity is None:
        names = ["channel", "safety", "by", "velocity", "reading_s", "telling_s"]
        say_json({"sku": sku, "channels": rows}) if as_json else say_table(rows, names, "hub.toml has no channel yet")
    elif as_json:
        say_json({"is_changed": is_changed, "safety": rows[0]["safety"]})
    elif not is_changed:
        say(f"{channel}: nobody had said how much of {sku} to hold back")
    else:
        again = "sales decide again, and " if quantity == AUTO else ""
        say(f"{again}{channel} holds back {rows[0]['safety']} of {sku}")


def warnings(as_json: Json = False, actor: As = None) -> None:
    """List SKUs that are low, that run out before an order could come, or that lie there in surplus; the worst first."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = [_shown(row) for row in stock_warnings(hub)]
    names = ["sku", "title", "warning", "free", "inbound", "expected_on", "velocity", "cover_days", "lead_days", "low_at", "surplus_at"]
    say_json({"warnings": rows}) if as_json else say_table(rows, names, "nothing is short and nothing is too much")


def proposals(
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Write them into this .csv or .xlsx file instead.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show what to order, as `entrepot run propose_replenishment` worked it out last, by supplier; what runs out first stands first."""
    with open_hub(Settings(), actor=actor) as hub:
        if file is not None:
            tell_export("proposals", file, export_proposals(hub, file), as_json=as_json)
            return
        with hub.database.read() as connection:
            rows = [_shown(row) for row in list_proposals(connection)]
    names = ["day", "supplier", "sku", "title", "quantity", "runs_out_on", "velocity", "on_hand", "inbound", "target"]
    say_json({"proposals": rows}) if as_json else say_table(rows, names, "none; `entrepot run propose_replenishment` works them out")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as people read it: quantities in units, the velocity in units a day, a certainty as hub.toml says it."""
    certainty = {"certainty": certainty_text(row["certainty"])} if "certainty" in row else {}
    return in_units(row, IN_UNITS) | {"velocity": units_a_day(row["velocity"])} | certainty
