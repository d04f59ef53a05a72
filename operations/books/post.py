"""Post what happened: one voucher a fact, or a day; what changed is reversed and posted anew; what cannot be decided is held by name."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from model.errors import HubError, RejectedError
from model.store import book_facts, leases, vouchers
from model.store.book_facts import Fact, Window
from model.store.book_facts_orders import Told
from model.store.leases import Lease, LeaseHeldError, hold
from model.store.vouchers import Booking, Signed
from operations.books.events import SOURCES, Source
from operations.books.judging import SUMMARY, Desk, Page, reversal
from operations.books.ledger import Ledger
from operations.books.rule_sets import in_force, of_day
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Entity
from operations.runtime.reconciliation_file import read_reconciliation_file, settled_by
from reconciliation.vouchers.posting import Rates
from reconciliation.vouchers.rules import PostingRules

OLDEST_RATE_DAYS = 10
"""A rate may be so many days old: banks tell none on holidays."""
COUNTED = ("facts", "vouchers", "reversals", "held")


def post_vouchers(hub: Hub, entity: str | None = None) -> list[Report]:
    """Post all that is due, entity by entity; run again it posts nothing. One entity never stops another."""
    return [_post(hub, each) for each in hub.file.entities if entity in (None, each.id)]


def _post(hub: Hub, entity: Entity) -> Report:
    report = Report(entity.id, counts=Counter(dict.fromkeys(COUNTED, 0)))
    try:
        lease = leases.take(hub.database, f"post:{entity.id}", hub.holder())
    except LeaseHeldError as error:
        report.skip(str(error))
        return report
    try:
        with leases.kept(hub.database, lease):
            desk = open_desk(hub, entity)
            for _ in range(3):  # what a summary's reversal sets free comes again
                if not _pass(hub, desk, lease, report):
                    break
    except HubError as error:
        report.outcome, report.message, report.error = "failed", str(error), error
    finally:
        leases.give_back(hub.database, lease)
    return report


def open_desk(hub: Hub, entity: Entity) -> Desk:
    """The desk of an entity; RejectedError where it has no approved rules."""
    with hub.database.read() as connection:
        rule_sets = in_force(connection, entity.id)
        ledger = ledger_of(hub, entity, lambda day: of_day(rule_sets, day).rules)
        return Desk(entity, rule_sets, ledger, rates_of(entity.currency, vouchers.rates(connection, entity.currency)))


def ledger_of(hub: Hub, entity: Entity, rules_of: Callable[[date], PostingRules]) -> Ledger:
    """What turns facts of an entity into events, by the rules of each day."""
    rules = read_reconciliation_file(hub.file).rules
    channels = {channel.id: channel for channel in hub.file.channels}
    mine = {account.id: account for account in hub.file.accounts if account.entity == entity.id}

    def settles(channel: str, gateway: str | None) -> str | None:
        return settled_by(rules, channels[channel], (gateway or "").lower())

    return Ledger(mine, settles, rules_of, entity.currency)


def rates_of(base: str, known: Mapping[str, Sequence[tuple[date, str]]]) -> Rates:
    """The rate of a day: the newest that is no more than some days older."""

    def rate(currency: str, day: date) -> Decimal:
        told = known.get(currency, ())
        at = bisect_right(told, day, key=lambda each: each[0]) - 1
        if at < 0 or (day - told[at][0]).days > OLDEST_RATE_DAYS:
            raise RejectedError(f"no rate of {currency} in {base} for {day}; import one with `entrepot rates import`")
        return Decimal(told[at][1])

    return rate


@dataclass(frozen=True, slots=True)
class _Done:
    """What one page came to."""

    facts: int
    posted: int
    taken: int
    held: list[str]
    freed: bool
    last: Fact | Told | None


def _pass(hub: Hub, desk: Desk, lease: Lease, report: Report) -> bool:
    """One look at every kind of fact; gives whether facts were set free behind it."""
    taken = hub.database.run(lambda connection: _take_back_vanished(connection, hub, desk, lease))
    report.counts.update(vouchers=taken, reversals=taken)
    is_again = False
    for source in SOURCES:
        since = source.since(min(each.rules.books_from for each in desk.rule_sets), desk.ledger)
        window: Window | None = Window(sorted(desk.ledger.accounts), since)
        while window is not None:
            done = hub.database.run(lambda connection, window=window, source=source: _page(connection, hub, desk, lease, source, window))
            report.counts.update(facts=done.facts, vouchers=done.posted, reversals=done.taken, held=len(done.held))
            report.add(*done.held)
            is_again |= done.freed
            is_last = done.last is None or done.facts < window.limit
            window = None if is_last else replace(window, after=(source.place(done.last), done.last.id))  # pyright: ignore[reportOptionalMemberAccess, reportArgumentType]
    return is_again


def _page(connection: Connection, hub: Hub, desk: Desk, lease: Lease, source: Source, window: Window) -> _Done:
    hold(connection, lease)
    facts = list(source.events(connection, desk.ledger, window))
    page = Page(desk)
    page.judge(connection, facts)
    posted, taken = page.write(connection, hub)
    return _Done(len(facts), posted, taken, [each.reason for each in page.held], bool(page.freed), facts[-1][1] if facts else None)


def _take_back_vanished(connection: Connection, hub: Hub, desk: Desk, lease: Lease) -> int:
    """Take back what was booked of matches that are given up."""
    hold(connection, lease)
    gone = book_facts.vanished_matches(connection, 10_000)
    ids = [row.booked_id for row in gone]
    headers, lines = vouchers.headers(connection, ids), vouchers.lines_of(connection, ids)
    newest = desk.rule_sets[-1]
    mine = [row for row in gone if headers[row.booked_id].entity_id == desk.entity.id]
    told = list(dict.fromkeys(row.booked_id for row in mine))  # one summary may tell of several
    entries = [reversal(headers[voucher_id], lines[voucher_id], newest.id) for voucher_id in told]
    vouchers.free(connection, [voucher_id for voucher_id in told if headers[voucher_id].source == SUMMARY])
    vouchers.post(connection, entries, Signed(maker_id=newest.maker_id, checker_id=newest.checker_id, at=hub.clock.now()))
    vouchers.keep_bookings(
        connection,
        [Booking(source="money_match", source_id=row.source_id, voucher_id=None, version=row.booked_version, read=0) for row in mine],
    )
    return len(entries)
