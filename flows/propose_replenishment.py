"""Propose replenishment: what to order of each SKU, and by when it runs out."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId


@flow(name="propose_replenishment", flow_run_name=run_name, persist_result=False)
async def propose_replenishment(actor: ActorId = "") -> State[Any]:
    """Work out today's proposals to order. The same day again replaces them, never doubles.

    Args:
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("propose_replenishment", "", actor)
