"""Review orders: judge what is new, changed or held, and reserve what it wants."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId, ChannelId


@flow(name="review_orders", flow_run_name=run_name, persist_result=False)
async def review_orders(channel: ChannelId = "", actor: ActorId = "") -> State[Any]:
    """Judge orders by rules/review.toml and reserve their stock. Reviewing again changes nothing.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("review_orders", channel, actor)
