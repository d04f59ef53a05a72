"""Close period: look at the oldest month that is over and open, and say what is left. A person closes it, never this flow."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name
from flows.books_at_work import EntityId, run_books, show_checklist
from flows.pull_orders import ActorId


@flow(name="close_period", flow_run_name=run_name, persist_result=False)
async def close_period(entity: EntityId = "", actor: ActorId = "") -> State[Any]:
    """Go through the checklist of the month that is to be closed next, and show each line with its way out. It closes nothing.

    Args:
        entity: An id of an entity in hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    state = await run_books("close_period", entity, actor)
    await show_checklist(entity)
    return state
