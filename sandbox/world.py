"""The world's clockwork: orders placed, and what happens to them, all settled by the seed and the time."""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, cast

from sandbox.claims import claims_of
from sandbox.course import SECOND, Course, Event
from sandbox.exchange import Tree, tree_of
from sandbox.life import Deed, Life
from sandbox.shelf import Basket, LifeRow, Shelf, Ware
from sandbox.stock import Ledger, wanted_by
from sandbox.story import CHANNELS, Plan, dice, plan_order, plan_sale
from sandbox.told import TOLD

HOUR: Final = 3600 * SECOND
HISTORY: Final = 30 * 24 * HOUR
BULK_AGO: Final = 2 * 24 * HOUR
BATCH: Final = 2000
ARRIVAL_S: Final = (5, 10)
WHIM_S: Final = (9, 20)
NEWEST: Final = 40
WHIMS: Final = ("note", "note", "note", "ship", "pay", "refund_part", "refund_part", "refund_rest", "return", "edit", "cancel")
TAKES: Final = frozenset({"pay", "authorise", "hold"})
PLACE: Final = "place"
WHIM: Final = "whim"
SHIPS: Final = frozenset({"ship", "ship_part"})


Render = Callable[[Life], list[Ware]]


class World:
    """All channels' orders and stock, kept on a shelf and moved forward in time. `seen_ms`: no change is stamped before it.

    Where it does not ship by itself, an order whose goods would leave is only noted, and waits for a hub to tell that they left.
    """

    def __init__(self, shelf: Shelf, renderers: dict[str, Render], now_ms: int, *, seed: int, orders: int,
                 channels: Iterable[str], ships_itself: bool = True) -> None:  # fmt: skip
        self._shelf, self._renderers, self._ships_itself = shelf, renderers, ships_itself
        self.seen_ms = 0
        if shelf.fact("seed") is None:
            shelf.keep({"seed": str(seed), "orders": str(orders), "start_ms": str(now_ms), "channels": ",".join(channels)})
        self.seed = self._number("seed")
        self.start_ms = self._number("start_ms")
        self.channels = (shelf.fact("channels") or ",".join(CHANNELS)).split(",")
        self.ledger = Ledger(shelf, self._lives)
        self._baskets = {(basket.channel, basket.number): basket for basket in shelf.baskets()}
        if shelf.fact("made") is None:  # a creation that was cut short begins again; it writes the same rows
            self._make(self._number("orders"))

    def _number(self, name: str) -> int:
        return int(self._shelf.fact(name) or 0)

    def _make(self, orders: int) -> None:
        for place, channel in enumerate(self.channels):
            count = orders // len(self.channels) + (place < orders % len(self.channels))
            times = history_times(self.seed, channel, count, self.start_ms)
            for first in range(0, count, BATCH):
                spans = enumerate(times[first : first + BATCH], first)
                self._keep([self._past(channel, number, created_ms) for number, created_ms in spans], {})
            facts = {f"count:{channel}": count, f"arrivals:{channel}": 0, f"whims:{channel}": 0}
            facts |= {f"{kind}_ms:{channel}": self.start_ms + 5 * SECOND for kind in (PLACE, WHIM)}
            self._shelf.keep({name: str(value) for name, value in facts.items()})
        self._shelf.keep({"made": "yes"})

    def _past(self, channel: str, number: int, created_ms: int) -> Course:
        """Gives an order of the month before the street opened, with all that was due by then done."""
        course = Course(plan_order(self.seed, channel, number), created_ms, [])
        while (step := course.next_step) and step.at_ms <= self.start_ms:
            course.deeds.append(Deed(step.act, step.at_ms))
            course.steps_done += 1
        bulk_ms = self.start_ms - BULK_AGO  # one import touched every third order in the same second: ties
        if number % 3 == 0 and created_ms < bulk_ms - HOUR:
            course.deeds.append(Deed("note", bulk_ms))
        return course

    def advance(self, now_ms: int) -> int:
        """Brings the world up to `now_ms`. Gives how many orders changed. What was asleep for hours is not made up."""
        with self._shelf.lock:
            facts = self._facts(now_ms)
            events = [*self._due(now_ms), *self._coming(facts, now_ms)]
            heapq.heapify(events)
            happened = bool(events)
            courses: dict[tuple[str, int], Course] = {}
            while events:
                event = heapq.heappop(events)
                course = self._happen(event, facts, courses)
                step = course.next_step if course else None
                if step and step.at_ms <= now_ms and event.act != WHIM:
                    heapq.heappush(events, step)
            if happened:
                self._keep(courses.values(), {name: str(value) for name, value in facts.items()})
            return len(courses)

    def _facts(self, now_ms: int) -> dict[str, int]:
        names = [f"{kind}:{one}" for kind in ("count", "arrivals", "whims", "place_ms", "whim_ms") for one in self.channels]
        asleep_until = now_ms - HOUR  # what would have arrived earlier than this is not made up
        return {name: max(self._number(name), asleep_until if "_ms:" in name else 0) for name in names}

    def _due(self, now_ms: int) -> Iterator[Event]:
        for row in self._shelf.lives("due_ms <= ?", (now_ms,)):
            step = self._course(row).next_step
            if step:
                yield step

    def _coming(self, facts: dict[str, int], now_ms: int) -> Iterator[Event]:
        for channel in self.channels:
            for kind, counter, gap_s in ((PLACE, "arrivals", ARRIVAL_S), (WHIM, "whims", WHIM_S)):
                clock, runs = f"{kind}_ms:{channel}", f"{counter}:{channel}"
                while facts[clock] <= now_ms:
                    yield Event(facts[clock], channel, facts[runs], kind)
                    gap = dice(self.seed, channel, kind, facts[runs]).randint(*gap_s)
                    facts[clock], facts[runs] = facts[clock] + gap * SECOND, facts[runs] + 1

    def _happen(self, event: Event, facts: dict[str, int], courses: dict[tuple[str, int], Course]) -> Course | None:
        """Gives the order it happened to; None where a buyer found nothing, or the order does not exist for that reason."""
        at_ms, channel = max(event.at_ms, self.seen_ms), event.channel
        if event.act == PLACE:
            number = facts[f"count:{channel}"]
            facts[f"count:{channel}"] += 1
            course = self._placed(plan_order(self.seed, channel, number), at_ms)
        else:
            number, act = event.number, event.act
            if act == WHIM:
                number, act = self._whim(event, facts[f"count:{channel}"])
            course = courses.get((channel, number)) or self._stored(channel, number)
            if course:
                course.steps_done += event.act != WHIM
                self._befall(course, act, at_ms)
        if course:
            courses[channel, number] = course
        return course

    def _placed(self, plan: Plan, at_ms: int) -> Course | None:
        """Gives the new order, None where the buyer does not find all of it. Its number is gone either way."""
        if not self.ledger.finds(plan.channel, wanted_by(plan)):
            return None
        course = Course(plan, at_ms, [])
        self._claim(course, at_ms)
        return course

    def _befall(self, course: Course, act: str, at_ms: int) -> None:
        """Lets an act befall an order. Nobody adds to an order, or takes up an old one, for what the shop does not show."""
        channel = course.plan.channel
        wanted = [(course.plan.lines[0].ware, 1)] if act == "edit" else []
        if act in TAKES:
            wanted = self.ledger.unheld(channel, course.claims, course.created_ms)
        waits = act in SHIPS and not self._ships_itself
        course.deeds.append(Deed(act if self.ledger.finds(channel, wanted) and not waits else "note", at_ms))
        self._claim(course, at_ms)

    def _claim(self, course: Course, at_ms: int) -> None:
        """Takes what the order claims by now off the channel's stock, or gives it back."""
        if self.ledger.counts(course.plan.channel):
            before, course.claims = course.claims, claims_of(course.life)
            self.ledger.move(course.plan.channel, before, course.claims, course.created_ms, at_ms)

    def _whim(self, event: Event, count: int) -> tuple[int, str]:
        throw = dice(self.seed, event.channel, "what", event.number)
        newest = throw.randrange(10) < 6  # noqa: PLR2004  six of ten changes befall a recent order
        oldest = max(0, count - NEWEST) if newest else 0
        return throw.randrange(oldest, max(count, 1)), throw.choice(WHIMS)

    def touch(self, channel: str, numbers: Iterable[int], act: str, now_ms: int) -> int:
        """Lets `act` befall these orders now. Gives how many there were."""
        with self._shelf.lock:
            courses = [course for number in numbers if (course := self._stored(channel, number))]
            for course in courses:
                self._befall(course, act, max(now_ms, self.seen_ms))
            self._keep(courses, {})
            return len(courses)

    def touch_quietly(self, channel: str, numbers: Iterable[int], act: str) -> int:
        """Lets `act` befall these orders without moving the time of their last change. Gives how many there were."""
        with self._shelf.lock:
            courses = [course for number in numbers if (course := self._stored(channel, number))]
            for course in courses:
                self._befall(course, act, course.life.updated_ms)
            self._keep(courses, {})
            return len(courses)

    def place(self, channel: str, now_ms: int) -> None:
        """Places one more order in a channel now, before its time."""
        with self._shelf.lock:
            number = self.count(channel)
            course = self._placed(plan_order(self.seed, channel, number), max(now_ms, self.seen_ms))
            self._keep([course] if course else [], {f"count:{channel}": str(number + 1)})

    def sell(self, channel: str, ware: int, units: int, now_ms: int) -> str | None:
        """Sells units of a ware to a buyer who pays at once. Gives the order's id, None where the shop does not show as many.

        Raises ValueError where the world has no such channel or nothing would be sold.
        """
        if channel not in self.channels or units < 1:
            message = f"{channel}: nobody sells {units} there"
            raise ValueError(message)
        with self._shelf.lock:
            number, at_ms = self.count(channel), max(now_ms, self.seen_ms)
            basket = Basket(channel, number, ware, units)
            course = self._placed(plan_sale(self.seed, channel, number, ware, units), at_ms)
            if course is None:
                return None
            self._befall(course, "pay", at_ms)
            self._baskets[channel, number] = basket
            self._keep([course], {f"count:{channel}": str(number + 1)}, basket)
            return self.order_id(course)

    def cancel(self, channel: str, number: int, now_ms: int) -> bool:
        """Cancels an order; what was paid is refunded. Gives whether it could be: nothing of it may have left."""
        with self._shelf.lock:
            course = self._stored(channel, number)
            if course is None or course.life.cancelled_ms:
                return False
            self._befall(course, "cancel", max(now_ms, self.seen_ms))
            self._keep([course], {})
            return bool(course.life.cancelled_ms)

    def tell(self, channel: str, number: int, told: Sequence[tuple[str, Tree]], now_ms: int) -> None:
        """Lets an order take in what a hub tells of it, act by act."""
        with self._shelf.lock:
            course = self._stored(channel, number)
            if course:
                at_ms = max(now_ms, self.seen_ms)
                for act, words in told:
                    course.deeds.append(Deed(act, at_ms, json.dumps(words, separators=(",", ":")) if act in TOLD else ""))
                self._claim(course, at_ms)
                self._keep([course], {})

    def stock(self, channel: str, units: Mapping[str, int], now_ms: int) -> None:
        """Counts a channel's shelves: from now on its buyers only find what is shown. Raises ValueError."""
        with self._shelf.lock:
            self.ledger.stock(channel, units, max(now_ms, self.seen_ms))

    def _lives(self, channel: str) -> Iterator[Life]:
        return (self._course(row).life for row in self._shelf.lives("channel = ?", (channel,)))

    def order_id(self, course: Course) -> str:
        """Gives the id the shop gave an order."""
        shown = self._renderers[course.plan.channel](course.life)[0]
        return str(tree_of(json.loads(shown.truth))["external_id"])

    def count(self, channel: str) -> int:
        """Gives how many orders a channel has had buyers for."""
        return self._number(f"count:{channel}")

    def _stored(self, channel: str, number: int) -> Course | None:
        """Gives an order as it is, None where its buyer found nothing."""
        rows = self._shelf.lives("channel = ? AND number = ?", (channel, number))
        if not rows:
            return None
        course = self._course(rows[0])
        if self.ledger.counts(channel):
            course.claims = claims_of(course.life)
        return course

    def _course(self, row: LifeRow) -> Course:
        deeds = [Deed(*deed) for deed in cast("list[tuple[str, int]]", json.loads(row.deeds))]
        return Course(self._plan(row.channel, row.number), row.created_ms, deeds, row.steps_done)

    def _plan(self, channel: str, number: int) -> Plan:
        basket = self._baskets.get((channel, number))
        return plan_sale(self.seed, *basket) if basket else plan_order(self.seed, channel, number)

    def _keep(self, courses: Iterable[Course], facts: dict[str, str], *baskets: Basket) -> None:
        kept = list(courses)
        wares = (self._renderers[course.plan.channel](course.life) for course in kept)
        self._shelf.keep(facts, (course.row() for course in kept), wares, [*baskets, *self.ledger.unwritten()])


def history_times(seed: int, channel: str, count: int, start_ms: int) -> list[int]:
    """Gives when the orders before the opening were placed, oldest first; a quarter shares a few busy seconds."""
    throw = dice(seed, channel, "history", count)
    rushes = [throw.randrange(HISTORY // SECOND) for _ in range(max(1, count // 200))]
    drawn = (throw.choice(rushes) if throw.randrange(4) == 0 else throw.randrange(HISTORY // SECOND) for _ in range(count))
    return sorted(start_ms // SECOND * SECOND - seconds * SECOND - throw.randrange(SECOND) for seconds in drawn)
