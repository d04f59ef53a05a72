"""What the flows of the books share: an entity as parameter, what is not booked and a month's checklist, each with a link to its rerun."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from flows.at_work import ended, hub_for, show_table
from flows.money_at_work import LISTED, plain_text, rerun_page
from model.errors import HubError
from operations.books.book_verbs import BOOK_VERBS, month_to_close
from operations.books.closing import look_at_month
from operations.books.unbooked import unbooked
from operations.reports import Report

EntityId = Annotated[str, Field(title="Entity", description="An id of an entity in hub.toml; empty means all of them.")]
DEPLOYMENTS = {"post_vouchers": "post_vouchers/post-vouchers", "close_period": "close_period/close-period"}


@task(task_run_name="{name}", persist_result=False)
async def run_books_in_thread(name: str, entity: str, actor: str) -> list[Report]:
    """One verb of the books in a thread of its own. Not retried: the next run does the same."""
    return await asyncio.to_thread(_at_work, name, entity, actor)


def _at_work(name: str, entity: str, actor: str) -> list[Report]:
    with hub_for(actor) as hub:
        if actor:
            hub.note("run", name, entity=entity, by="prefect")
        return BOOK_VERBS[name](hub, entity or None)


async def run_books(name: str, entity: str, actor: str) -> State[Any]:
    """Run a verb of the books and show what it did."""
    reports = await run_books_in_thread(name, entity, actor)
    await show_table(f"{name.replace('_', '-')}-{entity or 'all'}", [report.row for report in reports], "What this run did")
    failed = [f"{report.about}: {report.message}" for report in reports if report.outcome == "failed"]
    return ended(failed, [report.outcome for report in reports], "; ".join(report.line for report in reports))


async def show_unbooked(entity: str) -> None:
    """One artifact per entity with what is not in the books and why."""
    page = await rerun_page(DEPLOYMENTS["post_vouchers"])
    for each in await asyncio.to_thread(_entities, entity):
        rows = await asyncio.to_thread(_unbooked, each)
        text = markdown(("age", "day", "account", "fact", "why"), rows, "Everything is booked.") + _again(page, each)
        await acreate_markdown_artifact(text, key=f"unbooked-{each}", description=f"What is not in the books of {each}")


async def show_checklist(entity: str) -> None:
    """One artifact per entity with the checklist of the oldest month that is over and open."""
    page = await rerun_page(DEPLOYMENTS["close_period"])
    for each in await asyncio.to_thread(_entities, entity):
        rows = await asyncio.to_thread(_checklist, each)
        text = markdown(("month", "met", "line", "figure", "way out"), rows, "No month is over and open.") + _again(page, each)
        await acreate_markdown_artifact(text, key=f"checklist-{each}", description=f"What is left before {each} closes its month")


def _entities(entity: str) -> list[str]:
    with hub_for("") as hub:
        return [each.id for each in hub.file.entities if entity in ("", each.id)]


def _unbooked(entity: str) -> list[tuple[object, ...]]:
    with hub_for("") as hub:
        try:
            found = unbooked(hub, entity)
        except HubError as problem:
            return [("", "", "", "", problem)]
    return [(each.age_days, each.day, each.account, each.about, each.reason or "waits for the next posting") for each in found]


def _checklist(entity: str) -> list[tuple[object, ...]]:
    with hub_for("") as hub:
        month = month_to_close(hub, entity)
        if month is None:
            return []
        try:
            found = look_at_month(hub, entity, month)
        except HubError as problem:
            return [(month, "no", "", problem, "")]
    return [(month, "yes" if each.is_met else "no", each.name, each.figure, each.way_out) for each in found.checks]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> str:
    """Rows as a Markdown table; what came from outside cannot become markup."""
    if not rows:
        return empty + "\n"
    lines = [columns, ["---"] * len(columns), *([plain_text(str(cell)) for cell in row] for row in rows[:LISTED])]
    more = len(rows) - LISTED
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + (f"\n\n… and {more} more\n" if more > 0 else "\n")


def rerun_link(page: str, entity: str) -> str:
    """The form of a custom run, filled in: Prefect's UI reads its `parameters` as JSON."""
    return f"{page}/run?parameters={quote(json.dumps({'entity': entity}, separators=(',', ':')), safe='')}"


def _again(page: str | None, entity: str) -> str:
    return f"\n[run again]({rerun_link(page, entity)})\n" if page else ""
