"""Other open orders that may be one order given twice: of the same buyer, or bearing the same number, in one search for many orders.

A purchase order that comes by mail and by EDI, or through a shop, bears the buyer's number each time, while a mail address may be missing
or another. Buyers are known by the blind indexes of their e-mail address and telephone number; nothing is opened here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, insert, or_, select

from model.errors import ConfigError
from model.rules.review import PossibleDuplicate
from model.store.bulk import among
from model.store.order_rows import LINES, ORDERS, PARTIES, STATES
from model.tables.reviews import OrderDistinctRow

WITHIN = timedelta(days=7)
"""Other orders of the same buyer are looked at so far apart; the rule's own setting is narrower."""
NUMBER_WITHIN = timedelta(days=90)
"""Orders of the same number; likewise."""
IGNORED = "- #/."
"""Signs in numbers that people write or leave out."""

DISTINCT = cast("Table", OrderDistinctRow.__table__)
AnyRow = Row[tuple[Any, ...]]
Index = tuple[str | None, str | None]
"""Of e-mail address and telephone number."""


def duplicates_of(connection: Connection, orders: Mapping[str, AnyRow], index: Mapping[str, Index]) -> dict[str, list[PossibleDuplicate]]:
    """Other open orders like each of these, nearest first, without those that a person said are others.

    Like: the same buyer, currency, total and goods; or, on another channel, the same number and currency with the same total or goods,
    where the buyers are not known to be two.
    """
    others = _open_like(connection, orders, index)
    pairs = [(mine, other) for mine in orders.values() for other in others if _may_be_one(mine, other, index.get(mine.id, (None, None)))]
    if not pairs:
        return {}
    apart = _kept_apart(connection, [mine.id for mine, _ in pairs])
    goods = _goods(connection, {each.id for pair in pairs for each in pair})
    found: defaultdict[str, list[PossibleDuplicate]] = defaultdict(list)
    for mine, other in sorted(pairs, key=lambda pair: (abs(pair[1].placed_at - pair[0].placed_at), pair[1].id)):
        if frozenset((mine.id, other.id)) in apart:
            continue
        told = _told(mine, other, index.get(mine.id, (None, None)), same_goods=goods.get(mine.id) == goods.get(other.id))
        found[mine.id] += [told] if told else []
    return found


def keep_apart(connection: Connection, order_id: str, other_id: str, reason: str, actor_id: str, *, at: datetime) -> bool:
    """Write down that two orders are two; gives whether that was new. An order and itself are a ConfigError."""
    first, second = sorted((order_id, other_id))
    if first == second:
        raise ConfigError("orders: an order is not apart from itself; name two")
    its = (DISTINCT.c.order_id == first, DISTINCT.c.other_id == second)
    if connection.execute(select(DISTINCT.c.order_id).where(*its)).first():
        return False
    connection.execute(insert(DISTINCT).values(order_id=first, other_id=second, reason=reason, actor_id=actor_id, at=at))
    return True


def plain_number(number: str) -> str:
    """A number without case and without the signs that people write or leave out."""
    return "".join(sign for sign in number.lower() if sign not in IGNORED)


def _plain(column: ColumnElement[str]) -> ColumnElement[str]:
    plain = func.lower(column)
    for sign in IGNORED:
        plain = func.replace(plain, sign, "")
    return plain


def _open_like(connection: Connection, orders: Mapping[str, AnyRow], index: Mapping[str, Index]) -> Sequence[AnyRow]:
    """Open orders of the same buyers or numbers."""
    p, o = PARTIES.c, ORDERS.c
    columns = (o.id, o.account_id, o.external_id, o.number, o.currency, o.total_minor, o.placed_at, p.email_index, p.phone_index)
    open_ones = (
        select(*columns)
        .join(STATES, and_(STATES.c.order_id == o.id, STATES.c.is_open))
        .outerjoin(PARTIES, and_(p.order_id == o.id, p.role == "buyer"))
        .where(o.cancelled_at.is_(None))
    )
    mails, phones = ([i for each in index.values() if (i := each[place])] for place in (0, 1))
    numbers = sorted({plain for each in orders.values() if (plain := plain_number(each.number))})
    of_buyer = open_ones.where(or_(among(connection, p.email_index, mails), among(connection, p.phone_index, phones)))
    found = {row.id: row for query in (of_buyer, open_ones.where(_plain(o.number).in_(numbers))) for row in connection.execute(query)}
    return list(found.values())


def _may_be_one(mine: AnyRow, other: AnyRow, index: Index) -> bool:
    if other.id == mine.id or other.currency != mine.currency:
        return False
    apart = abs(other.placed_at - mine.placed_at)
    return (apart <= WITHIN and _same_buyer(other, index)) or (apart <= NUMBER_WITHIN and _same_number(mine, other, index))


def _told(mine: AnyRow, other: AnyRow, index: Index, *, same_goods: bool) -> PossibleDuplicate | None:
    apart, same_total = abs(other.placed_at - mine.placed_at), other.total_minor == mine.total_minor
    by_buyer = apart <= WITHIN and _same_buyer(other, index) and same_total and same_goods
    by_number = _same_number(mine, other, index) and (same_total or same_goods)
    if not by_buyer and not by_number:
        return None
    return PossibleDuplicate(
        channel_id=other.account_id, external_id=other.external_id, apart=apart, by_buyer=by_buyer, by_number=by_number,
        same_total=same_total, same_goods=same_goods,
    )  # fmt: skip


def _same_buyer(other: AnyRow, index: Index) -> bool:
    mail, phone = index
    return bool((mail and other.email_index == mail) or (phone and other.phone_index == phone))


def _same_number(mine: AnyRow, other: AnyRow, index: Index) -> bool:
    """On another channel, and not of two buyers with two addresses: shops count from 1, too."""
    mail, _ = index
    two_buyers = mail is not None and other.email_index is not None and not _same_buyer(other, index)
    return other.account_id != mine.account_id and not two_buyers and plain_number(other.number) == plain_number(mine.number) != ""


def _kept_apart(connection: Connection, ids: Sequence[str]) -> set[frozenset[str]]:
    c = DISTINCT.c
    rows = connection.execute(
        select(c.order_id, c.other_id).where(or_(among(connection, c.order_id, ids), among(connection, c.other_id, ids)))
    )
    return {frozenset((first, second)) for first, second in rows.tuples()}


def _goods(connection: Connection, ids: set[str]) -> dict[str, list[tuple[str | None, int]]]:
    c = LINES.c
    found: defaultdict[str, list[tuple[str | None, int]]] = defaultdict(list)
    wanted = select(c.order_id, c.sku, c.quantity).where(among(connection, c.order_id, sorted(ids)))
    for order_id, sku, quantity in connection.execute(wanted):
        found[order_id].append((sku, quantity))
    return {order_id: sorted(some, key=str) for order_id, some in found.items()}
