"""Publish stock: tell each channel what it may sell, as the newest state of each listing, and learn what became of it.

A row is claimed before its request leaves and settled by its answer. One whose answer never came is read back before it is told again;
one that the channel had changed meanwhile waits until its orders were read, as the difference is most likely a sale.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from connectors.capabilities import InventorySink, StockTarget
from model.errors import ConfigError, ContractError, HubError
from model.records.listing import Listing
from model.store import availability, exposure, leases, publishing, runs, touches
from model.store.leases import Lease, LeaseHeldError
from model.store.order_rows import ORDERS, STATES
from model.store.publishing import AnyRow, Telling
from model.values.ids import derive_id
from operations.pull import meet
from operations.ring_fence import fenced
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.stock_policy import policy_of

BATCH = 2000
"""Rows claimed at once."""
TOUCHED = 5000
"""SKUs whose availability is computed in one transaction."""


@dataclass(slots=True)
class Published:
    """What came of telling one channel."""

    channel: str
    outcome: str = "done"
    message: str = ""
    told: int = 0
    stale: int = 0
    refused: int = 0
    unanswered: int = 0
    error: HubError | None = None


def refresh_touched(hub: Hub) -> int:
    """Compute the availability of every SKU that was touched, for all channels; gives how many SKUs those were."""
    done = 0
    while True:
        with hub.database.read() as connection:
            seen = touches.waiting(connection, TOUCHED)
        if not seen:
            return done
        hub.database.run(lambda connection, some=seen: _refresh(connection, hub, some))
        done += len(seen)


def _refresh(connection: Connection, hub: Hub, seen: touches.Touches) -> None:
    at = hub.clock.now()
    for channel in hub.file.channels:
        availability.refresh(connection, policy_of(hub.file, channel, at), sorted(seen), at=at)
    touches.clear(connection, seen)


def publish_channel(hub: Hub, channel: Channel) -> Published:
    """Tell one channel everything that is due. Failures are outcomes; a channel whose orders are not fresh is told nothing."""
    result = Published(channel.id)
    try:
        meet(hub, channel)
        lease = leases.take(hub.database, f"publish:{channel.id}", hub.holder())
    except (LeaseHeldError, ConfigError) as error:
        result.outcome, result.message = ("skipped" if isinstance(error, LeaseHeldError) else "failed"), str(error)
        return result
    try:
        with leases.kept(hub.database, lease):
            _publish(hub, channel, lease, result)
    except HubError as error:
        result.outcome, result.message, result.error = "failed", str(error), error
    finally:
        leases.give_back(hub.database, lease)
    return result


def _publish(hub: Hub, channel: Channel, lease: Lease, result: Published) -> None:
    known_until = _known_until(hub, channel)
    if not channel.stock.is_published or known_until is None:
        result.outcome = "skipped"
        result.message = "its orders were not read recently enough" if channel.stock.is_published else "is_published is false"
        return
    now = hub.clock.now()
    _write(hub, lease, lambda connection: publishing.abandoned(connection, channel.id, now=now))
    _write(hub, lease, lambda connection: exposure.settle(connection, channel.id, known_until))
    with hub.connected(channel) as connector:
        if not isinstance(connector, InventorySink):
            result.outcome, result.message = "skipped", f"{channel.connector} takes no stock levels"
            return
        _read_back(hub, channel, connector, lease)
        while tellings := hub.database.run(lambda connection: _claim(connection, hub, channel, connector, lease, known_until)):
            _tell(hub, channel, connector, lease, tellings, result)
            if result.unanswered or result.stale:
                return  # the next run reads back, behind the next reading of orders


def _write(hub: Hub, lease: Lease, work: Callable[[Connection], None]) -> None:
    """Write under the lease: a publisher that slept while another took over settles nothing any more."""

    def held(connection: Connection) -> None:
        leases.hold(connection, lease)
        work(connection)

    hub.database.run(held)


def _known_until(hub: Hub, channel: Channel) -> datetime | None:
    """Up to when all sales of the channel are known and decided upon; None if that is not recent enough to tell it anything.

    By our own clock, as `told_at` and `seen_at` are: a source whose clock is ahead would make sales known that were not read.
    """
    with hub.database.read() as connection:
        read_at = runs.last_whole(connection, channel.id, "orders")
        undecided = (
            select(ORDERS.c.id).join(STATES, STATES.c.order_id == ORDERS.c.id)
            .where(ORDERS.c.account_id == channel.id, STATES.c.is_open, STATES.c.reviewed_seq.is_(None)).limit(1)
        )  # fmt: skip
        if read_at is None or connection.execute(undecided).first() is not None:
            return None
    fresh = hub.clock.now() - timedelta(minutes=channel.stock.fresh_within_min)
    return read_at if read_at >= fresh else None


def _claim(
    connection: Connection,
    hub: Hub,
    channel: Channel,
    sink: InventorySink,
    lease: Lease,
    known_until: datetime,
) -> list[Telling]:
    leases.hold(connection, lease)
    now = hub.clock.now()
    rows = publishing.due(connection, channel.id, now, BATCH)
    # what stood there in place of what we expected is most likely a sale: told again only when it must have been read
    rows = [row for row in rows if row.problem is None or row.seen_at is None or row.seen_at < known_until]
    compares = sink.sink_facts.compares
    if channel.stock.mode == "ring_fenced":
        tellings = fenced(connection, rows, compares=compares)
    else:
        tellings = [Telling(row, row.desired, _expected(row) if compares else None) for row in rows]
    publishing.claim(connection, tellings, now=now)
    return tellings


def _expected(row: AnyRow) -> int | None:
    """What the channel shows, as far as we know: what was seen last, unless its sales have been read since."""
    return row.seen if row.told_at is None or (row.seen_at and row.seen_at > row.told_at) else row.exposure


def _tell(hub: Hub, channel: Channel, sink: InventorySink, lease: Lease, tellings: Sequence[Telling], result: Published) -> None:
    waiting = {each.row.external_id: each for each in tellings}
    targets = [_target(channel, each) for each in tellings]
    problem = "no answer came"
    try:
        for answers in sink.publish_stock(targets):
            fates: defaultdict[str, list[Telling]] = defaultdict(list)
            reasons = {answer.external_id: answer.reason or answer.fate for answer in answers}
            for answer in answers:
                fates[answer.fate].append(waiting.pop(answer.external_id))
            _settle(hub, lease, fates, reasons, result)
            _look(hub, sink, lease, fates["stale"])
    except HubError as error:
        problem = str(error)
        raise
    finally:
        at, left = hub.clock.now(), list(waiting.values())
        result.unanswered += len(left)
        _write(hub, lease, lambda connection: publishing.lost(connection, left, problem, at=at))


def _settle(hub: Hub, lease: Lease, fates: dict[str, list[Telling]], reasons: dict[str, str], result: Published) -> None:
    at = hub.clock.now()
    told, stale, refused = (fates.get(name, []) for name in ("told", "stale", "refused"))

    def work(connection: Connection) -> None:
        publishing.told(connection, told, at=at)
        publishing.not_set(connection, stale, reasons, is_final=False, at=at)
        publishing.not_set(connection, refused, reasons, is_final=True, at=at)

    _write(hub, lease, work)
    result.told, result.stale, result.refused = result.told + len(told), result.stale + len(stale), result.refused + len(refused)


def _target(channel: Channel, telling: Telling) -> StockTarget:
    row = telling.row
    return StockTarget(
        external_id=row.external_id, product_external_id=row.product_external_id, stock_external_id=row.stock_external_id,
        quantity=telling.quantity, expected=telling.expected,
        key=derive_id(channel.id, row.listing_id, str(row.version), str(telling.quantity), str(telling.expected), str(row.attempts)),
    )  # fmt: skip


def _read_back(hub: Hub, channel: Channel, sink: InventorySink, lease: Lease) -> None:
    """Ask what channels show of rows whose answer never came, and of those never seen by a sink that compares."""
    with hub.database.read() as connection:
        rows = publishing.unanswered(connection, channel.id, hub.clock.now(), BATCH)
        if sink.sink_facts.compares:
            rows += [row for row in publishing.due(connection, channel.id, hub.clock.now(), BATCH) if row.seen is None]
    _look(hub, sink, lease, [Telling(row, 0, None) for row in rows])


def _look(hub: Hub, sink: InventorySink, lease: Lease, tellings: Sequence[Telling]) -> None:
    """Note what the channel shows of these rows; they are due behind it."""
    if not tellings:
        return
    by_id = {each.row.external_id: each.row.listing_id for each in tellings}
    shown: dict[str, int | None] = dict.fromkeys(by_id.values())
    for some in sink.fetch_stock([_listing(each.row) for each in tellings]):
        shown |= {by_id[each.external_id]: each.sellable for each in some if each.external_id in by_id}
    at = hub.clock.now()
    _write(hub, lease, lambda connection: publishing.seen(connection, shown, at=at, makes_due=True))


def _listing(row: AnyRow) -> Listing:
    if row.external_id is None:
        raise ContractError("listing: has no id")
    return Listing(
        external_id=row.external_id, product_external_id=row.product_external_id, stock_external_id=row.stock_external_id,
        sku=row.channel_sku, title=row.title, kind=row.kind, is_tracked=row.is_tracked,
    )  # fmt: skip
