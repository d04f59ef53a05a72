"""`entrepot rates`: what currencies are worth in the functional currency."""

from pathlib import Path
from typing import Annotated

import typer

from console.output import As, Json, say, say_json, say_table
from operations.books import views
from operations.books.files import read_text
from operations.books.rates import COLUMNS, import_rates
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

rates = typer.Typer(no_args_is_help=True, help="Exchange rates that the books use.")


@rates.command("import")
def rates_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV with the columns {','.join(COLUMNS)}.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Keep the rates of a file. What was told once never changes; the same file again brings nothing."""
    with open_hub(Settings(), actor=actor) as hub:
        new = import_rates(hub, file.name, read_text(file))
    say_json({"file": file.name, "new": new}) if as_json else say(f"{file.name}: {new} new rates")


@rates.command("list")
def rates_list(
    currency: Annotated[str | None, typer.Option("--currency", help="Only of one currency, as USD.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List rates by currency and day: what one unit is worth in the functional currency."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = views.listed_rates(hub, currency)
    say_json({"rates": rows}) if as_json else say_table(rows, ["day", "base", "currency", "rate"], "no rate is known yet")
