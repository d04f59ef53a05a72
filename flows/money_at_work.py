"""What the flows of money share: days as parameters, breaks with a link to their rerun, and reports as tables."""

import asyncio
import json
import re
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.utilities.urls import url_for
from pydantic import Field

from flows.at_work import ended, hub_for, show_table
from model.values.money import decimal_amount
from operations.money.break_list import listed_breaks, matching_again
from operations.money.money_verbs import MONEY_VERBS, Days, RerunUrl
from operations.reports import Report

AccountId = Annotated[
    str, Field(title="Account", description="An id of a channel, processor or bank in hub.toml; empty means all of them.")
]
SinceDay = Annotated[date | None, Field(title="Since", description="The first business day; None means as usual.")]
UntilDay = Annotated[date | None, Field(title="Until", description="The last business day, itself included; None means as usual.")]
RERUN = "reconcile_money/reconcile-money"
"""The deployment that matches again."""
LISTED = 500
"""Breaks of one artifact; `entrepot breaks list` shows all."""
_COLUMNS = ("look again", "at risk", "days old", "kind", "day", "about", "state", "owner", "what to do")
"""The link first: a wide table is cut off on the right."""


@task(task_run_name="{name}", persist_result=False)
async def run_money_in_thread(name: str, account: str, days: Days, actor: str) -> list[Report]:
    """One verb of money in a thread of its own. Not retried: the next run does the same."""
    return await asyncio.to_thread(_at_work, name, account, days, actor)


def _at_work(name: str, account: str, days: Days, actor: str) -> list[Report]:
    with hub_for(actor) as hub:
        if actor or days.since or days.until:
            hub.note("run", name, account=account, since=days.since, until=days.until, by="prefect")
        return MONEY_VERBS[name](hub, account or None, days)


async def run_money(name: str, account: str, days: Days, actor: str) -> State[Any]:
    """Run a verb of money and show what it did."""
    reports = await run_money_in_thread(name, account, days, actor)
    return await show_reports(name, account, reports)


async def show_reports(name: str, account: str, reports: Sequence[Report]) -> State[Any]:
    """A table of what a verb did, and how the run ended."""
    await show_table(f"{name.replace('_', '-')}-{account or 'all'}", [report.row for report in reports], "What this run did")
    failed = [f"{report.about}: {report.message}" for report in reports if report.outcome == "failed"]
    return ended(failed, [report.outcome for report in reports], "; ".join(report.line for report in reports))


async def rerun_page(deployed: str = RERUN) -> str | None:
    """The page of the deployment that matches again, or of another; None where it is not deployed, or nobody says where the UI is."""
    async with get_client() as client:
        try:
            deployment = await client.read_deployment_by_name(deployed)
        except ObjectNotFound:
            return None
    return url_for("deployment", obj_id=deployment.id)


def rerun_link(page: str, account: str, day: date) -> str:
    """The form of a custom run, filled in: Prefect's UI reads its `parameters` as JSON."""
    parameters = json.dumps({"account": account, "since": f"{day}", "until": f"{day}"}, separators=(",", ":"))
    return f"{page}/run?parameters={quote(parameters, safe='')}"


def link_to(page: str | None) -> RerunUrl:
    """Links to the form, by account and day; none without a page."""
    return lambda account, day: rerun_link(page, account, day) if page else None


async def show_breaks(accounts: Sequence[str]) -> None:
    """One artifact per account with the breaks that are not resolved, each with a link to the form that matches its day again."""
    page = await rerun_page()
    for account in accounts:
        rows = await asyncio.to_thread(_breaks_of, account)
        await acreate_markdown_artifact(breaks_table(rows, page), key=f"breaks-{account}", description=f"What {account} cannot explain")


def _breaks_of(account: str) -> list[dict[str, Any]]:
    with hub_for("") as hub:
        return listed_breaks(hub, account=account)


def breaks_table(rows: Sequence[dict[str, Any]], page: str | None) -> str:
    """Breaks as Markdown; what came from outside cannot become markup."""
    if not rows:
        return "No break is open."
    lines = [_line(_COLUMNS), _line(["---"] * len(_COLUMNS)), *(_line(_cells(row, page)) for row in rows[:LISTED])]
    more = len(rows) - LISTED
    return "\n".join(lines) + (f"\n\n… and {more} more; `entrepot breaks list` shows them." if more > 0 else "\n")


def _cells(row: dict[str, Any], page: str | None) -> list[str]:
    risk = row["at_risk"]
    amount = f"{decimal_amount(risk['minor'], risk['currency'])} {risk['currency']}"
    told = (amount, row["age_days"], row["kind"], row["day"], row["about"], row["state"], row["owner"] or "nobody", row["mend"])
    link = f"[run again]({rerun_link(page, row['account'], row['day'])})" if page else f"`{matching_again(row['account'], row['day'])}`"
    return [link, *(plain_text(str(each)) for each in told)]


def plain_text(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", escape(" ".join(text.split())))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
