"""The verbs of shipping by the names of their flows: what each did, partner by partner, as rows for a command line or a table."""

from collections.abc import Callable, Mapping, Sequence

from model.errors import ConfigError
from model.store import outbox
from operations.acknowledge_documents import acknowledge_documents, is_acknowledged
from operations.book_advices import book_advices
from operations.dispatch import drain_account
from operations.pull import PullOutcome, pull_channel
from operations.release import release_fulfilments
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Partner


def _chosen(accounts: Sequence[Account], named: str | None) -> Sequence[Account]:
    """The named account, or all active ones; a hub may have none."""
    found = [each for each in accounts if (each.id == named if named else each.is_active)]
    if named and not found:
        known = ", ".join(each.id for each in accounts) or "none yet"
        raise ConfigError(f"account {named!r}: is not in hub.toml; known are {known}")
    return found


def _release(hub: Hub, _account: str | None) -> list[Report]:
    return [release_fulfilments(hub)]


def _drain(hub: Hub, account: str | None) -> list[Report]:
    """Send what waits; accounts for which nothing does are left alone."""
    chosen = _chosen(hub.file.accounts, account)
    with hub.database.read() as connection:
        waiting = outbox.waiting_accounts(connection)
    return [drain_account(hub, each) for each in chosen if each.id in waiting]


def _exchange(hub: Hub, account: str | None) -> list[Report]:
    """Read what partners tell, acknowledge it where that is wanted, and book it."""
    reports: list[Report] = []
    for each in _chosen(hub.file.partners, account):
        outcomes = pull_channel(hub, each)
        reports += [_told(outcome) for outcome in outcomes]
        is_read = all(outcome.outcome == "done" for outcome in outcomes)
        reports += [acknowledge_documents(hub, each)] if is_read and is_acknowledged(each) else []
        reports += [book_advices(hub, each)] if isinstance(each, Partner) else []
    return reports


def _told(outcome: PullOutcome) -> Report:
    report = Report(f"{outcome.channel} {outcome.stream}", outcome.outcome, outcome.message, error=outcome.error)
    report.counts.update(new=outcome.counts.new, changed=outcome.counts.changed, quarantined=outcome.counts.quarantined)
    return report


SHIPPING_VERBS: Mapping[str, Callable[[Hub, str | None], list[Report]]] = {
    "release_fulfilments": _release,
    "drain_outbox": _drain,
    "exchange_edi": _exchange,
}
"""By flow."""
