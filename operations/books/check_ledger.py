"""The three-way check: vouchers posted here, entries in the ledger, and what the banks' statements say. It changes nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

from connectors._kit.ledgers import REFERENCE, called
from connectors.capabilities import LedgerSource
from model.errors import ConfigError, MalformedError
from model.records.voucher import Voucher
from model.store import voucher_ways
from model.store.voucher_ways import Page
from model.values.instant import business_date
from operations.books.bank_balances import bank_differences
from operations.books.differences import Booked, Difference, Strangers, booked, compared, taking_back
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger

AROUND = timedelta(days=31)
"""So far before and behind the days an entry is looked for that should bear one of them."""


@dataclass(slots=True)
class Checked:
    """What a check of a ledger compared, and found."""

    ledger: str
    since: date
    until: date
    vouchers: int = 0
    entries: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])

    @property
    def wrong(self) -> list[Difference]:
        """Those that need a person."""
        return [each for each in self.differences if each.is_wrong]


def check_ledger(hub: Hub, ledger: Ledger, since: date | None = None, until: date | None = None) -> Checked:
    """Compare the books with a ledger and the banks over days, both inclusive; without, from the first of last month until today.

    Days before `vouchers_from` are in the ledger's opening balances, so they are left out. ConfigError for a ledger that cannot be read.
    """
    last = until or business_date(hub.clock.now(), ledger.trading_zone, ledger.cut_off)
    usual = (last.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = Checked(ledger.id, max(since or usual, ledger.vouchers_from), last)
    words = _words(ledger)
    theirs, problem = _read(hub, ledger, found, words)
    known: dict[frozenset[tuple[str, int]], list[tuple[date, str]]] = defaultdict(list)
    for voucher, state in _vouchers(hub, ledger, found):
        found.vouchers += 1
        known[taking_back(voucher, words)].append((voucher.posted_on, voucher.reference))
        found.differences += compared(voucher, theirs.pop(voucher.reference, ()), state, words)
    found.differences += _strangers(hub, ledger, found, theirs, known)
    if problem is not None:
        found.differences.append(Difference(kind="unreadable", about=ledger.id, day=found.since, told=problem))
    found.differences += bank_differences(hub, ledger.entity, found.since, found.until)
    return found


def _words(ledger: Ledger) -> Mapping[str, str]:
    return cast("dict[str, str]", ledger.settings.get("accounts", {}))


def _read(hub: Hub, ledger: Ledger, found: Checked, words: Mapping[str, str]) -> tuple[dict[str | None, list[Booked]], str | None]:
    """The entries of the days and around them, by reference, and what could not be read."""
    entries: dict[str | None, list[Booked]] = defaultdict(list)
    with hub.connected(ledger) as connector:
        if not isinstance(connector, LedgerSource):
            raise ConfigError(f"ledger {ledger.id}: takes files and cannot be read back, so there is nothing to compare with")
        try:
            for batch in connector.fetch_entries(found.since - AROUND, found.until + AROUND):
                for each in batch:
                    found.entries += found.since <= each.posted_on <= found.until
                    entries[each.reference].append(booked(each, words))
        except MalformedError as error:
            return entries, str(error)
    return entries, None


def _vouchers(hub: Hub, ledger: Ledger, found: Checked) -> Iterator[tuple[Voucher, str | None]]:
    """Our vouchers of the days with the state of their commands, in pages."""
    page: Page | None = Page(ledger.entity, found.since, found.until)
    while page is not None:
        with hub.database.read() as connection:
            vouchers = voucher_ways.posted_on(connection, page)
            states = voucher_ways.states(connection, ledger.id, [each.voucher_id for each in vouchers])
        yield from ((each, states.get(each.voucher_id)) for each in vouchers)
        is_last = len(vouchers) < page.limit
        page = None if is_last else Page(page.entity_id, page.since, page.until, (vouchers[-1].posted_on, vouchers[-1].voucher_id))


def _strangers(
    hub: Hub,
    ledger: Ledger,
    found: Checked,
    theirs: Mapping[str | None, list[Booked]],
    known: dict[frozenset[tuple[str, int]], list[tuple[date, str]]],
) -> Iterator[Difference]:
    """What is posted in the ledger within the days, and is no voucher of ours of these days."""
    words = _words(ledger)
    with hub.database.read() as connection:
        used = frozenset(called(account, words) for account in voucher_ways.accounts_used(connection, ledger.entity))
        entity: Any = hub.file.entity(ledger.entity)
        strangers = Strangers(entity.currency, used, known)
        for reference, entries in theirs.items():
            within = [each for each in entries if each.is_posted and found.since <= each.day <= found.until]
            is_ours = reference is not None and REFERENCE.fullmatch(reference) and reference.startswith(f"{ledger.entity}/")
            if not within or (is_ours and voucher_ways.named(connection, reference or "", ledger.entity)):
                continue  # a voucher of other days is compared with those
            for each in within:
                if is_ours:
                    told = f"no voucher has this reference; {each.external_id} is not from this hub"
                    yield Difference(kind="unknown_voucher", about=reference or "", day=each.day, told=told)
                elif stranger := strangers.judge(each):
                    yield stranger
