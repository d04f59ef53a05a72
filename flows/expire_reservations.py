"""Expire reservations: give up stock that unpaid orders held too long."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name, run_verb
from flows.pull_orders import ActorId


@flow(name="expire_reservations", flow_run_name=run_name, persist_result=False)
async def expire_reservations(actor: ActorId = "") -> State[Any]:
    """Give back what soft reservations hold beyond their time.

    Args:
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_verb("expire_reservations", "", actor)
