"""Facts of the store as events of the books: amounts by name, and the places that decide which accounts they touch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from model.store import book_facts
from model.store.book_facts import SENT, Fact, Window
from model.store.book_facts_orders import on_terms
from operations.books.ledger import Booked, Ledger, terms_decided
from operations.books.order_events import exchange_events, order_events
from operations.runtime.hub_accounts import Channel
from reconciliation.vouchers.posting import Amount, BookEvent

GIFT_CARD = "gift_card"
"""The gateway of what was paid by, or given back to, a gift card that we owe for."""


def line_events(connection: Connection, _ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Movements of our balance with processors."""
    for line, fees in book_facts.settlement_lines(connection, window):
        amounts: dict[str, Amount] = {"gross": (line.currency, line.gross_minor), "net": (line.currency, line.net_minor)}
        presented = line.presented_minor if line.presented_currency is not None else line.gross_minor
        signed = abs(presented) if line.gross_minor >= 0 else -abs(presented)
        amounts["presented"] = (line.presented_currency or line.currency, signed)
        amounts |= {f"fee.{kind}": (line.currency, minor) for kind, minor in fees.items()}
        yield _event(f"line_{line.kind}", "settlement_line", line, line.business_on, amounts, {"account": line.account_id})


def payout_events(connection: Connection, _ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Payouts that left; one that came back comes to nothing."""
    for row in book_facts.payouts(connection, window):
        amounts = {"net": (row.currency, row.amount_minor), "fee.payout": (row.currency, row.fee_minor)}
        yield _event("payout", "payout", row, row.business_on, amounts, {"account": row.account_id})


def payment_events(connection: Connection, ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Captures: by a gateway that an account settles, or by hand."""
    rows = book_facts.payments(connection, window)
    yield from _money_events(connection, ledger, "capture", [(row, row.gateway) for row in rows])


def refund_events(connection: Connection, ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Refunds that were decided."""
    yield from _money_events(connection, ledger, "refund", book_facts.refunds(connection, window))


def _money_events(connection: Connection, ledger: Ledger, event: str, rows: Sequence[tuple[Fact, str | None]]) -> Iterator[Booked]:
    """Money of orders: `prepaid` moves the buyer's deposit, `on_terms` what a customer with terms owes."""
    owing, fresh = on_terms(connection, [row.order_id for row, _ in rows])
    for order_id, row in {row.order_id: row for row, _ in rows if row.order_id in fresh}.items():
        day = ledger.day(row.account_id, row.created_at)
        yield terms_decided(order_id, row.account_id, day, is_on_terms=order_id in owing)
    for row, gateway in rows:
        yield _money_event(ledger, event, row, gateway, "on_terms" if row.order_id in owing else "prepaid")


def _money_event(ledger: Ledger, event: str, row: Fact, gateway: str | None, owed: str) -> Booked:
    settler = ledger.settles(row.account_id, gateway)
    own = (row.currency, row.amount_minor)
    settled = (row.shop_currency, row.shop_minor) if settler == row.account_id and row.shop_currency is not None else own
    places = {"account": settler or "nobody", "channel": row.account_id}
    way = "" if settler is not None and settler in ledger.accounts else "_by_hand"
    name = f"{event}{'_by_gift_card' if gateway == GIFT_CARD else way}"
    amounts = {"gross": own, owed: own, "settled": settled}
    source = "payment" if event == "capture" else event
    made, told = _event(name, source, row, ledger.day(row.account_id, row.created_at), amounts, places)
    return replace(made, order=row.order_external_id), told


def dispute_events(connection: Connection, ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Disputes that were lost for good."""
    for row in book_facts.disputes_lost(connection, window):
        amounts = {"gross": (row.currency, row.amount_minor)}
        yield _event("dispute_lost", "dispute", row, ledger.day(row.account_id, row.updated_at), amounts, {"account": row.account_id})


def receipt_events(connection: Connection, _ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Payouts that reached the bank."""
    for match, sent, received in book_facts.bank_receipts(connection, window):
        amounts: dict[str, Amount] = {}
        _add(amounts, "sent", [(each.currency, each.amount_minor) for each in sent if each.status in SENT])
        _add(amounts, "received", [(each.currency, each.amount_minor) for each in received])
        _add(amounts, "fee.bank", [(each.currency, each.fee_minor) for each in received if each.fee_minor])
        accounts = {each.account_id for each in sent}
        places = {"account": next(iter(accounts)) if len(accounts) == 1 else "several", "bank": match.account_id}
        yield _event("bank_receipt", "money_match", match, match.matched_on, amounts, places)


def _add(amounts: dict[str, Amount], name: str, parts: Sequence[Amount]) -> None:
    """The sum of parts of one currency; several currencies on one side have none, and such a match balances by no rule."""
    if len({currency for currency, _ in parts}) == 1:
        amounts[name] = (parts[0][0], sum(minor for _, minor in parts))


def _event(event: str, source: str, row: Fact, day: date, amounts: Mapping[str, Amount], places: Mapping[str, str]) -> Booked:
    told = {name: amount for name, amount in amounts.items() if amount[1]} if row.is_worth else {}
    read = getattr(row, "reading", getattr(row, "fetch_seq", 1))
    name = f"{source.replace('_', ' ')} {getattr(row, 'external_id', row.id)}"
    return BookEvent(event, source, row.id, read, day, told, row.account_id, places, name), row


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of fact: how its events are read, and whether its days are instants."""

    name: str
    events: Callable[[Connection, Ledger, Window], Iterator[Booked]]
    place: Callable[[Any], Any]
    by_instant: bool = False
    is_in_order: bool = True
    """Whether its events happen on the days its facts are read by; what an order comes to happens later."""

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
    Source("order", order_events, lambda row: row.placed_at, by_instant=True, is_in_order=False),
    Source("deposit_exchange", exchange_events, lambda row: row.placed_at, by_instant=True, is_in_order=False),
    Source("money_match", receipt_events, lambda row: row.matched_on),
)
