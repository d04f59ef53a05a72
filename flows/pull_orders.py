"""Pull orders: one run per channel and schedule, or a custom run with a channel and a window."""

import asyncio
from typing import Annotated, Any

from prefect import flow, task
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task
from pydantic import AwareDatetime, Field

from flows.at_work import ended, hub_for, run_name, show_table
from model.errors import HubError, TransientError
from operations.pull import PullOutcome, Wanted
from operations.verbs import chosen_channels, said
from operations.verbs import pull_orders as pull_channels

REST_S = 120
"""Seconds before a channel that was down is asked once more; the hub retries seconds by itself, Prefect minutes."""

ChannelId = Annotated[str, Field(title="Channel", description="A channel id of hub.toml; empty reads all of them.")]
Since = Annotated[AwareDatetime | None, Field(title="Since", description="Read changes from here; None goes on where the stream stands.")]
Until = Annotated[AwareDatetime | None, Field(title="Until", description="Read changes up to here; None means now.")]
ActorId = Annotated[str, Field(title="As", description="Who asks: an id under [[people]] of hub.toml; kept in the audit trail.")]


async def _may_recover(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Only what time can heal is asked again: not a wrong setting, a refused credential or a broken promise."""
    try:
        await state.aresult()
    except TransientError:
        return True
    except HubError:
        return False
    return False


@task(
    task_run_name="pull {channel}",
    retries=1,
    retry_delay_seconds=REST_S,
    retry_condition_fn=_may_recover,  # pyright: ignore[reportArgumentType]
    persist_result=False,
)
async def pull_channel(channel: str, wanted: Wanted, actor: str) -> list[PullOutcome]:
    """Read one channel in a thread of its own; raises what stopped it, so that Prefect shows and retries it."""
    outcomes = await asyncio.to_thread(_pull, channel, wanted, actor)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return outcomes


def _pull(channel: str, wanted: Wanted, actor: str) -> list[PullOutcome]:
    with hub_for(actor) as hub:
        if actor or wanted.scope:
            hub.note("run", "pull_orders", channel=channel, since=wanted.since, until=wanted.until, by="prefect")
        return pull_channels(hub, channel, wanted)


@flow(name="pull_orders", flow_run_name=run_name, persist_result=False)
async def pull_orders(channel: ChannelId = "", since: Since = None, until: Until = None, actor: ActorId = "") -> State[Any]:
    """Read new and changed orders and payments of one channel, or of all, into the store.

    Without a window each stream goes on where it stands. With one, the window is read again; what is stored already stays as it is.

    Args:
        channel: A channel id of hub.toml; empty reads all of them.
        since: Read changes from here; None goes on where the stream stands.
        until: Read changes up to here; None means now.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    wanted = Wanted(since, until)
    with hub_for(actor) as hub:
        ids = [each.id for each in chosen_channels(hub, channel or None)]
    results = await asyncio.gather(*(pull_channel(each, wanted, actor) for each in ids), return_exceptions=True)
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    for each, result in zip(ids, results, strict=True):
        if isinstance(result, HubError):
            failed.append(f"{each}: {result}")
            rows.append({"channel": each, "stream": "-", "outcome": "failed", "message": str(result)})
        elif isinstance(result, BaseException):
            raise result
        else:
            rows += [_row(outcome) for outcome in result]
    await show_table(f"pull-orders-{channel or 'all'}", rows, "What this run read")
    summary = "; ".join(f"{row['channel']} {row['stream']}: {row['message']}" for row in rows)
    return ended(failed, [row["outcome"] for row in rows], summary)


def _row(outcome: PullOutcome) -> dict[str, Any]:
    counts = outcome.counts
    return {
        "channel": outcome.channel,
        "stream": outcome.stream,
        "outcome": outcome.outcome,
        "new": counts.new,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "superseded": counts.superseded,
        "quarantined": counts.quarantined,
        "elapsed_ms": outcome.elapsed_ms,
        "message": outcome.message or said(counts),
    }
