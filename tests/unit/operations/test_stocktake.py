"""A stocktake: counted by one, approved by another, booked once, and what moved between is kept."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from model.errors import ConfigError, RejectedError
from model.store import stocktakes
from model.store.stock_levels import LEVELS, MOVEMENTS, StockShortError
from model.store.stocktakes import LINES, STOCKTAKES
from model.tables.audit import AuditEventRow
from operations.auditor import audit
from operations.runtime.hub import Hub
from operations.stocktake import Approved, approve, begin, cancel, count, show
from tests.saving import NOW
from tests.shelf import at_once, by, laid_in, level, lines_of, move, promises, reserve

ONCE = Approved(is_new=True, booked=1, as_booked=0, uncounted=0)
NOT_AGAIN = Approved(is_new=False, booked=0, as_booked=0, uncounted=0)


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """Ten cups and five pots lie in the main store."""
    return laid_in(hub)


def movements(hub: Hub) -> list[tuple[str, int, str, str]]:
    c = MOVEMENTS.c
    with hub.database.read() as connection:
        query = select(c.sku, c.on_hand, c.reason, c.actor_id).where(c.kind == "count", c.reference == "spring").order_by(c.sku)
        return list(connection.execute(query).tuples())


def events(hub: Hub) -> list[tuple[str, str, str]]:
    row = AuditEventRow
    with hub.database.read() as connection:
        query = select(row.action, row.subject, row.actor_id).where(row.action.like("stocktake%")).order_by(row.seq)
        return list(connection.execute(query).tuples())


def test_what_is_counted_is_booked_once_by_another_person(hub: Hub) -> None:
    assert begin(hub, "main", [], "spring") == (True, 2)
    assert begin(hub, "main", [], "spring") == (False, 2)
    count(hub, "spring", "cup", "8.5")

    assert approve(by(hub, "ada"), "spring") == Approved(is_new=True, booked=1, as_booked=0, uncounted=1)
    assert approve(by(hub, "eve"), "spring") == NOT_AGAIN

    assert level(hub) == (8_500, 0, 0, 0)
    assert movements(hub) == [("cup", -1_500, "counted 8.5, booked 10", "ada")]
    assert events(hub) == [("stocktake begin", "spring", "me"), ("stocktake count", "spring", "me"), ("stocktake approve", "spring", "ada")]
    assert audit(hub.database.url) == []


def test_what_moved_between_count_and_approval_is_kept(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    count(hub, "spring", "cup", "8")
    move(hub, "issue", "cup", "3", "van")
    move(hub, "receive", "cup", "1", "delivery")

    with hub.database.read() as connection:
        [shown] = show(connection, "spring")["lines"]
    approve(by(hub, "ada"), "spring")

    assert (shown["booked"], shown["counted"], shown["variance"], shown["moved_since"]) == (10_000, 8_000, -2_000, 2)
    assert level(hub) == (6_000, 0, 0, 0)
    assert audit(hub.database.url) == []


def test_counting_again_replaces_the_count_and_what_was_booked(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    count(hub, "spring", "cup", "8")
    move(hub, "issue", "cup", "3", "van")

    noted = count(by(hub, "ben"), "spring", "cup", "7")

    assert (noted.counted, noted.booked) == (7_000, 7_000)
    assert approve(by(hub, "ada"), "spring") == Approved(is_new=True, booked=0, as_booked=1, uncounted=0)
    assert level(hub) == (7_000, 0, 0, 0)


def test_what_nobody_expected_there_is_counted_too(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")

    count(hub, "spring", "jug", "2")
    approve(by(hub, "ada"), "spring")

    assert movements(hub) == [("jug", 2_000, "counted 2, booked 0", "ada")]


@pytest.mark.parametrize("counter", ["me", "ben"])
def test_who_began_or_counted_cannot_approve(hub: Hub, counter: str) -> None:
    begin(hub, "main", ["cup"], "spring")
    count(by(hub, counter), "spring", "cup", "8")

    with pytest.raises(RejectedError, match=f"begun or counted by {counter}; somebody else has to approve"):
        approve(by(hub, counter), "spring")

    assert level(hub) == (10_000, 0, 0, 0)
    assert lines_of(hub) == [("cup", 10_000, 8_000)]


def test_the_database_itself_refuses_the_maker_as_checker(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")

    with pytest.raises(IntegrityError, match="four_eyes"):
        hub.database.run(lambda c: stocktakes.end(c, "spring", "approved", "me", at=NOW))


def test_the_auditor_finds_an_approval_by_who_counted_and_one_that_was_not_booked(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    count(by(hub, "ben"), "spring", "cup", "8")

    hub.database.run(lambda c: stocktakes.end(c, "spring", "approved", "ben", at=NOW))

    assert [(found.id, found.offenders) for found in audit(hub.database.url)] == [("I13", ("spring",)), ("I13", ("spring",))]


def test_a_count_below_what_is_promised_turns_the_youngest_promises_into_backorders(hub: Hub, tmp_path: Path) -> None:
    oldest, middle, youngest = reserve(hub, tmp_path, 4_000, 3_000, 3_000)
    begin(hub, "main", ["cup"], "spring")
    count(hub, "spring", "cup", "6")

    approve(by(hub, "ada"), "spring")
    approve(by(hub, "ada"), "spring")

    assert promises(hub) == ({oldest: 4_000, middle: 2_000}, {middle: 1_000, youngest: 3_000})
    assert level(hub) == (6_000, 0, 0, 6_000)
    assert audit(hub.database.url) == []


def test_several_who_approve_at_once_book_once(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    count(hub, "spring", "cup", "8")
    done: dict[str, Approved] = {}

    def approving(name: str) -> None:
        done[name] = approve(by(hub, name), "spring")

    at_once([lambda name=name: approving(name) for name in ("ada", "eve", "joe", "liv", "sam", "zoe")])

    first = next(name for name, approved in done.items() if approved.is_new)
    assert sorted(done.values(), key=lambda each: each.is_new) == [*[NOT_AGAIN] * 5, ONCE]
    assert movements(hub) == [("cup", -2_000, "counted 8, booked 10", first)]
    assert events(hub)[2:] == [("stocktake approve", "spring", first)]
    assert audit(hub.database.url) == []


def test_of_two_who_begin_to_count_the_same_at_once_one_is_told_of_the_other(hub: Hub) -> None:
    told: list[str] = []

    def beginning(name: str) -> None:
        try:
            begin(hub, "main", ["cup"], name)
        except ConfigError as error:
            told.append(str(error))

    at_once([lambda name=name: beginning(name) for name in ("spring", "summer", "autumn", "winter")])

    with hub.database.read() as connection:
        [counting] = [row["id"] for row in stocktakes.list_stocktakes(connection)]
    assert [f"is counted in stocktake '{counting}' already" in each for each in told] == [True] * 3


def test_even_a_stocktake_that_was_opened_again_books_no_line_twice(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    count(hub, "spring", "cup", "8")
    approve(by(hub, "ada"), "spring")

    opened = update(STOCKTAKES).values(state="counting", ended_at=None, checker_id=None)
    hub.database.run(lambda c: c.execute(opened))
    approve(by(hub, "ada"), "spring")

    assert level(hub) == (8_000, 0, 0, 0)


def test_only_one_open_stocktake_counts_a_sku_at_a_location(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    begin(hub, "store", ["cup"], "shop")

    with pytest.raises(ConfigError, match="'cup': is counted in stocktake 'spring' already; approve or cancel"):
        begin(hub, "main", [], "summer")
    begin(hub, "main", ["pot"], "summer")
    with pytest.raises(ConfigError, match="'cup': is counted in stocktake 'spring' already"):
        count(hub, "summer", "cup", "8")
    cancel(hub, "spring", "begun twice")

    assert count(hub, "summer", "cup", "8").counted == 8_000


def test_the_database_itself_refuses_a_second_count_and_one_of_a_stocktake_that_ended(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    begin(hub, "main", ["pot"], "summer")
    row = {"sku": "cup", "location_id": "main", "state": "counting"}

    with pytest.raises(IntegrityError):
        hub.database.run(lambda c: c.execute(insert(LINES).values(row | {"stocktake_id": "summer"})))
    cancel(hub, "spring", "a test")
    cancel(hub, "summer", "a test")
    with pytest.raises(IntegrityError):
        hub.database.run(lambda c: c.execute(insert(LINES).values(row | {"stocktake_id": "summer"})))


def test_one_that_has_ended_counts_and_ends_no_more(hub: Hub) -> None:
    begin(hub, "main", ["cup"], "spring")
    begin(hub, "main", ["pot"], "summer")
    count(hub, "spring", "cup", "8")
    approve(by(hub, "ada"), "spring")

    assert cancel(hub, "summer", "rain")
    assert not cancel(hub, "summer", "rain")
    for stocktake, state in (("spring", "approved"), ("summer", "cancelled")):
        with pytest.raises(RejectedError, match=f"is {state} already; begin another one"):
            count(hub, stocktake, "cup", "8")
    with pytest.raises(RejectedError, match="is cancelled already; begin another one"):
        approve(by(hub, "ada"), "summer")
    with pytest.raises(RejectedError, match="is approved already; correct it by a new stocktake"):
        cancel(hub, "spring", "rain")
    assert begin(hub, "main", ["cup"], "autumn") == (True, 1)


def test_less_than_lies_damaged_or_than_nothing_is_not_booked(hub: Hub) -> None:
    move(hub, "damage", "cup", "2")
    move(hub, "hold", "cup", "1")
    begin(hub, "main", [], "spring")
    count(hub, "spring", "cup", "2")
    count(hub, "spring", "pot", "1")
    move(hub, "issue", "pot", "5", "van")

    with pytest.raises(StockShortError, match=r"cup \(2 would be left, 3 lie .*pot \(-4 would be left.*count them again, or repair"):
        approve(by(hub, "ada"), "spring")

    assert level(hub) == (10_000, 2_000, 1_000, 0)
    count(hub, "spring", "cup", "3")
    count(hub, "spring", "pot", "0")
    approve(by(hub, "ada"), "spring")
    assert level(hub) == (3_000, 2_000, 1_000, 0)


@pytest.mark.parametrize(
    ("location", "sku", "reference", "told"),
    [
        ("moon", "cup", "spring", "'moon': is not under .* known are main, store"),
        ("web", "cup", "spring", "belongs to its channel, which counts it itself"),
        ("main", "ghost", "spring", "'ghost': is not known; `entrepot masters import skus FILE`"),
        ("main", "set", "spring", "'set': is a kit and has no stock of its own; name its parts"),
        ("store", "cup", "old", "is there already, of main; use another --reference"),
        ("main", "cup", " ", "name the stocktake"),
    ],
)
def test_a_stocktake_that_cannot_be_is_refused_with_its_mend(hub: Hub, location: str, sku: str, reference: str, told: str) -> None:
    begin(hub, "main", ["pot"], "old")

    with pytest.raises(ConfigError, match=told):
        begin(hub, location, [sku], reference)


@pytest.mark.parametrize(
    ("stocktake", "sku", "quantity", "told"),
    [
        ("spring", "ghost", "1", "'ghost': is not known"),
        ("spring", "set", "1", "'set': is a kit"),
        ("spring", "cup", "-1", "is negative; write zero or more"),
        ("spring", "cup", "a few", "write a number"),
        ("winter", "cup", "1", "'winter': is not there; `entrepot stocktake list`"),
    ],
)
def test_a_wrong_count_is_refused_with_its_mend(hub: Hub, stocktake: str, sku: str, quantity: str, told: str) -> None:
    begin(hub, "main", ["cup"], "spring")

    with pytest.raises(ConfigError, match=told):
        count(hub, stocktake, sku, quantity)

    with pytest.raises(RejectedError, match="nothing of it is counted yet"):
        approve(by(hub, "ada"), "spring")


def test_stocktakes_are_listed_the_open_ones_first(hub: Hub) -> None:
    begin(hub, "main", [], "spring")
    cancel(hub, "spring", "rain")
    hub.clock.move(seconds=1)  # pyright: ignore
    begin(hub, "main", [], "summer")
    hub.clock.move(seconds=1)  # pyright: ignore
    begin(hub, "store", ["cup"], "shop")
    cancel(hub, "shop", "rain")
    count(hub, "summer", "cup", "9")

    with hub.database.read() as c:
        listed = [(row["id"], row["state"], row["lines_total"], row["counted"], row["variances"]) for row in stocktakes.list_stocktakes(c)]
        total = stocktakes.count_stocktakes(c)
        booked = c.execute(select(LEVELS.c.on_hand).where(LEVELS.c.sku == "cup")).scalar_one()

    assert listed == [("summer", "counting", 2, 1, 1), ("shop", "cancelled", 1, 0, 0), ("spring", "cancelled", 2, 0, 0)]
    assert (total, booked) == (3, 10_000)
