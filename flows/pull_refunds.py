"""Pull refunds: read them where a channel tells of them on their own, and expect the goods that channels say come back."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="pull_refunds", flow_run_name=run_name, persist_result=False)
async def pull_refunds(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Read refunds with their lines, and open a return for each that a channel tells of goods that left our stock.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("pull_refunds", channel, actor)
