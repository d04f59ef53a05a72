"""What customer deposits are made of, order by order: the lines of the books that bear an order."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, and_, func, or_, select, true

from model.store.book_facts import BOOKED, Window
from model.store.book_facts_orders import order_facts
from model.store.bulk import among
from model.store.order_rows import ORDERS, PAYMENTS, STATES
from model.store.vouchers import LINES, VOUCHERS
from model.tables.vouchers import BookedFactRow


@dataclass(slots=True)
class Moved:
    """What moved on the deposit, or the debt, of an order: debits are positive."""

    amount_minor: int
    base_minor: int
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """What an order still has on an account; debits are positive, so a deposit is negative."""

    account: str
    currency: str
    channel: str
    order: str
    """As its channel knows it; empty for lines that bear no order, as those made by hand."""
    amount_minor: int
    base_minor: int
    since: date
    """The day of its first line."""


def due_exchanges(connection: Connection, window: Window, base: str) -> Sequence[Row[Any]]:
    """Orders in other currencies than the functional one that were looked at since their exchange was."""
    o, looked, told = ORDERS.c, BOOKED.alias(), cast("Table", BookedFactRow.__table__).alias()
    query = (
        select(
            o.id, o.account_id, o.external_id, o.number, o.currency, o.placed_at, looked.c.read.label("mark"),
            told.c.voucher_id.label("booked_id"), func.coalesce(told.c.version, 0).label("booked_version"),
        )
        .select_from(ORDERS.join(looked, and_(looked.c.source == "order", looked.c.source_id == o.id)))
        .outerjoin(told, and_(told.c.source == "deposit_exchange", told.c.source_id == o.id))
        .where(o.account_id.in_(window.accounts), o.currency != base, looked.c.read >= 0)
        .where(true() if window.is_whole else or_(told.c.read.is_(None), told.c.read != looked.c.read))
        .order_by(o.placed_at, o.id)
        .limit(window.limit)
    )  # fmt: skip
    if window.after is not None:
        at, row_id = window.after
        query = query.where(or_(o.placed_at > at, and_(o.placed_at == at, o.id > row_id)))
    return connection.execute(query).all()


def moved_of_orders(connection: Connection, orders: Sequence[Row[Any]]) -> dict[str, Moved]:
    """What the vouchers of orders moved on their deposits or debts, but for exchange; orders without any are left out."""
    ids = [row.id for row in orders]
    known, p, b = order_facts(connection, ids), PAYMENTS.c, BOOKED.c
    facts = {source_id: order_id for order_id, each in known.candidates.items() for _, source_id in each}
    facts |= dict(connection.execute(select(p.id, p.order_id).where(among(connection, p.order_id, ids))).tuples().all())
    sources = ("payment", "refund", "shipment", "credit")
    query = select(b.voucher_id, b.source_id).where(b.source.in_(sources), among(connection, b.source_id, sorted(facts)))
    vouchers: defaultdict[str, set[str]] = defaultdict(set)
    for voucher_id, source_id in connection.execute(query.where(b.voucher_id.is_not(None))):
        vouchers[voucher_id].add(facts[source_id])
    names = {(row.account_id, row.external_id): row.id for row in orders}
    found: dict[str, Moved] = {}
    c, v = LINES.c, VOUCHERS.c
    lines = select(c.amount_minor, c.base_minor, c.dimensions, v.happened_on).join(VOUCHERS, v.id == c.voucher_id)
    for line in connection.execute(lines.where(among(connection, c.voucher_id, sorted(vouchers)), c.dimensions.contains('"order"'))):
        place = json.loads(line.dimensions)
        order_id = names.get((place["channel"], place["order"]))
        if order_id is not None:
            each = found.setdefault(order_id, Moved(0, 0, line.happened_on))
            each.amount_minor += line.amount_minor
            each.base_minor += line.base_minor
            each.last_on = max(each.last_on, line.happened_on)
    return found


def open_by_order(connection: Connection, entity_id: str, heads: Sequence[str], until: date, base: str) -> list[Deposit]:
    """What orders have on accounts and their sub-accounts at the end of a day; together it is what the accounts are worth.

    An order whose foreign money is gone, and whose worth its exchange brought to nothing, is done with.
    """
    v, c = VOUCHERS.c, LINES.c
    named = or_(*(or_(c.account == head, c.account.startswith(f"{head}.", autoescape=True)) for head in heads))
    amount, worth_minor = func.sum(c.amount_minor), func.sum(c.base_minor)
    query = (
        select(c.account, c.currency, c.dimensions, amount, worth_minor, func.min(v.posted_on))
        .select_from(LINES.join(VOUCHERS, v.id == c.voucher_id))
        .where(v.entity_id == entity_id, v.state == "posted", v.posted_on <= until, named)
        .group_by(c.account, c.currency, c.dimensions)
        .having(or_(amount != 0, worth_minor != 0))
    )
    found: list[Deposit] = []
    for account, currency, dimensions, amount_minor, base_minor, since in connection.execute(query):
        place = json.loads(dimensions)
        found.append(
            Deposit(account=account, currency=currency, channel=place.get("channel", ""), order=place.get("order", ""),
                    amount_minor=int(amount_minor), base_minor=int(base_minor), since=since)
        )  # fmt: skip
    worth: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for each in found:
        worth[each.account, each.channel, each.order] += each.base_minor
    still = [each for each in found if worth[each.account, each.channel, each.order] or each.amount_minor * (each.currency != base)]
    return sorted(still, key=lambda each: (each.since, each.channel, each.order, each.currency))


def orders_named(connection: Connection, external_ids: Sequence[str]) -> dict[tuple[str, str], Row[Any]]:
    """Number, payment and standing of orders, by channel and the channel's own id."""
    o, s = ORDERS.c, STATES.c
    query = select(o.account_id, o.external_id, o.number, o.payment_state, o.cancelled_at, s.lifecycle).join(STATES, s.order_id == o.id)
    rows = connection.execute(query.where(among(connection, o.external_id, sorted({*external_ids} - {""}))))
    return {(row.account_id, row.external_id): row for row in rows}
