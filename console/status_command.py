"""`entrepot status`: where an order is, in words that its buyer may read."""

from typing import Annotated

import typer

from console.orders_found import find_order
from console.output import As, ChannelOption, Json, say, say_json, say_one
from model.errors import ConfigError
from operations.order_status import status_by_email, status_by_token, status_token
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings


def status(
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", help="The order number as the buyer knows it.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="The address the order was placed with.")] = None,
    token: Annotated[str | None, typer.Option("--token", help="Instead of number and address.")] = None,
    make_token: Annotated[
        bool, typer.Option("--make-token", help="Print the token of the order instead, for a message to its buyer.")
    ] = False,
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show what a buyer may know of an order: by its number and e-mail address, or by a token. Nothing personal is told."""
    with open_hub(Settings(), actor=actor) as hub:
        if make_token and number is not None:
            order_id = find_order(hub, channel, number)
            hub.note("status token", f"order {order_id}")
            made = status_token(hub, order_id)
            say_json({"token": made}) if as_json else say(made)
        elif token is not None:
            say_one(status_by_token(hub, token), as_json=as_json)
        elif number is not None and email is not None:
            say_one(status_by_email(hub, number, email), as_json=as_json)
        else:
            raise ConfigError("status: names no order; give NUMBER and --email, or --token")
