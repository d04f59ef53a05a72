"""The generated quarter in the books: balanced, equal to what every gateway says we have there, and the same however often it is posted."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from model.store import clearing
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.vouchers import LINES, VOUCHERS, balances
from operations.books.checklist import clearing_balances
from operations.books.deposits import open_deposits
from operations.books.post import open_desk, post_vouchers
from operations.books.rates import import_rates
from operations.books.rule_sets import conclude, propose, template
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.simulation.quarter_store import SINCE, UNTIL, Desk
from tests.simulation.quarter_world import World, build
from tests.simulation.test_quarter import LARGE, Quarter

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


def post_and_compare(hub: Hub) -> None:
    """Post all; the books balance, and clearing is what each gateway says at every day's end."""
    reports = post_vouchers(hub)

    assert [report.line for report in reports if report.outcome != "done" or report.problems] == []
    with hub.database.read() as connection:
        stands = balances(connection, ENTITY, UNTIL)
    assert sum(each.base_minor for each in stands) == 0
    assert len(stands) > 10
    with hub.database.read() as connection:
        accounts = sorted(account.id for account in hub.file.accounts)
        told = clearing.at_gateways(connection, accounts, SINCE, UNTIL)
        codes = {f"1120.{account}.{currency}": (account, currency) for account, currency in told}
        booked = {codes[place[0]]: days for place, days in clearing.in_books(connection, ENTITY, sorted(codes), UNTIL).items()}
        ends = clearing_balances(connection, open_desk(hub, hub.file.entity(ENTITY)), UNTIL)
    assert {place: {day: net for day, net in days.items() if net} for place, days in told.items()} == {
        place: {day: net for day, net in days.items() if net} for place, days in booked.items()
    }
    assert len(ends) == len(codes)
    assert [each for each in ends if each.told_minor != each.booked_minor] == []


def test_a_quarter_is_posted_balanced_and_equal_to_the_gateways_at_every_days_end(hub: Hub) -> None:
    post_and_compare(hub)


@pytest.mark.prove
def test_a_large_quarter_is_posted_so_too_and_posting_again_posts_nothing(database: Database, tmp_path: Path, clock: StillClock) -> None:
    desk = Desk(database, tmp_path, clock)
    Quarter(desk).told(build(LARGE).arrivals).run()
    hub = with_rules(desk.hub)

    post_and_compare(hub)
    first = books_hash(hub)

    assert [sum(report.counts["vouchers"] for report in post_vouchers(hub)) for _ in range(2)] == [0, 0]
    assert books_hash(hub) == first


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
