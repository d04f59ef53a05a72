"""The generated quarter in the books: balanced, equal to what every gateway says we have there, and the same however often it is posted."""

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from model.store.audit_trail import Actor
from model.store.book_facts import LINES as MONEY_LINES
from model.store.book_facts import PAYOUTS, SENT
from model.store.database import Database
from model.store.vouchers import LINES, VOUCHERS, balances
from operations.books.deposits import open_deposits
from operations.books.post import post_vouchers
from operations.books.rates import import_rates
from operations.books.rule_sets import conclude, propose, template
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.simulation.quarter_store import SINCE, UNTIL, Desk
from tests.simulation.quarter_world import World, build
from tests.simulation.test_quarter import Quarter

ENTITY = "main"


@pytest.fixture(scope="module")
def world() -> World:
    return build(2_000)


@pytest.fixture
def hub(database: Database, tmp_path: Path, clock: StillClock, world: World) -> Hub:
    desk = Desk(database, tmp_path, clock)
    Quarter(desk).told(world.arrivals).run()
    return with_rules(desk.hub)


def with_rules(hub: Hub, body: str = "") -> Hub:
    """Rules proposed by one and approved by another, and a rate for every day."""
    body = body or template("international").replace("books_from = 2026-01-01", f"books_from = {SINCE}")
    proposed = propose(replace(hub, actor=Actor("mia", "Mia")), ENTITY, body, SINCE, "the books begin")
    conclude(replace(hub, actor=Actor("ben", "Ben")), proposed, is_approved=True)
    days = [SINCE + timedelta(days=at) for at in range((UNTIL - SINCE).days + 1)]
    lines = [f"{day},EUR,{currency},{rate}" for day in days for currency, rate in (("USD", f"0.9{day.day:02}"), ("GBP", "1.17"))]
    import_rates(hub, "rates.csv", "\n".join(["day,base,currency,rate", *lines]))
    return hub


def books_hash(hub: Hub) -> str:
    """Every posted voucher and line, by number."""
    digest = hashlib.sha256()
    with hub.database.read() as connection:
        v, line = VOUCHERS.c, LINES.c
        query = select(
            v.period, v.number, v.event, v.source_id, v.memo, line.line_no, line.account, line.currency, line.amount_minor, line.base_minor
        )
        for row in connection.execute(query.join(VOUCHERS, v.id == line.voucher_id).order_by(v.period, v.number, line.line_no)):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def at_gateways(hub: Hub) -> dict[tuple[str, str], dict[date, int]]:
    """By account and currency, what changed each day at the gateway, as it tells it itself."""
    found: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    with hub.database.read() as connection:
        c = MONEY_LINES.c
        moved = select(c.account_id, c.currency, c.business_on, func.sum(c.net_minor)).where(c.kind.not_in(("payout", "payout_failed")))
        for account, currency, day, net in connection.execute(moved.group_by(c.account_id, c.currency, c.business_on)):
            found[account, currency][day] += int(net)
        p = PAYOUTS.c
        sent = select(p.account_id, p.currency, p.business_on, func.sum(p.amount_minor + p.fee_minor)).where(p.status.in_(SENT))
        for account, currency, day, net in connection.execute(sent.group_by(p.account_id, p.currency, p.business_on)):
            found[account, currency][day] -= int(net)
    return found


def in_books(hub: Hub, head: str) -> dict[tuple[str, str], dict[date, int]]:
    """The same of an account of the books with its sub-accounts."""
    found: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    with hub.database.read() as connection:
        v, line = VOUCHERS.c, LINES.c
        query = select(line.account, v.posted_on, func.sum(line.amount_minor)).join(VOUCHERS, v.id == line.voucher_id)
        for code, day, total in connection.execute(query.where(line.account.startswith(f"{head}.")).group_by(line.account, v.posted_on)):
            _, account, currency = code.split(".")
            found[account, currency][day] += int(total)
    return found


def test_a_quarter_is_posted_balanced_and_equal_to_the_gateways_at_every_days_end(hub: Hub) -> None:
    reports = post_vouchers(hub)

    assert [report.line for report in reports if report.outcome != "done" or report.problems] == []
    with hub.database.read() as connection:
        stands = balances(connection, ENTITY, UNTIL)
    assert sum(each.base_minor for each in stands) == 0
    assert len(stands) > 10
    told, booked = at_gateways(hub), in_books(hub, "1120")
    for place in set(told) | set(booked):
        for day in set(told[place]) | set(booked[place]):
            assert told[place][day] == booked[place][day], (place, day)


def test_posting_again_posts_nothing_and_another_hub_posts_the_same(hub: Hub, world: World, tmp_path: Path, sqlite_template: bytes) -> None:
    post_vouchers(hub)
    first = books_hash(hub)

    again = post_vouchers(hub)
    home = tmp_path / "other"
    home.mkdir()
    (home / "entrepot.db").write_bytes(sqlite_template)
    other = Desk(Database(f"sqlite:///{home / 'entrepot.db'}"), home, StillClock())
    Quarter(other).told(world.arrivals).run()
    post_vouchers(with_rules(other.hub))

    assert sum(report.counts["vouchers"] for report in again) == 0
    assert (books_hash(hub), books_hash(other.hub)) == (first, first)


def test_of_a_quarter_only_orders_paid_otherwise_than_they_come_to_leave_a_deposit_and_all_of_it_is_told_by_order(hub: Hub) -> None:
    post_vouchers(hub)

    rows = open_deposits(hub, until=UNTIL)

    with hub.database.read() as connection:
        stands = [each for each in balances(connection, ENTITY, UNTIL) if each.account == "2100"]
    assert 0 < len(rows) < 10  # of 2000 orders only those that were paid otherwise than they come to
    assert sum(row["base_minor"] for row in rows) == -sum(each.base_minor for each in stands)
    for each in stands:
        assert sum(row["amount_minor"] for row in rows if row["currency"] == each.currency) == -each.amount_minor
