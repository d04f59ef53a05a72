"""Find what does not agree within what an account tells: payout sums, balances, gaps, disputes, orders, and gateways nobody settles."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection

from model.records.breaks import BreakKind
from model.store import money_breaks, money_faults, money_sides
from model.store.leases import Lease, hold
from model.store.money_breaks import Found
from model.store.money_faults import Asked, Search
from operations.money.reconcile import keep_rules
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank, Channel
from operations.runtime.reconciliation_file import ReconciliationFile, read_reconciliation_file, settled_by


def find_breaks(hub: Hub, account: Account) -> Report:
    """Bring the account's breaks of facts to what is found now; those found no longer are resolved by themselves."""

    def work(lease: Lease, report: Report) -> None:
        file = read_reconciliation_file(hub.file)
        keep_rules(hub, file)
        asked = _asked(hub, file, account)
        with hub.database.read() as connection:
            found = [each for search in _searches(account).values() for each in search(connection, asked)]
            if isinstance(account, Channel):
                found += _orphans(connection, file, account, asked)
        kinds: list[BreakKind] = [*_searches(account), *(["nobody_settles"] if isinstance(account, Channel) else [])]
        hub.database.run(lambda connection: _settle(connection, hub, file, account, lease, kinds, found, report))

    return at_channel(hub, account, "breaks", ("breaks", "new", "gone"), work)


def _asked(hub: Hub, file: ReconciliationFile, account: Account) -> Asked:
    today, rules = hub.clock.now().date(), file.rules
    return Asked(
        account.id, account.history_until.date(), today - timedelta(days=rules.late_days), today - timedelta(days=rules.reserve_days)
    )


def _searches(account: Account) -> Mapping[BreakKind, Search]:
    if isinstance(account, Bank):
        return money_faults.OF_BANK
    if isinstance(account, Channel):
        return {**money_faults.OF_PROCESSOR, "order_overpaid": money_faults.orders, "order_underpaid": _NOTHING_MORE}
    return money_faults.OF_PROCESSOR


def _nothing_more(_connection: Connection, _asked: Asked) -> list[Found]:
    return []


_NOTHING_MORE: Search = _nothing_more
"""Found together with the kind before it."""


def _orphans(connection: Connection, file: ReconciliationFile, channel: Channel, asked: Asked) -> list[Found]:
    """Gateways of the channel that no account settles."""
    words = [
        word
        for account, word in money_sides.gateways(connection)
        if account == channel.id and settled_by(file.rules, channel, word) is None
    ]
    return money_faults.unsettled_by_anybody(connection, channel.id, words, asked.since)


def _settle(
    connection: Connection, hub: Hub, file: ReconciliationFile, account: Account, lease: Lease, kinds: list[BreakKind],
    found: list[Found], report: Report,
) -> None:  # fmt: skip
    hold(connection, lease)
    settled = money_breaks.settle(connection, account.id, kinds, found, looked_at=None, owner_of=file.rules.owner_of, at=hub.clock.now())
    report.counts.update(breaks=settled.new + settled.standing, new=settled.new, gone=settled.gone)
