"""The settings of routing, in rules/routing.toml. What stands here holds without the file."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from model.rules.review.settings import Amount, Country, Prefix
from model.rules.tracking import TrackingRules

FREE = Decimal(0)
_SATURDAY = 5


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class LocationRules(_Table):
    """What one location ships, where to, and what that costs."""

    id: str
    countries: tuple[Country, ...] = ()
    """It ships to these only; none named: anywhere."""
    not_countries: tuple[Country, ...] = ()
    not_postcodes: dict[Country, tuple[Prefix, ...]] = {}
    """Beginnings of postcodes it does not ship to."""
    cost: Amount = FREE
    """Of one parcel, in whatever currency all locations are compared in."""
    cost_per_unit: Amount = FREE
    service: str | None = None
    """The shipping service asked for, in the partner's words; none leaves it to the partner."""
    urgent_service: str | None = None

    def serves(self, country: str | None, postcode: str | None) -> bool:
        """Whether it ships there; an address without a country is served by a location that ships anywhere."""
        if self.countries and country not in self.countries:
            return False
        begins = "".join((postcode or "").split()).upper()
        return country not in self.not_countries and not any(
            begins.startswith(prefix.upper()) for prefix in self.not_postcodes.get(country or "", ())
        )


class RoutingRules(_Table):
    """How orders are released."""

    version: str | None = None
    """What people call this version of the file."""
    may_split: bool = True
    """Whether one order may leave several locations."""
    partial: Literal["wait", "ship"] = "wait"
    """An order that waits for goods: `wait` until all is there, or `ship` what is."""
    short: Literal["backorder", "cancel"] = "backorder"
    """Goods a location could not find: wanted from elsewhere, or left out of the order."""
    handling_days: Annotated[int, Field(ge=0, le=365)] = 1
    """Working days from release until it shall have left."""
    urgent_handling_days: Annotated[int, Field(ge=0, le=365)] = 0
    locations: tuple[LocationRules, ...] = ()
    """A location that is not named ships anywhere and costs nothing."""
    tracking: TrackingRules = TrackingRules()

    def of(self, location_id: str) -> LocationRules:
        """The rules of one location."""
        return next((each for each in self.locations if each.id == location_id), LocationRules(id=location_id))


def ship_by(rules: RoutingRules, today: date, *, is_urgent: bool) -> date:
    """The last day on which it shall leave, Saturdays and Sundays not counted."""
    left = rules.urgent_handling_days if is_urgent else rules.handling_days
    day = today
    while left or day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
        left -= left > 0 and day.weekday() < _SATURDAY
    return day
