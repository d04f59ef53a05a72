"""The verbs of money by the names of their flows: what each did, account by account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from connectors import registry
from connectors.capabilities import DisputeSource, PayoutSource, SettlementFile
from model.errors import ConfigError, HubError
from model.values.instant import business_date
from operations.money.awaiting import signatures_report
from operations.money.find_breaks import find_breaks
from operations.money.import_files import chosen_file_accounts, import_files
from operations.money.reconcile import reconcile_account
from operations.pull import Wanted, pull_channel
from operations.reports import Report, report_of
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank


@dataclass(frozen=True, slots=True)
class Days:
    """Business days that a person asks for, both inclusive; None: as usual."""

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ConfigError("days: end before they begin; give a since that is not after until")

    @property
    def window(self) -> Wanted:
        """As instants in UTC, with a day on either side: an account's days are cut by its own zone."""
        return Wanted(_midnight(self.since, -1), _midnight(self.until, 2))


def _midnight(day: date | None, days: int) -> datetime | None:
    return datetime.combine(day + timedelta(days=days), time(), UTC) if day else None


def tells_of_payouts(account: Account) -> bool:
    """Whether an account's connector reads payouts from its remote."""
    bases: tuple[Any, ...] = registry.find(account.connector).__mro__
    return PayoutSource in bases or DisputeSource in bases


def money_accounts(hub: Hub, account: str | None) -> list[Account]:
    """The named account, or all active ones that keep our money: processors, channels that pay out, then banks."""
    if account is not None:
        return [hub.file.account(account)]
    keepers = [
        each
        for each in hub.file.accounts
        if each.is_active
        and not isinstance(each, Bank)
        and (tells_of_payouts(each) or SettlementFile in registry.find(each.connector).__mro__)
    ]
    return [*keepers, *(bank for bank in hub.file.banks if bank.is_active)]


def pull_payouts(hub: Hub, account: str | None, days: Days) -> list[Report]:
    """Read payouts, lines and disputes; over days that are given, again."""
    chosen = [hub.file.account(account)] if account else [each for each in hub.file.accounts if each.is_active and tells_of_payouts(each)]
    if not chosen:
        return [Report("all", "skipped", "no account tells of payouts; add one under [[processors]]")]
    outcomes = [outcome for each in chosen for outcome in pull_channel(hub, each, days.window, group="money")]
    return [report_of(outcome) for outcome in outcomes] or [Report(account or "all", "skipped", f"{account}: tells of no payouts")]


def import_statements(hub: Hub, account: str | None, _days: Days) -> list[Report]:
    """Import what is new in the folders of banks and processors."""
    return [import_files(hub, each) for each in chosen_file_accounts(hub, account)]


def reconcile_money(hub: Hub, account: str | None, days: Days) -> list[Report]:
    """Match each account and find its breaks: processors and channels first, then banks; then orders of channels that pay out nothing.

    At the end it says which days wait for a signature, and tells people by mail where `[mail]` says how.
    """
    from operations.money.reminding import remind  # noqa: PLC0415  only this verb sends mail

    reports: list[Report] = []
    accounts = money_accounts(hub, account)
    for each in accounts:
        reports += [reconcile_account(hub, each, days.since, days.until), find_breaks(hub, each)]
    others = [channel for channel in hub.file.channels if channel.is_active and channel not in accounts] if account is None else []
    reports += [find_breaks(hub, each) for each in others]
    reports += [*signatures_report(hub, accounts), *remind(hub, accounts)]
    return reports or [Report("all", "skipped", "no account keeps money; add one under [[processors]] or [[banks]]")]


RerunUrl = Callable[[str, date], str | None]
"""Account and day to a page that matches them again."""


def report_money(hub: Hub, account: str | None, days: Days, rerun_url: RerunUrl | None = None) -> list[Report]:
    """Write the reports of each account over days that are given, or over the last day that is over; again replaces them."""
    return [_reported(hub, each, *reported_days(hub, each, days), rerun_url) for each in money_accounts(hub, account)] or [
        Report("all", "skipped", "no account keeps money; add one under [[processors]] or [[banks]]")
    ]


def reported_days(hub: Hub, account: Account, days: Days) -> tuple[date, date]:
    """The first and the last day of a report; without days, the account's last day that is over."""
    over = business_date(hub.clock.now(), account.trading_zone, account.cut_off) - timedelta(days=1)
    until = days.until or max(over, days.since or over)
    return days.since or until, until


def _reported(hub: Hub, account: Account, since: date, until: date, rerun_url: RerunUrl | None) -> Report:
    from operations.money.report import FOLDER, write_report  # noqa: PLC0415  workbooks and charts take long to import
    from reconciliation.reports.words import LANGUAGES  # noqa: PLC0415  same

    report = Report(account.id)
    try:
        written = write_report(
            hub, account, since, until, list(LANGUAGES), hub.file.path.parent / FOLDER,
            lambda one: rerun_url(account.id, one.day) if rerun_url else None,
        )  # fmt: skip
    except HubError as error:
        report.outcome, report.message, report.error = "failed", str(error), error
        return report
    report.counts["files"] = len(written)
    report.message = ", ".join(path.relative_to(hub.file.path.parent).as_posix() for path in written if path.suffix == ".html")
    return report


MONEY_VERBS: Mapping[str, Callable[[Hub, str | None, Days], list[Report]]] = {
    "pull_payouts": pull_payouts,
    "import_statements": import_statements,
    "reconcile_money": reconcile_money,
    "report_money": report_money,
}
"""By flow."""
