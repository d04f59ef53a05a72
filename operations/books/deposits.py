"""What customer deposits are made of: by order, how much, since when and how old; what they are worth sums to what the account is worth."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from model.store.book_deposits import Deposit, open_by_order, orders_named
from operations.books.rule_sets import in_force
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Entity

Shown = dict[str, Any]
ROLE = "deposits"
UNPAID = frozenset({"unpaid", "authorized", "part_paid", "voided", "expired"})
LEFT = frozenset({"shipped", "delivered", "closed"})
"""Standings of orders of which everything has left."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entity's deposits on a day."""

    entity: Entity
    until: date
    deposits: Sequence[Deposit]
    orders: dict[tuple[str, str], Row[Any]]


def open_deposits(hub: Hub, entity: str | None = None, until: date | None = None) -> list[Shown]:
    """Open deposits at the end of a day (today), the oldest first: `amount_minor` is what we owe the buyer, in `currency`.

    `why` says what keeps it open. Lines that bear no order, as of vouchers made by hand, stand under none.
    RejectedError where an entity has no approved rules.
    """
    chosen = [hub.file.entity(entity)] if entity is not None else list(hub.file.entities)
    return [_shown(each, kept) for kept in (_kept(hub, one, until) for one in chosen) for each in kept.deposits]


def _kept(hub: Hub, entity: Entity, until: date | None) -> Kept:
    day = until or hub.clock.now().astimezone(ZoneInfo(entity.zone)).date()
    with hub.database.read() as connection:
        codes = {each.rules.roles[ROLE] for each in in_force(connection, entity.id) if ROLE in each.rules.roles}
        heads = sorted({code.split("{", maxsplit=1)[0].rstrip(".") for code in codes})
        found = open_by_order(connection, entity.id, heads, day, entity.currency) if heads else []
        forms = [re.compile(re.sub(r"\\{[^{}]*\\}", "[0-9A-Za-z-]+", re.escape(code))) for code in codes]
        mine = [each for each in found if any(form.fullmatch(each.account) for form in forms)]
        return Kept(entity, day, mine, orders_named(connection, [each.order for each in mine]))


def _shown(each: Deposit, kept: Kept) -> Shown:
    order = kept.orders.get((each.channel, each.order))
    return {
        "entity": kept.entity.id, "account": each.account, "channel": each.channel, "order": order.number if order is not None else None,
        "why": why(-each.base_minor, order), "order_id": each.order or None, "currency": each.currency,
        "amount_minor": -each.amount_minor, "base_minor": -each.base_minor,
        "base_currency": kept.entity.currency, "since": each.since, "age": (kept.until - each.since).days,
    }  # fmt: skip


def why(owed_minor: int, order: Row[Any] | None) -> str:
    """What keeps a deposit open: what we owe the buyer, or, negative, the buyer us."""
    if order is None:
        return "of no order: made by hand"
    if owed_minor < 0:
        return "left, and not paid" if order.payment_state in UNPAID else "more left, or was given back, than was paid"
    if order.cancelled_at is not None:
        return "paid, cancelled, and not given back"
    return "paid more than what left" if order.lifecycle in LEFT else "paid, and not all has left"
