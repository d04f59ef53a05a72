"""Refresh safety: what channels hold back against sales they were not told of yet."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="refresh_safety", flow_run_name=run_name, persist_result=False)
async def refresh_safety(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Bring safety stock up to what sales and lags now ask for. Only numbers that changed are published anew.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("refresh_safety", channel, actor)
