"""Track shipments: ask where parcels are, and name those that need care."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="track_shipments", flow_run_name=run_name, persist_result=False)
async def track_shipments(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Keep every event of a carrier once, and count parcels that are lost, returned, failed, waiting, stuck, unseen or late.

    Args:
        channel: An id of a partner in hub.toml that tells where parcels are; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("track_shipments", channel, actor)
