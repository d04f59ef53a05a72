"""Report money: the reports of each account as files, and their tables as artifacts."""

import asyncio
import re
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State

from flows.at_work import hub_for, run_name, show_table
from flows.money_at_work import LISTED, AccountId, SinceDay, UntilDay, link_to, rerun_page, show_reports
from flows.pull_orders import ActorId
from operations.money.money_verbs import Days, money_accounts, reported_days
from operations.money.money_verbs import report_money as write_reports
from operations.money.report import report_account
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account

Tables = dict[str, list[dict[str, str]]]
"""Rows by the title of their table."""


@task(task_run_name="report_money", persist_result=False)
async def report_in_thread(account: str, days: Days, actor: str, page: str | None) -> tuple[list[Report], dict[str, Tables]]:
    """Write the reports in a thread of its own; also gives the tables of each account. Not retried: the same again replaces them."""
    return await asyncio.to_thread(_at_work, account, days, actor, page)


def _at_work(account: str, days: Days, actor: str, page: str | None) -> tuple[list[Report], dict[str, Tables]]:
    with hub_for(actor) as hub:
        if actor or days.since or days.until:
            hub.note("run", "report_money", account=account, since=days.since, until=days.until, by="prefect")
        reports = write_reports(hub, account or None, days, link_to(page))
        written = {report.about for report in reports if report.outcome == "done"}
        chosen = [each for each in money_accounts(hub, account or None) if each.id in written]
        return reports, {each.id: _tables(hub, each, days, page) for each in chosen}


def _tables(hub: Hub, account: Account, days: Days, page: str | None) -> Tables:
    url = link_to(page)
    return report_account(hub, account, *reported_days(hub, account, days), "en", lambda one: url(account.id, one.day)).tables


@flow(name="report_money", flow_run_name=run_name, persist_result=False)
async def report_money(account: AccountId = "", since: SinceDay = None, until: UntilDay = None, actor: ActorId = "") -> State[Any]:
    """Write the reports of one account, or of all, into `reports/` of the home folder; the same days again replace them.

    Args:
        account: An id of a channel, processor or bank in hub.toml; empty means all of them.
        since: The first business day; None means the last day that is over.
        until: The last business day, itself included; None means the last day that is over.
        actor: Who asks, an id under [[people]] of hub.toml; kept in the audit trail.
    """
    reports, tables = await report_in_thread(account, Days(since, until), actor, await rerun_page())
    for name, found in tables.items():
        for title, rows in found.items():
            if rows:
                first = f", the first {LISTED} of {len(rows)} rows" if len(rows) > LISTED else ""
                await show_table(key_of(name, title), rows[:LISTED], f"{name}: {title}{first}")
    return await show_reports("report_money", account, reports)


def key_of(account: str, title: str) -> str:
    """The key of a table's artifact: small letters, digits and hyphens."""
    return f"report-{account}-{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}"
