"""Whether a day is complete: what the source lists against what is stored, by id and by sum. Pure; figures are minor units."""

import hashlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from model.records.days import ListedOrder, StoredOrder

CertificateState = Literal["complete", "incomplete", "warning"]

Listed = Mapping[str, ListedOrder]
Stored = Mapping[str, StoredOrder]
Sums = dict[str, dict[str, int | None]]
"""By currency: `gross` and `refunded` in minor units, and how many `refunds`; None where the source does not tell them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one order on which the two sides do not agree; None where the source's could not be read."""

    external_id: str
    figure: str
    source: str | int | None
    store: str | int | None


@dataclass(frozen=True, slots=True)
class Differences:
    """What stands on one side only or otherwise; ids in their order."""

    missing: tuple[str, ...] = ()
    """Listed, not stored, and not in quarantine either."""
    set_aside: tuple[str, ...] = ()
    """Listed, not stored as it is listed, and in quarantine under its id: known."""
    unlisted: tuple[str, ...] = ()
    """Stored under this day, and not in the source's list of it."""
    gone: tuple[str, ...] = ()
    """Stored, and gone by the source's own word."""
    differs: tuple[Difference, ...] = ()

    @property
    def to_fetch(self) -> tuple[str, ...]:
        """Ids that are worth asking the source for again."""
        return tuple(dict.fromkeys((*self.missing, *self.set_aside, *self.unlisted, *(each.external_id for each in self.differs))))

    @property
    def is_open(self) -> bool:
        """Whether anything differs that nobody knows the reason of."""
        return bool(self.missing or self.unlisted or self.differs)


def compare(listed: Listed, stored: Stored, aside: AbstractSet[str], gone: AbstractSet[str] = frozenset()) -> Differences:
    """What differs between a day's list and the store; `aside` are ids in open quarantine, `gone` ids the source called gone."""
    both = sorted(listed.keys() & stored.keys())
    different = [(found, figures) for found in both if (figures := _figures(listed[found], stored[found]))]
    absent = sorted(listed.keys() - stored.keys())
    extra = sorted(stored.keys() - listed.keys())
    return Differences(
        missing=tuple(each for each in absent if each not in aside),
        set_aside=tuple(sorted([each for each in absent if each in aside] + [found for found, _ in different if found in aside])),
        unlisted=tuple(each for each in extra if each not in gone),
        gone=tuple(each for each in extra if each in gone),
        differs=tuple(figure for found, figures in different if found not in aside for figure in figures),
    )


def _figures(listed: ListedOrder, stored: StoredOrder) -> list[Difference]:
    pairs: list[tuple[str, str | int | None, str | int | None]] = [("total", listed.total_minor, stored.total_minor)]
    if listed.total_minor is not None:
        pairs.append(("currency", listed.currency, stored.currency))
    if listed.refunded_minor is not None:
        pairs += [("refunded", listed.refunded_minor, stored.refunded_minor), ("refunds", listed.refunds, stored.refunds)]
    return [Difference(stored.external_id, figure, source, store) for figure, source, store in pairs if source != store]


def state_of(differences: Differences, *, is_listed: bool, is_odd: bool) -> CertificateState:
    """Incomplete where anything differs unexplained; a warning where what differs is known, the count is odd or no list can be had."""
    if differences.is_open:
        return "incomplete"
    return "warning" if differences.set_aside or differences.gone or is_odd or not is_listed else "complete"


def ids_hash(ids: Iterable[str]) -> str:
    """One name for a set of ids, whatever their order: SHA-256 of the sorted ids, one a line."""
    return hashlib.sha256("\n".join(sorted(set(ids))).encode()).hexdigest()


def listed_sums(listed: Listed) -> Sums:
    """The source's own sums by currency; orders whose figures could not be read are in none."""
    sums: Sums = {}
    for each in sorted(listed.values(), key=lambda one: one.external_id):
        if each.total_minor is not None:
            _add(sums, each.currency, each.total_minor, each.refunded_minor, each.refunds)
    return sums


def stored_sums(stored: Stored) -> Sums:
    """The store's sums by currency."""
    sums: Sums = {}
    for each in sorted(stored.values(), key=lambda one: one.external_id):
        _add(sums, each.currency, each.total_minor, each.refunded_minor, each.refunds)
    return sums


def _add(sums: Sums, currency: str, gross: int, refunded: int | None, refunds: int | None) -> None:
    told = sums.setdefault(currency, {"gross": 0, "refunded": 0, "refunds": 0})
    for name, amount in (("gross", gross), ("refunded", refunded), ("refunds", refunds)):
        before = told[name]
        told[name] = None if before is None or amount is None else before + amount
