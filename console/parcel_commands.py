"""`entrepot parcel`: where parcels are, and which of them need care."""

from typing import Annotated

import typer

from console.output import As, Json, say, say_json, say_one, say_table
from operations.parcel_verbs import STATES, note_parcel, settle_parcel, shown_parcel
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings
from operations.track_shipments import parcel_exceptions

parcel = typer.Typer(no_args_is_help=True, help="Where parcels are, and which of them need care.")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The tracking number.")]


@parcel.command("list")
def parcel_list(as_json: Json = False, actor: As = None) -> None:
    """List parcels that need care: lost, returned, failed, waiting, stuck, unseen or late, the oldest first."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = parcel_exceptions(hub)
    columns = ["problem", "days", "tracking_number", "carrier", "fulfilment", "shipment", "since"]
    say_json({"parcels": rows}) if as_json else say_table(rows, columns, "no parcel needs care")


@parcel.command("show")
def parcel_show(number: Number, as_json: Json = False, actor: As = None) -> None:
    """Show the way of a parcel as its carrier told it, the newest first."""
    with open_hub(Settings(), actor=actor) as hub:
        found = shown_parcel(hub, number)
    if as_json:
        say_json({"shipments": found})
        return
    for each in found:
        say_one(each, as_json=False)


@parcel.command("note")
def parcel_note(
    number: Number,
    state: Annotated[str, typer.Option("--state", help=f"One of {', '.join(STATES)}.")],
    message: Annotated[str, typer.Option("--message", help="What you know, and from whom; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Keep what you know of a parcel, as the carrier told you by telephone; it counts like an event of the carrier."""
    with open_hub(Settings(), actor=actor) as hub:
        note_parcel(hub, number, state, message)
    say_json({"tracking_number": number}) if as_json else say(f"{number}: kept")


@parcel.command("settle")
def parcel_settle(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help="Why nothing more is to be done; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Say that nothing more is to be done about a parcel; it is named again when something new is told of it."""
    with open_hub(Settings(), actor=actor) as hub:
        settle_parcel(hub, number, reason)
    say_json({"tracking_number": number}) if as_json else say(f"{number}: settled")
