"""A transaction of the kind Refund -> Refund. Pure.

A transaction tells what the seller's account loses: what the buyer gets back, less the commission that Amazon gives back. Its parts stand
in a tree, of which each level sums to the one above. What the buyer gets is the sum of the buyer's parts: goods, shipping, tax. Tax that
Amazon keeps for an authority goes back to the buyer too, and comes back from Amazon: the latter part is the seller's. Which order lines
it is of is not told: an item names no line of the order.
Source: model finances_2024-06-19, Transaction.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.amazon.payloads_finances import Currency, MoneyPart, TransactionPayload
from connectors.amazon.words import REFUNDED
from model.errors import MalformedError
from model.records.payment import Refund
from model.values.instant import instant, micros
from model.values.money import minor_units

KIND: Final = "order-refund"
REFUND: Final = "Refund"
DEEPEST: Final = 12
"""Levels of parts; Amazon tells up to four."""


def read_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """One refund; MalformedError for a transaction that is none, takes money back from the buyer, or does not add up."""
    told = read_payload(TransactionPayload, raw)
    if told.transaction_type != REFUND:
        raise MalformedError("transactionType: is no Refund")
    currency = told.total_amount.currency_code
    back = _given_back(told, currency, statuses)
    amount = -(back["goods"] + back["shipping"] + back["tax"])
    if amount < 0:
        raise MalformedError(f"breakdowns: take {-amount} minor units of {currency} from the buyer; this is no refund")
    posted_at = instant(told.posted_date)
    return Refund(
        external_id=told.transaction_id,
        order_external_id=_order_of(told),
        status="succeeded",
        amount_minor=amount,
        currency=currency,
        created_at=posted_at,
        reason=told.description or None,
        shipping_minor=max(0, min(-back["shipping"], amount)),
        source_version=micros(posted_at),
    )


def _order_of(told: TransactionPayload) -> str:
    named = {each.related_identifier_value for each in told.related_identifiers if each.related_identifier_name == "ORDER_ID"}
    if len(named) != 1 or "" in named:
        raise MalformedError(f"relatedIdentifiers: {len(named)} orders are named, and a refund is of one")
    return named.pop()


def _given_back(told: TransactionPayload, currency: str, statuses: Mapping[str, str]) -> Counter[str]:
    """Minor units by whose money it is; of the items where they tell it, else of the transaction as a whole."""
    total = _minor(told.total_amount, currency, "totalAmount")
    items = told.items or ()
    if items and all(item.breakdowns for item in items):
        _agree("items", [_minor(item.total_amount, currency, "items.totalAmount") for item in items], total)
        roots = [(f"items[{place}]", item.breakdowns or [], item.total_amount) for place, item in enumerate(items)]
    else:
        roots = [("breakdowns", told.breakdowns or [], told.total_amount)]
    back: Counter[str] = Counter()
    for where, parts, whole in roots:
        _agree(where, [_minor(part.breakdown_amount, currency, where) for part in parts], _minor(whole, currency, where))
        for name, amount in _leaves(where, parts, currency, 0):
            back[meaning(f"{where}.breakdownType", name, REFUNDED, statuses)] += amount
    return back


def _leaves(where: str, parts: Sequence[MoneyPart], currency: str, depth: int) -> Iterator[tuple[str, int]]:
    """The parts that are no further taken apart, or need not be; those of nothing are nothing."""
    if depth > DEEPEST:
        raise MalformedError(f"{where}: parts of parts without end")
    for part in parts:
        name, amount = part.breakdown_type, _minor(part.breakdown_amount, currency, where)
        if part.breakdowns and REFUNDED.get(name) != "seller":
            _agree(f"{where}.{name[:40]}", [_minor(each.breakdown_amount, currency, where) for each in part.breakdowns], amount)
            yield from _leaves(where, part.breakdowns, currency, depth + 1)
        elif amount:
            yield name, amount


def _agree(where: str, parts: Sequence[int], whole: int) -> None:
    if sum(parts) != whole:
        raise MalformedError(f"{where}: parts sum to {sum(parts)}, the whole says {whole} minor units")


def _minor(money: Currency, currency: str, where: str) -> int:
    if money.currency_code != currency:
        raise MalformedError(f"{where}: is in another currency than the refund")
    return minor_units(money.currency_amount, currency)
