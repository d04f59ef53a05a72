"""What each shop shows of each ware, and who changed it: buyers by their orders, the hub through the vendor's own door.

Nothing is counted until a shop is stocked. From then on a buyer only finds what is shown.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sandbox.catalogue import exploded, is_countable, offers, offers_of
from sandbox.claims import NONE, Claims, claims_of
from sandbox.life import Life
from sandbox.shelf import Level, Remembered, Shelf, Shift
from sandbox.story import THOUSANDTHS, Plan

EVERYTHING: Final = "*"
SQUARE: Final = "square-till"


class Setting(NamedTuple):
    """One level a hub sets through a vendor's door; `at_ms` is when it was counted, where the vendor asks for that."""

    ware: int
    shown: int
    at_ms: int


class Ledger:
    """The levels of every channel, in memory and on the shelf. What changed is written with the orders that changed it."""

    def __init__(self, shelf: Shelf, lives: Callable[[str], Iterable[Life]]) -> None:
        self._shelf, self._lives = shelf, lives
        self._levels = {(level.channel, level.ware): level for level in shelf.levels()}
        self._changed: dict[tuple[str, int], Level] = {}
        self._shifts: list[Shift] = []

    def unwritten(self) -> list[Level | Shift]:
        """Gives the rows to be written now; they count as written."""
        rows = [*self._changed.values(), *self._shifts]
        self._changed.clear()
        self._shifts.clear()
        return rows

    def refuse(self, channel: str, wares: Iterable[int], *, refused: bool) -> None:
        """Makes a channel refuse every level of these wares through its own door, or take them again."""
        kept = self._refused(channel) | set(wares) if refused else self._refused(channel) - set(wares)
        self._shelf.keep({f"refused:{channel}": ",".join(map(str, sorted(kept)))})

    def is_refused(self, channel: str, ware: int) -> bool:
        """Says whether a channel refuses every level of a ware."""
        return ware in self._refused(channel)

    def _refused(self, channel: str) -> set[int]:
        return {int(ware) for ware in (self._shelf.fact(f"refused:{channel}") or "").split(",") if ware}

    def counts(self, channel: str) -> bool:
        """Says whether a channel counts anything."""
        return any(owner == channel for owner, _ in self._levels)

    def level(self, channel: str, ware: int) -> Level | None:
        """Gives a channel's level of one ware, None where it is not counted."""
        return self._levels.get((channel, ware))

    def levels(self) -> list[Level]:
        """Gives all levels, by channel and ware."""
        return [self._levels[key] for key in sorted(self._levels)]

    def _put(self, level: Level) -> None:
        self._levels[level.channel, level.ware] = self._changed[level.channel, level.ware] = level

    def finds(self, channel: str, wanted: Iterable[tuple[int, int]]) -> bool:
        """Says whether a buyer finds these (ware, units); what is not counted is always there."""
        total: Counter[int] = Counter()
        for ware, units in wanted:
            total.update(dict(exploded(ware, units)))
        levels = ((self.level(channel, ware), units) for ware, units in total.items())
        return all(level.shown - level.held >= units for level, units in levels if level)

    def unheld(self, channel: str, claims: Claims, placed_ms: int) -> list[tuple[int, int]]:
        """Gives the (ware, units) an unpaid order wants without having them held: it was placed before they were counted."""
        levels = ((ware, claim, self.level(channel, ware)) for ware, claim in claims.items())
        return [(ware, claim.held) for ware, claim, level in levels if level and placed_ms < level.since_ms and claim.held]

    def move(self, channel: str, before: Claims, after: Claims, placed_ms: int, at_ms: int) -> None:
        """Lets the claims of an order placed then change from `before` to `after` now."""
        for ware in {**before, **after}:
            level, step = self.level(channel, ware), after.get(ware, NONE).plus(before.get(ware, NONE), sign=-1)
            if level is None or step == NONE:
                continue
            changed_ms = at_ms if step.taken or step.committed else level.changed_ms
            held = level.held + step.held * (placed_ms >= level.since_ms)
            self._put(level._replace(shown=level.shown - step.taken, committed=level.committed + step.committed, held=held,
                                     sold=level.sold + step.sold, changed_ms=changed_ms))  # fmt: skip
            if channel == SQUARE and step.taken:
                self._shifts.append(Shift(channel, ware, at_ms, -step.taken))

    def stock(self, channel: str, units: Mapping[str, int], at_ms: int) -> None:
        """Counts the shelves: units by SKU, `*` for every countable listing not named. Raises ValueError for what cannot be counted."""
        wanted = _by_ware(channel, units)
        self._begin(channel, wanted, at_ms)
        for ware, shown in wanted.items():
            self._put(self._levels[channel, ware]._replace(shown=shown, changed_ms=at_ms, counted_ms=at_ms))
        self._shelf.keep({}, rows=self.unwritten())

    def set(self, channel: str, settings: Sequence[Setting], now_ms: int, answered: Callable[[], Remembered] | None = None) -> str:
        """Sets levels as a hub asks, and remembers the answer in the same write. Gives what was answered.

        A ware not counted so far is counted from now on.
        """
        self._begin(channel, [setting.ware for setting in settings], now_ms)
        for ware, counted, at_ms in settings:
            level = self._levels[channel, ware]
            if channel == SQUARE and at_ms < level.counted_ms:
                continue  # a later count is known: Square orders counts by when they were made
            since = self._shelf.shifted(channel, ware, at_ms) if channel == SQUARE else 0  # what was sold after the count comes off it
            self._put(level._replace(shown=counted + since, changed_ms=now_ms, counted_ms=at_ms, settings=level.settings + 1))
        remembered = [answered()] if answered else []
        self._shelf.keep({}, rows=[*self.unwritten(), *remembered])
        return "".join(one.answered for one in remembered)

    def _begin(self, channel: str, wares: Iterable[int], at_ms: int) -> None:
        """Begins to count what is not counted yet, with what open orders have committed."""
        new = [ware for ware in wares if self.level(channel, ware) is None]
        committed: Counter[int] = Counter()
        for life in self._lives(channel) if new else ():
            committed.update({ware: claim.committed for ware, claim in claims_of(life).items()})
        for ware in new:
            self._put(Level(channel, ware, committed=committed[ware], since_ms=at_ms))

    def uncount(self, channel: str, ware: int) -> None:
        """Stops counting a ware."""
        if self._levels.pop((channel, ware), None):
            self._shelf.drop_level(channel, ware)


def _by_ware(channel: str, units: Mapping[str, int]) -> dict[int, int]:
    found = {ware: units[EVERYTHING] for ware in offers(channel) if is_countable(ware)} if EVERYTHING in units else {}
    for sku in units.keys() - {EVERYTHING}:
        wares = offers_of(channel, sku)
        if not all(map(is_countable, wares)):
            message = f"{channel} cannot count {sku}"
            raise ValueError(message)
        found |= dict.fromkeys(wares, units[sku])
    if any(shown < 0 for shown in found.values()):
        message = f"{channel}: a shelf cannot hold less than nothing"
        raise ValueError(message)
    return found


def wanted_by(plan: Plan) -> list[tuple[int, int]]:
    """Gives the (ware, units) an order is for."""
    return [(line.ware, line.quantity // THOUSANDTHS) for line in plan.lines]
