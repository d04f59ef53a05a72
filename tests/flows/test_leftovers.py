"""What a stopped hub left in Prefect: runs nobody waits for go, and what a person asked for stays."""

import asyncio
from datetime import timedelta

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.server.database import provide_database_interface
from prefect.states import Running, Scheduled
from prefect.types import DateTime
from sqlalchemy import update

from flows.leftovers import STARTED, close_unfinished, forget_missed


@flow(name="some-flow")
def some_flow() -> None:
    """Nothing."""


async def asked_for(hours: int, *, is_ours: bool = False, is_scheduled: bool = False, is_running: bool = False) -> FlowRun:
    """A run that is due in so many hours."""
    async with get_client() as client:
        due = DateTime.now("UTC") + timedelta(hours=hours)
        run = await client.create_flow_run(some_flow, state=Scheduled(scheduled_time=due))
        if is_running:
            await client.set_flow_run_state(run.id, Running(), force=True)
    prefect = provide_database_interface()
    async with prefect.session_context(begin_transaction=True) as session:
        key = f"{STARTED}{run.id}" if is_ours else None
        known = update(prefect.FlowRun).where(prefect.FlowRun.id == run.id)
        await session.execute(known.values(idempotency_key=key, auto_scheduled=is_scheduled))
    return run


async def left() -> set[str]:
    async with get_client() as client:
        return {f"{run.name}: {run.state_name}" for run in await client.read_flow_runs()}


def test_missed_runs_are_deleted_unless_a_person_asked_for_them() -> None:
    async def story() -> tuple[int, set[str], list[FlowRun]]:
        await asked_for(-2, is_scheduled=True)
        await asked_for(-2, is_ours=True)
        kept = [await asked_for(-2), await asked_for(2, is_scheduled=True), await asked_for(-2, is_scheduled=True, is_running=True)]
        before = await left()
        deleted = await forget_missed(DateTime.now("UTC"))
        return deleted, before - await left(), kept

    deleted, gone, kept = asyncio.run(story())

    assert (deleted, len(gone)) == (2, 2)
    assert {run.name for run in kept}.isdisjoint(each.partition(":")[0] for each in gone)


def test_runs_whose_process_is_gone_are_closed() -> None:
    async def story() -> tuple[FlowRun, FlowRun]:
        running, waiting = await asked_for(-1, is_running=True), await asked_for(2)
        async with get_client() as client:
            await close_unfinished(client, "the hub was stopped while it ran")
            return await client.read_flow_run(running.id), await client.read_flow_run(waiting.id)

    closed, waiting = asyncio.run(story())

    assert (closed.state_name, waiting.state_name) == ("Crashed", "Scheduled")
