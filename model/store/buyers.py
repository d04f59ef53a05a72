"""Who bought: the customer of the master with what they owe.

Buyers are known by the blind indexes of their e-mail address and telephone number; nothing is opened here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from model.rules.review import CustomerFacts
from model.store.bulk import among
from model.store.customers import CUSTOMERS
from model.store.order_rows import ORDERS, PARTIES, PAYMENTS, STATES

AnyRow = Row[tuple[Any, ...]]
Index = tuple[str | None, str | None]
"""Of e-mail address and telephone number."""


def customers_of(connection: Connection, index: Mapping[str, Index]) -> dict[str, tuple[CustomerFacts, str | None]]:
    """Who of the customer master bought, with what they owe beside this order, and their price list."""
    rows = _masters(connection, index)
    owed: Sequence[AnyRow] = _owed(connection, rows) if rows else ()
    found: dict[str, tuple[CustomerFacts, str | None]] = {}
    for order_id, (mail, phone) in index.items():
        row = next((each for each in rows if _is_same(each, mail, phone)), None)
        if row is None:
            continue
        others = {each.id: each.owed_minor for each in owed if each.id != order_id and each.currency == row.currency
                  and _is_same(row, each.email_index, each.phone_index)}  # fmt: skip
        facts = CustomerFacts(
            type=row.type, terms_days=row.terms_days, credit_limit_minor=row.credit_limit_minor, currency=row.currency,
            open_balance_minor=sum(others.values()), is_on_hold=row.is_on_hold, hold_reason=row.hold_reason,
        )  # fmt: skip
        found[order_id] = (facts, row.price_list)
    return found


def known_customers(connection: Connection, index: Mapping[str, Index]) -> dict[str, AnyRow]:
    """Who of the customer master bought, by order."""
    rows = _masters(connection, index)
    found = {order_id: next((row for row in rows if _is_same(row, *each)), None) for order_id, each in index.items()}
    return {order_id: row for order_id, row in found.items() if row is not None}


def _masters(connection: Connection, index: Mapping[str, Index]) -> Sequence[AnyRow]:
    c = CUSTOMERS.c
    mails, phones = ([i for each in index.values() if (i := each[place])] for place in (0, 1))
    named = or_(among(connection, c.email_index, mails), among(connection, c.phone_index, phones))
    return connection.execute(select(CUSTOMERS).where(named).order_by(c.id)).all()


def owed_by(connection: Connection, customers: Sequence[AnyRow]) -> dict[str, dict[str, int]]:
    """What these customers owe for orders that were not paid whole, sent or not, by customer and currency: what the review weighs."""
    found: dict[str, dict[str, int]] = {row.id: {} for row in customers}
    for each in _owed(connection, customers) if customers else ():
        for row in customers:
            if _is_same(row, each.email_index, each.phone_index):
                found[row.id][each.currency] = found[row.id].get(each.currency, 0) + each.owed_minor
    return found


def _is_same(customer: AnyRow, mail: str | None, phone: str | None) -> bool:
    return bool((mail and customer.email_index == mail) or (phone and customer.phone_index == phone))


def _owed(connection: Connection, customers: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """Orders of these customers that were not paid whole, sent or not, with what is still to be paid."""
    p, o, m = PARTIES.c, ORDERS.c, PAYMENTS.c
    paid = (
        select(func.coalesce(func.sum(m.amount_minor), 0))
        .where(m.order_id == o.id, m.currency == o.currency, m.kind.in_(("sale", "capture")))
        .where(m.status == "succeeded", m.removed_at.is_(None))
        .scalar_subquery()
    )
    mails, phones = ([i for each in customers if (i := getattr(each, name))] for name in ("email_index", "phone_index"))
    query = (
        select(o.id, o.currency, (o.total_minor - paid).label("owed_minor"), p.email_index, p.phone_index)
        .join(STATES, and_(STATES.c.order_id == o.id, STATES.c.lifecycle != "cancelled", ~STATES.c.is_history))
        .join(PARTIES, and_(p.order_id == o.id, p.role == "buyer"))
        .where(or_(among(connection, p.email_index, mails), among(connection, p.phone_index, phones)))
        .where(o.payment_state.in_(("unpaid", "part_paid")), o.cancelled_at.is_(None), ~o.is_test)
    )
    return connection.execute(query).all()
