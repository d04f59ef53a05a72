"""Release fulfilments: ask the locations to ship what approved orders hold."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId


@flow(name="release_fulfilments", flow_run_name=run_name, persist_result=False)
async def release_fulfilments(actor: ActorId = "") -> State[Any]:
    """Route approved orders, write their fulfilment orders, and call back what is no longer wanted. What was asked for is not asked again.

    Args:
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("release_fulfilments", "", actor)
