"""`entrepot certificates`: what was signed about whole days, and the sweep that signs."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from console.channels_known import known_channel
from console.instants import Day, typed_day
from console.output import As, ChannelOption, Json, amount_text, say, say_json, say_table
from console.run_commands import told_reports
from model.errors import ConfigError
from model.store.certificates import certificates_of, list_certificates
from operations.completeness.verbs import SweptDays, sweep_orders
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

certificates = typer.Typer(no_args_is_help=True, help="Whether whole days are complete: compared with the channels' own lists, and signed.")

First = Annotated[date | None, typer.Option("--since", parser=typed_day, metavar="DAY", help="The first business day.")]
Last = Annotated[date | None, typer.Option("--until", parser=typed_day, metavar="DAY", help="The last business day, itself included.")]
ChannelId = Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel id of hub.toml.")]


class State(StrEnum):
    """What a certificate may say."""

    COMPLETE = "complete"
    WARNING = "warning"
    INCOMPLETE = "incomplete"


StateOption = Annotated[State | None, typer.Option("--state", help="Only those that say so; default is all.")]


@certificates.command("list")
def certificates_list(
    channel: ChannelOption = None,
    since: First = None,
    until: Last = None,
    state: StateOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List the certificates in force, newest day first."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        rows = list_certificates(connection, channel, since, until, state)
    if as_json:
        say_json({"total": len(rows), "certificates": rows})
        return
    shown = [row | {"channel": row["account_id"], "source": row["source_count"], "store": row["store_count"]} for row in rows]
    columns = ["day", "channel", "state", "source", "store", "recovered", "corrected", "signed_at", "oddity"]
    say_table(shown, columns, "no day was signed yet; `entrepot certificates sweep`")


@certificates.command("show")
def certificates_show(channel: ChannelId, day: Day, as_json: Json = False, actor: As = None) -> None:
    """Show what was signed of one day, and what still differs; the certificate in force first, then those it superseded."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        rows = certificates_of(connection, channel, day)
    if not rows:
        raise ConfigError(f"certificate {channel} {day}: is not there; `entrepot certificates sweep --channel {channel} --since {day}`")
    if as_json:
        say_json({"certificates": rows})
        return
    for row in rows:
        _say_certificate(row)


@certificates.command("sweep")
def certificates_sweep(
    channel: ChannelOption = None, since: First = None, until: Last = None, as_json: Json = False, actor: As = None
) -> None:
    """Compare days with the channels' own lists, fetch what is missing or differs, and sign; default is the last week.

    Exit 1 where a day stays incomplete. Any days may be swept again: nothing doubles.
    """
    with open_hub(Settings(), actor=actor) as hub:
        hub.note("run", "sweep_orders", channel=channel, since=since, until=until)
        ends_well = told_reports(sweep_orders(hub, channel, SweptDays(since, until)), as_json)
    if not ends_well:
        raise typer.Exit(1)


def _say_certificate(row: dict[str, Any]) -> None:
    say(f"{row['account_id']} {row['day']} ({row['zone']}, from {row['cut_off']}) no. {row['number']}: {row['state']}")
    say(f"  signed {row['signed_at']:%Y-%m-%d %H:%M:%SZ} by run {row['run_id']}; the source was {row['asked']}")
    say(f"  {row['recovered']} recovered, {row['corrected']} corrected" + (f"; {row['oddity']}" if row["oddity"] else ""))
    for side in ("source", "store"):
        sums = ", ".join(f"{_sum(told, currency)}" for currency, told in row[f"{side}_sums"].items())
        say(f"  {side}: {row[f'{side}_count']} orders, {sums or 'no money'}, ids {row[f'{side}_ids'][:12]}")
    left = row["differences"]
    for name in ("missing", "set_aside", "unlisted", "gone"):
        if left[name]:
            say(f"  {name.replace('_', ' ')}: {', '.join(left[name])}")
    for each in left["differs"]:
        say(f"  {each['external_id']}: {each['figure']} is {each['source']} at the source, {each['store']} here")


def _sum(told: dict[str, int | None], currency: str) -> str:
    gross, back = told["gross"], told["refunded"]
    refunds = "refunds not told" if back is None else f"{amount_text(back, currency)} back in {told['refunds']} refunds"
    return f"{amount_text(gross or 0, currency)} gross, {refunds}"
