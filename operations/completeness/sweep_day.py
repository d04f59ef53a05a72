"""Sweep one business day: compare it with its source, fetch what is missing or differs, compare again, and sign.

What is fetched is saved by the same page path as every reading, so that what cannot be read is in quarantine under its name. The last page
is saved in the transaction that compares for the last time and signs: nothing can be certified that is not stored.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from connectors._kit.base import Connector
from connectors.capabilities import OrderDaySource, OrderSource, RawPage
from model.errors import ContractError
from model.records.days import ListedOrder
from model.rules.completeness import Differences, Stored, Sums, compare, ids_hash, listed_sums, state_of, stored_sums
from model.rules.volume import WEEKS, odd_count
from model.store import certificates, day_orders
from model.store.bulk import chunks
from model.store.certificates import Certificate, Side
from model.store.day_orders import BusinessDay
from model.store.lateness import Meter
from model.store.leases import Lease
from model.store.pages import Behind, PageToSave, save_page
from model.store.runs import Counts, Run
from operations.completeness.days import business_day, of_day, span_of
from operations.pull import reading_of
from operations.read_pages import PageReader, in_batches
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Account
from operations.save_pages import save_sparing

LOOKUPS = 50
"""Ids asked for in one request."""
ROUNDS = 2
"""How often what differs is fetched: what changed while it was fetched is right the second time."""


@dataclass(slots=True)
class Sweeper:
    """Sweeping one channel under one lease."""

    hub: Hub
    channel: Account
    connector: Connector[Any]
    reader: PageReader
    lease: Lease
    run: Run
    meter: Meter | None

    def sweep(self, day: date) -> Certificate:
        """Compare, mend and sign one day; gives what was signed."""
        work = _Day(self, business_day(self.channel, day))
        if isinstance(self.connector, OrderDaySource):
            work.by_list(self.connector)
        else:
            work.by_reading_again()
        return work.sign()

    def save(self, page: PageToSave) -> None:
        """Save a page as every reading does."""
        reading = reading_of(self.hub, self.channel, self.reader, self.run.id)
        self.run.counts.add(save_sparing(self.hub.database, page, reading, self.behind, "orders"))

    @property
    def behind(self) -> Behind:
        """Under the lease, with no cursor: a sweep never moves one."""
        return Behind(self.lease, None, None, self.meter)


@dataclass(slots=True)
class _Day:
    """One day under way."""

    sweeper: Sweeper
    day: BusinessDay
    listed: dict[str, ListedOrder] = field(default_factory=dict[str, ListedOrder])
    is_listed: bool = True
    first: Differences | None = None
    """What differed before anything was fetched."""
    gone: set[str] = field(default_factory=set[str])
    held_back: PageToSave | None = None
    """The page that is saved with the signature."""

    def by_list(self, source: OrderDaySource) -> None:
        """List the day, fetch what differs, and list it again, as it may have changed meanwhile."""
        self.listed = self._list(source)
        for _ in range(ROUNDS):
            found = self._compare()
            self.first = self.first or found
            if not found.to_fetch:
                return
            self._fetch(found.to_fetch)
            self.listed = self._list(source)

    def by_reading_again(self) -> None:
        """Where the source lists no days: read again what it says changed in the day's span; each order it names is then stored."""
        if not isinstance(self.sweeper.connector, OrderSource):
            raise ContractError(f"{self.day.account_id}: reads no orders")
        self.is_listed = False
        with self.sweeper.hub.database.read() as connection:
            before = day_orders.orders_of(connection, self.day)
        named: set[str] = set()
        for page in in_batches(self.sweeper.connector.fetch_orders(span_of(self.day), None)):
            named |= {found for raw in page.slices if (found := self.sweeper.connector.external_id_in(raw)) is not None}
            self._hold_back(self.sweeper.reader.read(page))
        self._save_held_back()
        with self.sweeper.hub.database.read() as connection:
            stored = day_orders.orders_of(connection, self.day)
        self.listed = {each: _as_listed(stored, each) for each in stored if each in named or each in before}
        self.first = Differences(missing=tuple(sorted(stored.keys() - before.keys())))

    def _list(self, source: OrderDaySource) -> dict[str, ListedOrder]:
        channel, pages = self.sweeper.channel, source.list_day(span_of(self.day))
        return {each.external_id: each for each in of_day(channel, self.day.day, pages)}

    def _compare(self) -> Differences:
        with self.sweeper.hub.database.read() as connection:
            return self._compared(connection, day_orders.orders_of(connection, self.day))

    def _compared(self, connection: Connection, stored: Stored) -> Differences:
        first = compare(self.listed, stored, frozenset(), self.gone)
        aside = day_orders.set_aside_of(connection, self.day.account_id, first.to_fetch)
        return compare(self.listed, stored, aside, self.gone) if aside else first

    def _fetch(self, ids: Sequence[str]) -> None:
        """Fetch orders by their ids, with the documents that tell of them; all pages but the last are saved at once."""
        for page in refetched(self, ids):
            self._hold_back(self.sweeper.reader.read(page))

    def _hold_back(self, page: PageToSave) -> None:
        self._save_held_back()
        self.held_back = page

    def _save_held_back(self) -> None:
        if self.held_back is not None:
            page, self.held_back = self.held_back, None
            self.sweeper.save(page)

    def sign(self) -> Certificate:
        """Save what is left, compare once more and sign, all in one transaction; a page that the store refuses is first taken apart."""
        with suppress(IntegrityError, DataError):
            counts, signed = self.sweeper.hub.database.run(lambda connection: self._save_and_sign(connection, self.held_back))
            self.sweeper.run.counts.add(counts)
            return signed
        self._save_held_back()
        return self.sweeper.hub.database.run(lambda connection: self._save_and_sign(connection, None))[1]

    def _save_and_sign(self, connection: Connection, page: PageToSave | None) -> tuple[Counts, Certificate]:
        sweeper = self.sweeper
        reading = reading_of(sweeper.hub, sweeper.channel, sweeper.reader, sweeper.run.id)
        counts = save_page(connection, page, reading, sweeper.behind) if page is not None else Counts()
        signed = self._certificate(connection)
        certificates.sign(connection, signed, sweeper.lease)
        return counts, signed

    def _certificate(self, connection: Connection) -> Certificate:
        stored = day_orders.orders_of(connection, self.day)
        now, first = self._compared(connection, stored), self.first or Differences()
        odd = odd_count(len(stored), self._weeks_before(connection))
        source = Side(len(self.listed), ids_hash(self.listed), listed_sums(self.listed))
        left = {*now.to_fetch, *now.gone}
        return Certificate(
            account_id=self.day.account_id,
            day=self.day.day,
            state=state_of(now, is_listed=self.is_listed, is_odd=odd is not None),
            asked="listed" if self.is_listed else "read again",
            zone=self.sweeper.channel.zone,
            cut_off=self.sweeper.channel.cut_off.isoformat("minutes"),
            source=source,
            store=Side(len(stored), ids_hash(stored), _as_told(stored_sums(stored), source.sums)),
            recovered=len({*first.missing, *first.set_aside} & stored.keys() - left),
            corrected=len({each.external_id for each in first.differs} & stored.keys() - left),
            differences=now,
            oddity=odd.says if odd else None,
            run_id=self.sweeper.run.id,
            signed_at=self.sweeper.hub.clock.now(),
        )

    def _weeks_before(self, connection: Connection) -> list[int]:
        """The counts of the same weekday, newest first, as far back as there were orders at all."""
        days = [self.day.day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
        span = BusinessDay(self.day.account_id, self.day.day, self.day.start - timedelta(weeks=WEEKS), self.day.start)
        counts = list(day_orders.counts_of(connection, span, days).values())
        while counts and counts[-1] == 0:  # the shop may not have been open yet
            counts.pop()
        return counts


def refetched(work: _Day, ids: Sequence[str]) -> Iterator[RawPage]:
    """Pages of the orders with these ids as they are now; what the source calls gone is noted."""
    connector = work.sweeper.connector
    if not isinstance(connector, OrderSource):
        raise ContractError(f"{work.day.account_id}: reads no orders")
    wanted = [*ids, *(beside for each in ids if each in work.listed for beside in work.listed[each].beside)]
    for some in chunks(list(dict.fromkeys(wanted)), LOOKUPS):
        found = connector.fetch_orders_by_id(some)
        work.gone.update(found.gone)
        if found.slices:
            yield RawPage(found.kind, found.slices, None)


def _as_told(sums: Sums, source: Sums) -> Sums:
    """The store's sums without those that the source does not tell, so that equal sides read the same."""
    untold = {(currency, name) for currency, told in source.items() for name, amount in told.items() if amount is None}
    return {
        currency: {name: None if (currency, name) in untold else amount for name, amount in told.items()} for currency, told in sums.items()
    }


def _as_listed(stored: Stored, external_id: str) -> ListedOrder:
    told = stored[external_id]
    return ListedOrder(external_id, None, told.currency, told.total_minor, told.refunded_minor, told.refunds)
