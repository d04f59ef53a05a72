"""Push vouchers: bring what was posted to ledgers, and learn what became of it."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name
from flows.ledgers_at_work import LedgerId, run_ledgers
from flows.pull_orders import ActorId
from operations.money.money_verbs import Days


@flow(name="push_vouchers", flow_run_name=run_name, persist_result=False)
async def push_vouchers(ledger: LedgerId = "", actor: ActorId = "") -> State[Any]:
    """Write a command for each posted voucher that has none, and send what is due. Run again, nothing doubles.

    Args:
        ledger: An id under [[ledgers]] of hub.toml; empty means all that take vouchers one by one.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_ledgers("push_vouchers", ledger, Days(), actor)
