"""`entrepot fulfilment`: what locations were asked to ship, papers for it, and what people do about it by hand."""

from pathlib import Path
from typing import Annotated

import typer

from console.output import As, Json, say, say_json, say_one, say_table
from console.pairs import pairs_of
from model.errors import ConfigError
from model.records.label import Package
from operations.buy_labels import ParcelToLabel, ask_for_label, label_to_print
from operations.fulfilment_papers import packing_slip, picking_list
from operations.fulfilment_verbs import HandShipment, call_off_by_hand, held_advices, ship_by_hand, shown_fulfilment, waiting_fulfilments
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

fulfilment = typer.Typer(no_args_is_help=True, help="What locations were asked to ship, and what became of it.")

COLUMNS = ["reference", "state", "location_id", "partner_id", "is_urgent", "ship_by", "account_id", "number", "problem"]
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="The fulfilment order, like F7QK2M9XRT4C.")]
LocationOption = Annotated[str | None, typer.Option("--location", help="An id under [[locations]]; default is all.")]
FileOut = Annotated[Path, typer.Option("--file", help="An .html file to write; it prints well.")]


@fulfilment.command("list")
def fulfilment_list(
    location: LocationOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List fulfilment orders under way, urgent first, then by the day they shall have left."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = waiting_fulfilments(hub, location, every=every)
    say_json({"fulfilments": rows}) if as_json else say_table(rows, COLUMNS, "nothing is asked for; `entrepot run release_fulfilments`")


@fulfilment.command("show")
def fulfilment_show(reference: Reference, as_json: Json = False, actor: As = None) -> None:
    """Show a fulfilment order with its lines and shipments."""
    with open_hub(Settings(), actor=actor) as hub:
        say_one(shown_fulfilment(hub, reference), as_json=as_json)


@fulfilment.command("ship")
def fulfilment_ship(
    reference: Reference,
    parcel: Annotated[
        str, typer.Option("--parcel", help="Tells parcels of one fulfilment order apart; the same one is booked once.")
    ] = "1",
    sku: Annotated[list[str] | None, typer.Option("--sku", metavar="SKU=UNITS", help="Only so much of it; may be given often.")] = None,
    carrier: Annotated[str | None, typer.Option("--carrier", help="Who carries it.")] = None,
    tracking: Annotated[list[str] | None, typer.Option("--tracking", help="A tracking number; may be given often.")] = None,
    cost: Annotated[str | None, typer.Option("--cost", metavar="AMOUNT", help="What carrying costs, like '4.90 EUR'.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Book that your people sent it, or a part of it: it leaves stock, and its channel is told."""
    sent = HandShipment(
        parcel=parcel,
        quantities=pairs_of("--sku", sku) if sku else None,
        carrier=carrier,
        tracking_numbers=tuple(tracking or ()),
        cost=cost,
    )
    with open_hub(Settings(), actor=actor) as hub:
        is_new = ship_by_hand(hub, reference, sent)
    told = f"{reference}: parcel {parcel} is booked" if is_new else f"{reference}: parcel {parcel} was booked before; nothing changed"
    say_json({"is_new": is_new}) if as_json else say(told)


@fulfilment.command("stop")
def fulfilment_stop(
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Have nothing more of it leave. What a partner has is asked back first, and may turn out to be too late."""
    with open_hub(Settings(), actor=actor) as hub:
        state = call_off_by_hand(hub, reference, reason)
    say_json({"state": state}) if as_json else say(f"{reference}: {state.replace('_', ' ')}")


@fulfilment.command("pick")
def fulfilment_pick(
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="An id under [[locations]].")],
    file: FileOut,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write the picking list of a location: what your people have to fetch, SKU by SKU, and for which fulfilment orders."""
    with open_hub(Settings(), actor=actor) as hub:
        count, page = picking_list(hub, location)
    file.write_text(page, "utf-8")
    say_json({"fulfilments": count, "file": str(file)}) if as_json else say(f"{file}: {count} fulfilment orders to pick")


@fulfilment.command("slip")
def fulfilment_slip(reference: Reference, file: FileOut, as_json: Json = False, actor: As = None) -> None:
    """Write the packing slip of a fulfilment order, with the address; that it was written is kept in the audit trail."""
    with open_hub(Settings(), actor=actor) as hub:
        page = packing_slip(hub, reference)
    file.write_text(page, "utf-8")
    say_json({"file": str(file)}) if as_json else say(f"{file}: written")


@fulfilment.command("label")
def fulfilment_label(
    reference: Reference,
    weight: Annotated[int, typer.Option("--weight", metavar="GRAMS", help="What the packed parcel weighs, in grams.")],
    service: Annotated[str, typer.Option("--service", help="Carrier and service in the seller's words, like 'USPS Priority'.")],
    size: Annotated[str | None, typer.Option("--size", metavar="LxWxH", help="Millimetres, like 300x200x100.")] = None,
    parcel: Annotated[
        str, typer.Option("--parcel", help="Tells parcels of one fulfilment order apart; one label is bought for each.")
    ] = "1",
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Have a label bought for a parcel that your people send. `entrepot run drain_outbox` buys it; the schedule does so too."""
    wanted = ParcelToLabel(parcel=parcel, service=service, package=_package(weight, size))
    with open_hub(Settings(), actor=actor) as hub:
        is_new = ask_for_label(hub, reference, wanted)
    told = f"{reference}: a label for parcel {parcel} is asked for" if is_new else f"{reference}: parcel {parcel} has its label already"
    say_json({"is_new": is_new}) if as_json else say(told)


@fulfilment.command("print")
def fulfilment_print(
    reference: Reference,
    parcel: Annotated[str, typer.Option("--parcel", help="Whose label.")] = "1",
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show where a bought label can be printed from; that you asked is kept in the audit trail."""
    with open_hub(Settings(), actor=actor) as hub:
        say_one(label_to_print(hub, reference, parcel), as_json=as_json)


def _package(weight: int, size: str | None) -> Package:
    if size is None:
        return Package(weight_g=weight)
    parts = size.lower().split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) for part in parts):  # noqa: PLR2004  three sides
        raise ConfigError(f"--size {size!r}: is not three lengths; write LxWxH in millimetres, like 300x200x100")
    length, width, height = (int(part) for part in parts)
    return Package(weight_g=weight, length_mm=length, width_mm=width, height_mm=height)


@fulfilment.command("held")
def fulfilment_held(as_json: Json = False, actor: As = None) -> None:
    """List what partners told that could not be booked, with the reason; it is tried again at every run."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = held_advices(hub)
    columns = ["account_id", "kind", "external_id", "reference", "first_at", "problem"]
    say_json({"advices": rows}) if as_json else say_table(rows, columns, "everything that partners told is booked")
