"""Compare stock: ask a channel what it shows of everything that is at rest, and say what differs.

Nothing is told here. What differs may be a sale that was not read yet; the publishing behind the next reading of orders tells anew what
then still differs.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from connectors.capabilities import InventorySink
from model.store import leases, publishing
from model.store.leases import Lease
from model.store.publishing import AnyRow
from operations.publish_stock import BATCH, what_it_shows
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel


def compare_channel(hub: Hub, channel: Channel) -> Report:
    """Note what the channel shows of each listing at rest; while its publisher is at work, it is skipped."""
    counted = ("looked", "differ", "unknown there")
    return at_channel(hub, channel, "publish", counted, lambda lease, report: _compare(hub, channel, lease, report))


def _compare(hub: Hub, channel: Channel, lease: Lease, report: Report) -> None:
    if not channel.stock.is_published:
        report.skip("is_published is false")
        return
    with hub.connected(channel) as connector:
        if not isinstance(connector, InventorySink):
            report.skip(f"{channel.connector} takes no stock levels")
            return
        behind: str | None = None
        while True:
            with hub.database.read() as connection:
                rows = publishing.at_rest(connection, channel.id, behind, BATCH)
            if not rows:
                return
            behind = rows[-1].listing_id
            shown = what_it_shows(connector, rows)
            at = hub.clock.now()

            hub.database.run(partial(_note, lease=lease, rows=rows, shown=shown, at=at))
            differing = sum(row.listing_id in shown and row.told is not None and shown[row.listing_id] != row.told for row in rows)
            report.counts.update({"looked": len(rows), "differ": differing, "unknown there": len(rows) - len(shown)})


def _note(connection: Connection, *, lease: Lease, rows: Sequence[AnyRow], shown: dict[str, int | None], at: datetime) -> None:
    leases.hold(connection, lease)
    publishing.seen(connection, rows, shown, at=at, makes_due=False)
