"""A hub whose books are open: rules that two people agreed on, a few facts, and what the books say of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, update

from model.store.audit_trail import Actor
from model.store.book_facts import BOOKED, LINES, MATCHES, MEMBERS, PAYMENTS, PAYOUTS, REFUNDS
from model.store.bulk import among
from model.store.order_rows import ORDERS
from model.store.vouchers import LINES as VOUCHER_LINES
from model.store.vouchers import PERIODS, VOUCHERS
from operations.auditor import audit
from operations.books.post import post_vouchers
from operations.books.rates import import_rates
from operations.books.rule_sets import conclude, propose, template
from operations.reports import Report
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import Desk, open_desk

SETTLES = '[settles]\n"shop/test" = "stripe"\n"shop/cash" = "nobody"\n'
SINCE = date(2026, 1, 1)
Line = tuple[str, int, int]
"""Account, amount and base amount."""


def open_books(hub: Hub, home: Path, clock: StillClock, body: str = "") -> Desk:
    """The desk of `open_desk`, three orders and all, with rules in force."""
    desk = open_desk(hub, home)
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "reconciliation.toml").write_text(SETTLES, "utf-8")
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    agree(desk, body or template("international"))
    return desk


def agree(desk: Desk, body: str, since: date = SINCE) -> str:
    """Rules proposed by one and approved by another."""
    proposed = propose(replace(desk.hub, actor=Actor("mia", "Mia Maker")), "main", body, since, "the books begin")
    return conclude(replace(desk.hub, actor=Actor("ben", "Ben Checker")), proposed, is_approved=True)


def told_rate(desk: Desk, day: str, currency: str, rate: str) -> None:
    """A rate in euros."""
    import_rates(replace(desk.hub, actor=Actor("mia", "Mia Maker")), "rates.csv", f"day,base,currency,rate\n{day},EUR,{currency},{rate}\n")


def posted(desk: Desk) -> Report:
    """Post all that is due; the books hold afterwards."""
    (report,) = post_vouchers(desk.hub)
    assert report.outcome == "done", report.line
    assert [found for found in audit(desk.hub.database.url) if found.id in {"I5", "I7", "I13"}] == []
    return report


def change(desk: Desk, table: Table, row_id: str, **values: object) -> None:
    """A fact that is read anew and says something else."""
    more: dict[Any, Any] = {} if table is MATCHES else {"fetch_seq": table.c.fetch_seq + 1}
    desk.hub.database.run(lambda c: c.execute(update(table).where(table.c.id == row_id).values(**values, **more)))


def give_up(desk: Desk, match_id: str) -> None:
    """A match that a later matching does not make any more."""
    desk.hub.database.run(lambda c: c.execute(MEMBERS.delete().where(MEMBERS.c.match_id == match_id)))
    desk.hub.database.run(lambda c: c.execute(MATCHES.delete().where(MATCHES.c.id == match_id)))


def close(desk: Desk, period: str) -> None:
    """A month that is closed."""
    desk.hub.database.run(lambda c: c.execute(update(PERIODS).where(PERIODS.c.period == period).values(state="closed")))


def told(desk: Desk, source: str) -> list[tuple[str, int, list[Line]]]:
    """Vouchers of a kind of fact and what takes them back, by number: event, number and lines."""
    v, line = VOUCHERS.c, VOUCHER_LINES.c
    with desk.hub.database.read() as connection:
        mine = [row.id for row in connection.execute(select(v.id).where(v.source == source))]
        query = select(VOUCHERS).where(among(connection, v.id, mine) | among(connection, v.reverses_id, mine)).order_by(v.period, v.number)
        rows = connection.execute(query).all()
        found: dict[str, list[Line]] = {row.id: [] for row in rows}
        lines = select(VOUCHER_LINES).where(among(connection, line.voucher_id, list(found))).order_by(line.voucher_id, line.line_no)
        for each in connection.execute(lines):
            found[each.voucher_id].append((each.account, each.amount_minor, each.base_minor))
    return [(row.event, row.number, found[row.id]) for row in rows]


def balance(desk: Desk) -> dict[str, int]:
    """What each account stands at in base, nothing left out but zero."""
    found: dict[str, int] = {}
    with desk.hub.database.read() as connection:
        for row in connection.execute(select(VOUCHER_LINES)):
            found[row.account] = found.get(row.account, 0) + row.base_minor
    return {account: total for account, total in found.items() if total}


def days(desk: Desk, source: str) -> list[tuple[str, date, date]]:
    """Vouchers of a kind of fact: period, the day they bear, the day they tell of."""
    v = VOUCHERS.c
    with desk.hub.database.read() as connection:
        query = select(v.period, v.posted_on, v.happened_on).where(v.source == source).order_by(v.period, v.number)
        return [tuple(row) for row in connection.execute(query)]


def only(desk: Desk, table: Table, *where: Any) -> str:  # noqa: ANN401  conditions
    """The id of the only row."""
    with desk.hub.database.read() as connection:
        return str(connection.execute(select(table.c.id).where(*where)).scalar_one())


__all__: Sequence[str] = ("BOOKED", "LINES", "MATCHES", "ORDERS", "PAYMENTS", "PAYOUTS", "REFUNDS")
