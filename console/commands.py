"""The command line `entrepot`. Exit 0: done; 1: a run or check failed; 2: wrong use or configuration."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from console.first_file import init
from console.map_command import map_command
from console.master_commands import customers, listings, masters, skus
from console.output import complain, say
from console.run_commands import audit_command, run
from console.stock_commands import stock
from console.store_commands import channels, database, orders, quarantine
from console.street_command import street
from console.up_command import deploy, up
from model.errors import ConfigError, HubError
from operations.runtime.logging import configure_logging

app = typer.Typer(
    name="entrepot",
    help="A self-hosted integration hub: orders from many channels in one store, on a schedule.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # it would take [[people]] for markup
    pretty_exceptions_enable=False,
)
app.command()(init)
app.command()(up)
app.command()(street)
app.command()(run)
app.add_typer(channels, name="channels")
app.command("map")(map_command)
app.command()(deploy)
app.add_typer(orders, name="orders")
app.add_typer(quarantine, name="quarantine")
app.command("audit")(audit_command)
app.add_typer(masters, name="masters")
app.add_typer(skus, name="skus")
app.add_typer(listings, name="listings")
app.add_typer(customers, name="customers")
app.add_typer(stock, name="stock")
app.add_typer(database, name="db")


@app.callback(invoke_without_command=True)
def about(version_wanted: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False) -> None:
    """A self-hosted integration hub: orders from many channels in one store, on a schedule."""
    if version_wanted:
        say(version("entrepot"))
        raise typer.Exit


def main() -> None:
    """Run a command; errors raised on purpose become one clear line and an exit code."""
    configure_logging()
    try:
        app()
    except HubError as error:
        complain(f"error: {error}")
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        complain(f"error: ENTREPOT_{str(wrong['loc'][0]).upper()}: {wrong['msg'].lower()}; mend the variable")
        sys.exit(2)
    except OperationalError as error:
        complain(f"error: database: {str(error.orig).strip().splitlines()[0]}; check ENTREPOT_DATABASE_URL and the disk")
        sys.exit(1)
