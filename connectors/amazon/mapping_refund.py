"""A transaction of the kind Refund -> Refund. Pure.

A transaction tells what the seller's account loses: what the buyer gets back, less the commission that Amazon gives back. Its parts stand
in a tree, of which each level sums to the one above. What the buyer gets is the sum of the buyer's parts: goods, shipping, tax. Tax that
Amazon keeps for an authority goes back to the buyer too, and comes back from Amazon: the latter part is the seller's. Items name
SKUs and not lines of the order; the connector asks the order for those.
Source: model finances_2024-06-19, Transaction.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.amazon.payloads_finances import Currency, MoneyPart, OrderRefundPayload, TransactionItem, TransactionPayload
from connectors.amazon.words import REFUNDED
from model.errors import MalformedError
from model.records.payment import Refund, RefundLine
from model.values.instant import instant, micros
from model.values.money import minor_units

KIND: Final = "order-refund"
REFUND: Final = "Refund"
DEEPEST: Final = 12
"""Levels of parts; Amazon tells up to four."""


def read_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """One refund; MalformedError for a transaction that is none, takes money back from the buyer, or does not add up."""
    return _record(read_payload(TransactionPayload, raw), statuses, {})


def read_order_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """The same as it is read, with the lines of its order."""
    told = read_payload(OrderRefundPayload, raw)
    if told.transaction.transaction_id != told.id:
        raise MalformedError("transaction.transactionId: is not the id it was read by")
    by_sku = Counter(line.sku for line in told.lines)
    return _record(told.transaction, statuses, {line.sku: line.id for line in told.lines if line.sku and by_sku[line.sku] == 1})


def _record(told: TransactionPayload, statuses: Mapping[str, str], lines: Mapping[str, str]) -> Refund:
    if told.transaction_type != REFUND:
        raise MalformedError("transactionType: is no Refund")
    currency = told.total_amount.currency_code
    parts = list(_given_back(told, currency, statuses))
    amount = -sum(sum(part.amounts.values()) for part in parts)
    if amount < 0:
        raise MalformedError(f"breakdowns: take {-amount} minor units of {currency} from the buyer; this is no refund")
    posted_at = instant(told.posted_date)
    shipping = -sum(part.amounts["shipping"] for part in parts)
    found = _lines(parts, lines)
    explained = shipping + sum(line.amount_minor + line.tax_minor for line in found)
    return Refund(
        external_id=told.transaction_id,
        order_external_id=_order_of(told),
        status="succeeded",
        amount_minor=amount,
        currency=currency,
        created_at=posted_at,
        reason=told.description or None,
        shipping_minor=shipping if shipping >= 0 and explained <= amount else 0,
        lines=found if shipping >= 0 and explained <= amount else (),
        source_version=micros(posted_at),
    )


def _lines(parts: Sequence["_Back"], lines: Mapping[str, str]) -> tuple[RefundLine, ...]:
    """What goes back for lines of the order, where a SKU is that of one line; of how many pieces is not told reliably."""
    sums: dict[str, list[int]] = {}
    for part in parts:
        if line := lines.get(part.sku or ""):
            told = sums.setdefault(line, [0, 0])
            told[0] -= part.amounts["goods"]
            told[1] -= part.amounts["goods_tax"]
    return tuple(
        RefundLine(line_external_id=line, quantity=0, amount_minor=goods, tax_minor=tax)
        for line, (goods, tax) in sums.items()
        if goods >= 0 and tax >= 0 and goods + tax
    )


def _order_of(told: TransactionPayload) -> str:
    named = {each.related_identifier_value for each in told.related_identifiers if each.related_identifier_name == "ORDER_ID"}
    if len(named) != 1 or "" in named:
        raise MalformedError(f"relatedIdentifiers: {len(named)} orders are named, and a refund is of one")
    return named.pop()


@dataclass(frozen=True, slots=True)
class _Back:
    """Minor units of the buyer's money in one item, by what they are for; negative, as the seller loses them."""

    sku: str | None
    amounts: Counter[str]


def _given_back(told: TransactionPayload, currency: str, statuses: Mapping[str, str]) -> Iterator[_Back]:
    """By item where the items tell it, else of the transaction as a whole."""
    total = _minor(told.total_amount, currency, "totalAmount")
    items = told.items or ()
    roots = [("breakdowns", None, told.breakdowns or [], total)]
    if items and all(item.breakdowns for item in items):
        totals = [_minor(item.total_amount, currency, "items.totalAmount") for item in items]
        _agree("items", totals, total)
        roots = [(f"items[{place}]", _sku(item), item.breakdowns or [], totals[place]) for place, item in enumerate(items)]
    for where, sku, parts, whole in roots:
        _agree(where, [_minor(part.breakdown_amount, currency, where) for part in parts], whole)
        back: Counter[str] = Counter()
        for name, amount in _leaves(where, parts, currency, 0):
            back[meaning(f"{where}.breakdownType", name, REFUNDED, statuses)] += amount
        del back["seller"]
        yield _Back(sku, back)


def _sku(item: TransactionItem) -> str | None:
    return next((each.sku for each in item.contexts or () if each.sku), None)


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
