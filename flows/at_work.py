"""What flows share: the hub they work on, and how their results are shown."""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from model.store.audit_trail import Actor
from operations.reports import Report
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings
from operations.shipping_verbs import SHIPPING_VERBS
from operations.stock_verbs import STOCK_VERBS

VERBS = {**STOCK_VERBS, **SHIPPING_VERBS}
SCHEDULER = Actor("prefect", "Prefect")
"""Who acts when no person is named: Prefect knows no users."""


@contextmanager
def hub_for(actor: str) -> Generator[Hub]:
    """The hub of ENTREPOT_HOME, acting as a person of hub.toml, or as Prefect."""
    with open_hub(Settings(), actor=actor or None) as hub:
        yield hub if actor else replace(hub, actor=SCHEDULER)


def run_name() -> str:
    """What a run is called in the UI: its channel, account or entity, whether it reads a window again, and when."""
    asked: dict[str, Any] = flow_run.parameters
    again = " again" if asked.get("since") or asked.get("until") else ""
    kind = next((kind for kind in ("account", "entity", "ledger") if kind in asked), "channel")
    of = asked.get(kind) or ("all entities" if kind == "entity" else f"all {kind}s")
    return f"{of}{again} {flow_run.scheduled_start_time:%m-%d %H:%M:%S}"


async def show_table(key: str, rows: Sequence[Mapping[str, Any]], description: str) -> None:
    """A table artifact of the run; Prefect keeps one history per key."""
    await acreate_table_artifact(table=[dict(row) for row in rows], key=key, description=description)


@task(task_run_name="{name}", persist_result=False)
async def run_verb_in_thread(name: str, channel: str, actor: str) -> list[Report]:
    """One verb in a thread of its own. Not retried: the next run does the same, and what it tells outside has its own way back."""
    return await asyncio.to_thread(_at_work, name, channel, actor)


def _at_work(name: str, channel: str, actor: str) -> list[Report]:
    with hub_for(actor) as hub:
        if actor:
            hub.note("run", name, channel=channel, by="prefect")
        return VERBS[name](hub, channel or None)


async def run_verb(name: str, channel: str, actor: str) -> State[Any]:
    """Run a verb and show what it did."""
    reports = await run_verb_in_thread(name, channel, actor)
    await show_table(f"{name.replace('_', '-')}-{channel or 'all'}", [report.row for report in reports], "What this run did")
    failed = [f"{report.about}: {report.message}" for report in reports if report.outcome == "failed"]
    return ended(failed, [report.outcome for report in reports], "; ".join(report.line for report in reports))


def ended(failed: Sequence[str], outcomes: Sequence[str], summary: str) -> State[Any]:
    """How a run ended: failed where a part of it failed, with all their messages; skipped where every part of it was.

    One that did its work and found something odd is called Warning: it is no success, and nothing that a retry would mend.
    """
    if failed:
        return Failed(message="; ".join(failed))
    if "warning" in outcomes:
        return Completed(name="Warning", message=summary)
    if outcomes and all(outcome == "skipped" for outcome in outcomes):
        return Completed(name="Skipped", message=summary)
    return Completed(message=summary)
