"""A day of orders as Medusa lists it: ids, what they were sold for, and refunds.

By `created_at`, in the order of ids, each page behind the last id of the one before. What Medusa calls `total` is what is due now; it
tells beside it what made that less than was sold: the credits that refunds leave behind, and what received returns took off the lines.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from connectors._kit import Payload, own_id, read_payload
from connectors.capabilities import Window
from connectors.medusa.mapping_money import kept_minor, own_credits, returned_of, whole_minor
from connectors.medusa.paging import Place, Sheet
from connectors.medusa.payloads import CreditLine, Currency, Refund, Returned, Told
from model.errors import MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import instant
from model.values.money import rounded_minor_units

ROWS: Final = 100
FIELDS: Final = (
    "id,created_at,currency_code,total,items.*,credit_lines.*,"
    "payment_collections.payments.refunds.*,payment_collections.payments.refunds.refund_reason.*"
)


class _Payment(Payload):
    refunds: tuple[Refund, ...] = ()


class _Collection(Payload):
    payments: tuple[_Payment, ...] = ()


class _Row(Payload):
    created_at: str
    currency_code: Currency
    total: Told
    items: tuple[Returned, ...]
    credit_lines: tuple[CreditLine, ...] = ()
    payment_collections: tuple[_Collection, ...] = ()


def list_day(ask: Callable[[Place], Sheet], day: Window) -> Iterator[tuple[ListedOrder, ...]]:
    """Every order made in the span."""
    place: Place | None = Place("sweep")
    while place is not None:
        sheet = ask(place)
        yield tuple(found for raw in sheet.slices if (found := _listed(raw, day)) is not None)
        place = Place("sweep", sheet.behind) if sheet.behind else None


def _listed(raw: bytes, day: Window) -> ListedOrder | None:
    """One row; None if it was made outside the span. A row without an id is asked for again."""
    external_id = own_id(raw)
    if external_id is None:
        raise TransientError("orders: a row of the day names no order")
    try:
        row = read_payload(_Row, raw)
        placed_at = instant(row.created_at)
        if not day.start <= placed_at < day.end:
            return None
        currency = row.currency_code.upper()
        refunds = [refund for collection in row.payment_collections for payment in collection.payments for refund in payment.refunds]
        gone = sum(rounded_minor_units(refund.amount, currency) for refund in refunds)
        return ListedOrder(external_id, placed_at, currency, _sold_minor(row, refunds, currency), gone, len(refunds))
    except MalformedError:
        return ListedOrder(external_id)


def _sold_minor(row: _Row, refunds: list[Refund], currency: str) -> int:
    """What is due, with all credits and returns put back; then the credits that are the shop's own, as the mapping takes them."""
    sold = row.total + sum((each.amount for each in row.credit_lines), Decimal(0)) + returned_of(row.items)
    own = own_credits(row.credit_lines, refunds)
    granted = sum(rounded_minor_units(each.amount, currency) for each in own if each.amount > 0)
    return whole_minor(sold, currency) - granted + kept_minor(own, row.items, currency)
