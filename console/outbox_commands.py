"""`entrepot outbox`: commands on their way to partners and channels, and those that wait for a person."""

from typing import Annotated

import typer

from console.output import As, Json, say, say_json, say_table
from model.errors import ConfigError
from operations.outbox_verbs import listed_commands, outbox_counts, pause_outbox, resume_outbox, settle_by_hand
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

outbox = typer.Typer(no_args_is_help=True, help="Commands on their way to partners and channels.")

OPEN = ("pending", "sending", "unknown", "probing")
COLUMNS = ["id", "account_id", "operation", "reference", "state", "attempts", "due_at", "problem"]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@outbox.command("list")
def outbox_list(
    dead: Annotated[bool, typer.Option("--dead", help="Those that were refused, or that no machine can resolve.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """List commands that are not settled, the oldest first; and how many are in which state."""
    with open_hub(Settings(), actor=actor) as hub:
        rows = listed_commands(hub, ("parked",) if dead else OPEN)
        counts = outbox_counts(hub)
    if as_json:
        say_json({"commands": rows, "counts": counts})
        return
    say_table(rows, COLUMNS, "no dead letters" if dead else "nothing waits")
    say("\n" + (", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no command was ever written"))


@outbox.command("pause")
def outbox_pause(reason: Reason, as_json: Json = False, actor: As = None) -> None:
    """Let nothing leave until it is resumed; what is decided meanwhile waits."""
    with open_hub(Settings(), actor=actor) as hub:
        pause_outbox(hub, reason)
    say_json({"is_shut": True}) if as_json else say("the outbox is shut; `entrepot outbox resume` opens it")


@outbox.command("resume")
def outbox_resume(
    restored: Annotated[
        bool, typer.Option("--restored", help="The store was restored from a copy: what the lost part may have sent is looked for first.")
    ] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Let commands leave again."""
    with open_hub(Settings(), actor=actor) as hub:
        resume_outbox(hub, is_restored=restored)
    say_json({"is_shut": False}) if as_json else say("commands leave again with the next run of drain_outbox")


@outbox.command("settle")
def outbox_settle(
    command_id: Annotated[str, typer.Argument(metavar="ID", help="A dead letter, as `outbox list --dead` shows it.")],
    reason: Reason,
    done: Annotated[str | None, typer.Option("--done", metavar="THEIR-ID", help="It took effect there, under this id.")] = None,
    again: Annotated[bool, typer.Option("--again", help="It certainly did not take effect; send it again.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Say of a dead letter what no machine can know. Look at the remote first: sent again, a done command is done twice."""
    if (done is None) != again:
        raise ConfigError("outbox settle: takes either --done THEIR-ID or --again")
    with open_hub(Settings(), actor=actor) as hub:
        settle_by_hand(hub, command_id, done, reason)
    say_json({"settled": command_id}) if as_json else say(f"{command_id}: {f'is done as {done}' if done else 'is sent again'}")
