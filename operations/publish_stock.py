"""Publish stock: tell each channel what it may sell, as the newest state of each listing, and learn what became of it.

A row is claimed before its request leaves and settled by its answer. One whose answer never came is read back before it is told again;
one that the channel had changed meanwhile waits until its orders were read, as the difference is most likely a sale.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, or_, select

from connectors.capabilities import InventorySink, OrderSource, StockTarget
from model.errors import ContractError, HubError
from model.records.listing import Listing
from model.store import exposure, leases, publishing, runs
from model.store.leases import Lease
from model.store.order_rows import ORDERS, STATES
from model.store.publishing import AnyRow, Telling
from model.values.ids import derive_id
from operations.reports import Report, at_channel
from operations.ring_fence import fenced
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.stock_policy import counted_by_channels

T = TypeVar("T")

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
BATCH = 2000
"""Rows claimed at once."""


def publish_channel(hub: Hub, channel: Channel) -> Report:
    """Tell one channel everything that is due. A channel whose orders are not fresh, or that counts its stock itself, is told nothing."""
    counted = ("told", "healed", "stale", "refused", "unanswered")
    return at_channel(hub, channel, "publish", counted, lambda lease, report: _publish(hub, channel, lease, report))


def _publish(hub: Hub, channel: Channel, lease: Lease, report: Report) -> None:
    if reason := _reason_for_silence(hub, channel):
        report.skip(reason)
        return
    with hub.connected(channel) as connector:
        if not isinstance(connector, InventorySink):
            report.skip(f"{channel.connector} takes no stock levels")
            return
        late = connector.order_stream.late if isinstance(connector, OrderSource) else timedelta(0)
        known_until = _write(hub, lease, lambda connection: _begin(connection, hub, channel, late, report))
        if known_until is None:
            report.skip("some of its orders are not reviewed yet")
            return
        _read_back(hub, channel, connector, lease)
        _tell_all(hub, channel, connector, lease, known_until, report)


def _tell_all(hub: Hub, channel: Channel, sink: InventorySink, lease: Lease, known_until: datetime, report: Report) -> None:
    """Tell all that is due, a batch at a time, nothing twice; what cannot be told yet is passed over, so that it keeps nobody waiting."""
    done: set[str] = set()
    behind: AnyRow | None = None
    while True:
        claim = partial(_claim, hub=hub, channel=channel, sink=sink, known_until=known_until, done=done, behind=behind)
        behind, tellings = _write(hub, lease, claim)
        if behind is None:
            return
        if tellings:
            done.update(each.row.listing_id for each in tellings)
            _tell(hub, channel, sink, lease, tellings, report)
        if report.counts["unanswered"] or report.counts["stale"]:
            return  # the next run reads back, behind the next reading of orders


def _begin(connection: Connection, hub: Hub, channel: Channel, late: timedelta, report: Report) -> datetime | None:
    """Take stock of what earlier runs left, and of what is known by now; gives up to when all sales are known, by our own clock.

    Nothing is known while orders wait to be reviewed. They are looked for behind the instant: what is read later is not of before it.
    By our own clock, as `told_at` and `seen_at` are: a source whose clock is ahead would make sales known that were not read.
    """
    read_until = runs.read_until(connection, channel.id, "orders")
    if _undecided(connection, channel):
        return None
    now, known_until = hub.clock.now(), NEVER if read_until is None else read_until - late
    publishing.abandoned(connection, channel.id, now=now)
    report.counts["healed"] = publishing.heal(connection, channel.id, known_until, now=now)
    exposure.settle(connection, channel.id, known_until)
    return known_until


def _reason_for_silence(hub: Hub, channel: Channel) -> str | None:
    if not channel.stock.is_published:
        return "is_published is false"
    if own := counted_by_channels(hub.file, channel):
        return f"location {', '.join(own)}: is counted by the channel itself (owner), so it is told nothing"
    with hub.database.read() as connection:
        read_at = runs.last_whole(connection, channel.id, "orders")
    if read_at is None or read_at < hub.clock.now() - timedelta(minutes=channel.stock.fresh_within_min):
        return "its orders were not read recently enough"
    return None


def _undecided(connection: Connection, channel: Channel) -> bool:
    """Whether an order of the channel waits to be counted."""
    waits = (
        select(ORDERS.c.id).join(STATES, STATES.c.order_id == ORDERS.c.id)
        .where(ORDERS.c.account_id == channel.id, STATES.c.is_open)
        .where(or_(STATES.c.reviewed_seq.is_(None), STATES.c.reviewed_seq < ORDERS.c.fetch_seq)).limit(1)
    )  # fmt: skip
    return connection.execute(waits).first() is not None


def _write(hub: Hub, lease: Lease, work: Callable[[Connection], T]) -> T:
    """Write under the lease: a publisher that slept while another took over settles nothing any more."""

    def held(connection: Connection) -> T:
        leases.hold(connection, lease)
        return work(connection)

    return hub.database.run(held)


def _claim(
    connection: Connection,
    *,
    hub: Hub,
    channel: Channel,
    sink: InventorySink,
    known_until: datetime,
    done: Container[str],
    behind: AnyRow | None,
) -> tuple[AnyRow | None, list[Telling]]:
    """Note what of the next batch is told; gives the last row looked at, none at the end."""
    now = hub.clock.now()
    due = publishing.due(connection, channel.id, now, BATCH, behind)
    rows = [row for row in due if row.listing_id not in done and _is_explained(row, known_until)]
    compares = sink.sink_facts.compares
    if channel.stock.mode == "ring_fenced":
        tellings = fenced(connection, rows, hub.file, compares=compares)
    else:
        tellings = [Telling(row, row.desired, _expected(row) if compares else None) for row in rows]
    publishing.claim(connection, tellings, now=now)
    return due[-1] if due else None, tellings


def _is_explained(row: AnyRow, known_until: datetime) -> bool:
    """Whether a value that stood there in place of ours is understood: as sales that were read since, or as none of ours by now."""
    return row.problem is None or row.seen is None or row.exposure <= row.seen or row.seen_at < known_until


def _expected(row: AnyRow) -> int | None:
    """What the channel shows, as far as we know: what was seen last, unless its sales have been read since."""
    return row.seen if row.told_at is None or (row.seen_at and row.seen_at > row.told_at) else row.exposure


def _tell(hub: Hub, channel: Channel, sink: InventorySink, lease: Lease, tellings: Sequence[Telling], report: Report) -> None:
    waiting = {each.row.external_id: each for each in tellings}
    targets = [_target(channel, each) for each in tellings]
    problem = "no answer came"
    try:
        for answers in sink.publish_stock(targets):
            fates: defaultdict[str, list[Telling]] = defaultdict(list)
            reasons = {answer.external_id: answer.reason or answer.fate for answer in answers}
            for answer in answers:
                fates[answer.fate].append(waiting.pop(answer.external_id))
            _settle(hub, lease, fates, reasons, report)
            _look(hub, sink, lease, [each.row for each in fates["stale"]])
    except HubError as error:
        problem = str(error)
        raise
    finally:
        at, left = hub.clock.now(), list(waiting.values())
        report.counts["unanswered"] += len(left)
        _write(hub, lease, lambda connection: publishing.lost(connection, left, problem, at=at))


def _settle(hub: Hub, lease: Lease, fates: dict[str, list[Telling]], reasons: dict[str, str], report: Report) -> None:
    at = hub.clock.now()
    told, stale, refused = (fates.get(name, []) for name in ("told", "stale", "refused"))

    def work(connection: Connection) -> None:
        publishing.told(connection, told, at=at)
        publishing.not_set(connection, stale, reasons, is_final=False, at=at)
        publishing.not_set(connection, refused, reasons, is_final=True, at=at)

    _write(hub, lease, work)
    report.counts.update(told=len(told), stale=len(stale), refused=len(refused))


def _target(channel: Channel, telling: Telling) -> StockTarget:
    row = telling.row
    return StockTarget(
        external_id=row.external_id, product_external_id=row.product_external_id, stock_external_id=row.stock_external_id,
        quantity=telling.quantity, expected=telling.expected,
        key=derive_id(channel.id, row.listing_id, str(row.version), str(telling.quantity), str(telling.expected), str(row.attempts)),
    )  # fmt: skip


def _read_back(hub: Hub, channel: Channel, sink: InventorySink, lease: Lease) -> None:
    """Ask what channels show of rows whose answer never came, and of those never seen where that has to be known."""
    now = hub.clock.now()
    with hub.database.read() as connection:
        rows = publishing.unanswered(connection, channel.id, now, BATCH)
    _look(hub, sink, lease, rows)
    if not sink.sink_facts.compares and channel.stock.mode != "ring_fenced":
        return
    behind: AnyRow | None = None
    while True:
        with hub.database.read() as connection:
            rows = publishing.due(connection, channel.id, now, BATCH, behind, is_unseen=True)
        if not rows:
            return
        behind = rows[-1]
        _look(hub, sink, lease, rows)


def _look(hub: Hub, sink: InventorySink, lease: Lease, rows: Sequence[AnyRow]) -> None:
    """Note what the channel shows of these rows; they are due behind it."""
    if not rows:
        return
    shown = dict.fromkeys([row.listing_id for row in rows]) | what_it_shows(sink, rows)
    at = hub.clock.now()
    _write(hub, lease, lambda connection: publishing.seen(connection, rows, shown, at=at, makes_due=True))


def what_it_shows(sink: InventorySink, rows: Sequence[AnyRow]) -> dict[str, int | None]:
    """Listing ids to what the channel shows now; those that it does not know are left out."""
    by_id = {row.external_id: row.listing_id for row in rows}
    seen = (each for some in sink.fetch_stock([_listing(row) for row in rows]) for each in some)
    return {by_id[each.external_id]: each.sellable for each in seen if each.external_id in by_id}


def _listing(row: AnyRow) -> Listing:
    if row.external_id is None:
        raise ContractError("listing: has no id")
    return Listing(
        external_id=row.external_id, product_external_id=row.product_external_id, stock_external_id=row.stock_external_id,
        sku=row.channel_sku, title=row.title, kind=row.kind, is_tracked=row.is_tracked,
    )  # fmt: skip
