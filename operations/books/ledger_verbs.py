"""The verbs of ledgers by the names of their flows: what each did, ledger by ledger."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors import registry
from connectors.capabilities import LedgerSource, VoucherSink
from model.errors import ConfigError, HubError
from model.store import outbox, voucher_ways
from operations.books.check_ledger import Checked, check_ledger
from operations.books.differences import MEANINGS
from operations.books.push import write_intents
from operations.dispatch import drain_account
from operations.money.money_verbs import Days
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger

DIFFERS = "differs"
"""The outcome of a check that found something wrong."""


def has_ability(ledger: Ledger, ability: type) -> bool:
    """Whether a ledger's connector has a capability."""
    abilities: Sequence[Any] = registry.find(ledger.connector).__mro__
    return ability in abilities


def chosen_ledgers(hub: Hub, named: str | None, ability: type) -> list[Ledger]:
    """The named ledger, or all active ones of a capability."""
    if named is not None:
        return [hub.file.ledger(named)]
    return [each for each in hub.file.ledgers if each.is_active and has_ability(each, ability)]


def push_vouchers(hub: Hub, ledger: str | None, _days: Days) -> list[Report]:
    """Write the commands of vouchers that have none, and send what is due; ledgers that take files have theirs exported."""
    reports: list[Report] = []
    for each in chosen_ledgers(hub, ledger, VoucherSink):
        written = write_intents(hub, each)
        reports.append(written)
        with hub.database.read() as connection:
            waits = each.id in outbox.waiting_accounts(connection)
        reports += [drain_account(hub, each)] if waits else []
    return reports or [Report(ledger or "all", "skipped", "no ledger takes vouchers one by one; add one under [[ledgers]]")]


def check_ledgers(hub: Hub, ledger: str | None, days: Days) -> list[Report]:
    """Check each ledger over days that are given, or as usual; one that cannot be read never stops the next."""
    return [report for report, _ in checked_ledgers(hub, ledger, days)] or [
        Report("all", "skipped", "no ledger can be read; add one under [[ledgers]]")
    ]


def checked_ledgers(hub: Hub, ledger: str | None, days: Days) -> list[tuple[Report, Checked | None]]:
    """The same, each with what was found."""
    return [_checked(hub, each, days) for each in chosen_ledgers(hub, ledger, LedgerSource)]


def _checked(hub: Hub, ledger: Ledger, days: Days) -> tuple[Report, Checked | None]:
    report = Report(ledger.id, counts=Counter(vouchers=0, entries=0, differences=0))
    try:
        found = check_ledger(hub, ledger, days.since, days.until)
    except HubError as error:
        report.outcome, report.message, report.error = "failed", str(error), error
        return report, None
    report.counts.update(vouchers=found.vouchers, entries=found.entries, differences=len(found.wrong))
    report.add(*(f"{each.about}: {each.told} ({MEANINGS[each.kind]})" for each in found.wrong))
    report.outcome = DIFFERS if found.wrong else "done"
    return report, found


def listed_ledgers(hub: Hub) -> list[dict[str, Any]]:
    """Every ledger of hub.toml, what it takes, and how many vouchers are in which state on their way."""
    rows: list[dict[str, Any]] = []
    with hub.database.read() as connection:
        for each in hub.file.ledgers:
            takes = "vouchers" if has_ability(each, VoucherSink) else "files"
            counts = voucher_ways.counts(connection, each.id, each.entity, each.vouchers_from) if takes == "vouchers" else {}
            told = {name: counts.get(name, 0) for name in ("done", "unsent", "parked")}
            told["waiting"] = sum(counts.get(name, 0) for name in ("pending", "sending", "unknown", "probing"))
            row = {name: getattr(each, name) for name in ("id", "entity", "connector", "vouchers_from", "is_active")}
            rows.append({**row, "takes": takes, **(told if counts else dict.fromkeys(told))})
    return rows


def fetched_entries(hub: Hub, named: str, days: Days) -> list[dict[str, Any]]:
    """What a ledger has in accounts of ours over days, line by line; without days, of today."""
    ledger = hub.file.ledger(named)
    today = hub.clock.now().astimezone(ledger.trading_zone).date()
    with hub.connected(ledger) as connector:
        if not isinstance(connector, LedgerSource):
            raise ConfigError(f"ledger {ledger.id}: takes files and cannot be read back")
        until = days.until or max(today, days.since or today)
        return [
            {"id": entry.external_id, "reference": entry.reference, "day": entry.posted_on, "is_posted": entry.is_posted,
             "account": line.account, "currency": line.currency, "amount_minor": line.amount_minor, "base_minor": line.base_minor,
             "memo": line.memo}
            for batch in connector.fetch_entries(days.since or until, until)
            for entry in batch
            for line in entry.lines
        ]  # fmt: skip


LEDGER_VERBS: Mapping[str, Callable[[Hub, str | None, Days], list[Report]]] = {
    "push_vouchers": push_vouchers,
    "check_ledger": check_ledgers,
}
"""By flow."""
