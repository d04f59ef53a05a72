"""Post what happened: one voucher a fact, or a day; what changed is reversed and posted anew; what cannot be decided is held by name."""

import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from model.errors import HubError, RejectedError
from model.records.voucher import VoucherLine
from model.store import book_facts, leases, vouchers
from model.store.book_facts import Fact, Window
from model.store.book_facts_orders import Told
from model.store.leases import Lease, LeaseHeldError, hold
from model.store.vouchers import Booking, Entry, Signed
from operations.books.events import SOURCES, Booked, Ledger, Source
from operations.books.rule_sets import RuleSet, in_force, of_day
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Entity
from operations.runtime.reconciliation_file import read_reconciliation_file, settled_by
from reconciliation.vouchers.posting import BookEvent, Rates, lines_of, reversed_lines
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


@dataclass(frozen=True, slots=True)
class Desk:
    """What posting for an entity needs, read once."""

    entity: Entity
    rule_sets: list[RuleSet]
    ledger: Ledger
    rates: Rates


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


@dataclass(frozen=True, slots=True)
class Held:
    """A fact that cannot be booked, and why."""

    event: BookEvent
    reason: str


_Part = tuple[RuleSet, BookEvent, tuple[VoucherLine, ...], int]
"""An event that a summary tells of, with its lines, and which telling of it this is: no two summaries have the same name."""


@dataclass(slots=True)
class Page:
    """What a page of facts comes to: vouchers to post, and which of them tells of which fact."""

    desk: Desk
    entries: list[tuple[RuleSet, Entry]] = field(default_factory=list[tuple[RuleSet, Entry]])
    bookings: list[Booking] = field(default_factory=list[Booking])
    grouped: dict[tuple[str, str, date], list[_Part]] = field(default_factory=lambda: defaultdict(list))
    """Account, event and day to what one summary tells."""
    freed: set[str] = field(default_factory=set[str])
    """Summaries that are taken back: their facts come again."""
    held: list[Held] = field(default_factory=list[Held])
    waiting: set[str] = field(default_factory=set[str])
    """Groups of which something is held: their marks are not kept, so they come again."""

    def judge(self, connection: Connection, facts: Sequence[Booked]) -> None:
        """Decide of each fact what it comes to now, and what must be taken back."""
        booked = [row.booked_id for _, row in facts if row.booked_id is not None]
        headers, lines = vouchers.headers(connection, booked), vouchers.lines_of(connection, booked)
        for event, row in facts:
            rule_set = of_day(self.desk.rule_sets, event.day)
            try:
                now = self._lines(event, rule_set)
            except RejectedError as problem:
                self.held.append(Held(event, str(problem)))
                self.waiting.add(event.group)
                continue
            if event.source == "order" and event.source_id in self.waiting:
                continue
            if row.booked_id is not None:
                header = headers[row.booked_id]
                if header.source == "summary":
                    self._free(rule_set, header, lines[row.booked_id])
                    continue
                if _same(lines[row.booked_id], now) and (header.event, header.happened_on) == (event.event, event.day):
                    self.bookings.append(Booking(source=event.source, source_id=event.source_id, voucher_id=row.booked_id,
                                                 version=row.booked_version, read=event.read))  # fmt: skip
                    continue
                self.entries.append((rule_set, reversal(header, lines[row.booked_id], rule_set.id)))
            self._book(event, rule_set, now, row.booked_version)

    def _lines(self, event: BookEvent, rule_set: RuleSet) -> tuple[VoucherLine, ...]:
        if event.day < rule_set.rules.books_from:
            return ()
        if event.problem:
            raise RejectedError(event.problem)
        if not event.amounts:
            return ()
        return lines_of(event, rule_set.rules, self.desk.entity.currency, self.desk.rates)

    def _free(self, rule_set: RuleSet, header: Fact, lines: tuple[VoucherLine, ...]) -> None:
        if header.id not in self.freed:
            self.freed.add(header.id)
            self.entries.append((rule_set, reversal(header, lines, rule_set.id)))

    def _book(self, event: BookEvent, rule_set: RuleSet, lines: tuple[VoucherLine, ...], version: int) -> None:
        booking = Booking(source=event.source, source_id=event.source_id, voucher_id=None, version=version, read=event.read)
        if not lines:
            self.bookings.append(booking)
        elif event.account_id in rule_set.rules.summarise and not event.group:
            self.grouped[event.account_id, event.event, event.day].append((rule_set, event, lines, version + 1))
        else:
            entry = Entry(
                entity_id=self.desk.entity.id, event=event.event, source=event.source, source_id=event.source_id, version=version + 1,
                rule_set=rule_set.id, account_id=event.account_id, happened_on=event.day, base_currency=self.desk.entity.currency,
                memo=event.name, lines=lines,
            )  # fmt: skip
            self.entries.append((rule_set, entry))
            self.bookings.append(replace(booking, voucher_id=entry.id, version=version + 1))

    def write(self, connection: Connection, hub: Hub) -> tuple[int, int]:
        """Post it all; gives how many vouchers, and how many of them take others back."""
        for (account, event, day), told in sorted(self.grouped.items()):
            self._summarise(account, event, day, told)
        vouchers.free(connection, sorted(self.freed))
        for rule_set in {each.id: each for each, _ in self.entries}.values():
            signed = Signed(maker_id=rule_set.maker_id, checker_id=rule_set.checker_id, at=hub.clock.now())
            vouchers.post(connection, [entry for each, entry in self.entries if each.id == rule_set.id], signed)
        vouchers.keep_bookings(connection, self.bookings)
        return len(self.entries), sum(entry.reverses_id is not None for _, entry in self.entries)

    def _summarise(self, account: str, event: str, day: date, told: Sequence[_Part]) -> None:
        """One voucher for the events of an account's day."""
        sums: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[int]] = defaultdict(lambda: [0, 0])
        for _, _, lines, _ in told:
            for line in lines:
                total = sums[line.account, line.currency, line.dimensions]
                total[0] += line.amount_minor
                total[1] += line.base_minor
        kept = tuple(
            VoucherLine(account=code, currency=currency, amount_minor=amount, base_minor=base, dimensions=dimensions)
            for (code, currency, dimensions), (amount, base) in sorted(sums.items())
            if amount or base
        )
        named = hashlib.sha256("|".join(f"{each.source} {each.source_id} {version}" for _, each, _, version in told).encode()).hexdigest()[
            :32
        ]
        entry = Entry(
            entity_id=self.desk.entity.id, event=event, source="summary", source_id=named, version=1, rule_set=told[0][0].id,
            account_id=account, happened_on=day, base_currency=self.desk.entity.currency, memo=f"{account} {day}: {len(told)} x {event}",
            lines=kept,
        )  # fmt: skip
        if kept:
            self.entries.append((told[0][0], entry))
        for _, each, _, version in told:
            made = entry.id if kept else None
            self.bookings.append(Booking(source=each.source, source_id=each.source_id, voucher_id=made, version=version, read=each.read))


def _same(before: Sequence[VoucherLine], now: Sequence[VoucherLine]) -> bool:
    return [_key(line) for line in before] == [_key(line) for line in now]


def _key(line: VoucherLine) -> tuple[str, str, str | None, int, int]:
    return line.account, line.currency, line.tax_code, line.amount_minor, line.base_minor


def reversal(header: Fact, lines: tuple[VoucherLine, ...], rule_set: str) -> Entry:
    """The voucher that takes another back, on the day it told of."""
    return Entry(
        entity_id=header.entity_id, event="reversal", source="voucher", source_id=header.id, version=1, rule_set=rule_set,
        account_id=header.account_id, happened_on=header.happened_on, base_currency=header.base_currency,
        memo=f"takes back {header.memo}", lines=reversed_lines(lines), reverses_id=header.id,
    )  # fmt: skip


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
    vouchers.free(connection, [voucher_id for voucher_id in told if headers[voucher_id].source == "summary"])
    vouchers.post(connection, entries, Signed(maker_id=newest.maker_id, checker_id=newest.checker_id, at=hub.clock.now()))
    vouchers.keep_bookings(
        connection,
        [Booking(source="money_match", source_id=row.source_id, voucher_id=None, version=row.booked_version, read=0) for row in mine],
    )
    return len(entries)
