"""Post vouchers: what happened and is not in the books yet."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name
from flows.books_at_work import EntityId, run_books, show_unbooked
from flows.pull_orders import ActorId


@flow(name="post_vouchers", flow_run_name=run_name, persist_result=False)
async def post_vouchers(entity: EntityId = "", actor: ActorId = "") -> State[Any]:
    """Post what happened by the rules in force, and show what is held and why. Run again, it posts nothing.

    Args:
        entity: An id of an entity in hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    state = await run_books("post_vouchers", entity, actor)
    await show_unbooked(entity)
    return state
