"""What a verb did, and the frame in which channels are worked on: known to the store, under a lease, with failures as outcomes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from model.errors import ConfigError, HubError
from model.store import leases
from model.store.leases import Lease, LeaseHeldError
from operations.pull import PullOutcome, meet
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account

NAMED = 5
"""Problems told in full."""


@dataclass(slots=True)
class Report:
    """What a verb did for one channel, or for the hub."""

    about: str
    outcome: str = "done"
    message: str = ""
    counts: Counter[str] = field(default_factory=Counter[str])
    error: HubError | None = None
    problems: list[str] = field(default_factory=list[str])

    def skip(self, message: str) -> None:
        """Say why nothing was done."""
        self.outcome, self.message = "skipped", message

    def add(self, *problems: str) -> None:
        """Tell what stood in the way of something, while the rest was done; the first few in full, of the others how many.

        What stood in the way of many things alike is told once, with its count.
        """
        self.problems += problems
        alike = Counter(self.problems).items()
        told = [f"{problem} ({count} times)" if count > 1 else problem for problem, count in alike][:NAMED]
        more = sum(count for _, count in list(alike)[NAMED:])
        self.message = "; ".join([*told, *([f"and {more} more"] if more > 0 else [])])

    @property
    def line(self) -> str:
        """As one line."""
        counts = "".join(f", {count} {name}" for name, count in self.counts.items())
        return f"{self.about}: {self.outcome}{counts}" + (f": {self.message}" if self.message else "")

    @property
    def row(self) -> dict[str, object]:
        """As a row of a table."""
        return {"channel": self.about, "outcome": self.outcome, **self.counts, "message": self.message}


def report_of(outcome: PullOutcome) -> Report:
    """What reading one stream did."""
    report = Report(f"{outcome.channel} {outcome.stream}", outcome.outcome, outcome.message, error=outcome.error)
    report.counts.update(new=outcome.counts.new, changed=outcome.counts.changed, quarantined=outcome.counts.quarantined)
    return report


def at_channel(hub: Hub, channel: Account, lease_name: str, counted: tuple[str, ...], work: Callable[[Lease, Report], None]) -> Report:
    """Do work for a channel under a lease of its own; while another does the same, it is skipped. One channel never stops another."""
    report = Report(channel.id, counts=Counter(dict.fromkeys(counted, 0)))
    try:
        meet(hub, channel)
        lease = leases.take(hub.database, f"{lease_name}:{channel.id}", hub.holder())
    except LeaseHeldError as error:
        report.skip(str(error))
        return report
    except ConfigError as error:
        report.outcome, report.message, report.error = "failed", str(error), error
        return report
    try:
        with leases.kept(hub.database, lease):
            work(lease, report)
    except HubError as error:
        report.outcome, report.message, report.error = "failed", str(error), error
    finally:
        leases.give_back(hub.database, lease)
    return report
