"""What turns facts of an entity into events of its books."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from model.store.book_facts import Fact
from model.store.book_facts_orders import Told
from model.values.instant import business_date
from operations.runtime.hub_accounts import Account
from reconciliation.vouchers.posting import BookEvent
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


def terms_decided(order_id: str, account_id: str, day: date, *, is_on_terms: bool) -> Booked:
    """That an order counts as bought on credit terms, or not, from now on."""
    return BookEvent("terms", "terms", order_id, 1, day, {}, account_id), Told(id=order_id, booked_version=int(is_on_terms))
