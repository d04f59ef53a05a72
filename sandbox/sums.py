"""Integer arithmetic of one order: gross, discount and tax of each part, so that the parts always sum to the total."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EXPONENTS: Final = {"EUR": 2, "GBP": 2, "USD": 2, "JPY": 0, "KWD": 3}
BASIS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """One priced part (a line, the shipping, a fee) in minor units, as priced: with tax inside when inclusive."""

    gross: int
    discount: int
    gross_taxes: tuple[int, ...]
    taxes: tuple[int, ...]

    @property
    def net(self) -> int:
        """Gives what the buyer sees after discounts (tax inside only when the order's prices include it)."""
        return self.gross - self.discount

    @property
    def tax(self) -> int:
        """Gives all taxes on the discounted price."""
        return sum(self.taxes)


@dataclass(frozen=True, slots=True)
class Sums:
    """All parts of one order in one currency."""

    currency: str
    inclusive: bool
    lines: tuple[Part, ...]
    shipping: Part
    fee: Part
    tip: int

    @property
    def parts(self) -> tuple[Part, ...]:
        """Gives every taxed part: lines, shipping, fee."""
        return (*self.lines, self.shipping, self.fee)

    @property
    def tax(self) -> int:
        """Gives the tax of the whole order."""
        return sum(part.tax for part in self.parts)

    @property
    def total(self) -> int:
        """Gives what the buyer owes for the order, tip and tax within."""
        return sum(part.net for part in self.parts) + self.tip + (0 if self.inclusive else self.tax)

    def taxes_by_rate(self, parts: Sequence[Part]) -> list[int]:
        """Gives the tax of these parts, one sum per rate of the order."""
        return [sum(amounts) for amounts in zip(*(part.taxes for part in parts), strict=True)]


def half_up(numerator: int, denominator: int) -> int:
    """Gives the quotient of two non-negative integers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Splits `total` by `weights` with the largest remainder first; the shares sum to the total exactly."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    floors = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in by_remainder[: total - sum(floors)]:
        floors[place] += 1
    return floors


def taxes_on(amount: int, rates: Sequence[int], *, inclusive: bool) -> tuple[int, ...]:
    """Gives the tax of `amount` per rate (basis points): inside it when inclusive, on top of it otherwise."""
    if not inclusive:
        return tuple(half_up(amount * rate, BASIS) for rate in rates)
    inside = amount - half_up(amount * BASIS, BASIS + sum(rates))
    return tuple(share(inside, rates))


def part_of(gross: int, discount: int, rates: Sequence[int], *, inclusive: bool) -> Part:
    """Gives one part with its taxes before and after the discount."""
    after = taxes_on(gross - discount, rates, inclusive=inclusive)
    before = taxes_on(gross, rates, inclusive=inclusive) if discount else after
    return Part(gross, discount, before, after)


def slice_of(amount: int, before: int, after: int, whole: int) -> int:
    """Gives the part of `amount` that falls on units `before`..`after` of `whole`; all slices sum to the amount."""
    return amount * after // whole - amount * before // whole


def decimal_text(minor: int, exponent: int) -> str:
    """Gives minor units as a decimal string with exactly `exponent` digits after the point."""
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(exponent + 1, "0")
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else sign + digits
