"""Pull listings: a channel's whole catalogue into the store; what it no longer shows is gone, what cannot be read is named."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from connectors.capabilities import ListingSource
from model.errors import MalformedError
from model.records.listing import Listing
from model.store import leases
from model.store.bulk import PrimitiveRow, among, insert_rows, update_rows
from model.store.catalogue import LISTINGS, SKU_MAP, listing_id
from model.store.leases import Lease
from model.store.touches import touch
from model.values.instant import iso
from operations.pull import introduce
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel

_KEPT = "nothing is taken for gone,"
TOLD = 20
"""Unreadable listings named in a message."""


def pull_listings(hub: Hub, channel: Channel) -> Report:
    """Read the catalogue whole; a channel whose connector has none is skipped, a second reader as well.

    What it does not show is gone, unless something could not be read, which may be just that, or nothing came at all.
    """
    unreadable: list[str] = []

    def work(lease: Lease, report: Report) -> None:
        with hub.connected(channel) as connector:
            if not isinstance(connector, ListingSource):
                report.skip(f"{channel.connector} has no catalogue to read")
                return
            introduce(hub, channel, connector)
            started = hub.clock.now()
            _read(hub, channel, connector, lease, started, report, unreadable)
            if report.counts["read"] and not unreadable:
                report.counts["gone"] = hub.database.run(lambda connection: _forget_unseen(connection, lease, channel.id, started))
        if unreadable:
            report.counts["unreadable"] = len(unreadable)
            report.message = f"{_KEPT} as some cannot be read: {'; '.join(unreadable[:TOLD])}"
        elif not report.counts["read"]:
            report.message = f"{_KEPT} as the catalogue came empty"

    return at_channel(hub, channel, "listings", ("read", "new", "changed", "gone", "unreadable"), work)


def _read(hub: Hub, channel: Channel, source: ListingSource, lease: Lease, at: datetime, report: Report, unreadable: list[str]) -> None:
    for page in source.fetch_listings(None):
        listings: dict[str, Listing] = {}
        for raw in page.slices:
            try:
                listing = source.read_listing(raw)
            except MalformedError as error:
                unreadable.append(str(error)[:200])
                continue
            listings[listing.external_id] = listing
        new, changed = hub.database.run(lambda connection, some=listings: _save(connection, lease, channel.id, some, at))
        report.counts.update(read=len(listings), new=new, changed=changed)


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
    update_rows(connection, LISTINGS, changed)
    connection.execute(update(LISTINGS).where(among(connection, LISTINGS.c.id, list(stored))).values(seen_at=at))
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
