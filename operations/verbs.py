"""The verbs that run on schedule, by the names of their flows: what a command line run and a Prefect run both call."""

from collections.abc import Sequence

from model.errors import ConfigError
from model.store.runs import Counts
from operations.check import ChannelHealth, check_channel
from operations.preview import preview_channel
from operations.pull import Progress, PullOutcome, Wanted, pull_channel, silent
from operations.replay import Replayed, replay_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Channel


def chosen_channels(hub: Hub, channel: str | None) -> Sequence[Channel]:
    """The named channel, or all active ones."""
    if channel is not None:
        return [hub.file.channel(channel)]
    active = [each for each in hub.file.channels if each.is_active]
    if not active:
        raise ConfigError(f"{hub.file.path.name}: has no active channel; add one under [[channels]]")
    return active


def chosen_accounts(hub: Hub, account: str | None) -> Sequence[Account]:
    """The named account, or all active ones: channels, partners, processors and banks."""
    return [hub.file.account(account)] if account is not None else [each for each in hub.file.accounts if each.is_active]


def pull_orders(
    hub: Hub, channel: str | None, wanted: Wanted, *, is_dry_run: bool = False, progress: Progress = silent
) -> list[PullOutcome]:
    """Pull the chosen channels one after the other; a failing one never stops the next."""
    outcomes: list[PullOutcome] = []
    for each in chosen_channels(hub, channel):
        outcomes += preview_channel(hub, each, wanted) if is_dry_run else pull_channel(hub, each, wanted, progress)
    return outcomes


def replay_quarantine(hub: Hub, channel: str | None, entries: Sequence[str] = ()) -> list[Replayed]:
    """Replay what is in quarantine, channel by channel."""
    return [replay_channel(hub, each, entries) for each in chosen_accounts(hub, channel)]


def check_channels(hub: Hub, channel: str | None) -> list[ChannelHealth]:
    """Check the chosen channels."""
    return [check_channel(hub, each) for each in chosen_channels(hub, channel)]


def said(counts: Counts) -> str:
    """Counts in words, for a line per run."""
    if counts.new == counts.changed == counts.quarantined == 0:
        return f"nothing changed ({counts.unchanged + counts.superseded} read again)" if counts.read else "nothing new"
    return f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, {counts.quarantined} in quarantine"
