"""`entrepot channels`, `quarantine`, `db`: look into the store and mend what waits."""

from enum import StrEnum
from typing import Annotated

import typer

from console.channels_known import known_channel
from console.output import As, ChannelOption, Json, Limit, Unmask, complain, say, say_json, say_one, say_table
from console.run_commands import say_health, say_replayed
from model.errors import ConfigError
from model.store import accounts, quarantine_queries
from operations.completeness.showing import lateness_of
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

channels = typer.Typer(no_args_is_help=True, help="The channel accounts of hub.toml.")
quarantine = typer.Typer(no_args_is_help=True, help="Payloads that could not be used.")
database = typer.Typer(no_args_is_help=True, help="The database and its schema.")


@channels.command("list")
def channels_list(as_json: Json = False, actor: As = None) -> None:
    """List the channel accounts."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        paused = accounts.pauses(connection)
        rows = [
            channel.model_dump(mode="json", exclude={"settings"}) | {"paused": paused[channel.id][1] if channel.id in paused else None}
            for channel in hub.file.channels
        ]
    if as_json:
        say_json({"total": len(rows), "channels": rows})
    else:
        say_table(
            rows, ["id", "connector", "entity", "schedule", "zone", "is_active", "paused", "name"], "no channel yet; add one to hub.toml"
        )


@channels.command("check")
def channels_check(channel: ChannelOption = None, as_json: Json = False, actor: As = None) -> None:
    """Ask every remote who it is: credentials, clock, lag. Exit 1 when one is not well."""
    with open_hub(Settings(), actor=actor) as hub:
        is_well = say_health(hub, channel, as_json)
    if not is_well:
        raise typer.Exit(1)


@channels.command("lateness")
def channels_lateness(channel: ChannelOption = None, as_json: Json = False, actor: As = None) -> None:
    """Show how late changes were seen in the last four weeks, and how far before its last end each stream is therefore read again."""
    with open_hub(Settings(), actor=actor) as hub:
        known_channel(hub, channel)
        rows = lateness_of(hub, channel)
    if as_json:
        say_json({"streams": rows})
        return
    columns = ["channel", "stream", "changes", "late", "p50_s", "p99_s", "longest_s", "declared_s", "in_force_s", "why"]
    say_table(rows, columns, "no channel yet; add one to hub.toml")


class State(StrEnum):
    """What may be asked of an entry."""

    OPEN = "open"
    RESOLVED = "resolved"


StateOption = Annotated[State, typer.Option("--state", help="Which entries.")]


@quarantine.command("list")
def quarantine_list(
    channel: ChannelOption = None, state: StateOption = State.OPEN, limit: Limit = None, as_json: Json = False, actor: As = None
) -> None:
    """List payloads set aside, oldest first, with their reasons."""
    with open_hub(Settings(), actor=actor) as hub, hub.database.read() as connection:
        known_channel(hub, channel)
        total = quarantine_queries.count_entries(connection, channel, state)
        rows = list(quarantine_queries.list_entries(connection, channel, state, limit))
    if as_json:
        say_json({"total": total, "quarantine": rows})
        return
    short = [row | {"id": row["id"][:12]} for row in rows]
    ends = ["resolution"] if state is State.RESOLVED else []
    columns = ["id", "channel", "kind", "external_id", "first_seen_at", "attempts", *ends, "reason"]
    say_table(short, columns, "nothing in quarantine" if state is State.OPEN else "nothing was ever resolved")


@quarantine.command("show")
def quarantine_show(
    entry: Annotated[str, typer.Argument(help="The entry's id, or its beginning.")],
    unmask: Unmask = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Show one entry; with --unmask also the payload as it came, which may hold personal data."""
    with open_hub(Settings(), actor=actor) as hub:
        with hub.database.read() as connection:
            ids = quarantine_queries.matching_ids(connection, entry)
            rows = [
                row
                for state in ("open", "resolved")
                for row in quarantine_queries.list_entries(connection, None, state, None)
                if row["id"] in ids
            ]
        if len(rows) != 1:
            raise ConfigError(f"quarantine entry {entry!r}: {'is ambiguous' if rows else 'is not there'}; `entrepot quarantine list`")
        shown = rows[0]
        if unmask:
            hub.note("unmask", f"quarantine {shown['id']}", reason=unmask)
            with hub.database.read() as connection:
                shown["payload"] = quarantine_queries.payload_of(connection, shown["id"], hub.sealer()).decode("utf-8", "replace")
    say_one(shown, as_json=as_json)


@quarantine.command("replay")
def quarantine_replay(
    entries: Annotated[list[str] | None, typer.Argument(help="Ids or their beginnings; default is all open ones.")] = None,
    channel: ChannelOption = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Read quarantined payloads again with today's mapping, and fetch anew what still cannot be read."""
    with open_hub(Settings(), actor=actor) as hub:
        ids: list[str] = []
        with hub.database.read() as connection:
            for entry in entries or []:
                found = quarantine_queries.matching_ids(connection, entry)
                if not found:
                    raise ConfigError(f"quarantine entry {entry!r}: is not there; `entrepot quarantine list` shows what is")
                ids += found
        hub.note("replay", "quarantine", channel=channel, entries=ids)
        ends_well = say_replayed(hub, channel, tuple(ids), as_json)
    if not ends_well:
        raise typer.Exit(1)


@database.command("upgrade")
def database_upgrade(as_json: Json = False, actor: As = None) -> None:
    """Bring the schema to what this version needs."""
    from model.store import migrating  # noqa: PLC0415  Alembic takes long to import, and only here

    with open_hub(Settings(), actor=actor, check_schema=False) as hub:
        revision = migrating.upgrade(hub.database)
        hub.note("upgrade", "database", revision=revision)
    say_json({"revision": revision}) if as_json else say(f"the schema is at {revision}")


@database.command("check")
def database_check(as_json: Json = False, actor: As = None) -> None:
    """Tell whether the schema is what this version needs. Exit 1 when it is not."""
    from model.store import migrating  # noqa: PLC0415  same

    with open_hub(Settings(), actor=actor, check_schema=False) as hub:
        problems = migrating.problems(hub.database)
    if as_json:
        say_json({"problems": problems})
    elif not problems:
        say("the schema is what this version needs")
    for problem in () if as_json else problems:
        complain(problem)
    if problems:
        raise typer.Exit(1)
