"""What the flows of ledgers share: a verb in a thread, and differences as a table with a link to the form that checks again."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed
from prefect.utilities.urls import url_for
from pydantic import Field

from flows.at_work import ended, hub_for, show_table
from flows.money_at_work import plain_text
from operations.books.check_ledger import Checked
from operations.books.ledger_verbs import DIFFERS, LEDGER_VERBS, checked_ledgers
from operations.money.money_verbs import Days
from operations.reports import Report

LedgerId = Annotated[str, Field(title="Ledger", description="An id under [[ledgers]] of hub.toml; empty means all of them.")]
RERUN = "check_ledger/check-ledger"
"""The deployment that checks again."""
LISTED = 500
"""Differences of one artifact; `entrepot ledgers check` shows all."""


@task(task_run_name="{name}", persist_result=False)
async def run_ledgers_in_thread(name: str, ledger: str, days: Days, actor: str) -> list[Report]:
    """One verb of ledgers in a thread of its own. Not retried: the next run does the same."""
    return await asyncio.to_thread(_at_work, name, ledger, days, actor)


def _at_work(name: str, ledger: str, days: Days, actor: str) -> list[Report]:
    with hub_for(actor) as hub:
        if actor:
            hub.note("run", name, ledger=ledger, by="prefect")
        return LEDGER_VERBS[name](hub, ledger or None, days)


async def run_ledgers(name: str, ledger: str, days: Days, actor: str) -> State[Any]:
    """Run a verb of ledgers and show what it did."""
    return await _shown(name, ledger, await run_ledgers_in_thread(name, ledger, days, actor))


async def _shown(name: str, ledger: str, reports: Sequence[Report]) -> State[Any]:
    await show_table(f"{name.replace('_', '-')}-{ledger or 'all'}", [report.row for report in reports], "What this run did")
    failed = [f"{report.about}: {report.message}" for report in reports if report.outcome == "failed"]
    summary = "; ".join(report.line for report in reports)
    if not failed and any(report.outcome == DIFFERS for report in reports):
        return Completed(name="Warning", message=summary)
    return ended(failed, [report.outcome for report in reports], summary)


@task(task_run_name="check_ledger", persist_result=False)
async def check_in_thread(ledger: str, days: Days, actor: str) -> list[tuple[Report, Checked | None]]:
    """The check in a thread of its own. Not retried: it may be run again at any time."""
    return await asyncio.to_thread(_check, ledger, days, actor)


def _check(ledger: str, days: Days, actor: str) -> list[tuple[Report, Checked | None]]:
    with hub_for(actor) as hub:
        if actor or days.since or days.until:
            hub.note("run", "check_ledger", ledger=ledger, since=days.since, until=days.until, by="prefect")
        return checked_ledgers(hub, ledger or None, days)


async def run_checks(ledger: str, days: Days, actor: str) -> State[Any]:
    """Check ledgers, and show each one's differences with a link that checks the same days again."""
    found = await check_in_thread(ledger, days, actor)
    page = await _rerun_page()
    for _, checked in found:
        if checked is not None:
            text = differences_text(checked, page)
            await acreate_markdown_artifact(text, key=f"ledger-{checked.ledger}", description=f"Where {checked.ledger} differs")
    nothing = Report("all", "skipped", "no ledger can be read; add one under [[ledgers]]")
    return await _shown("check_ledger", ledger, [report for report, _ in found] or [nothing])


async def _rerun_page() -> str | None:
    """The page of the deployment that checks again; None where it is not deployed, or nobody says where the UI is."""
    async with get_client() as client:
        try:
            deployment = await client.read_deployment_by_name(RERUN)
        except ObjectNotFound:
            return None
    return url_for("deployment", obj_id=deployment.id)


def differences_text(checked: Checked, page: str | None) -> str:
    """Differences as Markdown, and how to check the same days again; what came from outside cannot become markup."""
    asked = {"ledger": checked.ledger, "since": f"{checked.since}", "until": f"{checked.until}"}
    again = f"entrepot ledgers check --ledger {checked.ledger} --since {checked.since} --until {checked.until}"
    parameters = quote(json.dumps(asked, separators=(",", ":")), safe="")
    link = f"[check again]({page}/run?parameters={parameters})" if page else f"`{again}`"
    head = f"{checked.since} to {checked.until}: {checked.vouchers} vouchers, {checked.entries} entries. {link}\n\n"
    if not checked.differences:
        return f"{head}Everything agrees.\n"
    rows = [(each.kind, each.about, str(each.day), each.told) for each in checked.differences[:LISTED]]
    lines = [f"| {' | '.join(map(plain_text, row))} |" for row in rows]
    more = len(checked.differences) - LISTED
    rest = f"\n… and {more} more; `{again}` shows them.\n" if more > 0 else ""
    return head + "\n".join(["| kind | about | day | what |", "| --- | --- | --- | --- |", *lines]) + "\n" + rest
