"""What many runs came to: what was met, what died where, what failed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.dial import PROFILES
from sandbox.faults import AT_NOTICES, AT_STOCK
from tests.simulation.course import Verdict
from tests.simulation.mortality import BOUNDARIES

READING = frozenset(PROFILES["all"].names) - frozenset((*AT_STOCK, *AT_NOTICES))
"""What befalls a hub that only reads."""
SELLING = frozenset(AT_STOCK)
"""What befalls one that tells its shops what they may sell, on top of that."""


@dataclass(slots=True)
class Tally:
    """Verdicts added up."""

    faults: frozenset[str] = READING
    """Fault classes to be met at least once,"""
    meetings: tuple[str, ...] = ("took over", "turned away", "line down")
    """and steps to be taken."""
    runs: Counter[str] = field(default_factory=Counter[str])
    orders: int = 0
    exchanges: int = 0
    hits: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    crashes: Counter[str] = field(default_factory=Counter[str])
    steps: Counter[str] = field(default_factory=Counter[str])
    failed: list[Verdict] = field(default_factory=list[Verdict])

    def add(self, verdict: Verdict) -> None:
        """Count one run in."""
        self.runs[verdict.database] += 1
        self.orders += verdict.orders
        self.exchanges += verdict.exchanges
        self.hits += verdict.hits
        self.crashes += verdict.crashes
        self.steps += verdict.steps
        if verdict.violations:
            self.failed.append(verdict)

    def never_met(self) -> list[str]:
        """Fault classes no exchange met, boundaries nothing died at, meetings of workers that never came about."""
        met = {name for name, _ in self.hits}
        never = [*sorted(self.faults - met), *(each for each in BOUNDARIES if not self.crashes[each])]
        return [*never, *(each for each in self.meetings if not self.steps[each])]

    def lines(self) -> Iterator[str]:
        """The tally for people."""
        runs = ", ".join(f"{count} on {database}" for database, count in sorted(self.runs.items()))
        yield f"{self.runs.total()} runs ({runs}), {self.orders} orders, {self.exchanges} exchanges"
        yield f"{self.hits.total()} faults of {len({name for name, _ in self.hits})} classes, {self.crashes.total()} crashes"
        yield from (f"  died {boundary}: {self.crashes[boundary]}" for boundary in BOUNDARIES)
        yield "  " + ", ".join(f"{name}: {count}" for name, count in sorted(self.steps.items()))
        endpoints = sorted({endpoint for _, endpoint in self.hits})
        for name in sorted({name for name, _ in self.hits}):
            spots = [f"{endpoint} {self.hits[name, endpoint]}" for endpoint in endpoints if self.hits[name, endpoint]]
            yield f"  {name}: {', '.join(spots)}"


def complaint(verdict: Verdict, words: str = "") -> str:
    """A failed run: what failed, and the command that shows it again; `words` are further ones of that command."""
    told = "\n".join(f"  {each.check}: {each.detail}" for each in verdict.violations)
    option = words + ("" if verdict.database == "sqlite" else f" --database {verdict.database}")
    return f"seed {verdict.seed} failed; again: python -m tests.simulation {verdict.seed}{option}\n{told}"
