"""The kinds of facts that are posted, in this order: money before what it was for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from model.store.book_facts import Window
from operations.books.events import (
    Booked,
    Ledger,
    dispute_events,
    line_events,
    payment_events,
    payout_events,
    receipt_events,
    refund_events,
)
from operations.books.order_events import exchange_events, order_events
from operations.runtime.hub_accounts import Channel


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of fact: how its events are read, and whether its days are instants."""

    name: str
    events: Callable[[Connection, Ledger, Window], Iterator[Booked]]
    place: Callable[[Any], Any]
    by_instant: bool = False

    def since(self, day: date, ledger: Ledger) -> date | datetime:
        """From when its facts are read: where days are instants, from the first moment of the day anywhere among the accounts."""
        if not self.by_instant:
            return day
        zones = [each.trading_zone for each in ledger.accounts.values() if isinstance(each, Channel)] or [
            each.trading_zone for each in ledger.accounts.values()
        ]
        return min(datetime.combine(day, time(0), zone) for zone in zones)


SOURCES = (
    Source("payment", payment_events, lambda row: row.created_at, by_instant=True),
    Source("settlement_line", line_events, lambda row: row.business_on),
    Source("refund", refund_events, lambda row: row.created_at, by_instant=True),
    Source("payout", payout_events, lambda row: row.business_on),
    Source("dispute", dispute_events, lambda row: row.updated_at, by_instant=True),
    Source("order", order_events, lambda row: row.placed_at, by_instant=True),
    Source("deposit_exchange", exchange_events, lambda row: row.placed_at, by_instant=True),
    Source("money_match", receipt_events, lambda row: row.matched_on),
)
