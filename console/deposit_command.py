"""`entrepot books deposits`: what customer deposits are made of."""

from collections import defaultdict
from datetime import date
from typing import Annotated, Any

import typer

from console.instants import typed_day
from console.output import As, Json, amount_text, money, say, say_json, say_table
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

COLUMNS = ["channel", "order", "amount", "worth", "since", "age", "why"]


def books_deposits(
    entity: Annotated[str | None, typer.Option("--entity", help="One entity id of hub.toml; default is all.")] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=typed_day, metavar="DAY", help="At the end of this day; default is today.")
    ] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List by order what buyers paid for goods that have not left, the oldest first; their worth sums to the account's."""
    from operations.books.deposits import open_deposits  # noqa: PLC0415  it loads the posting rules, and `--help` needs none

    with open_hub(Settings(), actor=actor) as hub:
        rows = open_deposits(hub, entity, until)
    if as_json:
        say_json({"deposits": [_as_json(row) for row in rows]})
        return
    say_table([_as_text(row) for row in rows], COLUMNS, "no deposit is open")
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[row["account"], row["base_currency"]] += row["base_minor"]
    for (account, currency), minor in sorted(sums.items()):
        say(f"account {account} is worth {amount_text(minor, currency)}")


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    amounts = {"amount": amount_text(row["amount_minor"], row["currency"]), "worth": amount_text(row["base_minor"], row["base_currency"])}
    return row | amounts | {"order": row["order"] or row["order_id"]}


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("entity", "account", "channel", "order", "order_id", "age", "why")}
    amounts = {"amount": money(row["amount_minor"], row["currency"]), "worth": money(row["base_minor"], row["base_currency"])}
    return kept | amounts | {"since": row["since"].isoformat()}


ABOUT_DEPOSITS = {"deposits": books_deposits}
