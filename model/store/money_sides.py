"""Both sides of a matching, read from the store: payments and refunds, settlement lines, payouts, bank lines. Few statements each."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_

from model.store.bulk import among
from model.store.money_rows import words_place
from model.store.sealing import Sealer
from model.tables.orders import OrderRow
from model.tables.payments import PaymentRow, RefundRow
from model.tables.settlements import PayoutRow, SettlementLineRow
from model.tables.statements import StatementLineRow
from model.values.instant import EPOCH

Gateway = tuple[str, str]
"""Channel id and gateway, in small letters."""

MONEY_KINDS = ("sale", "capture")
"""Kinds of payment by which money moved."""


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One line of either side; amounts signed minor units, `day` a business date."""

    id: str
    kind: str
    amount_minor: int
    currency: str
    day: date
    at: datetime
    name: str
    """What people know it by."""
    provider_ids: tuple[str, ...] = ()
    processor_id: str | None = None
    """That of `provider_ids` which the processor surely knows: its own id of the payment."""
    references: tuple[str, ...] = ()
    group_id: str | None = None
    text: str | None = None


def gateways(connection: Connection) -> list[Gateway]:
    """Every channel and gateway by which money moved."""
    row = PaymentRow
    words = select(row.account_id, func.lower(func.coalesce(row.gateway, ""))).where(row.kind.in_(MONEY_KINDS)).distinct()
    return [(account, word) for account, word in connection.execute(words)]


def payments(connection: Connection, settler: str, chosen: Sequence[Gateway], since: date, until: date) -> list[MoneyLine]:
    """Payments that succeeded, by these gateways, made from one day to another.

    What the `settler` took as a channel is in the shop's currency where it says so, as the lines of its balance are; what others settle,
    and what has lines in the buyer's currency nevertheless, is as it was paid.
    """
    if not chosen:
        return []
    row, order = PaymentRow, OrderRow
    query = (
        select(
            row.id, row.account_id, row.external_id, row.amount_minor, row.currency, row.shop_minor, row.shop_currency, row.created_at,
            row.reference, row.order_external_id, order.number,
        )
        .join(order, order.id == row.order_id, isouter=True)
        .where(*_moved(row), _by(row, chosen), *_between(row.created_at, since, until))
    )  # fmt: skip
    rows = connection.execute(query).all()
    as_paid = _told_as_paid(connection, settler, ("charge",), [p.reference for p in rows if p.shop_currency])
    return [
        MoneyLine(
            p.id, "payment", *_settled_in(p, p.reference, settler, as_paid), p.created_at.date(), p.created_at, p.external_id,
            _filled(p.reference, p.external_id), p.reference, _filled(p.order_external_id, p.number),
        )
        for p in rows
    ]  # fmt: skip


def refunds(connection: Connection, settler: str, chosen: Sequence[Gateway], since: date, until: date) -> list[MoneyLine]:
    """Refunds that succeeded, of payments by these gateways; of an order paid by several gateways, those that name their payment.

    Their currency is chosen as that of payments.
    """
    if not chosen:
        return []
    row, order = RefundRow, OrderRow
    query = (
        select(
            row.id, row.account_id, row.external_id, (-row.amount_minor).label("amount_minor"), row.currency,
            (-row.shop_minor).label("shop_minor"), row.shop_currency, row.created_at, row.payment_external_id, row.order_id,
            row.order_external_id, order.number,
        )
        .join(order, order.id == row.order_id, isouter=True)
        .where(row.account_id.in_({channel for channel, _ in chosen}), row.status == "succeeded", row.removed_at.is_(None))
        .where(row.amount_minor > 0, *_between(row.created_at, since, until))
    )  # fmt: skip
    rows = connection.execute(query).all()
    paid = _payments_of(connection, [r.order_id for r in rows])
    known = [p.reference for r in rows if r.shop_currency for p in paid.get(r.order_id, [])]
    as_paid = _told_as_paid(connection, settler, ("refund", "refund_failed"), known)
    return [
        MoneyLine(
            r.id, "refund", *_settled_in(r, p.reference, settler, as_paid), r.created_at.date(), r.created_at, r.external_id,
            _filled(r.external_id, p.reference, p.external_id), p.reference, _filled(r.order_external_id, r.number),
        )
        for r in rows
        if (p := _payment_of(r, paid.get(r.order_id, []))) is not None and (p.account_id, p.word) in chosen
    ]  # fmt: skip


def _told_as_paid(
    connection: Connection, settler: str, kinds: Sequence[str], references: Sequence[str | None]
) -> set[tuple[str | None, str | None]]:
    """References of payments, each with a currency that the settler's lines tell it in; looked up apart, as payments of refunds are."""
    row, named = SettlementLineRow, sorted({reference for reference in references if reference})
    if not named:
        return set()
    query = select(row.payment_reference, row.currency, row.presented_currency).where(row.account_id == settler, row.kind.in_(kinds))
    found = connection.execute(query.where(among(connection, SettlementLineRow.__table__.c.payment_reference, named)))
    return {(each.payment_reference, currency) for each in found for currency in (each.currency, each.presented_currency)}


def _settled_in(row: Row[Any], reference: str | None, settler: str, as_paid: Container[tuple[str | None, str | None]]) -> tuple[int, str]:
    """The amount and currency that the lines of a payment or refund will bear."""
    if row.shop_currency is None or row.account_id != settler or (reference, row.currency) in as_paid:
        return row.amount_minor, row.currency
    return row.shop_minor, row.shop_currency


def _payments_of(connection: Connection, order_ids: Sequence[str]) -> Mapping[str, list[Row[Any]]]:
    """Payments of orders. Looked up apart: PostgreSQL, before it has counted a fresh table, joined them row by row for minutes."""
    row, found = PaymentRow, defaultdict[str, list[Row[Any]]](list)
    word = func.lower(func.coalesce(row.gateway, "")).label("word")
    moved = and_(*_moved(row)).label("moved")
    columns = select(row.order_id, row.account_id, row.external_id, row.reference, word, moved).order_by(row.external_id)
    for each in connection.execute(columns.where(among(connection, PaymentRow.__table__.c.order_id, list(dict.fromkeys(order_ids))))):
        found[each.order_id].append(each)
    return found


def _payment_of(refund: Row[Any], paid: Sequence[Row[Any]]) -> Row[Any] | None:
    """The payment a refund names; where it names none, the first of its order's, if all of them went the same way."""
    if refund.payment_external_id is not None:
        return next((each for each in paid if each.external_id == refund.payment_external_id), None)
    moved = [each for each in paid if each.moved]
    return moved[0] if len({each.word for each in moved}) == 1 else None


def lines(connection: Connection, account_id: str, kinds: Sequence[str], since: date, until: date) -> list[MoneyLine]:
    """Settlement lines of an account of some kinds, by business day; in the buyer's currency where the provider says what it was.

    A line of nothing, as of a card that was only checked, wants no counterpart, and is left out.
    """
    row = SettlementLineRow
    query = select(
        row.id, row.kind, row.gross_minor, row.currency, row.presented_minor, row.presented_currency, row.business_on, row.occurred_at,
        row.external_id, row.payment_reference, row.other_reference, row.source_reference, row.order_reference, row.payout_id,
    ).where(row.account_id == account_id, row.kind.in_(list(kinds)), row.business_on.between(since, until))  # fmt: skip
    query = query.where(row.gross_minor != 0)
    found: list[MoneyLine] = []
    for each in connection.execute(query):
        in_theirs = each.presented_minor is not None
        amount, currency = (each.presented_minor, each.presented_currency) if in_theirs else (each.gross_minor, each.currency)
        if in_theirs and (amount < 0) != (each.gross_minor < 0):
            amount = -amount
        found.append(
            MoneyLine(
                each.id, each.kind, amount, currency, each.business_on, each.occurred_at, each.external_id,
                _filled(each.payment_reference, each.other_reference, each.source_reference), each.payment_reference,
                _filled(each.order_reference),
                each.payout_id,
            )
        )  # fmt: skip
    return found


SENT, RETURNED = ("paid", "in_transit"), ("failed",)
"""States of payouts whose money should be at the bank, and of those whose money came back."""


def payouts(connection: Connection, account_ids: Sequence[str], states: Sequence[str], since: date, until: date) -> list[MoneyLine]:
    """Payouts of accounts that stand so, by the day they should arrive."""
    row = PayoutRow
    day = func.coalesce(row.arrival_on, row.business_on)
    query = select(row.id, row.external_id, row.amount_minor, row.currency, day.label("day"), row.created_at, row.reference).where(
        row.account_id.in_(list(account_ids)), row.status.in_(list(states)), row.amount_minor != 0, day.between(since, until)
    )
    return [
        MoneyLine(
            p.id,
            "payout",
            p.amount_minor,
            p.currency,
            p.day,
            p.created_at,
            p.external_id,
            _filled(p.external_id),
            None,
            _filled(p.reference),
        )
        for p in connection.execute(query)
    ]


def bank_lines(connection: Connection, account_id: str, sealer: Sealer, since: date, until: date) -> list[MoneyLine]:
    """Lines of a bank account, with all that the bank prints; the amount is before what the bank kept of it.

    A line that is nothing but what the bank kept, or nothing at all, wants no counterpart, and is left out.
    """
    row = StatementLineRow
    day = func.coalesce(row.value_on, row.booked_on)
    query = select(
        row.id, row.external_id, row.amount_minor, row.fee_minor, row.currency, day.label("day"), row.booked_on, row.reference,
        row.bank_reference, row.words, row.key_id,
    ).where(row.account_id == account_id, row.booked_on.between(since, until), row.amount_minor + row.fee_minor != 0)  # fmt: skip
    found: list[MoneyLine] = []
    for each in connection.execute(query):
        sealer.make_ready(connection, each.key_id)
        words: dict[str, str | None] = msgspec.json.decode(sealer.unseal(each.words, key_id=each.key_id, place=words_place(each.id)))
        said = " ".join(_filled(each.reference, each.bank_reference, words["text"], words["counterparty"]))
        found.append(
            MoneyLine(
                each.id, "payout", each.amount_minor + each.fee_minor, each.currency, each.day, _noon(each.booked_on), each.external_id,
                (), None, _filled(each.reference, each.bank_reference), text=said,
            )
        )  # fmt: skip
    return found


def _moved(row: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401  a row class or its alias
    return (row.status == "succeeded", row.kind.in_(MONEY_KINDS), ~row.is_test, row.removed_at.is_(None), row.amount_minor != 0)


def _by(row: Any, chosen: Sequence[Gateway]) -> ColumnElement[bool]:  # noqa: ANN401  same
    return tuple_(row.account_id, func.lower(func.coalesce(row.gateway, ""))).in_(list(chosen))


def _between(column: Any, since: date, until: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:  # noqa: ANN401  same
    return column >= _start(since), column < _start(until) + timedelta(days=1)


def _start(day: date) -> datetime:
    return EPOCH + timedelta(days=(day - EPOCH.date()).days)


def _noon(day: date) -> datetime:
    return _start(day) + timedelta(hours=12)


def _filled(*words: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
