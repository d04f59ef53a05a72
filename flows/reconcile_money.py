"""Reconcile money: match what is told on both sides, find what is left, and say which days wait for a signature."""

import asyncio
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import hub_for, run_name
from flows.money_at_work import AccountId, SinceDay, UntilDay, run_money, show_breaks
from flows.pull_orders import ActorId
from operations.money.money_verbs import Days, money_accounts


@flow(name="reconcile_money", flow_run_name=run_name, persist_result=False)
async def reconcile_money(account: AccountId = "", since: SinceDay = None, until: UntilDay = None, actor: ActorId = "") -> State[Any]:
    """Match payments with what processors tell, and payouts with what banks tell; the same days again give the same matches and breaks.

    Args:
        account: An id of a channel, processor or bank in hub.toml; empty means all of them.
        since: The first business day; None goes back as far as rules/reconciliation.toml says.
        until: The last business day, itself included; None means today.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    state = await run_money("reconcile_money", account, Days(since, until), actor)
    await show_breaks(await asyncio.to_thread(_accounts, account))
    return state


def _accounts(account: str) -> list[str]:
    """Those whose breaks are shown: also channels that pay out nothing have orders that were paid too little."""
    with hub_for("") as hub:
        if account:
            return [account]
        keepers = [each.id for each in money_accounts(hub, None)]
        return [*keepers, *(each.id for each in hub.file.channels if each.is_active and each.id not in keepers)]
