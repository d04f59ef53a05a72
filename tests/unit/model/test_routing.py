"""Which location ships what: by stock, region and cost; and by when."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from model.rules.routing import LocationRules, RoutingRules, Wanted, plan_route, ship_by

CUP, POT = ("1", "cup"), ("2", "pot")
PLACES = ("east", "west", "north")


def wanted(parts: Mapping[tuple[str, str], Mapping[str, int]], country: str | None = "DE", postcode: str | None = "10115") -> Wanted:
    return Wanted(parts=parts, country=country, postcode=postcode, locations=PLACES)


def rules(*locations: LocationRules, may_split: bool = True) -> RoutingRules:
    return RoutingRules(locations=locations, may_split=may_split)


def costs(**amounts: str) -> tuple[LocationRules, ...]:
    return tuple(LocationRules(id=name, cost=Decimal(amount)) for name, amount in amounts.items())


HELD = {CUP: {"east": 2000}, POT: {"west": 1000}}


def test_it_leaves_from_where_it_is_held() -> None:
    plan = plan_route(wanted({CUP: {"east": 2000}}), {}, rules())

    assert plan.parcels == {"east": {CUP: 2000}}


def test_one_parcel_wins_where_it_costs_no_more_than_two() -> None:
    plan = plan_route(wanted(HELD), {("pot", "east"): 5000}, rules(*costs(east="5", west="5")))

    assert plan.parcels == {"east": {CUP: 2000, POT: 1000}}


def test_two_parcels_stay_where_one_would_be_dearer() -> None:
    plan = plan_route(wanted(HELD), {("pot", "north"): 5000, ("cup", "north"): 5000}, rules(*costs(east="2", west="2", north="9")))

    assert plan.parcels == {"east": {CUP: 2000}, "west": {POT: 1000}}


def test_what_two_lines_want_of_one_sku_is_not_counted_twice() -> None:
    lines = {("1", "cup"): {"east": 2000}, ("2", "cup"): {"west": 2000}}

    plan = plan_route(wanted(lines), {("cup", "north"): 3000}, rules(*costs(east="5", west="5")))

    assert set(plan.parcels) == {"east", "west"}


def test_a_place_that_does_not_ship_there_is_passed_over() -> None:
    only_at_home = LocationRules(id="east", countries=("AT",))

    plan = plan_route(wanted({CUP: {"east": 2000}}), {("cup", "west"): 2000}, rules(only_at_home))

    assert plan.parcels == {"west": {CUP: 2000}}


@pytest.mark.parametrize(
    ("country", "postcode", "serves"), [("DE", "27498", False), ("DE", "27 498", False), ("DE", "1", True), ("AT", "27498", True)]
)
def test_beginnings_of_postcodes_are_left_out(country: str, postcode: str, *, serves: bool) -> None:
    place = LocationRules(id="east", not_postcodes={"DE": ("274",)})

    assert place.serves(country, postcode) is serves


def test_an_order_that_may_not_be_split_waits_for_a_place_that_has_all() -> None:
    plan = plan_route(wanted(HELD), {}, rules(may_split=False))

    assert plan.parcels == {}
    assert "no location that ships to this address (DE) has all of it" in str(plan.problem)


def test_goods_are_gathered_from_allowed_places_by_cost() -> None:
    abroad = LocationRules(id="east", not_countries=("DE",))
    free = {("cup", "west"): 1000, ("cup", "north"): 5000}

    plan = plan_route(wanted({CUP: {"east": 2000}}), free, rules(abroad, *costs(west="1", north="3")))

    assert plan.parcels == {"north": {CUP: 2000}}


@pytest.mark.parametrize(
    ("today", "is_urgent", "by"),
    [(date(2026, 3, 6), False, date(2026, 3, 9)), (date(2026, 3, 7), False, date(2026, 3, 9)), (date(2026, 3, 7), True, date(2026, 3, 9)),
     (date(2026, 3, 4), True, date(2026, 3, 4))],
)  # fmt: skip
def test_saturdays_and_sundays_do_not_count(today: date, by: date, *, is_urgent: bool) -> None:
    assert ship_by(RoutingRules(), today, is_urgent=is_urgent) == by
