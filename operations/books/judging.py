"""What a page of facts comes to: vouchers to post, what is taken back, and what is held by name.

A fact that changed is reversed and posted anew. Where an account is summarised, its day is one voucher for each event; each fact keeps what
it came to in it, so that only one that comes to something else takes the summary back. Its other facts then come again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from model.errors import RejectedError
from model.records.voucher import VoucherLine
from model.store import vouchers
from model.store.book_facts import Fact
from model.store.vouchers import Booking, Entry, Signed
from operations.books.events import Booked
from operations.books.ledger import Ledger
from operations.books.rule_sets import RuleSet, of_day
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Entity
from reconciliation.vouchers.posting import BookEvent, Rates, lines_of, reversed_lines

SUMMARY = "summary"
"""The source of vouchers that tell of many facts."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What posting for an entity needs, read once."""

    entity: Entity
    rule_sets: list[RuleSet]
    ledger: Ledger
    rates: Rates


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
    freed: dict[str, tuple[RuleSet, Fact]] = field(default_factory=dict[str, tuple[RuleSet, Fact]])
    """Summaries that are taken back: their facts come again."""
    held: list[Held] = field(default_factory=list[Held])
    waiting: set[str] = field(default_factory=set[str])
    """Groups of which something is held or set free: their marks are not kept, so they come again."""

    def judge(self, connection: Connection, facts: Sequence[Booked]) -> None:
        """Decide of each fact what it comes to now, and what must be taken back."""
        booked = [row.booked_id for _, row in facts if row.booked_id is not None]
        headers = vouchers.headers(connection, booked)
        alone = [voucher_id for voucher_id, header in headers.items() if header.source != SUMMARY]
        lines, shares = vouchers.lines_of(connection, alone), vouchers.shares(connection, sorted({*headers} - {*alone}))
        for event, row in facts:
            rule_set = of_day(self.desk.rule_sets, event.day)
            try:
                now = self._lines(event, rule_set)
            except RejectedError as problem:
                self.held.append(Held(event, str(problem)))
                self.waiting.add(event.group)
                continue
            if row.booked_id is not None:
                header = headers[row.booked_id]
                if header.source == SUMMARY:
                    if shares.get((event.source, event.source_id)) == share_of(event, now):
                        self.bookings.append(self._shared(event, now, row.booked_id, row.booked_version))
                    else:
                        self.freed[header.id] = (rule_set, header)
                        self.waiting.add(event.group)
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

    @staticmethod
    def _shared(event: BookEvent, lines: tuple[VoucherLine, ...], voucher_id: str | None, version: int) -> Booking:
        """That a summary tells of an event, and what of the summary is the event's."""
        return Booking(source=event.source, source_id=event.source_id, voucher_id=voucher_id, version=version, read=event.read,
                       group_id=event.group or None, share=share_of(event, lines), happened_on=event.day)  # fmt: skip

    def _book(self, event: BookEvent, rule_set: RuleSet, lines: tuple[VoucherLine, ...], version: int) -> None:
        booking = Booking(source=event.source, source_id=event.source_id, voucher_id=None, version=version, read=event.read)
        if not lines:
            self.bookings.append(booking)
        elif event.account_id in rule_set.rules.summarise:
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
        self._take_back(connection)
        for rule_set in {each.id: each for each, _ in self.entries}.values():
            signed = Signed(maker_id=rule_set.maker_id, checker_id=rule_set.checker_id, at=hub.clock.now())
            vouchers.post(connection, [entry for each, entry in self.entries if each.id == rule_set.id], signed)
        vouchers.keep_bookings(connection, [each for each in self.bookings if each.source != "order" or each.source_id not in self.waiting])
        return len(self.entries), sum(entry.reverses_id is not None for _, entry in self.entries)

    def _take_back(self, connection: Connection) -> None:
        """Reverse the summaries of which a fact changed, and let all their facts come again, these of the page too."""
        lines = vouchers.lines_of(connection, sorted(self.freed))
        self.entries += [
            (rule_set, reversal(header, lines[header.id], rule_set.id)) for _, (rule_set, header) in sorted(self.freed.items())
        ]
        vouchers.free(connection, sorted(self.freed))
        self.waiting |= {each.group_id or "" for each in self.bookings if each.voucher_id in self.freed}
        self.bookings = [each for each in self.bookings if each.voucher_id not in self.freed]

    def _summarise(self, account: str, event: str, day: date, told: Sequence[_Part]) -> None:
        """One voucher for the events of an account's day."""
        sums: dict[tuple[str, str, str, tuple[tuple[str, str], ...]], list[int]] = defaultdict(lambda: [0, 0])
        for _, _, lines, _ in told:
            for line in lines:
                total = sums[line.account, line.currency, line.tax_code or "", line.dimensions]
                total[0] += line.amount_minor
                total[1] += line.base_minor
        kept = tuple(
            VoucherLine(account=code, currency=currency, amount_minor=amount, base_minor=base, tax_code=tax or None, dimensions=dimensions)
            for (code, currency, tax, dimensions), (amount, base) in sorted(sums.items())
            if amount or base
        )
        named = hashlib.sha256("|".join(f"{each.source} {each.source_id} {version}" for _, each, _, version in told).encode()).hexdigest()[
            :32
        ]
        entry = Entry(
            entity_id=self.desk.entity.id, event=event, source=SUMMARY, source_id=named, version=1, rule_set=told[0][0].id,
            account_id=account, happened_on=day, base_currency=self.desk.entity.currency, memo=f"{account} {day}: {len(told)} x {event}",
            lines=kept,
        )  # fmt: skip
        if kept:
            self.entries.append((told[0][0], entry))
        for _, each, lines, version in told:
            self.bookings.append(self._shared(each, lines, entry.id if kept else None, version))


def share_of(event: BookEvent, lines: Sequence[VoucherLine]) -> str:
    """What of a summary is an event's, as a short hash: it changes with anything that the summary would tell otherwise."""
    told = (event.event, event.day.isoformat(), [(*_key(line), line.dimensions) for line in lines])
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


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
