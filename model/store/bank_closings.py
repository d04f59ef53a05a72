"""What statements of our banks close with, what the books say of the same accounts, and which bank lines no voucher tells of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, and_, func, select

from model.store.book_facts import BANK_LINES, BOOKED, MEMBERS
from model.store.money_rows import STATEMENTS
from model.store.vouchers import LINES, VOUCHERS


@dataclass(frozen=True, slots=True)
class Closing:
    """What a bank's accounts in a currency come to at the end of a day on which one of them tells its balance."""

    bank: str
    currency: str
    day: date
    minor: int


def closings(connection: Connection, banks: Sequence[str], since: date, until: date) -> list[Closing]:
    """Closing balances of days, in their order; a login's accounts of one currency are one sum, each as it was told last."""
    s = STATEMENTS.c
    query = (
        select(s.account_id, s.currency, s.bank_account, s.closed_on, s.closing_minor)
        .where(s.account_id.in_(banks), s.closing_minor.is_not(None), s.closed_on <= until)
        .order_by(s.closed_on, s.opened_on, s.sequence, s.id)
    )
    last: dict[tuple[str, str], dict[str, int]] = {}
    found: dict[tuple[str, str, date], int] = {}
    for bank, currency, account, day, minor in connection.execute(query):
        last.setdefault((bank, currency), {})[account] = minor
        found[bank, currency, day] = sum(last[bank, currency].values())
    return [Closing(*place, minor) for place, minor in found.items() if place[2] >= since]


def balance(connection: Connection, entity_id: str, account: str, currency: str, until: date) -> int:
    """What an account of the books stands at in a currency at the end of a day."""
    v, line = VOUCHERS.c, LINES.c
    mine = (v.entity_id == entity_id, v.state == "posted", v.posted_on <= until, line.account == account, line.currency == currency)
    query = select(func.coalesce(func.sum(line.amount_minor), 0)).select_from(LINES.join(VOUCHERS, v.id == line.voucher_id))
    return int(connection.execute(query.where(*mine)).scalar_one())


@dataclass(frozen=True, slots=True)
class Unbooked:
    """Bank lines that no voucher tells of: how many, and what they come to."""

    lines: int
    minor: int


def unbooked(connection: Connection, bank: str, currency: str, after: date | None, until: date) -> Unbooked:
    """The lines of a bank behind a day and up to another that are in no match that a voucher tells of."""
    c, b = BANK_LINES.c, BOOKED.c
    told = and_(b.source == "money_match", b.source_id == MEMBERS.c.match_id, b.voucher_id.is_not(None))
    booked = select(MEMBERS.c.line_id).join(BOOKED, told).where(MEMBERS.c.level == "bank")
    mine = [c.account_id == bank, c.currency == currency, c.booked_on <= until, c.id.not_in(booked)]
    mine += [] if after is None else [c.booked_on > after]
    count, minor = connection.execute(select(func.count(), func.coalesce(func.sum(c.amount_minor), 0)).where(*mine)).one()
    return Unbooked(count, int(minor))
