"""Sweep orders: compare whole days with their sources, fetch what is missing, sign a certificate for each."""

import asyncio
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State

from flows.at_work import ended, hub_for, run_name, show_table
from flows.money_at_work import SinceDay, UntilDay
from flows.pull_orders import ActorId, ChannelId
from operations.completeness.days import SweptDays
from operations.completeness.verbs import sweep_orders as sweep_channels
from operations.reports import Report


@task(task_run_name="sweep {channel}", persist_result=False)
async def sweep(channel: str, days: SweptDays, actor: str) -> list[Report]:
    """Sweep in a thread of its own. Not retried: what a sweep could not mend, the next one tries again."""
    return await asyncio.to_thread(_sweep, channel, days, actor)


def _sweep(channel: str, days: SweptDays, actor: str) -> list[Report]:
    with hub_for(actor) as hub:
        if actor or days.since or days.until:
            hub.note("run", "sweep_orders", channel=channel, since=days.since, until=days.until, by="prefect")
        return sweep_channels(hub, channel or None, days)


@flow(name="sweep_orders", flow_run_name=run_name, persist_result=False)
async def sweep_orders(channel: ChannelId = "", since: SinceDay = None, until: UntilDay = None, actor: ActorId = "") -> State[Any]:
    """Compare the business days of one channel, or of all, with what their sources list, and mend what differs.

    Without days it takes the last week. Any days may be swept again: nothing doubles, and a later certificate supersedes the earlier one.
    The run failed where a day stays incomplete; it is called Warning where what differs is known or the count of a day is odd.

    Args:
        channel: A channel id of hub.toml; empty means all of them.
        since: The first business day; None means a week ago.
        until: The last business day, itself included; None means yesterday.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    reports = await sweep(channel, SweptDays(since, until), actor)
    await show_table(f"sweep-orders-{channel or 'all'}", [report.row for report in reports], "What this sweep found")
    failed = [f"{report.about}: {report.message}" for report in reports if report.outcome in {"failed", "differs"}]
    return ended(failed, [report.outcome for report in reports], "; ".join(report.line for report in reports))
