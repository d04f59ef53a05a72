"""Money, instants, quantities and ids do what their docstrings say, also at the edges."""

from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import MalformedError
from model.values.ids import derive_id
from model.values.instant import business_date, instant, iso, local_instant, micros, utc_instant
from model.values.money import LIMIT, decimal_amount, minor_units, rounded_minor_units, split
from model.values.quantity import decimal_quantity, thousandths


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("12.340000", "EUR", 1234),
        ("100", "JPY", 100),
        ("1.234", "KWD", 1234),
        ("-0.5", "USD", -50),
        (7, "EUR", 700),
    ],
)
def test_an_exact_amount_becomes_minor_units(amount: str, currency: str, minor: int) -> None:
    assert minor_units(amount, currency) == minor


@pytest.mark.parametrize(
    "amount",
    ["12.345", "NaN", "Infinity", "1E+999999", "1e400", "", "abc", "1" * 5000, "1_0.00", " 1.00", "١٢", "1000000000000000.00"],
)
def test_an_amount_that_cannot_be_paid_is_refused(amount: str) -> None:
    with pytest.raises(MalformedError):
        minor_units(amount, "EUR")


def test_a_currency_outside_the_standard_is_refused() -> None:
    with pytest.raises(MalformedError, match="ISO 4217"):
        minor_units("1", "EUX")


@pytest.mark.parametrize(("amount", "minor"), [("0.125", 12), ("0.135", 14), ("0.1250001", 13), ("-0.125", -12)])
def test_rounding_is_half_to_even(amount: str, minor: int) -> None:
    assert rounded_minor_units(Decimal(amount), "EUR") == minor


@given(st.integers(-LIMIT, LIMIT), st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_shares_sum_to_the_total_and_stay_within_one_of_their_ideal(total: int, weights: list[int]) -> None:
    shares = split(total, weights)

    assert sum(shares) == total
    base = sum(weights) or len(weights)
    ideals = [Decimal(abs(total)) * (weight if sum(weights) else 1) / base for weight in weights]
    assert all(abs(abs(share) - ideal) < 1 for share, ideal in zip(shares, ideals, strict=True))


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_minor_units_and_decimal_amounts_are_inverse(minor: int, currency: str) -> None:
    assert minor_units(decimal_amount(minor, currency), currency) == minor


@pytest.mark.parametrize(("quantity", "count"), [("1.5", 1500), ("2", 2000), ("0.001", 1), ("-1", -1000)])
def test_quantities_are_thousandths(quantity: str, count: int) -> None:
    assert thousandths(quantity) == count
    assert Decimal(decimal_quantity(count)) == Decimal(quantity)


def test_a_quantity_finer_than_a_thousandth_is_refused() -> None:
    with pytest.raises(MalformedError):
        thousandths("0.0001")


def test_instants_are_utc_and_sort_as_text() -> None:
    assert instant("2026-01-31T10:05:00+01:00") == datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
    assert iso(instant("2026-01-31T10:05:00+01:00")) == "2026-01-31T09:05:00.000000Z"
    assert micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000


@pytest.mark.parametrize(
    "text", ["2026-01-31T10:05:00", "yesterday", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_an_instant_without_offset_or_beyond_reason_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        instant(text)


def test_a_vendor_that_writes_utc_without_offset_is_understood() -> None:
    assert utc_instant("2026-01-31T10:05:00") == datetime(2026, 1, 31, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-31T10:05:00", "2026-01-31T09:05:00Z"),
        ("2026-07-31T10:05:00", "2026-07-31T08:05:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("2026-07-31T10:05:00Z", "2026-07-31T10:05:00Z"),
    ],
)
def test_a_vendor_that_writes_its_own_clock_without_offset_is_understood(text: str, utc: str) -> None:
    assert local_instant(text, ZoneInfo("Europe/Berlin")) == instant(utc)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59", "0001-01-01T00:00:00", "1989-06-30T23:59:59", "", "2026-02-30T00:00:00"])
def test_a_clock_that_tells_no_time_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        local_instant(text, ZoneInfo("America/Los_Angeles"))


@pytest.mark.parametrize(
    ("moment", "cut_off", "day"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), time(0), "2026-03-29"),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), time(0), "2026-03-29"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), time(4), "2026-03-28"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), time(2, 15), "2026-10-25"),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), time(2, 15), "2026-10-24"),
    ],
)
def test_a_trading_day_follows_zone_and_cut_off_across_clock_changes(moment: datetime, cut_off: time, day: str) -> None:
    assert business_date(moment, ZoneInfo("Europe/Berlin"), cut_off).isoformat() == day


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_ids_are_valid_uuids_and_equal_only_for_equal_parts(one: list[str], other: list[str]) -> None:
    assert UUID(derive_id(*one)).version == 5
    assert (derive_id(*one) == derive_id(*other)) == (one == other)
