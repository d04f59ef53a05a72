"""What lies at gateways, as they tell it themselves, and the same accounts as the books have them: two ways to one figure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, func, or_, select

from model.store.book_facts import LINES, PAYOUTS, SENT
from model.store.bulk import among
from model.store.vouchers import LINES as VOUCHER_LINES
from model.store.vouchers import VOUCHERS

Moves = dict[tuple[str, str], dict[date, int]]
"""By settling account and currency, what changed on each day, in minor units; with us is positive."""
OPENING = "opening"
"""The event of vouchers by which people bring in what was there before the books began."""


def at_gateways(connection: Connection, accounts: Sequence[str], since: date, until: date) -> Moves:
    """What changed at gateways from a day to a day, both included: their own lines, less the payouts that left."""
    found: Moves = defaultdict(lambda: defaultdict(int))
    c, p = LINES.c, PAYOUTS.c
    moved = select(c.account_id, c.currency, c.business_on, func.sum(c.net_minor)).group_by(c.account_id, c.currency, c.business_on)
    moved = moved.where(c.kind.not_in(("payout", "payout_failed")), c.business_on.between(since, until), c.account_id.in_(accounts))
    for account, currency, day, net in connection.execute(moved):
        found[account, currency][day] += int(net)
    sent = select(p.account_id, p.currency, p.business_on, func.sum(p.amount_minor + p.fee_minor))
    sent = sent.where(p.status.in_(SENT), p.business_on.between(since, until), p.account_id.in_(accounts))
    for account, currency, day, net in connection.execute(sent.group_by(p.account_id, p.currency, p.business_on)):
        found[account, currency][day] -= int(net)
    return found


def in_books(connection: Connection, entity_id: str, codes: Sequence[str], until: date) -> dict[tuple[str, str], dict[date, int]]:
    """By account of the books and currency, what changed on each day that vouchers tell of, opening balances apart.

    A fact that came late counts on its own day, whichever month it was booked in.
    """
    v, line = VOUCHERS.c, VOUCHER_LINES.c
    found: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    apart = select(v.id).where(v.event.in_((OPENING, "revaluation")))
    query = (
        select(line.account, line.currency, v.happened_on, func.sum(line.amount_minor))
        .join_from(VOUCHER_LINES, VOUCHERS, v.id == line.voucher_id)
        .where(v.entity_id == entity_id, v.state == "posted", v.happened_on <= until, v.id.not_in(apart))
        .where(or_(v.reverses_id.is_(None), v.reverses_id.not_in(apart)))
        .where(among(connection, line.account, list(codes)))
        .group_by(line.account, line.currency, v.happened_on)
    )
    for code, currency, day, total in connection.execute(query):
        found[code, currency][day] += int(total)
    return found
