"""Import statements: the files of banks and processors, each once."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.at_work import run_name
from flows.money_at_work import AccountId, run_money
from flows.pull_orders import ActorId
from operations.money.money_verbs import Days


@flow(name="import_statements", flow_run_name=run_name, persist_result=False)
async def import_statements(account: AccountId = "", actor: ActorId = "") -> State[Any]:
    """Read what is new in the folders of banks and processors. A file is imported whole or not at all, and once.

    Args:
        account: An id of a bank or processor in hub.toml; empty means all of them.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    return await run_money("import_statements", account, Days(), actor)
