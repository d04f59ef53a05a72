"""`entrepot mail`: wait at a mailbox for orders."""

from typing import Annotated

import typer

from console.channels_known import known_channel
from console.output import As, say
from model.errors import ConfigError
from operations.pull import PullOutcome
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

mail = typer.Typer(no_args_is_help=True, help="Orders that come by e-mail.")


@mail.callback()
def about() -> None:
    """Orders that come by e-mail."""


@mail.command("watch")
def watch(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel of hub.toml that reads a mailbox.")],
    rounds: Annotated[int | None, typer.Option("--rounds", min=1, help="End after so many pulls; without it, never.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=1740, help="Pull at least so often.")] = 300,
    actor: As = None,
) -> None:
    """Wait for mails and pull as soon as one comes. The schedule stays in force; this only makes it earlier."""
    from operations.watch_mail import watch_mail  # noqa: PLC0415  connectors take long to import

    with open_hub(Settings(), actor=actor) as hub:
        known_channel(hub, channel)
        found = next((each for each in hub.file.channels if each.id == channel), None)
        if found is None:
            raise ConfigError(f"{channel}: is no channel of hub.toml")
        hub.note("run", "mail watch", channel=channel)
        watch_mail(hub, found, _tell, rounds=rounds, seconds=seconds)


def _tell(outcome: PullOutcome) -> None:
    counts = outcome.counts
    told = f"{outcome.channel} {outcome.stream}: {outcome.outcome}, {counts.new} new, {counts.changed} changed"
    reason = f": {outcome.message}" if outcome.message else ""
    say(f"{told}, {counts.quarantined} set aside{reason}")
