"""`entrepot masters`, `skus`, `listings`, `customers`: master data by file and by hand."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from console.channels_known import known_channel
from console.imports import SheetOut, Strict, tell_export, tell_import
from console.output import As, ChannelOption, Json, Limit, Unmask, complain, in_units, say, say_json, say_one, say_table
from model.errors import ConfigError
from model.store import catalogue
from model.store import customers as customer_store
from model.values.money import decimal_amount
from operations.listings import adopt, map_listing
from operations.masters.customers import hold_customer, the_customer
from operations.masters.files import export_file, import_file
from operations.masters.kinds import KINDS, find_kind, template
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

masters = typer.Typer(no_args_is_help=True, help="SKUs, kits, the SKU map, prices, customers and inbound by CSV or XLSX.")
skus = typer.Typer(no_args_is_help=True, help="What is sold, in your own codes.")
listings = typer.Typer(no_args_is_help=True, help="What the channels list, and which SKU each listing sells.")
customers = typer.Typer(no_args_is_help=True, help="Customers the hub knows by name.")

KindArgument = Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")]
Reference = Annotated[str, typer.Argument(help="The customer's id, e-mail address or phone number.")]


@masters.command("import")
def masters_import(
    kind: KindArgument,
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file.")],
    strict: Strict = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, write nothing.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Bring in a file's good rows in one transaction and name the wrong ones. Exit 1 if there are any. Again, it changes nothing."""
    with open_hub(Settings(), actor=actor) as hub:
        imported = import_file(hub, find_kind(kind), file, is_strict=strict, is_dry_run=dry_run)
    tell_import(imported, as_json=as_json)


@masters.command("export")
def masters_export(
    kind: KindArgument,
    file: SheetOut,
    unmask: Unmask = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Write everything of a kind into a file that the import reads back unchanged."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = export_file(hub, find_kind(kind), file, reason=unmask)
    tell_export(kind, file, rows, as_json=as_json)


@masters.command("template")
def masters_template(kind: KindArgument, as_json: Json = False, actor: As = None) -> None:  # noqa: ARG001  it changes nothing
    """Print a CSV file with every column and an example row."""
    text = template(find_kind(kind))
    say_json({"kind": kind, "template": text}) if as_json else say(text.rstrip())


@skus.command("list")
def skus_list(limit: Limit = None, as_json: Json = False, actor: As = None) -> None:
    """List SKUs by code."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        total, rows = catalogue.count_skus(connection), list(catalogue.list_skus(connection, limit))
    if as_json:
        say_json({"total": total, "skus": [_shown(row) for row in rows]})
    else:
        say_table(rows, ["code", "title", "unit", "is_tracked", "is_active", "is_kit", "listings"], "no SKU yet; import some")


@skus.command("show")
def skus_show(code: Annotated[str, typer.Argument(help="The SKU's code.")], as_json: Json = False, actor: As = None) -> None:
    """Show one SKU: its parts, the kits it is in, listings, prices, levels and what is on its way."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        found = catalogue.show_sku(connection, code)
    if found is None:
        raise ConfigError(f"SKU {code!r}: is not there; `entrepot skus list` shows what is")
    say_one(_shown(found), as_json=as_json)


@listings.command("list")
def listings_list(
    channel: ChannelOption = None,
    unmapped: Annotated[bool, typer.Option("--unmapped", help="Only those that map to no SKU, and such lines of open orders.")] = False,
    limit: Limit = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List listings, with the SKU they sell or the one suggested."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        total = catalogue.count_listings(connection, channel, is_unmapped=unmapped)
        rows = [_shown(row) for row in catalogue.list_listings(connection, channel, limit, is_unmapped=unmapped)]
        lines = [_shown(row) for row in catalogue.unmapped_lines(connection, channel)] if unmapped else []
    if as_json:
        say_json({"total": total, "listings": rows} | ({"lines": lines} if unmapped else {}))
        return
    columns = ["channel", "listing", "channel_sku", "kind", "sku", "factor", "suggestion", "title"]
    say_table(rows, columns, "every listing is mapped" if unmapped else "no listing yet; `entrepot run pull_listings` reads them")
    if lines:
        say("\nlines of open orders:")
        say_table(lines, ["channel", "order", "line", "listing", "channel_sku", "quantity", "title"], "none")


@listings.command("map")
def listings_map(
    channel: Annotated[str, typer.Argument(help="A channel id of hub.toml.")],
    listing: Annotated[str, typer.Argument(help="The listing's id on the channel: the variant's, or the product's where there are none.")],
    sku: Annotated[str, typer.Argument(help="The SKU it sells.")],
    factor: Annotated[str, typer.Option("--factor", help="Units of the SKU in one listed unit; a box of six: 6.")] = "1",
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Say which SKU a listing sells. Lines of open orders that wait for it are taken up by the next review."""
    with open_hub(Settings(), actor=actor) as hub:
        is_read = map_listing(hub, channel, listing, sku, factor)
    if as_json:
        say_json({"channel": channel, "listing": listing, "sku": sku, "factor": factor, "is_read": is_read})
    else:
        say(f"{channel} {listing}: sells {sku}{'' if is_read else '; this listing was not read yet'}")


@listings.command("adopt")
def listings_adopt(
    channel: ChannelOption = None,
    create: Annotated[bool, typer.Option("--create", help="Make the SKUs that are missing.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Accept every suggestion: map unmapped listings to the SKU whose code the channel uses for them."""
    with open_hub(Settings(), actor=actor) as hub:
        adopted = adopt(hub, channel, creates=create)
    if as_json:
        say_json(asdict(adopted))
        return
    for place, listing, reason in adopted.left:
        complain(f"{place} {listing}: {reason}")
    say(f"{len(adopted.mapped)} mapped, {len(adopted.created)} SKUs made, {len(adopted.left)} left")


@customers.command("list")
def customers_list(limit: Limit = None, as_json: Json = False, actor: As = None) -> None:
    """List customers by id. Personal data stays sealed."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        total = customer_store.count_customers(connection)
        rows = [_shown(row) for row in customer_store.list_customers(connection, limit)]
    if as_json:
        say_json({"total": total, "customers": rows})
    else:
        columns = ["id", "type", "terms_days", "credit_limit", "price_list", "is_on_hold", "hold_reason"]
        say_table(rows, columns, "no customer yet; import some")


@customers.command("show")
def customers_show(reference: Reference, unmask: Unmask = None, as_json: Json = False, actor: As = None) -> None:
    """Show one customer. Personal data stays sealed unless a reason is given."""
    with open_hub(Settings(), actor=actor) as hub:
        customer_id = the_customer(hub, reference)
        if unmask:
            hub.note("unmask", f"customer {customer_id}", reason=unmask)
        with hub.database.read() as connection:
            found = customer_store.show_customer(connection, customer_id, hub.sealer() if unmask else None)
    say_one(_shown(found), as_json=as_json)


@customers.command("hold")
def customers_hold(
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is shown wherever an order of theirs is held.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Put a customer on hold: their orders wait for a person."""
    _hold(reference, reason, as_json, actor)


@customers.command("release")
def customers_release(reference: Reference, as_json: Json = False, actor: As = None) -> None:
    """Take a customer off hold."""
    _hold(reference, None, as_json, actor)


def _hold(reference: str, reason: str | None, as_json: bool, actor: str | None) -> None:
    with open_hub(Settings(), actor=actor) as hub:
        customer_id = the_customer(hub, reference)
        is_changed = hold_customer(hub, customer_id, reason)
    if as_json:
        say_json({"customer": customer_id, "is_on_hold": reason is not None, "is_changed": is_changed})
    else:
        say(f"{customer_id}: is {'on hold' if reason else 'not on hold'}{'' if is_changed else ' already'}")


_QUANTITIES = frozenset(
    {"low_at", "surplus_at", "order_multiple", "quantity", "factor", "on_hand", "damaged", "held", "reserved", "received"}
)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as people read it: quantities in units, and amounts of money as decimal text."""
    return _in_money(in_units(row, _QUANTITIES))


def _in_money(row: dict[str, Any]) -> dict[str, Any]:
    return {name.removesuffix("_minor"): _amount(name, value, row) for name, value in row.items()}


def _amount(name: str, value: Any, row: dict[str, Any]) -> Any:  # noqa: ANN401  whatever a row holds
    if isinstance(value, list):
        return [_in_money(each) for each in cast("list[dict[str, Any]]", value)]
    return f"{decimal_amount(value, row['currency'])}" if name.endswith("_minor") and value is not None else value
