"""Facts of the store as events of the books: amounts by name, and the places that decide which accounts they touch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from model.store import book_facts
from model.store.book_facts import SENT, Fact, Window
from model.store.book_facts_orders import Told, on_terms
from model.values.instant import business_date
from operations.runtime.hub_accounts import Account
from reconciliation.vouchers.posting import Amount, BookEvent
from reconciliation.vouchers.rules import PostingRules


@dataclass(frozen=True, slots=True)
class Ledger:
    """What turns facts of an entity into events: its accounts, and who settles a channel's payments by a gateway."""

    accounts: Mapping[str, Account]
    settles: Callable[[str, str | None], str | None]
    """Channel and gateway to the settling account."""
    rules: Callable[[date], PostingRules]
    """The rules in force on a day."""
    currency: str
    """The functional currency."""

    def day(self, account_id: str, at: datetime) -> date:
        """The business day of an instant, as the account counts."""
        account = self.accounts[account_id]
        return business_date(at, account.trading_zone, account.cut_off)


Booked = tuple[BookEvent, Fact | Told]
"""An event, and the row it is of, with the voucher that told of it so far."""
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


def terms_decided(order_id: str, account_id: str, day: date, *, is_on_terms: bool) -> Booked:
    """That an order counts as bought on credit terms, or not, from now on."""
    return BookEvent("terms", "terms", order_id, 1, day, {}, account_id), Told(id=order_id, booked_version=int(is_on_terms))


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
    read = getattr(row, "fetch_seq", 1)
    name = f"{source.replace('_', ' ')} {getattr(row, 'external_id', row.id)}"
    return BookEvent(event, source, row.id, read, day, told, row.account_id, places, name), row
