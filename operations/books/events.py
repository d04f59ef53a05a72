"""Facts of the store as events of the books: amounts by name, and the places that decide which accounts they touch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from model.store import book_facts
from model.store.book_facts import SENT, Fact, Window
from model.values.instant import business_date
from operations.runtime.hub_accounts import Account, Channel
from reconciliation.vouchers.posting import Amount, BookEvent


@dataclass(frozen=True, slots=True)
class Ledger:
    """What turns facts of an entity into events: its accounts, and who settles a channel's payments by a gateway."""

    accounts: Mapping[str, Account]
    settles: Callable[[str, str | None], str | None]
    """Channel and gateway to the settling account."""

    def day(self, account_id: str, at: datetime) -> date:
        """The business day of an instant, as the account counts."""
        account = self.accounts[account_id]
        return business_date(at, account.trading_zone, account.cut_off)


Booked = tuple[BookEvent, Fact]
"""An event, and the row it is of, with the voucher that told of it so far."""


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
    for row in book_facts.payments(connection, window):
        yield _money_event(ledger, "capture", "payment", row, row.gateway, 1)


def refund_events(connection: Connection, ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Refunds that were decided."""
    for row, gateway in book_facts.refunds(connection, window):
        yield _money_event(ledger, "refund", "refund", row, gateway, 1)


def _money_event(ledger: Ledger, event: str, source: str, row: Fact, gateway: str | None, sign: int) -> Booked:
    settler = ledger.settles(row.account_id, gateway)
    is_settled = settler is not None and settler in ledger.accounts
    own = (row.currency, sign * row.amount_minor)
    settled = (row.shop_currency, sign * row.shop_minor) if settler == row.account_id and row.shop_currency is not None else own
    places = {"account": settler or "nobody", "channel": row.account_id}
    name = event if is_settled else f"{event}_by_hand"
    return _event(name, source, row, ledger.day(row.account_id, row.created_at), {"gross": own, "settled": settled}, places)


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
    place: Callable[[Row[Any]], Any]
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
    Source("money_match", receipt_events, lambda row: row.matched_on),
)
