"""One purchase order that came by two ways is found before it is sent twice; a person says what is two."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from model.errors import ConfigError
from model.store.database import Database
from model.store.duplicates import DISTINCT, plain_number
from model.store.order_rows import LINES, ORDERS, PARTIES
from model.store.review_facts import REVIEWS
from operations.distinct_orders import tell_apart
from operations.review_orders import review_orders
from tests.conftest import StillClock
from tests.trade import Trade


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    made = Trade(database, tmp_path, clock)
    made.lay("pot", 100)
    return made


def given_twice(trade: Trade, **differs: object) -> tuple[str, str]:
    """Two orders with one number on two channels, of one total and the same goods, the second without a mail address."""
    one, two = trade.sell("web", "pot"), trade.sell("till", "pot")
    with trade.database.write() as c:
        c.execute(update(ORDERS).where(ORDERS.c.id == one).values(number="PO 47-11"))
        c.execute(update(ORDERS).where(ORDERS.c.id == two).values({"number": "po4711"} | differs))
        c.execute(update(PARTIES).where(PARTIES.c.order_id == one).values(email_index="ab" * 16, phone_index=None))
        c.execute(update(PARTIES).where(PARTIES.c.order_id == two).values(email_index=None, phone_index=None))
    return one, two


def reasons_of(trade: Trade, order_id: str) -> str:
    with trade.database.read() as c:
        told = (
            c.execute(select(REVIEWS.c.reasons).where(REVIEWS.c.order_id == order_id).order_by(REVIEWS.c.number.desc())).scalars().first()
        )
    return told or ""


def test_a_purchase_order_by_two_ways_is_held_and_names_the_other(trade: Trade) -> None:
    one, two = given_twice(trade)

    review_orders(trade.hub)

    assert "bears the same number" in reasons_of(trade, one)
    assert "of till" in reasons_of(trade, one)
    assert "of web" in reasons_of(trade, two)


def test_two_that_a_person_calls_two_are_not_held_any_more(trade: Trade) -> None:
    one, two = given_twice(trade)
    review_orders(trade.hub)

    first, again = tell_apart(trade.hub, two, one, "asked: two deliveries"), tell_apart(trade.hub, one, two, "asked again")
    review_orders(trade.hub)

    assert (first, again) == (True, False)
    assert "bears the same number" not in reasons_of(trade, one) + reasons_of(trade, two)
    with trade.database.read() as c:
        assert [row.reason for row in c.execute(select(DISTINCT))] == ["asked: two deliveries"]


def test_what_was_said_is_never_changed_and_needs_two_orders_and_a_reason(trade: Trade) -> None:
    one, two = given_twice(trade)
    tell_apart(trade.hub, one, two, "asked")

    with pytest.raises(DBAPIError, match="append-only"), trade.database.write() as c:
        c.execute(update(DISTINCT).values(reason="otherwise"))
    for pair, reason in (((one, one), "asked"), ((one, two), " ")):
        with pytest.raises(ConfigError):
            tell_apart(trade.hub, *pair, reason)


@pytest.mark.parametrize("differs", [{"number": "PO 4712"}, {"currency": "USD"}, {"placed_at": None}, {"total_minor": None}])
def test_other_numbers_currencies_times_and_wholly_other_goods_are_no_duplicates(trade: Trade, differs: dict[str, object]) -> None:
    one, two = given_twice(trade, **{name: value for name, value in differs.items() if value})
    with trade.database.write() as c:
        if "placed_at" in differs:
            placed = c.execute(select(ORDERS.c.placed_at).where(ORDERS.c.id == one)).scalar_one()
            c.execute(update(ORDERS).where(ORDERS.c.id == two).values(placed_at=placed - timedelta(days=31)))
        if "total_minor" in differs:
            more = {"total_minor": ORDERS.c.total_minor + 1, "charges_minor": ORDERS.c.charges_minor + 1}
            c.execute(update(ORDERS).where(ORDERS.c.id == two).values(more))
            c.execute(update(LINES).where(LINES.c.order_id == two).values(quantity=LINES.c.quantity + 1000))

    review_orders(trade.hub)

    assert "bears the same number" not in reasons_of(trade, one) + reasons_of(trade, two)


def test_the_same_goods_of_another_total_are_one_all_the_same(trade: Trade) -> None:
    one, two = given_twice(trade)
    with trade.database.write() as c:
        more = {"total_minor": ORDERS.c.total_minor + 1, "charges_minor": ORDERS.c.charges_minor + 1}
        c.execute(update(ORDERS).where(ORDERS.c.id == two).values(more))

    review_orders(trade.hub)

    assert "of the same goods" in reasons_of(trade, one)


def test_two_shops_that_count_alike_have_two_buyers(trade: Trade) -> None:
    one, two = given_twice(trade)
    with trade.database.write() as c:
        c.execute(update(PARTIES).where(PARTIES.c.order_id == two).values(email_index="cd" * 16))

    review_orders(trade.hub)

    assert "bears the same number" not in reasons_of(trade, one)


def test_signs_and_capitals_of_numbers_do_not_matter() -> None:
    assert plain_number("PO-47/11 ") == plain_number("#po 4711") == "po4711"
