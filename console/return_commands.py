"""`entrepot return`: goods that come back, from the first word to stock, and what is sent instead."""

from typing import Annotated

import typer

from console.orders_found import find_order
from console.output import As, ChannelOption, Json, say, say_json, say_one, say_table
from console.pairs import pairs_of
from operations.manual_review import approve
from operations.returns.arriving import HandReceipt, receive_by_hand
from operations.returns.exchange import exchange
from operations.returns.judging import JUDGEMENTS, judge_by_hand
from operations.returns.opening import REASONS, WISHES, Asked, add_to_return, authorise_return, end_return, open_return
from operations.returns.showing import facts_shown, listed_returns, shown_return
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

returns = typer.Typer(no_args_is_help=True, help="Goods that come back, and what is sent instead.")

COLUMNS = ["reference", "state", "days", "channel", "order", "reason", "wish", "missing", "to_judge", "worth", "refunded", "problem"]
OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="External id or order number.")]
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="The return, like R7QK2M9XRT4C.")]
Skus = Annotated[list[str] | None, typer.Option("--sku", metavar="SKU=UNITS", help="So much of a SKU; may be given often.")]
Lines = Annotated[list[str] | None, typer.Option("--line", metavar="LINE=UNITS", help="So much of an order line; may be given often.")]
LocationOption = Annotated[
    str | None, typer.Option("--to", metavar="LOCATION", help="Where the goods come to; default is where they left.")
]


@returns.command("open")
def return_open(
    order: OrderArgument,
    line: Lines = None,
    sku: Skus = None,
    reason: Annotated[str, typer.Option("--reason", help=f"One of {', '.join(REASONS)}.")] = "unwanted",
    wish: Annotated[str, typer.Option("--wish", help=f"What the buyer gets: {', '.join(WISHES)}.")] = "refund",
    to: LocationOption = None,
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Authorise a return of an order: of lines, of SKUs, or of everything that left and is not back. Prints its reference."""
    asked = Asked(lines=pairs_of("--line", line), skus=pairs_of("--sku", sku), reason=reason, wish=wish, location=to)
    with open_hub(Settings(), actor=actor) as hub:
        order_id = find_order(hub, channel, order)
        reference = open_return(hub, order_id, asked)
    say_json({"reference": reference}) if as_json else say(f"{reference}: authorised; have it written on the parcel")


@returns.command("list")
def return_list(
    order: Annotated[str | None, typer.Option("--order", metavar="ORDER", help="Only of this order, also those that are over.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List returns that are not over, the oldest first: what is missing, waits to be judged, is worth and was refunded."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = listed_returns(hub, every=every, order_id=find_order(hub, channel, order) if order is not None else None)
    say_json({"returns": rows}) if as_json else say_table(rows, COLUMNS, "no return is open; `entrepot return open ORDER` opens one")


@returns.command("show")
def return_show(reference: Reference, as_json: Json = False, actor: As = None) -> None:
    """Show a return with its lines and its money."""
    with open_hub(Settings(), actor=actor) as hub:
        say_one(shown_return(hub, reference), as_json=as_json)


@returns.command("authorise")
def return_authorise(reference: Reference, as_json: Json = False, actor: As = None) -> None:
    """Say yes to a return that was requested."""
    with open_hub(Settings(), actor=actor) as hub:
        authorise_return(hub, reference)
    say_json({"reference": reference}) if as_json else say(f"{reference}: authorised")


@returns.command("add")
def return_add(reference: Reference, line: Lines = None, sku: Skus = None, as_json: Json = False, actor: As = None) -> None:
    """Expect more under a return, as when more came than was announced."""
    asked = Asked(lines=pairs_of("--line", line), skus=pairs_of("--sku", sku))
    with open_hub(Settings(), actor=actor) as hub:
        add_to_return(hub, reference, asked)
    say_json({"reference": reference}) if as_json else say(f"{reference}: expects more")


@returns.command("receive")
def return_receive(
    reference: Reference,
    sku: Skus = None,
    condition: Annotated[
        str, typer.Option("--condition", help="How the goods lie there: held (to be judged), sellable or damaged.")
    ] = "held",
    parcel: Annotated[str, typer.Option("--parcel", help="Tells parcels of one return apart; the same one is booked once.")] = "1",
    to: LocationOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Book that goods of a return arrived, all that are expected or so much of each SKU: they are in stock at once, for sale or not."""
    received = HandReceipt(parcel=parcel, quantities=pairs_of("--sku", sku) if sku else None, condition=condition, location=to)
    with open_hub(Settings(), actor=actor) as hub:
        is_new = receive_by_hand(hub, reference, received)
    told = f"{reference}: parcel {parcel} is booked" if is_new else f"{reference}: parcel {parcel} was booked before; nothing changed"
    say_json({"is_new": is_new}) if as_json else say(told)


@returns.command("judge")
def return_judge(
    reference: Reference,
    found: Annotated[str, typer.Option("--found", help=f"What the goods are: {' or '.join(JUDGEMENTS)}.")],
    sku: Skus = None,
    note: Annotated[str, typer.Option("--note", help="What was seen; it is kept.")] = "",
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Say what goods that are here were found to be: sellable ones may be sold again, damaged ones may not."""
    with open_hub(Settings(), actor=actor) as hub:
        judge_by_hand(hub, reference, pairs_of("--sku", sku) if sku else None, found, note)
    say_json({"reference": reference}) if as_json else say(f"{reference}: found {found}")


@returns.command("end")
def return_end(
    reference: Reference,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Expect nothing more under a return: it is refused, or what is missing will not come."""
    with open_hub(Settings(), actor=actor) as hub:
        state = end_return(hub, reference, reason)
    say_json({"state": state}) if as_json else say(f"{reference}: {state.replace('_', ' ')}")


@returns.command("exchange")
def return_exchange(
    reference: Reference,
    send: Annotated[list[str], typer.Option("--send", metavar="SKU=UNITS", help="What is sent instead; may be given often.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the approval of the replacement.")] = "exchange",
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Make and approve the order that sends the buyer something else instead. A difference in price is settled in the channel."""
    with open_hub(Settings(), actor=actor) as hub:
        order_id = exchange(hub, reference, pairs_of("--send", send))
        [judged] = approve(hub, [order_id], reason)
    told = {"order": judged.external_id, "outcome": judged.outcome}
    say_json(told) if as_json else say(f"{reference}: replaced by order {judged.external_id}, {judged.outcome}")


@returns.command("facts")
def return_facts(order: OrderArgument, channel: ChannelOption = None, as_json: Json = False, actor: As = None) -> None:
    """Show what became of an order behind its sale: refunds, returns, cancellations and price adjustments, each apart."""
    with open_hub(Settings(), actor=actor) as hub:
        order_id = find_order(hub, channel, order)
        rows = facts_shown(hub, order_id)
    columns = ["kind", "at", "line", "quantity", "amount", "status", "told_by", "sure"]
    say_json({"facts": rows}) if as_json else say_table(rows, columns, "nothing was refunded, returned, cancelled or made cheaper")
