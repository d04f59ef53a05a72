"""Orders of a summarised channel: a day is one voucher for each event, comes to what single vouchers come to, and stays while it does."""

from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from model.records.order import Order
from model.store.database import Database
from model.store.vouchers import LINES, VOUCHERS
from operations.auditor import audit
from operations.books.deposits import open_deposits
from tests.conftest import StillClock
from tests.orders import PLACED, at_version
from tests.unit.operations.book_desk import BookDesk
from tests.unit.operations.paper_desk import sold, told
from tests.unit.operations.test_order_books import VAT, given_back

SUMMED = {"summarise = []": 'summarise = ["web"]', 'costs = ""': 'costs = "cost"'}
SINGLE = {'costs = ""': 'costs = "cost"'}
MANY = 6


@pytest.fixture
def summed(database: Database, tmp_path: Path, clock: StillClock) -> BookDesk:
    return filled(BookDesk(database, tmp_path, clock, SUMMED))


@pytest.fixture
def single(tmp_path: Path, clock: StillClock, sqlite_template: bytes) -> Generator[BookDesk]:
    """The same shop in another hub, which books every fact by itself."""
    home = tmp_path / "single"
    home.mkdir()
    (home / "entrepot.db").write_bytes(sqlite_template)
    database = Database(f"sqlite:///{home / 'entrepot.db'}")
    yield filled(BookDesk(database, home, clock, SINGLE))
    database.close()


def filled(desk: BookDesk) -> BookDesk:
    desk.cost("pot,2026-01-01,EUR,3.00")
    return desk


def bought(number: int, price: int = 1000) -> Order:
    return told((sold("a", price, 1, 190),), replace(VAT, amount_minor=190), external_id=str(1000 + number))


def lives(desk: BookDesk) -> None:
    """Six orders leave; one is corrected, one is partly given back, one only read anew; all of it is posted in between."""
    for number in range(MANY):
        desk.ship(desk.take(bought(number)), f"parcel {number}")
    assert desk.post().problems == []
    desk.trade.save("web", at_version(bought(1, 800), 5))
    desk.trade.save("web", at_version(bought(2), 6))
    assert desk.post().problems == []
    desk.trade.save("web", given_back(bought(3), 100, days=0))
    assert desk.post().problems == []


def taxes(desk: BookDesk) -> Counter[str | None]:
    """What is booked by tax code."""
    with desk.database.read() as c:
        rows = c.execute(select(LINES.c.tax_code, LINES.c.amount_minor)).all()
    return Counter({code: sum(row.amount_minor for row in rows if row.tax_code == code) for code in {row.tax_code for row in rows}})


def test_a_summarised_channel_comes_to_what_single_vouchers_come_to(summed: BookDesk, single: BookDesk) -> None:
    lives(summed)
    lives(single)

    assert summed.stands() == single.stands()
    assert taxes(summed) == taxes(single)
    deposits = [[{**row, "since": None} for row in open_deposits(desk.hub)] for desk in (summed, single)]
    assert deposits[0] == deposits[1]
    assert [found for found in audit(summed.database.url) if found.id in {"I5", "I7", "I13"}] == []


def test_a_day_of_orders_is_one_voucher_for_each_event(summed: BookDesk) -> None:
    for number in range(MANY):
        summed.ship(summed.take(bought(number)), f"parcel {number}")

    summed.post()

    assert Counter(row.event for row in summed.vouchers()) == {"capture": 1, "shipment": 1, "cost": 1}
    assert {row.source for row in summed.vouchers()} == {"summary"}
    assert summed.post().counts["vouchers"] == 0


def test_an_order_that_is_read_anew_and_comes_to_the_same_leaves_its_summaries_alone(summed: BookDesk) -> None:
    for number in range(MANY):
        summed.ship(summed.take(bought(number)), f"parcel {number}")
    summed.post()
    for version in range(1, 4):
        summed.trade.save("web", at_version(bought(version), version))

        assert summed.post().counts["vouchers"] == 0


def test_an_order_that_changed_takes_back_the_summaries_it_is_in_and_only_these(summed: BookDesk) -> None:
    for number in range(MANY):
        summed.ship(summed.take(bought(number)), f"parcel {number}")
    summed.post()
    summed.trade.save(
        "web", at_version(told((sold("a", 1000, 1, 190),), replace(VAT, amount_minor=190, title="MwSt"), external_id="1001"), 5)
    )

    report = summed.post()

    assert report.counts["reversals"] == 1
    assert Counter(row.event for row in summed.vouchers()) == {"capture": 1, "cost": 1, "shipment": 2, "reversal": 1}
    assert {code: -minor for code, minor in taxes(summed).items() if code} == {"VAT 0.19": 190 * (MANY - 1), "MwSt 0.19": 190}
    assert summed.post().counts["vouchers"] == 0


def test_what_was_handed_over_at_once_keeps_its_day_when_its_summary_is_taken_back(summed: BookDesk) -> None:
    def over_the_counter(number: int, **values: object) -> Order:
        order = replace(bought(number), fulfilment_state="fulfilled")
        return replace(order, payments=tuple(replace(each, gateway="cash") for each in order.payments), **values)  # pyright: ignore[reportArgumentType]

    for number in (1, 2):
        summed.trade.save("web", over_the_counter(number))
    summed.post()
    later = at_version(over_the_counter(2), 60 * 24 * 3)
    summed.trade.save("web", later)  # read anew three days later: nothing but its time of change moved
    summed.trade.save("web", at_version(replace(bought(1, 900), fulfilment_state="fulfilled"), 9))
    summed.post()

    with summed.database.read() as c:
        days = set(c.execute(select(VOUCHERS.c.happened_on).where(VOUCHERS.c.event == "shipment")).scalars())
    assert days == {PLACED.date()}
    assert summed.stands()["6000"] == -1900
