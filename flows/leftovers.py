"""What an embedded hub that was stopped, or killed, left behind in Prefect; right only where there is one worker."""

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.server.database import provide_database_interface
from prefect.states import Crashed
from prefect.types import DateTime
from sqlalchemy import and_, delete, or_

STARTED = "at-start-"
"""How the idempotency key of a run begins that the hub's start asked for, not a person."""
_UNDONE = ("Scheduled", "Late")


async def forget_missed(before: DateTime) -> int:
    """Delete scheduled runs whose time passed while the hub was off, and say how many; the next run reads all that they would have.

    One statement, to be called before the server starts: its services would mark each as late, in a transaction of its own, and
    hundreds of these at once keep everybody else out of an SQLite file for a minute. Runs that a person asked for stay.
    """
    prefect = provide_database_interface()
    await prefect.create_db()
    run = prefect.FlowRun
    async with prefect.session_context(begin_transaction=True) as session:
        ours = or_(run.auto_scheduled, run.idempotency_key.startswith(STARTED))
        missed = and_(ours, run.state_name.in_(_UNDONE), run.next_scheduled_start_time < before)
        deleted = await session.execute(delete(run).where(missed).returning(run.id))
        return len(deleted.all())


async def close_unfinished(client: PrefectClient, why: str) -> None:
    """Close runs whose process is gone, so that none looks at work for ever."""
    at_work = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]))
    for run in await client.read_flow_runs(flow_run_filter=FlowRunFilter(state=at_work)):
        await client.set_flow_run_state(run.id, Crashed(message=why), force=True)
