"""Check ledgers: what was posted, what ledgers have, and what the banks say, compared; it changes nothing."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name
from flows.ledgers_at_work import LedgerId, run_checks
from flows.money_at_work import SinceDay, UntilDay
from flows.pull_orders import ActorId
from operations.money.money_verbs import Days


@flow(name="check_ledger", flow_run_name=run_name, persist_result=False)
async def check_ledger(ledger: LedgerId = "", since: SinceDay = None, until: UntilDay = None, actor: ActorId = "") -> State[Any]:
    """Name every difference between the books, the ledgers and the banks. A run that finds one ends as a warning.

    Args:
        ledger: An id under [[ledgers]] of hub.toml; empty means all that can be read.
        since: The first day; None means the first of last month.
        until: The last day, itself included; None means today.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_checks(ledger, Days(since, until), actor)
