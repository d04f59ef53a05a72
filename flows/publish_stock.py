"""Publish stock: tell channels what they may sell."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="publish_stock", flow_run_name=run_name, persist_result=False)
async def publish_stock(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Compute what changed and tell each channel. What it was told already is not told again.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("publish_stock", channel, actor)
