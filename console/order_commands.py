"""`entrepot orders`: look at orders, and decide about those the review holds."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from console.channels_known import known_channel
from console.order_file_commands import preview, take
from console.orders_found import find_order
from console.output import As, ChannelOption, Json, Limit, Unmask, plain, say, say_json, say_one, say_table
from model.errors import ConfigError
from model.store import order_queries
from model.values.money import decimal_amount
from operations import manual_review
from operations.distinct_orders import tell_apart
from operations.manual_review import Correction, Judged
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings
from operations.said import units

orders = typer.Typer(no_args_is_help=True, help="Orders in the store, decisions about them, and files of them.")
for command in (preview, take):
    orders.command(command.__name__)(command)

_LIFECYCLES = ", ".join(order_queries.LIFECYCLE)
Reference = Annotated[str, typer.Argument(metavar="ORDER", help="External id or order number.")]
References = Annotated[list[str], typer.Argument(metavar="ORDER...", help="External ids or order numbers.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")]


@orders.command("list")
def orders_list(
    channel: ChannelOption = None,
    lifecycle: Annotated[str | None, typer.Option("--lifecycle", help=f"Only those that stand so: {_LIFECYCLES}.")] = None,
    limit: Limit = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List orders, newest first."""
    if lifecycle not in (None, *order_queries.LIFECYCLE):
        raise ConfigError(f"lifecycle {lifecycle!r}: is unknown; use one of {_LIFECYCLES}")
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        total = order_queries.count_orders(connection, channel, lifecycle)
        rows = list(order_queries.list_orders(connection, channel, limit, lifecycle))
    if as_json:
        say_json({"total": total, "orders": rows})
        return
    shown = [row | row["states"] | {"amount": _amount(row["total"])} for row in rows]
    columns = ["channel", "external_id", "number", "placed_at", "amount", "lifecycle", "payment", "fulfilment"]
    say_table(shown, columns, "no orders yet; `entrepot run pull_orders` reads them")


def _amount(money: dict[str, Any]) -> str:
    return f"{decimal_amount(money['minor'], money['currency'])} {money['currency']}"


@orders.command("show")
def orders_show(
    reference: Reference,
    channel: ChannelOption = None,
    unmask: Unmask = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show one order with its whole story. Personal data stays sealed unless a reason is given."""
    with open_hub(Settings(), actor=actor) as hub:
        order_id = find_order(hub, channel, reference)
        if unmask:
            hub.note("unmask", f"order {order_id}", reason=unmask)
        with hub.database.read() as connection:
            shown = order_queries.show_order(connection, order_id, hub.sealer() if unmask else None)
    say_one(shown, as_json=as_json, hidden={"order_id", "account_id", "raw_id"})


@orders.command("queue")
def orders_queue(channel: ChannelOption = None, limit: Limit = None, as_json: Json = False, actor: As = None) -> None:
    """List orders that are held, urgent and older ones first, with everything that speaks against each."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        total = order_queries.count_orders(connection, channel, "held")
        rows = order_queries.review_queue(connection, channel, limit)
    if as_json:
        say_json({"total": total, "orders": rows})
        return
    if not rows:
        say("no order is held")
    for row in rows:
        urgent = ", urgent" if row["is_urgent"] else ""
        say(f"{row['channel']} {row['external_id']} ({row['number']}), {_amount(row['total'])}, placed {plain(row['placed_at'])}{urgent}")
        for reason in row["reasons"]:
            say(f"  {reason['rule']}: {reason['says']}")


@orders.command("approve")
def orders_approve(references: References, reason: Reason, channel: ChannelOption = None, as_json: Json = False, actor: As = None) -> None:
    """Approve held orders with all that speaks against them. It stands until the channel changes lines, amounts or address."""
    with open_hub(Settings(), actor=actor) as hub:
        judged = manual_review.approve(hub, [find_order(hub, channel, each) for each in references], reason)
    _tell(judged, "accepted", as_json)


@orders.command("reject")
def orders_reject(references: References, reason: Reason, channel: ChannelOption = None, as_json: Json = False, actor: As = None) -> None:
    """Reject orders: they give their stock back and are not sent. The channel is not told; cancel and refund there."""
    with open_hub(Settings(), actor=actor) as hub:
        judged = manual_review.reject(hub, [find_order(hub, channel, each) for each in references], reason)
    _tell(judged, "against it", as_json)


@orders.command("distinct")
def orders_distinct(
    reference: Reference,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="External id or order number of the order that it looks like.")],
    reason: Reason,
    channel: ChannelOption = None,
    other_channel: Annotated[str | None, typer.Option("--other-channel", help="The channel of the other one; default is all.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Say that two orders which look like one are two. The next review holds neither for the other any more."""
    with open_hub(Settings(), actor=actor) as hub:
        is_new = tell_apart(hub, find_order(hub, channel, reference), find_order(hub, other_channel, other), reason)
    said = f"{reference} and {other} are two orders" + ("" if is_new else "; that was said before")
    say_json({"is_new": is_new}) if as_json else say(said)


@orders.command("amend")
def orders_amend(
    reference: Reference,
    reason: Reason,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help=f"Of the shipping address: {', '.join(manual_review.ADDRESS)}."),
    ] = None,
    lines: Annotated[
        list[str] | None, typer.Option("--line", metavar="LINE=QUANTITY", help="Send no more than this of a line; 0 leaves it out.")
    ] = None,
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Correct an order and review it again. A new address from the channel replaces a corrected one."""
    correction = Correction(
        dict(map(_pair, changes or [])), {line: units(text, place=f"line {line}") for line, text in map(_pair, lines or [])}
    )
    with open_hub(Settings(), actor=actor) as hub:
        judged = manual_review.amend(hub, find_order(hub, channel, reference), correction, reason)
    _tell([judged], "against it", as_json)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"{text!r}: is not NAME=VALUE; write one like city=Lyon")
    return name.strip(), value.strip().replace("\\n", "\n")


def _tell(judged: list[Judged], what: str, as_json: bool) -> None:
    if as_json:
        say_json({"orders": [asdict(each) for each in judged]})
        return
    for each in judged:
        says = f"; {what}: {'; '.join(each.says)}" if each.says else ""
        say(f"{each.channel} {each.external_id}: {each.outcome}{says}")
