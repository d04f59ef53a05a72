"""What to order of a SKU: up to what lead time and review period will take, with safety for the spread of demand.

Quantities are thousandths.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from model.rules.safety import DAY_S, most_demand

FARTHEST_DAYS = 3650
"""Beyond so many days nobody plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One SKU as it stands: what lies there, who has it, what comes, and how it sells (millionths of a unit a day)."""

    on_hand: int
    held_back: int
    reserved: int
    backordered: int
    inbound: int
    velocity: int
    low_at: int | None
    order_multiple: int

    @property
    def free(self) -> int:
        """What is there for orders to come; below zero when more is waited for than lies there."""
        return self.on_hand - self.held_back - self.reserved - self.backordered


@dataclass(frozen=True, slots=True)
class Proposal:
    """How much to order, and why: `target` is `demand` and `safety`, or `low_at` where that is more."""

    demand: int
    safety: int
    target: int
    quantity: int
    cover_days: int | None


def propose(position: Position, sales: Mapping[int, int], days: int, certainty: int) -> Proposal:
    """What to order so that, with this certainty (millionths), demand over so many days of lead time and review is met.

    `sales` is how many sales of each size a day brings, in millionths, as `most_demand` takes it.
    """
    demand = -(-position.velocity * days // 1000)
    safety = max(0, most_demand(sales, days * DAY_S, certainty) - demand)
    target = max(demand + safety, position.low_at or 0)
    missing = max(0, target - position.free - position.inbound)
    quantity = -(-missing // position.order_multiple) * position.order_multiple
    return Proposal(demand, safety, target, quantity, cover_days(position.free, position.velocity))


def cover_days(free: int, velocity: int) -> int | None:
    """For how many whole days what is free lasts; None: it does not sell, or lasts longer than anybody plans."""
    if free <= 0:
        return 0 if velocity else None
    days = free * 1000 // velocity if velocity else FARTHEST_DAYS + 1
    return days if days <= FARTHEST_DAYS else None
