"""Compare stock: ask channels what they show of everything that was told them."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="compare_stock", flow_run_name=run_name, persist_result=False)
async def compare_stock(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Note what each channel shows. What still differs behind the next reading of its orders is told anew by publish_stock.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("compare_stock", channel, actor)
