"""Labels for parcels our own people send: asked for with the parcel's weight and service, bought through the outbox, read when bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from connectors.capabilities import LabelSource
from model.errors import ConfigError, HubError
from model.records.label import Label, LabelRequest, Package
from model.records.order import Party
from model.store import fulfilments, labels, leases, outbox, runs
from model.store.audit_trail import append
from model.store.fulfilments import AnyRow
from model.store.leases import Lease
from model.store.outbox import Intent
from model.values.money import decimal_amount
from operations.call_back import CAN_STOP
from operations.fulfilment_request import command_key, goods_value
from operations.pull import meet
from operations.reports import Report, at_channel
from operations.review_batch import find_candidates, open_office
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Location, Partner

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelToLabel:
    """A packed parcel: how it is told apart, what it weighs and measures, and the service that shall carry it."""

    parcel: str = "1"
    service: str
    package: Package


def ask_for_label(hub: Hub, reference: str, wanted: ParcelToLabel) -> bool:
    """Decide to buy a label for a parcel; false when one was asked for before. `drain_outbox` buys it."""
    if wanted.package.weight_g <= 0:
        raise ConfigError("--weight: is not above zero; weigh the packed parcel in grams")
    with hub.database.read() as connection:
        location = _location(hub, _the(connection, reference))
    partner = hub.file.partner(str(location.labels_by))
    meet(hub, partner)
    key_id = hub.sealer().key_for(hub.database, partner.id, hub.clock.now())
    with hub.connected(partner) as source:
        if not isinstance(source, LabelSource):
            raise ConfigError(f"{partner.id}: sells no labels; mend `labels_by` of {location.id} in hub.toml")
        return _ask(hub, reference, wanted, (location, partner, key_id), source)


def _ask(hub: Hub, reference: str, wanted: ParcelToLabel, seller: tuple[Location, Partner, str], source: LabelSource) -> bool:
    location, partner, key_id = seller
    at, office = hub.clock.now(), open_office(hub)

    def work(connection: Connection) -> bool:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        asked = fulfilments.find(connection, _the(connection, reference).id)
        if labels.find(connection, asked.id, wanted.parcel) is not None:
            return False
        if asked.state not in CAN_STOP:
            raise ConfigError(f"{reference}: is {asked.state}; nothing of it is to be sent")
        [candidate] = find_candidates(connection, [asked.order_id], office)
        if candidate.facts.shipping is None:
            raise ConfigError(f"{reference}: its order has no address to send to; amend it with `entrepot orders amend`")
        own = labels.add(connection, asked.id, wanted.parcel, partner.id, (wanted.service, wanted.package.weight_g), at=at)
        row_id = labels.label_id(asked.id, wanted.parcel)
        quantities = {(row.line_external_id, row.sku): row.released for row in fulfilments.asked_of(connection, asked.id)}
        request = LabelRequest(
            reference=own, decided_at=at, ship_from=_sender(location), ship_to=candidate.facts.shipping, package=wanted.package,
            service=wanted.service, value_minor=goods_value(candidate, quantities), currency=candidate.order.currency,
        )  # fmt: skip
        key = command_key(partner, "submit_label", row_id)
        intent = Intent(
            key=key, account_id=partner.id, operation="submit_label", aggregate=row_id, subject_id=row_id, reference=own,
            body=source.write_label(request, key), key_id=key_id,
        )  # fmt: skip
        outbox.write(connection, [intent], hub.sealer(), at=at)
        append(connection, hub.actor, "fulfilment label", reference, {"parcel": wanted.parcel, "service": wanted.service}, at=at)
        return True

    return hub.database.run(work)


def _location(hub: Hub, asked: AnyRow) -> Location:
    """The place a fulfilment order is sent from by our own people, and that has somebody who sells labels."""
    if asked.partner_id is not None:
        raise ConfigError(f"{asked.reference}: is shipped by {asked.partner_id}, who labels its own parcels")
    found = next((each for each in hub.file.locations if each.id == asked.location_id), None)
    if found is None or found.labels_by is None:
        raise ConfigError(f"{asked.location_id}: nobody sells labels for it; set `labels_by` and [locations.address] in hub.toml")
    return found


def _sender(location: Location) -> Party:
    told: Mapping[str, Any] = location.address.model_dump() if location.address else {}
    return Party(role="shipping", **told)


def _the(connection: Connection, reference: str) -> AnyRow:
    found = fulfilments.named(connection, reference)
    if found is None:
        raise ConfigError(f"fulfilment order {reference!r}: is not known; `entrepot fulfilment list` shows those under way")
    return found


def read_labels(hub: Hub, partner: Partner) -> Report:
    """Read what labels that were bought are: their tracking number and what they cost."""
    return at_channel(hub, partner, "labels", ("read",), lambda lease, report: _read_all(hub, partner, lease, report))


def _read_all(hub: Hub, partner: Partner, lease: Lease, report: Report) -> None:
    with hub.database.read() as connection:
        waiting = labels.unread(connection, partner.id)
    if not waiting:
        return
    with hub.connected(partner) as source:
        if not isinstance(source, LabelSource):
            return
        for row in waiting:
            try:
                label = source.fetch_label(row.external_id)
            except HubError as error:
                report.add(f"label {row.reference}: {error}")
                continue
            hub.database.run(partial(_keep, row=row, label=label, lease=lease, hub=hub))
            report.counts["read"] += 1


def _keep(connection: Connection, row: AnyRow, label: Label, lease: Lease, hub: Hub) -> None:
    leases.hold(connection, lease)
    labels.read(connection, row.id, label, at=hub.clock.now())


def label_to_print(hub: Hub, reference: str, parcel: str) -> Shown:
    """A bought label and where it can be printed from; that somebody asked is kept, for it shows the buyer's address."""
    with hub.database.read() as connection:
        row = labels.find(connection, _the(connection, reference).id, parcel)
    if row is None or row.external_id is None:
        why = "was not asked for" if row is None else row.problem or "is not bought yet; `entrepot run drain_outbox` buys it"
        raise ConfigError(f"{reference}: the label of parcel {parcel} {why}")
    hub.note("fulfilment print", reference, parcel=parcel)
    with hub.connected(hub.file.partner(row.account_id)) as source:
        if not isinstance(source, LabelSource):
            raise ConfigError(f"{row.account_id}: sells no labels any more; print it there")
        label = source.fetch_label(row.external_id)
    told = {name: getattr(label, name) for name in ("carrier", "service", "tracking_number", "file_format", "url")}
    cost = f"{decimal_amount(label.cost.amount_minor, label.cost.currency)} {label.cost.currency}"
    return {"reference": reference, "parcel": parcel, **told, "cost": cost}
