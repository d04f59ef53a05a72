"""The sweep of channels, by days: what the flow `sweep_orders` and the command line both call."""

from datetime import date
from typing import Any

from connectors._kit.base import Connector
from connectors.capabilities import OrderSource
from model.errors import HubError
from model.store import cursors, runs
from model.store.certificates import Certificate
from model.store.lateness import Meter
from model.store.leases import Lease
from model.store.runs import Run
from operations.completeness.days import SweptDays, days_of
from operations.completeness.sweep_day import Sweeper
from operations.pull import SEQUENCE_ROOM, introduce, reader_for
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.verbs import chosen_channels

COUNTED = ("days", "complete", "warning", "incomplete", "recovered", "corrected", "set_aside")


def sweep_orders(hub: Hub, channel: str | None, days: SweptDays) -> list[Report]:
    """Sweep the chosen channels; one that fails never stops the next."""
    return [sweep_channel(hub, each, days) for each in chosen_channels(hub, channel)]


def sweep_channel(hub: Hub, channel: Channel, wanted: SweptDays) -> Report:
    """Sweep a channel's days under the lease that its orders are read under.

    Gives a report that failed where the source did, that `differs` where a day stayed incomplete, and that is a `warning` where one is.
    """

    def work(lease: Lease, report: Report) -> None:
        with hub.connected(channel) as connector:
            if not isinstance(connector, OrderSource):
                report.skip("reads no orders from its source")
                return
            now = introduce(hub, channel, connector)
            days = days_of(channel, wanted, now)
            if not days:
                report.skip("no whole day of this channel is over yet")
                return
            _sweep_days(hub, channel, connector, lease, days, report)

    return at_channel(hub, channel, "pull", COUNTED, work)


def _sweep_days(hub: Hub, channel: Channel, connector: Connector[Any], lease: Lease, days: list[date], report: Report) -> None:
    started = hub.clock.now()
    run = Run(hub.new_run_id(), channel.id, "orders", f"sweep {days[0]}/{days[-1]}", hub.actor.id, started, hub.file.hash)
    hub.database.run(lambda connection: runs.abandon(connection, channel.id, "orders", at=started))
    hub.database.run(lambda connection: runs.begin(connection, run, hub.actor.name))
    reader = reader_for(hub, channel, connector, "orders", lease.token * SEQUENCE_ROOM)
    sweeper = Sweeper(hub, channel, connector, reader, lease, run, _meter(hub, channel))
    outcome, message = "done", None
    try:
        for day in days:
            tell(report, sweeper.sweep(day))
    except HubError as error:
        outcome, message = "failed", str(error)
        raise
    finally:
        at = hub.clock.now()
        hub.database.run(lambda connection: runs.end(connection, run.id, outcome, message or report.message or None, at=at))


def _meter(hub: Hub, channel: Channel) -> Meter | None:
    """What the lateness of recovered orders is measured against: how far the stream itself has read."""
    with hub.database.read() as connection:
        cursor = cursors.load(connection, channel.id, "orders", cursors.OWN)
    return Meter(channel.id, "orders", cursor.read_until, hub.clock.now().date()) if cursor else None


_WORSE = {"complete": "done", "warning": "warning", "incomplete": "differs"}


def tell(report: Report, signed: Certificate) -> None:
    """Count a certificate into the report; what is not complete is told by day and name."""
    left = signed.differences
    report.counts.update({"days": 1, signed.state: 1, "recovered": signed.recovered, "corrected": signed.corrected})
    report.counts["set_aside"] += len(left.set_aside)
    outcome = _WORSE[signed.state]
    report.outcome = max(report.outcome, outcome, key=("done", "warning", "differs").index)
    if signed.state != "complete":
        report.add(f"{signed.day}: {why(signed)}")


def why(signed: Certificate) -> str:
    """Why a certificate is not complete, in words."""
    left = signed.differences
    parts = [
        *(f"{len(ids)} {said} ({', '.join(ids[:3])})" for ids, said in (
            (left.missing, "missing here"), (left.unlisted, "not in the source's list"), (left.set_aside, "in quarantine"),
            (left.gone, "gone at the source"), (tuple(dict.fromkeys(each.external_id for each in left.differs)), "with other figures"),
        ) if ids),
        *([signed.oddity] if signed.oddity else []),
        *(["the source lists no days; it was read again"] if signed.asked == "read again" else []),
    ]  # fmt: skip
    return ", ".join(parts)
