"""Track shipments: ask where parcels are, keep every event once, and name the parcels that need somebody's care."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from connectors import registry
from connectors._kit.base import Connector
from connectors.capabilities import TrackingSource
from model.records.tracking import Parcel, Tracked, Untracked
from model.rules.tracking import TrackingRules, exception_in
from model.store import leases, tracking
from model.store.fulfilments import AnyRow
from model.store.leases import Lease
from model.store.tracking import Heard
from operations.pull import introduce
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Partner
from operations.runtime.routing_file import read_routing_file

ASKED_AT_ONCE = 100
"""Shipments asked after, and saved, together."""
NAMED = 5

Shown = dict[str, Any]


def trackers(hub: Hub) -> list[Partner]:
    """The partners that tell where parcels are. The first one is asked after all parcels whose own shipper does not tell."""
    return [each for each in hub.file.partners if each.is_active and issubclass(registry.find(each.connector), TrackingSource)]


def track_shipments(hub: Hub, partner: Partner) -> Report:
    """Ask one tracker after all parcels that are due; while another does, it is skipped."""
    return at_channel(hub, partner, "track", ("asked", "events", "untracked"), lambda lease, report: _track(hub, partner, lease, report))


def _track(hub: Hub, partner: Partner, lease: Lease, report: Report) -> None:
    rules, known = read_routing_file(hub.file).rules.tracking, [each.id for each in trackers(hub)]
    names, is_first = [partner.id, *(each for each in known if each != partner.id)], known[0] == partner.id
    started = hub.clock.now()
    before, since = started - timedelta(hours=rules.ask_hours), started - timedelta(days=rules.follow_days)
    with hub.connected(partner) as connector:
        introduce(hub, partner, connector)
        while True:
            with hub.database.read() as connection:
                some = tracking.due(connection, names, is_first=is_first, before=before, since=since, limit=ASKED_AT_ONCE)
            if not some:
                return
            _ask(hub, partner, connector, some, (lease, report))


def _ask(hub: Hub, partner: Account, connector: Connector[Any], shipments: Sequence[AnyRow], under: tuple[Lease, Report]) -> None:
    """Ask after some shipments; each batch of the answer is one transaction, and all of them count as asked behind the last."""
    lease, report = under
    if not isinstance(connector, TrackingSource):
        return
    named: defaultdict[str, list[str]] = defaultdict(list)
    parcels: dict[str, Parcel] = {}
    for shipment in shipments:
        for number in tracking.numbers_of(shipment):
            named[number].append(shipment.id)
            own_id = shipment.external_id if shipment.partner_id == partner.id else None
            parcels.setdefault(number, Parcel(tracking_number=number, carrier=shipment.carrier, external_id=own_id))
    for batch in connector.fetch_tracking(list(parcels.values())):
        _keep(hub, lease, batch, named, report)
    at = hub.clock.now()

    def asked(connection: Connection) -> None:
        leases.hold(connection, lease)
        tracking.mark_asked(connection, [each.id for each in shipments], at=at)

    hub.database.run(asked)
    report.counts["asked"] += len(shipments)


def _keep(hub: Hub, lease: Lease, batch: Sequence[Tracked | Untracked], named: dict[str, list[str]], report: Report) -> None:
    by_shipment: defaultdict[str, list[Tracked]] = defaultdict(list)
    for told in batch:
        if isinstance(told, Untracked):
            report.counts["untracked"] += 1
            report.add(f"parcel {told.tracking_number}: {told.reason}")
            continue
        for shipment_id in named.get(told.tracking_number, ()):
            by_shipment[shipment_id].append(told)
    at = hub.clock.now()

    def work(connection: Connection) -> int:
        leases.hold(connection, lease)
        return tracking.keep(connection, Heard(by_shipment), at=at)

    report.counts["events"] += hub.database.run(work) if by_shipment else 0


def parcel_exceptions(hub: Hub) -> list[Shown]:
    """Parcels that need somebody's care: what is wrong, since when, and for how many days; the oldest first."""
    rules, now = read_routing_file(hub.file).rules.tracking, hub.clock.now()
    with hub.database.read() as connection:
        return exceptions_in(connection, rules, now)


def exceptions_in(connection: Connection, rules: TrackingRules, now: datetime) -> list[Shown]:
    """The same, within a transaction."""
    shipments = tracking.unfinished(connection)
    standing = tracking.standings(connection, shipments)
    found: list[Shown] = []
    for row in shipments:
        for number in tracking.numbers_of(row):
            wrong = exception_in(standing.get((row.id, number)), row.shipped_at, row.expected_on, rules, now)
            if wrong is not None:
                kind, since = wrong
                found.append(
                    {"problem": kind, "days": (now - since).days, "since": since, "carrier": row.carrier, "tracking_number": number,
                     "fulfilment": row.fulfilment, "shipment": row.external_id}
                )  # fmt: skip
    return sorted(found, key=lambda each: (each["since"], each["tracking_number"]))


def report_exceptions(hub: Hub) -> Report:
    """How many parcels need care, by what is wrong with them; the oldest are named."""
    found = parcel_exceptions(hub)
    report = Report("parcels", counts=Counter(each["problem"] for each in found))
    oldest = [f"{each['tracking_number']} {each['problem']} for {each['days']} days" for each in found[:NAMED]]
    report.message = "; ".join(oldest) + (f"; and {len(found) - NAMED} more: `entrepot parcel list`" if len(found) > NAMED else "")
    return report
