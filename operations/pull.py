"""Pull a channel's streams into the store: windows cut, pages read ahead, each saved in one transaction under the channel's lease."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors._kit.base import Connector
from connectors.capabilities import (
    DisputeSource,
    OrderSource,
    PaymentSource,
    PayoutSource,
    RawPage,
    RefundSource,
    StreamFacts,
    WarehouseAdvice,
    Window,
)
from model.errors import AuthError, ConfigError, ContractError, HubError
from model.rules.lateness import overlap_of
from model.store import accounts, cursors, leases, runs
from model.store.cursors import OWN, StreamCursor
from model.store.lateness import Meter, late_days
from model.store.leases import Lease, LeaseHeldError
from model.store.order_rows import Reading
from model.store.pages import Behind, PageToSave
from model.store.runs import Counts, Run
from model.values.instant import iso
from operations.lookahead import lookahead
from operations.read_pages import PageReader, in_batches, mapping_version
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Account, utc
from operations.save_pages import save_sparing

RERUN_RESUMES = timedelta(hours=1)
"""A rerun goes on where a failed one of the same window stopped, but not later than this: the pages before may have changed."""
TOLERATED_SKEW = timedelta(minutes=15)
"""A source's Date header may be so far ahead of our clock, and no further: a cursor in the future would leave changes behind for good.
Connectors overlap by more than this, as a proxy's clock may be ahead of the clock that stamps the records."""
SEQUENCE_ROOM = 10**9
"""Payloads one lease token may number; the token leads, so later holders always count as later."""

Group = Literal["pull", "refunds", "money"]
"""What is read together, under one lease: orders with payments and advices, refunds, or payouts with disputes."""

Fetch = Callable[[Window, str | None], Iterator[RawPage]]


@dataclass(frozen=True, slots=True)
class StreamSource:
    """One stream of a connector: its name, what it declares, and how it is fetched."""

    name: str
    facts: StreamFacts
    fetch: Fetch


@dataclass(slots=True)
class PullOutcome:
    """What became of reading one stream of one channel."""

    channel: str
    stream: str
    outcome: str
    message: str = ""
    counts: Counts = field(default_factory=Counts)
    elapsed_ms: int = 0
    error: HubError | None = None


_FIRST: Mapping[Group, str] = {"pull": "orders", "refunds": "refunds", "money": "payouts"}
"""What an outcome is about that says why nothing of a group was read."""

Progress = Callable[[str, str, Counts], None]


def silent(_channel: str, _stream: str, _counts: Counts) -> None:
    """Progress nobody watches."""


def group_of(stream: str) -> Group:
    """The group a stream is read with."""
    return _GROUPS.get(stream, "pull")


_GROUPS: Mapping[str, Group] = {"refunds": "refunds", "payouts": "money", "disputes": "money"}
"""Streams that are not read with the orders."""


def streams_of(connector: Connector[Any], group: Group = "pull") -> list[StreamSource]:
    """The streams of a group that a connector offers, by its capabilities."""
    found: list[StreamSource] = []
    if group == "refunds":
        return [StreamSource("refunds", connector.refund_stream, connector.fetch_refunds)] if isinstance(connector, RefundSource) else []
    if group == "money":
        return _money_streams(connector)
    if isinstance(connector, OrderSource):
        found.append(StreamSource("orders", connector.order_stream, connector.fetch_orders))
    if isinstance(connector, PaymentSource):
        found.append(StreamSource("payments", connector.payment_stream, connector.fetch_payments))
    if isinstance(connector, WarehouseAdvice):
        found.append(StreamSource("advices", connector.advice_stream, connector.fetch_advices))
    return found


def _money_streams(connector: Connector[Any]) -> list[StreamSource]:
    found: list[StreamSource] = []
    if isinstance(connector, PayoutSource):
        found.append(StreamSource("payouts", connector.payout_stream, connector.fetch_payouts))
    if isinstance(connector, DisputeSource):
        found.append(StreamSource("disputes", connector.dispute_stream, connector.fetch_disputes))
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """The window an admin asks for; empty means: go on from where the stream stands."""

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            given: datetime | None = getattr(self, name)
            if given is not None and given.tzinfo is None:
                raise ConfigError(f"{name}: has no offset; write an instant like 2026-01-31T00:00:00Z")
            object.__setattr__(self, name, utc(given) if given else None)
        if self.since and self.until and self.since >= self.until:
            raise ConfigError("window: ends before it begins; give a since that lies before until")

    @property
    def scope(self) -> str:
        """The cursor scope: a window of its own never moves the stream's cursor."""
        if self.since is None and self.until is None:
            return OWN
        return f"{iso(self.since) if self.since else 'start'}/{iso(self.until) if self.until else 'now'}"


def pull_channel(
    hub: Hub, channel: Account, wanted: Wanted | None = None, progress: Progress = silent, *, group: Group = "pull"
) -> list[PullOutcome]:
    """Read the streams of one group of one channel; one outcome each. Failures are outcomes, so that one channel never stops another."""
    wanted = wanted or Wanted()
    started = hub.clock.now()
    try:
        meet(hub, channel)
        lease = leases.take(hub.database, f"{group}:{channel.id}", hub.holder())
    except LeaseHeldError as error:
        return [PullOutcome(channel.id, _FIRST[group], "skipped", str(error))]
    except ConfigError as error:
        return [PullOutcome(channel.id, _FIRST[group], "failed", str(error), error=error)]
    try:
        with leases.kept(hub.database, lease):
            return _pull_under(hub, channel, wanted, lease, progress, group)
    except HubError as error:
        elapsed_ms = _elapsed_ms(hub, started)
        return [PullOutcome(channel.id, _FIRST[group], "failed", str(error), elapsed_ms=elapsed_ms, error=error)]
    finally:
        leases.give_back(hub.database, lease)


def meet(hub: Hub, channel: Account) -> None:
    """Make sure the account and this version of hub.toml are known to the store."""
    at = hub.clock.now()
    hub.database.run(lambda connection: accounts.meet(connection, channel.id, channel.connector, channel.entity, at=at))
    hub.database.run(lambda connection: runs.keep_config(connection, hub.file.hash, hub.file.text, at=at))


def _pull_under(hub: Hub, channel: Account, wanted: Wanted, lease: Lease, progress: Progress, group: Group) -> list[PullOutcome]:
    with hub.connected(channel) as connector:
        source_now = introduce(hub, channel, connector)
        job = _Job(hub, channel, connector, lease, wanted, source_now, progress)
        outcomes: list[PullOutcome] = []
        for number, stream in enumerate(streams_of(connector, group)):
            outcomes.append(job.pull(stream, number))
            if outcomes[-1].error is not None:
                break
        return outcomes


def introduce(hub: Hub, channel: Account, connector: Connector[Any]) -> datetime:
    """Ask the remote who it is, bind the account to it, lift or set the pause; gives the remote's clock."""
    try:
        identity = connector.identify()
    except AuthError as error:
        set_pause(hub, channel, str(error))
        raise
    fingerprint = f"{channel.connector}:{identity.fingerprint}"
    hub.database.run(lambda connection: accounts.recognise(connection, channel.id, fingerprint))
    set_pause(hub, channel, None)
    return identity.now


def set_pause(hub: Hub, channel: Account, reason: str | None) -> None:
    """Note that the channel's credentials are refused, or (None) that they are taken again; every run asks anew."""
    at = hub.clock.now() if reason else None
    hub.database.run(lambda connection: accounts.pause(connection, channel.id, reason, at=at))


@dataclass(slots=True)
class _Job:
    """Reading one channel under one lease."""

    hub: Hub
    channel: Account
    connector: Connector[Any]
    lease: Lease
    wanted: Wanted
    source_now: datetime
    progress: Progress

    def pull(self, stream: StreamSource, number: int) -> PullOutcome:
        """Read one stream to its horizon and write the run down, however it ends."""
        hub, started = self.hub, self.hub.clock.now()
        run = Run(hub.new_run_id(), self.channel.id, stream.name, self.wanted.scope, hub.actor.id, started, hub.file.hash)
        hub.database.run(lambda connection: runs.abandon(connection, run.account_id, run.stream, at=started))
        hub.database.run(lambda connection: runs.begin(connection, run, hub.actor.name))
        outcome = PullOutcome(self.channel.id, stream.name, "done", counts=run.counts)
        try:
            self._pull(stream, run, number)
        except HubError as error:
            outcome.outcome, outcome.message, outcome.error = "failed", str(error), error
            if isinstance(error, AuthError) and group_of(stream.name) != "money":  # a key without the money scopes still reads orders
                set_pause(hub, self.channel, str(error))
        outcome.elapsed_ms = _elapsed_ms(hub, started)
        at = hub.clock.now()
        hub.database.run(lambda connection: runs.end(connection, run.id, outcome.outcome, outcome.message or None, at=at))
        return outcome

    def _pull(self, stream: StreamSource, run: Run, number: int) -> None:
        reader = self._reader(stream, number)
        cursor = self._cursor(stream)
        now = min(self.source_now, self.hub.clock.now() + TOLERATED_SKEW)
        horizon = min(self.wanted.until or now, now - stream.facts.lag)
        facts = facts_in_force(self.hub, self.channel, stream)
        while True:
            if cursor.window_start is None or cursor.window_end is None:
                window = next_window(cursor, facts, self.channel.read_from, horizon, is_rerun=cursor.scope != OWN)
                if window is None:
                    return
                cursor = cursor.opened(window.start, window.end)
            cursor = self._read_window(stream, run, reader, cursor)
            if cursor.scope != OWN and cursor.read_until >= horizon:
                return

    def _read_window(self, stream: StreamSource, run: Run, reader: PageReader, cursor: StreamCursor) -> StreamCursor:
        """Read the window the cursor stands in; gives the cursor behind it."""
        if cursor.window_start is None or cursor.window_end is None:
            raise ContractError("cursor: no window is open")
        window = Window(cursor.window_start, cursor.window_end)
        meter = self._meter(stream, cursor)
        raw_pages = in_batches(stream.fetch(window, cursor.page_token))
        with closing(lookahead(_read_all(reader, lookahead(raw_pages)))) as pages:
            for token, page in pages:
                cursor = cursor.after_page(token)
                self._save(run, reader, page, Behind(self.lease, cursor, (window.start, window.end), meter))
        if cursor.window_end is not None:
            raise ContractError(f"{self.channel.id} {stream.name}: the window ended without a last page")
        return cursor

    def _meter(self, stream: StreamSource, cursor: StreamCursor) -> Meter | None:
        """What the lateness of a window's changes is measured against; the first reading, and a rerun, measure nothing."""
        if cursor.scope != OWN or cursor.read_until <= self.channel.read_from:
            return None
        return Meter(self.channel.id, stream.name, cursor.read_until, self.hub.clock.now().date())

    def _save(self, run: Run, reader: PageReader, page: PageToSave, behind: Behind) -> None:
        reading = reading_of(self.hub, self.channel, reader, run.id)
        run.counts.add(save_sparing(self.hub.database, page, reading, behind, run.stream))
        self.progress(self.channel.id, run.stream, run.counts)
        check_readable(run.counts)

    def _cursor(self, stream: StreamSource) -> StreamCursor:
        scope = self.wanted.scope
        with self.hub.database.read() as connection:
            stored = cursors.load(connection, self.channel.id, stream.name, scope, not_before=self.hub.clock.now() - RERUN_RESUMES)
        start = self.wanted.since or self.channel.read_from
        return stored or StreamCursor(self.channel.id, stream.name, scope, start)

    def _reader(self, stream: StreamSource, number: int) -> PageReader:
        first = self.lease.token * SEQUENCE_ROOM + number * SEQUENCE_ROOM // 10
        return reader_for(self.hub, self.channel, self.connector, stream.name, first)


def facts_in_force(hub: Hub, channel: Account, stream: StreamSource) -> StreamFacts:
    """What the connector declares of a stream, with the overlap as wide as its late changes of the last weeks ask for."""
    today = hub.clock.now().date()
    with hub.database.read() as connection:
        days = late_days(connection, channel.id, stream.name, today)
    return replace(stream.facts, overlap=overlap_of(stream.facts.overlap, days, today).in_force)


def next_window(cursor: StreamCursor, facts: StreamFacts, orders_from: datetime, horizon: datetime, *, is_rerun: bool) -> Window | None:
    """The next window to read, or None when the stream has been read to its horizon.

    A stream's own window starts an overlap before where the last one ended, for changes that became visible late; the first
    window, and a rerun's, start where they are told to.
    """
    if cursor.read_until >= horizon:
        return None
    back = facts.overlap if not is_rerun and cursor.read_until > orders_from else facts.overlap * 0
    start = max(cursor.read_until - back, min(orders_from, cursor.read_until))
    return Window(start, min(cursor.read_until + facts.longest, horizon))


def _read_all(reader: PageReader, pages: Generator[RawPage]) -> Iterator[tuple[str | None, PageToSave]]:
    with closing(pages):
        for page in pages:
            yield page.resume, reader.read(page)


def reader_for(hub: Hub, channel: Account, connector: Connector[Any], stream: str, seq: int) -> PageReader:
    """A reader of payloads for one channel, with the data key in force."""
    sealer = hub.sealer()
    return PageReader(
        database=hub.database,
        sealer=sealer,
        account_id=channel.id,
        stream=stream,
        key_id=sealer.key_for(hub.database, channel.id, hub.clock.now()),
        kinds=connector.kinds,
        external_id_in=connector.external_id_in,
        statuses=connector.settings.statuses,
        mapping_version=mapping_version(connector),
        seq=seq,
    )


def reading_of(hub: Hub, channel: Account, reader: PageReader, run_id: str) -> Reading:
    """The circumstances a page is saved under."""
    return Reading(
        account_id=channel.id,
        zone=channel.trading_zone,
        cut_off=channel.cut_off,
        live_from=channel.history_until,
        run_id=run_id,
        mapping_version=reader.mapping_version,
        at=hub.clock.now(),
        key_id=reader.key_id,
        sealer=reader.sealer,
        stream=reader.stream,
    )


def check_readable(counts: Counts) -> None:
    """Stop a run when most of what it reads cannot be read: then the interface changed, and quarantine would only fill up."""
    if counts.quarantined >= 100 and counts.quarantined * 2 > counts.read:  # noqa: PLR2004  half of at least a hundred
        raise ContractError(f"most payloads cannot be read ({counts.quarantined} of {counts.read}); see `entrepot quarantine list`")


def _elapsed_ms(hub: Hub, since: datetime) -> int:
    return int((hub.clock.now() - since).total_seconds() * 1000)
