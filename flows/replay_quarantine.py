"""Replay the quarantine: payloads that a mended mapping, or a healthy source, can now deliver."""

import asyncio
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.at_work import hub_for, run_name, show_table
from flows.pull_orders import ActorId, ChannelId
from operations import verbs
from operations.replay import Replayed


@task(persist_result=False)
async def replay_channel(channel: str, actor: str) -> list[Replayed]:
    """Replay in a thread of its own. Not retried: the next run does the same."""
    return await asyncio.to_thread(_replay, channel, actor)


def _replay(channel: str, actor: str) -> list[Replayed]:
    with hub_for(actor) as hub:
        if actor:
            hub.note("run", "replay_quarantine", channel=channel, by="prefect")
        return verbs.replay_quarantine(hub, channel or None)


@flow(name="replay_quarantine", flow_run_name=run_name, persist_result=False)
async def replay_quarantine(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Read quarantined payloads again with today's mapping, and fetch anew what still cannot be read.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    results = await replay_channel(channel, actor)
    fields = ("channel", "tried", "resolved", "still_open", "message")
    await show_table(
        "replay-quarantine", [{name: getattr(each, name) for name in fields} for each in results], "What came of the quarantine"
    )
    failed = [f"{each.channel}: {each.message}" for each in results if each.message]
    if failed:
        return Failed(message="; ".join(failed))
    return Completed(message=f"{sum(each.resolved for each in results)} resolved, {sum(each.still_open for each in results)} still open")
