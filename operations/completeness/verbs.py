"""The sweep of channels, by days: what the flow `sweep_orders` and the command line both call."""

from datetime import date
from typing import Any

from connectors._kit.base import Connector
from connectors.capabilities import OrderSource
from model.errors import HubError
from model.store import cursors, leases, runs
from model.store.certificates import Certificate
from model.store.lateness import Meter
from model.store.leases import Lease, LeaseHeldError
from model.store.runs import Run
from operations.completeness.days import SweptDays, days_of
from operations.completeness.sweep_day import Sweeper
from operations.pull import SEQUENCE_ROOM, introduce, reader_for
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.verbs import chosen_channels

COUNTED = ("days", "complete", "warning", "incomplete", "recovered", "corrected", "set_aside")
TRIES = 20
"""How often a day asks for its lease,"""
WAIT_S = 3
"""and how long it waits in between."""


def sweep_orders(hub: Hub, channel: str | None, days: SweptDays) -> list[Report]:
    """Sweep the chosen channels; one that fails never stops the next."""
    return [sweep_channel(hub, each, days) for each in chosen_channels(hub, channel)]


def sweep_channel(hub: Hub, channel: Channel, wanted: SweptDays) -> Report:
    """Sweep a channel's days, each under the lease that its orders are read under, so that reading goes on between two days.

    Gives a report that failed where the source did, that `differs` where a day stayed incomplete, and that is a `warning` where one is.
    """

    def work(_lease: Lease, report: Report) -> None:
        with hub.connected(channel) as connector:
            if not isinstance(connector, OrderSource):
                report.skip("reads no orders from its source")
                return
            days = days_of(channel, wanted, introduce(hub, channel, connector))
            if not days:
                report.skip("no whole day of this channel is over yet")
            for day in days:
                if not _sweep_day(hub, channel, connector, day, report):
                    return

    return at_channel(hub, channel, "sweep", COUNTED, work)


def _sweep_day(hub: Hub, channel: Channel, connector: Connector[Any], day: date, report: Report) -> bool:
    """Whether the day could be swept; where orders are being read all the time, the next sweep makes up for it."""
    try:
        lease = _lease(hub, channel)
    except LeaseHeldError as error:
        if report.counts["days"]:
            report.outcome = max(report.outcome, "warning", key=_SEVERITY.index)
            report.add(f"{day} and what follows: not swept, {error}")
        else:
            report.skip(str(error))
        return False
    try:
        with leases.kept(hub.database, lease):
            tell(report, _swept(hub, channel, connector, day, lease))
    finally:
        leases.give_back(hub.database, lease)
    return True


def _lease(hub: Hub, channel: Channel) -> Lease:
    """The lease of reading orders, waited for a while: a reading mostly takes seconds."""
    for _ in range(TRIES - 1):
        try:
            return leases.take(hub.database, f"pull:{channel.id}", hub.holder())
        except LeaseHeldError:
            hub.pause.sleep(WAIT_S)
    return leases.take(hub.database, f"pull:{channel.id}", hub.holder())


def _swept(hub: Hub, channel: Channel, connector: Connector[Any], day: date, lease: Lease) -> Certificate:
    started = hub.clock.now()
    run = Run(hub.new_run_id(), channel.id, "orders", f"sweep {day}", hub.actor.id, started, hub.file.hash)
    hub.database.run(lambda connection: runs.abandon(connection, channel.id, "orders", at=started))
    hub.database.run(lambda connection: runs.begin(connection, run, hub.actor.name))
    reader = reader_for(hub, channel, connector, "orders", lease.token * SEQUENCE_ROOM)
    outcome, message = "failed", "stopped by an error of the hub's own"
    try:
        signed = Sweeper(hub, channel, connector, reader, lease, run, _meter(hub, channel)).sweep(day)
        outcome, message = "done", why(signed)
    except HubError as error:
        message = str(error)
        raise
    finally:
        at = hub.clock.now()
        hub.database.run(lambda connection: runs.end(connection, run.id, outcome, message or None, at=at))
    return signed


def _meter(hub: Hub, channel: Channel) -> Meter | None:
    """What the lateness of recovered orders is measured against: how far the stream itself has read."""
    with hub.database.read() as connection:
        cursor = cursors.load(connection, channel.id, "orders", cursors.OWN)
    return Meter(channel.id, "orders", cursor.read_until, hub.clock.now().date()) if cursor else None


_SEVERITY = ("done", "warning", "differs")
_WORSE = {"complete": "done", "warning": "warning", "incomplete": "differs"}


def tell(report: Report, signed: Certificate) -> None:
    """Count a certificate into the report; what is not complete is told by day and name."""
    left = signed.differences
    report.counts.update({"days": 1, signed.state: 1, "recovered": signed.recovered, "corrected": signed.corrected})
    report.counts["set_aside"] += len(left.set_aside)
    outcome = _WORSE[signed.state]
    report.outcome = max(report.outcome, outcome, key=_SEVERITY.index)
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
