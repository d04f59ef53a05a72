"""A day of sales as Tryton lists it: ids, what was sold, and the money given back with them.

By `create_date`, when a sale was begun, which nothing moves; that is when the record says that it was placed. Sales that only take goods
back are returns and no orders, and are left out. Of an exchange Tryton's total has the goods that came back in it; they are put back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pydantic import Field, StrictInt

from connectors._kit import Payload, own_id, read_payload
from connectors.capabilities import RawPage, Window
from connectors.tryton_pos.mapping_money import coins_minor, minor
from connectors.tryton_pos.payloads import Currency, Instant, Moved, WireDecimal
from model.errors import MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import utc_instant


class _Method(Payload):
    id: StrictInt


class _Paid(Payload):
    amount: WireDecimal | None
    method: _Method = Field(alias="method.")


class _Row(Payload):
    create_date: Instant
    total: WireDecimal
    currency: Currency = Field(alias="currency.")
    lines: list[Moved] = Field(alias="lines.")
    payments: list[_Paid] = Field(alias="payments.")


def list_day(pages: Iterable[RawPage], day: Window) -> Iterator[tuple[ListedOrder, ...]]:
    """Every order begun in the span."""
    for page in pages:
        yield tuple(found for raw in page.slices if (found := _listed(raw, day)) is not None)


def _listed(raw: bytes, day: Window) -> ListedOrder | None:
    """One row; None if it is a return or was begun outside the span. A row without an id is asked for again."""
    external_id = own_id(raw)
    if external_id is None:
        raise TransientError("sales: a row of the day names no sale")
    try:
        row = read_payload(_Row, raw)
        placed_at = utc_instant(row.create_date.text)
        back = [line for line in row.lines if line.quantity < 0]
        is_return = bool(back) and len(back) == len(row.lines)
        if is_return or not day.start <= placed_at < day.end:
            return None
        total = minor(row.total, row.currency.code)
        total -= sum(coins_minor(line.quantity, line.unit_gross_price, row.currency) for line in back)
        given = _given_back(row)
        return ListedOrder(external_id, placed_at, row.currency.code, total, sum(given), len(given))
    except MalformedError:
        return ListedOrder(external_id)


def _given_back(row: _Row) -> list[int]:
    """What each means gave more than it took, in minor units: change is none."""
    means: defaultdict[int, int] = defaultdict(int)
    for paid in row.payments:
        means[paid.method.id] += minor(paid.amount, row.currency.code) if paid.amount else 0
    return [-left for left in means.values() if left < 0]
