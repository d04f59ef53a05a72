"""Check channels: whether they answer, and how far the hub is behind."""

import asyncio
from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.at_work import hub_for, run_name, show_table
from flows.pull_orders import REST_S, ActorId, ChannelId
from operations import verbs
from operations.check import ChannelHealth


@task(retries=1, retry_delay_seconds=REST_S, persist_result=False)
async def check(channel: str, actor: str) -> list[ChannelHealth]:
    """Ask in a thread of its own."""
    return await asyncio.to_thread(_check, channel, actor)


def _check(channel: str, actor: str) -> list[ChannelHealth]:
    with hub_for(actor) as hub:
        return verbs.check_channels(hub, channel or None)


@flow(name="check_channels", flow_run_name=run_name, persist_result=False)
async def check_channels(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Ask every remote who it is: credentials, clock, lag, and what waits in quarantine.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    found = await check(channel, actor)
    await show_table("check-channels", [asdict(health) for health in found], "How the channels are")
    unwell = [f"{health.channel}: {health.message}" for health in found if not health.is_well]
    return Failed(message="; ".join(unwell)) if unwell else Completed(message=f"{len(found)} channels are well")
