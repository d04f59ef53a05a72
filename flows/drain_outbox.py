"""Drain the outbox: send commands to partners and channels, and learn what became of them."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="drain_outbox", flow_run_name=run_name, persist_result=False)
async def drain_outbox(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Send what is due. A command whose answer was lost is looked for or repeated under its own key; it takes effect once.

    Args:
        channel: An id of a partner or a channel in hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("drain_outbox", channel, actor)
