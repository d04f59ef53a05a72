"""The verbs of shipping and after-sales by the names of their flows: what each did, as rows for a command line or a table."""

from collections.abc import Callable, Mapping, Sequence

from model.errors import ConfigError
from model.store import labels, outbox
from operations.acknowledge_documents import acknowledge_documents, is_acknowledged
from operations.book_advices import book_advices
from operations.buy_labels import read_labels
from operations.dispatch import drain_account
from operations.pull import pull_channel
from operations.release import release_fulfilments
from operations.replies.planning import is_answered, plan_replies
from operations.reports import Report, report_of
from operations.returns.told import meet_told_returns
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Partner
from operations.track_shipments import report_exceptions, track_shipments, trackers
from operations.verbs import chosen_channels


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
    """Send what waits, and read the labels that were bought; accounts for which nothing does are left alone."""
    chosen = _chosen(hub.file.accounts, account)
    with hub.database.read() as connection:
        waiting = outbox.waiting_accounts(connection)
    drained = [drain_account(hub, each) for each in chosen if each.id in waiting]
    with hub.database.read() as connection:
        bought = labels.unread_accounts(connection)
    return [*drained, *(read_labels(hub, each) for each in hub.file.partners if each in chosen and each.id in bought)]


def _exchange(hub: Hub, account: str | None) -> list[Report]:
    """Read what partners tell, acknowledge it where that is wanted, and book it."""
    reports: list[Report] = []
    is_buyer = any(each.id == account and is_answered(each) for each in hub.file.channels)
    for each in () if is_buyer else _chosen(hub.file.partners, account):
        outcomes = pull_channel(hub, each)
        reports += [report_of(outcome) for outcome in outcomes]
        is_read = all(outcome.outcome == "done" for outcome in outcomes)
        reports += [acknowledge_documents(hub, each)] if is_read and is_acknowledged(each) else []
        reports += [book_advices(hub, each)] if isinstance(each, Partner) else []
    return [*reports, *_answer(hub, account)]


def _answer(hub: Hub, account: str | None) -> list[Report]:
    """Acknowledge what trading partners told, which is read with the orders, and answer what was decided about it."""
    partners = [each for each in hub.file.channels if is_answered(each) and (each.id == account if account else each.is_active)]
    steps = (acknowledge_documents, book_advices, plan_replies)
    return [step(hub, each) for each in partners for step in steps]


def _track(hub: Hub, account: str | None) -> list[Report]:
    """Ask where parcels are, and name those that need care."""
    known = trackers(hub)
    reports = [track_shipments(hub, each) for each in known if account in (None, each.id)]
    if not reports:
        nobody = "no partner tells where parcels are; add one under [[partners]], as easypost"
        message = f"{account}: tells of no parcel" if account else nobody
        reports.append(Report(account or "all", "skipped", message))
    return [*reports, report_exceptions(hub)]


def _refunds(hub: Hub, account: str | None) -> list[Report]:
    """Read refunds, and open what channels tell of returns."""
    reports: list[Report] = []
    for channel in chosen_channels(hub, account):
        outcomes = pull_channel(hub, channel, group="refunds")
        reports += [report_of(outcome) for outcome in outcomes]
        reports += [] if outcomes else [Report(f"{channel.id} refunds", message="come with its orders")]
    return [*reports, meet_told_returns(hub)]


SHIPPING_VERBS: Mapping[str, Callable[[Hub, str | None], list[Report]]] = {
    "release_fulfilments": _release,
    "drain_outbox": _drain,
    "exchange_edi": _exchange,
    "track_shipments": _track,
    "pull_refunds": _refunds,
}
"""By flow."""
