"""Pull payouts: payouts, the lines they are made of, and disputes."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name
from flows.money_at_work import AccountId, SinceDay, UntilDay, run_money
from flows.pull_orders import ActorId
from operations.money.money_verbs import Days


@flow(name="pull_payouts", flow_run_name=run_name, persist_result=False)
async def pull_payouts(account: AccountId = "", since: SinceDay = None, until: UntilDay = None, actor: ActorId = "") -> State[Any]:
    """Read payouts, settlement lines and disputes of one account, or of all that tell of them.

    Without days each stream goes on where it stands. With days these are read again; what is stored already stays as it is.

    Args:
        account: An id of a channel or processor in hub.toml; empty means all of them.
        since: The first business day; None goes on where the stream stands.
        until: The last business day, itself included; None means now.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_money("pull_payouts", account, Days(since, until), actor)
