"""The command line `entrepot`. Exit 0: done; 1: a run or check failed; 2: wrong use or configuration."""

import gc
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, cast

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from console.output import complain, say
from model.errors import ConfigError, HubError
from operations.runtime.logging import configure_logging

# name: where it is. A module is imported when its command is run: importing them all takes longer than most commands work
COMMANDS = {
    "init": "console.first_file:init",
    "up": "console.up_command:up",
    "street": "console.street_command:street",
    "run": "console.run_commands:run",
    "channels": "console.store_commands:channels",
    "map": "console.map_command:map_command",
    "deploy": "console.up_command:deploy",
    "orders": "console.order_commands:orders",
    "certificates": "console.certificate_commands:certificates",
    "mail": "console.mail_commands:mail",
    "quarantine": "console.store_commands:quarantine",
    "audit": "console.run_commands:audit_command",
    "masters": "console.master_commands:masters",
    "skus": "console.master_commands:skus",
    "listings": "console.master_commands:listings",
    "customers": "console.master_commands:customers",
    "stock": "console.stock_commands:stock",
    "stocktake": "console.stocktake_commands:stocktake",
    "fulfilment": "console.fulfilment_commands:fulfilment",
    "parcel": "console.parcel_commands:parcel",
    "return": "console.return_commands:returns",
    "status": "console.status_command:status",
    "breaks": "console.break_commands:breaks",
    "trace": "console.trace_command:trace",
    "signoff": "console.signoff_commands:signoff",
    "books": "console.books_commands:books",
    "rates": "console.rate_commands:rates",
    "invoices": "console.invoice_commands:invoices",
    "receivables": "console.receivable_commands:receivables",
    "ledgers": "console.ledger_commands:ledgers",
    "outbox": "console.outbox_commands:outbox",
    "db": "console.store_commands:database",
}


class Commands(TyperGroup):
    """The table above as a group of commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002, D102  as Typer calls it
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ANN401, D102  same
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        gc.freeze()  # modules stay: the collector, off since the start, need never look at them
        gc.enable()
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            one.add_typer(found, name=cmd_name)
            return cast("TyperGroup", cast("TyperGroup", get_command(one)).get_command(ctx, cmd_name))
        one.command(cmd_name)(found)
        return cast("TyperCommand", get_command(one))


app = typer.Typer(
    name="entrepot",
    cls=Commands,
    help="A self-hosted integration hub: orders from many channels in one store, on a schedule.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # it would take [[people]] for markup
    pretty_exceptions_enable=False,
)


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
