"""Comparing a day's list with the store, judging counts, and widening overlaps: pure rules."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from model.records.days import ListedOrder, StoredOrder
from model.rules.completeness import compare, ids_hash, listed_sums, state_of, stored_sums
from model.rules.lateness import BEYOND_S, WIDEST, LateDay, bucket_of, overlap_of, quantile_s
from model.rules.volume import odd_count
from model.values.instant import business_date, business_hull

TODAY = date(2026, 3, 30)
DECLARED = timedelta(minutes=20)


def listed(external_id: str, total: int = 100, refunded: int = 0, refunds: int = 0) -> dict[str, ListedOrder]:
    return {external_id: ListedOrder(external_id, None, "EUR", total, refunded, refunds)}


def stored(external_id: str, total: int = 100, refunded: int = 0, refunds: int = 0) -> dict[str, StoredOrder]:
    return {external_id: StoredOrder(external_id, "EUR", total, refunded, refunds)}


def test_what_is_equal_is_complete() -> None:
    found = compare(listed("1") | listed("2", 5, 3, 1), stored("1") | stored("2", 5, 3, 1), frozenset())

    assert not found.to_fetch
    assert state_of(found, is_listed=True, is_odd=False) == "complete"
    assert state_of(found, is_listed=True, is_odd=True) == "warning"
    assert state_of(found, is_listed=False, is_odd=False) == "warning"


def test_each_difference_has_a_name_and_is_fetched() -> None:
    here = stored("2", 99) | stored("3") | stored("4")

    found = compare(listed("1") | listed("2") | listed("3", refunded=9, refunds=1), here, frozenset())

    assert (found.missing, found.unlisted) == (("1",), ("4",))
    assert [(each.external_id, each.figure) for each in found.differs] == [("2", "total"), ("3", "refunded"), ("3", "refunds")]
    assert found.to_fetch == ("1", "4", "2", "3")
    assert state_of(found, is_listed=True, is_odd=False) == "incomplete"


def test_what_is_in_quarantine_or_gone_is_known_and_a_warning() -> None:
    found = compare(listed("1") | listed("2"), stored("2", 1) | stored("4"), frozenset({"1", "2"}), {"4"})

    assert (found.missing, found.set_aside, found.gone, found.differs) == ((), ("1", "2"), ("4",), ())
    assert state_of(found, is_listed=True, is_odd=False) == "warning"


def test_figures_that_could_not_be_read_differ_and_those_untold_do_not() -> None:
    unread, untold = ListedOrder("1"), ListedOrder("2", None, "EUR", 100)

    found = compare({"1": unread, "2": untold}, stored("1") | stored("2", 100, 7, 1), frozenset())

    assert [(each.external_id, each.figure, each.source) for each in found.differs] == [("1", "total", None)]
    assert listed_sums({"2": untold}) == {"EUR": {"gross": 100, "refunded": None, "refunds": None}}


def test_sums_are_by_currency_and_ids_have_one_hash_in_any_order() -> None:
    yen = {"3": StoredOrder("3", "JPY", 7)}

    assert stored_sums(stored("1", 5, 2, 1) | stored("2", 6) | yen) == {
        "EUR": {"gross": 11, "refunded": 2, "refunds": 1},
        "JPY": {"gross": 7, "refunded": 0, "refunds": 0},
    }
    assert ids_hash(["a", "b"]) == ids_hash(["b", "a", "b"]) != ids_hash(["ab"])


@pytest.mark.parametrize(
    ("count", "weeks", "is_odd"),
    [
        (100, [100, 96, 104, 99, 101], False),
        (60, [100, 96, 104, 99, 101], False),
        (30, [100, 96, 104, 99, 101], True),
        (180, [100, 96, 104, 99, 101], True),
        (100, [100, 0, 104, 99, 101], False),
        (0, [6, 6, 8, 5, 9], True),
        (0, [6, 0, 8, 5, 9], False),
        (4, [1, 2, 1, 0], False),
        (0, [100, 100, 100], False),
    ],
)
def test_a_count_far_from_its_weekdays_is_odd(count: int, weeks: list[int], is_odd: bool) -> None:  # noqa: FBT001  a table's column
    assert (odd_count(count, weeks) is not None) is is_odd


def test_an_odd_count_says_what_was_usual() -> None:
    odd = odd_count(0, [100, 96, 104, 99, 101])

    assert odd is not None
    assert odd.says == "no orders, where this weekday had 100 (give or take 1) in 5 weeks"


def late(longest_s: int, days_ago: int = 0) -> LateDay:
    return LateDay(TODAY - timedelta(days=days_ago), bucket_of(longest_s), 1, longest_s)


def test_the_overlap_is_never_below_what_is_declared_and_never_without_bound() -> None:
    assert overlap_of(DECLARED, [late(0), late(30)], TODAY).in_force == DECLARED
    assert overlap_of(DECLARED, [late(10**9)], TODAY).in_force == WIDEST
    assert overlap_of(timedelta(days=2), [late(10**9)], TODAY).in_force == timedelta(days=2)


def test_a_late_change_widens_the_overlap_which_shrinks_slowly() -> None:
    widths = [overlap_of(DECLARED, [late(7_200, ago)], TODAY).in_force for ago in range(29)]

    assert widths[0] == timedelta(seconds=9_000)
    assert widths == sorted(widths, reverse=True)
    assert widths[1] >= widths[0] * 0.96
    assert widths[28] == DECLARED


def test_quantiles_are_upper_ends_of_buckets() -> None:
    days = [LateDay(TODAY, 0, 98, 0), LateDay(TODAY, 300, 1, 200), LateDay(TODAY, BEYOND_S, 1, 10**6)]

    assert (quantile_s(days, 50), quantile_s(days, 99), quantile_s(days, 100), quantile_s([], 50)) == (0, 300, BEYOND_S, None)


@pytest.mark.parametrize("cut_off", [time(0), time(2, 30), time(23, 30)])
@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25), date(2026, 6, 1)])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "America/Santiago"])
def test_the_hull_holds_every_instant_of_the_day(day: date, cut_off: time, zone: str) -> None:
    start, end = business_hull(day, ZoneInfo(zone), cut_off)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    instants = (noon + timedelta(minutes=10 * step) for step in range(-300, 450))

    assert all(start <= at < end for at in instants if business_date(at, ZoneInfo(zone), cut_off) == day)
