"""Pull listings: the catalogue of one channel, or of all, as it is now."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="pull_listings", flow_run_name=run_name, persist_result=False)
async def pull_listings(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Read every listing of the channels; what they no longer show is marked as gone.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("pull_listings", channel, actor)
