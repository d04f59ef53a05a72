"""Pull listings: a channel's whole catalogue into the store; what it no longer shows is gone, what cannot be read is named."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update

from connectors.capabilities import ListingSource, RawPage
from model.errors import ConfigError, HubError, MalformedError
from model.records.listing import Listing
from model.store import leases
from model.store.bulk import PrimitiveRow, among, insert_rows, update_rows
from model.store.catalogue import LISTINGS, SKU_MAP, listing_id
from model.store.leases import Lease, LeaseHeldError
from model.store.touches import touch
from model.values.instant import iso
from operations.pull import introduce, meet
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel

TOLD = 20
"""Unreadable listings named in a message."""


@dataclass(slots=True)
class ListingsRead:
    """What came of reading one channel's catalogue."""

    channel: str
    outcome: str = "done"
    message: str = ""
    read: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    unreadable: list[str] = field(default_factory=list[str])
    error: HubError | None = None


def pull_listings(hub: Hub, channel: Channel) -> ListingsRead:
    """Read the catalogue whole; a channel whose connector has none is skipped, a second reader as well."""
    result = ListingsRead(channel.id)
    try:
        meet(hub, channel)
        lease = leases.take(hub.database, f"listings:{channel.id}", hub.holder())
    except (LeaseHeldError, ConfigError) as error:
        result.outcome, result.message = ("skipped" if isinstance(error, LeaseHeldError) else "failed"), str(error)
        return result
    try:
        with hub.connected(channel) as connector, leases.kept(hub.database, lease):
            if not isinstance(connector, ListingSource):
                result.outcome, result.message = "skipped", f"{channel.connector} has no catalogue to read"
                return result
            introduce(hub, channel, connector)
            started = hub.clock.now()
            _read(hub, channel, connector, connector.fetch_listings(None), lease, started, result)
            result.gone = hub.database.run(lambda connection: _forget_unseen(connection, lease, channel.id, started))
    except HubError as error:
        result.outcome, result.message, result.error = "failed", str(error), error
    finally:
        leases.give_back(hub.database, lease)
    result.message = result.message or _said(result)
    return result


def _read(
    hub: Hub, channel: Channel, source: ListingSource, pages: Iterable[RawPage], lease: Lease, at: datetime, result: ListingsRead
) -> None:
    for page in pages:
        listings: dict[str, Listing] = {}
        for raw in page.slices:
            try:
                listing = source.read_listing(raw)
            except MalformedError as error:
                result.unreadable.append(str(error)[:200])
                continue
            listings[listing.external_id] = listing
        new, changed = hub.database.run(lambda connection, some=listings: _save(connection, lease, channel.id, some, at))
        result.read, result.new, result.changed = result.read + len(listings), result.new + new, result.changed + changed


def _save(connection: Connection, lease: Lease, account_id: str, listings: dict[str, Listing], at: datetime) -> tuple[int, int]:
    leases.hold(connection, lease)
    ids = {listing_id(account_id, external_id): listing for external_id, listing in listings.items()}
    stored = {row.id: row for row in connection.execute(select(LISTINGS).where(among(connection, LISTINGS.c.id, list(ids))))}
    rows = {
        row_id: _row(row_id, account_id, listing, stored[row_id].first_seen_at if row_id in stored else at, at)
        for row_id, listing in ids.items()
    }
    changed = [row for row_id, row in rows.items() if row_id in stored and _told(tuple(stored[row_id])) != _told(row)]
    insert_rows(connection, LISTINGS, [row for row_id, row in rows.items() if row_id not in stored])
    update_rows(connection, LISTINGS, [rows[row_id] for row_id in rows if row_id in stored])
    news = [row_id for row_id in rows if row_id not in stored] + [str(row[0]) for row in changed]
    touch(connection, connection.execute(select(SKU_MAP.c.sku).where(among(connection, SKU_MAP.c.listing_id, news))).scalars())
    return len(rows) - len(stored), len(changed)


def _row(row_id: str, account_id: str, listing: Listing, first_seen_at: datetime, at: datetime) -> PrimitiveRow:
    return (
        row_id, account_id, listing.external_id, listing.product_external_id, listing.stock_external_id, listing.sku, listing.title,
        listing.kind, listing.is_tracked, iso(first_seen_at), iso(at), None,
    )  # fmt: skip


def _told(row: tuple[object, ...]) -> tuple[object, ...]:
    """What the channel says of a listing, without when we saw it."""
    return (*row[2:9], row[11])


def _forget_unseen(connection: Connection, lease: Lease, account_id: str, started: datetime) -> int:
    """Mark as gone what this whole reading did not show."""
    leases.hold(connection, lease)
    c = LISTINGS.c
    unseen = update(LISTINGS).where(c.account_id == account_id, c.gone_at.is_(None), c.seen_at < started).values(gone_at=started)
    gone = list(connection.execute(unseen.returning(c.id)).scalars())
    touch(connection, connection.execute(select(SKU_MAP.c.sku).where(among(connection, SKU_MAP.c.listing_id, gone))).scalars())
    return len(gone)


def _said(result: ListingsRead) -> str:
    told = f"{result.read} listings: {result.new} new, {result.changed} changed, {result.gone} gone"
    if result.unreadable:
        told += f"; {len(result.unreadable)} cannot be read: {'; '.join(result.unreadable[:TOLD])}"
    return told
