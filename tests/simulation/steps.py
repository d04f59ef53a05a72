"""What a run does between two looks at the clock: pull, pull an old window again, replay the quarantine, let two workers meet."""

from collections.abc import Callable
from datetime import timedelta

from model.store.runs import Counts
from operations.pull import PullOutcome, Wanted, pull_channel
from operations.replay import replay_channel
from operations.runtime.hub_accounts import Channel, utc
from tests.simulation.stores import Books
from tests.simulation.town import Town

Step = Callable[[Town], None]

GAPS_MS = (5_000, 5_000, 5_000, 20_000, 20_000, 90_000)
"""The longest waits between two steps; the street's shops are busy, so a minute brings some twenty orders."""


def pull_some(town: Town) -> None:
    """Pull some of the channels, in a drawn order."""
    for channel in town.dice.sample(town.channels, town.dice.randint(1, 3)):
        note(town, pull_channel(town.open_hub(), channel))


def pull_old_window(town: Town) -> None:
    """Pull a window of the past again, as somebody who doubts a day would."""
    channel = town.dice.choice(town.channels)
    note(town, pull_channel(town.open_hub(), channel, _old_window(town, channel)))


def pull_stale_window(town: Town) -> None:
    """Pull a window through a cache that repeats what it saw when this window was pulled before; the first time, it only looks on."""
    channel = town.channels[town.seed % len(town.channels)]  # always the same one, so that there is a second time
    start = utc(channel.orders_from)
    wanted = Wanted(start, start + timedelta(days=31, hours=22))
    if town.stale.kept:  # what the cache remembers is overtaken first
        town.street.touch(0.3)
        town.pass_time(90_000, 90_000)
        note(town, pull_channel(town.open_hub(), channel))
    before = town.tape
    town.tape = town.stale
    town.tape.mode = "play" if town.tape.kept else "record"
    town.bury()  # wires are laid when a hub opens
    try:
        note(town, pull_channel(town.open_hub(), channel, wanted))
    finally:
        town.tape = before
        town.bury()


def replay(town: Town) -> None:
    """Replay what is in quarantine."""
    for channel in town.channels:
        done = replay_channel(town.open_hub(), channel)
        town.journal.append(f"replay {channel.id} {done.tried} {done.resolved} {done.still_open} {done.message}")


def meet_second_worker(town: Town) -> None:
    """Pull, and in the middle of it let a second worker pull the same channel: it is turned away, or the first one is fenced."""
    channel = town.dice.choice(town.channels)
    meeting = _Meeting(town, channel)
    town.alarm, town.on_alarm = town.dice.randint(1, 12), meeting.take_place
    try:
        hub = town.open_hub()
        note(town, pull_channel(hub, channel))
    finally:
        town.on_alarm = None
    meeting.judge()


class _Meeting:
    """Two workers on one channel: what the first had written when the second came, and who was let in."""

    def __init__(self, town: Town, channel: Channel) -> None:
        self._town, self._channel = town, channel
        self._first_pages: dict[str, int] = {}
        self._second_runs: set[str] = set()
        self._took_over = False

    def take_place(self) -> None:
        """The second worker comes; half of the times the first has been asleep for longer than its lease."""
        town, channel = self._town, self._channel
        is_asleep = town.dice.randrange(2) == 0
        if is_asleep:
            town.pass_time(61_000, 300_000)
        self._first_pages = pages_by_run(town.books, channel.id)
        lease = town.books.rows(f"SELECT token, holder FROM lease WHERE resource = 'pull:{channel.id}'")  # noqa: S608
        outcomes = self._pull_second()
        after = town.books.rows(f"SELECT token, holder FROM lease WHERE resource = 'pull:{channel.id}'")  # noqa: S608
        self._took_over = after != lease
        self._second_runs = set(pages_by_run(town.books, channel.id)) - set(self._first_pages)
        town.steps["took over" if self._took_over else "turned away"] += 1
        may_take_over = is_asleep or str(lease[0][1]).partition(":")[0].find("elsewhere") < 0
        if self._took_over and not may_take_over:
            town.blame("lease", f"{channel.id}: a second worker was let in while the first held the lease")
        if not self._took_over and [outcome.outcome for outcome in outcomes] != ["skipped"]:
            town.blame("lease", f"{channel.id}: a second worker without a lease was not skipped")

    def _pull_second(self) -> list[PullOutcome]:
        town = self._town
        database, life = town.stores.worker(town.url, "second")
        try:
            outcomes = pull_channel(town.worker(database, life, f"second-{town.exchanges}:1:1"), self._channel)
        finally:
            database.close()
        note(town, outcomes)
        return outcomes

    def judge(self) -> None:
        """After a take-over the first worker has written no further page."""
        if not self._took_over:
            return
        now = pages_by_run(self._town.books, self._channel.id)
        written = [run for run, pages in now.items() if run not in self._second_runs and pages > self._first_pages.get(run, 0)]
        if written:
            self._town.blame("fencing", f"{self._channel.id}: runs {written} wrote pages after their lease was taken over")


def pages_by_run(books: Books, channel: str) -> dict[str, int]:
    """Pages each run of a channel has saved."""
    return dict(books.rows(f"SELECT id, pages FROM pull_run WHERE account_id = '{channel}'"))  # noqa: S608


STEPS: tuple[tuple[Step, int], ...] = (
    (pull_some, 10),
    (pull_old_window, 2),
    (pull_stale_window, 4),
    (replay, 3),
    (meet_second_worker, 3),
)


def take_step(town: Town) -> None:
    """One drawn step, which the process may not outlive."""
    step = town.dice.choices([each for each, _ in STEPS], [weight for _, weight in STEPS])[0]
    town.pass_time(2_000, town.dice.choice(GAPS_MS))
    town.street.advance()
    town.steps[step.__name__] += 1
    town.journal.append(f"{step.__name__} at {town.clock.now().isoformat()}")
    town.risk(deaths=45, outage_one_in=5)
    if town.outlive(lambda: step(town)) and town.dice.randrange(4) == 0:
        town.bury()


def note(town: Town, outcomes: list[PullOutcome]) -> None:
    """Write outcomes into the journal."""
    town.journal += [f"{each.channel} {each.stream} {each.outcome} {_in_words(each.counts)} {each.message}" for each in outcomes]


def _in_words(counts: Counts) -> str:
    return f"{counts.new}+{counts.changed}+{counts.unchanged}+{counts.superseded}+{counts.quarantined}"


def _old_window(town: Town, channel: Channel) -> Wanted:
    orders_from = utc(channel.orders_from)
    seconds = int((town.clock.now() - orders_from).total_seconds())
    start = orders_from + timedelta(seconds=town.dice.randrange(seconds * 3 // 4, seconds))
    until = start + timedelta(seconds=town.dice.randint(60, 3 * 86_400))
    return town.dice.choice((Wanted(start, until), Wanted(start), Wanted(None, until)))
