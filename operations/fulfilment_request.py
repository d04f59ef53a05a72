"""From a plan to fulfilment orders and the commands that ask partners for them; what a partner cannot be asked for says why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from model.errors import RejectedError
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.records.order import Party
from model.rules.routing import Plan, RoutingRules, ship_by
from model.store.bulk import among
from model.store.catalogue import SKUS
from model.store.fulfilments import LinePart, NewFulfilmentOrder, line_references
from model.store.outbox import Intent
from model.store.rerouting import Shelf
from model.store.review_facts import Candidate
from model.store.sealing import Sealer
from model.tables.outbox import OutboxOperation
from model.values.ids import derive_id
from operations.carriers import Carriers
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account

Titles = Mapping[str, tuple[str, str]]
"""SKU to its title and unit."""


def titles_of(connection: Connection, shelf: Shelf) -> dict[str, tuple[str, str]]:
    """What people call the SKUs on a shelf."""
    c = SKUS.c
    skus = sorted({sku for _, _, sku in shelf.books.live})
    return {row.code: (row.title, row.unit) for row in connection.execute(select(SKUS).where(among(connection, c.code, skus)))}


def command_key(account: Account, operation: OutboxOperation, business_key: str, revision: int = 1) -> str:
    """The idempotency key of a command: the same for the same intent, whoever decides it, whenever and however often."""
    return derive_id(account.entity, account.connector, account.id, operation, business_key, str(revision))


def basis_of(sealer: Sealer, address: Party | None) -> str:
    """Names where an order goes, without telling it."""
    told = {name: getattr(address, name) for name in Party.__dataclass_fields__} if address else {}
    return sealer.digest(json.dumps(told, ensure_ascii=False, sort_keys=True).encode())


@dataclass(slots=True)
class RequestWriter:
    """Writes the fulfilment orders of one batch, and the commands that ask for them."""

    hub: Hub
    rules: RoutingRules
    carriers: Carriers
    titles: Titles
    numbers: dict[str, int]
    at: datetime
    sealer: Sealer
    intents: list[Intent] = field(default_factory=list[Intent])

    def written(self, candidate: Candidate, plan: Plan) -> list[NewFulfilmentOrder]:
        """One fulfilment order for each location of the plan."""
        return [self._written(candidate, place, parcel) for place, parcel in sorted(plan.parcels.items())]

    def _written(self, candidate: Candidate, place: str, parcel: Mapping[tuple[str, str], int]) -> NewFulfilmentOrder:
        order, is_urgent = candidate.order, bool(candidate.state.is_urgent)
        location = next(each for each in self.hub.file.locations if each.id == place)
        rules = self.rules.of(place)
        self.numbers[order.id] = number = self.numbers.get(order.id, 0) + 1
        today = self.at.astimezone(self.hub.file.channel(order.account_id).trading_zone).date()
        facts: dict[str, Any] = {
            "order_id": order.id, "number": number, "location_id": place, "partner_id": location.ships_by, "quantities": parcel,
            "is_urgent": is_urgent, "ship_by": ship_by(self.rules, today, is_urgent=is_urgent),
            "service": rules.urgent_service or rules.service if is_urgent else rules.service,
            "review_number": candidate.last_review.number if candidate.last_review else 0,
            "basis": basis_of(self.sealer, candidate.facts.shipping),
        }  # fmt: skip
        new = NewFulfilmentOrder(**facts)
        if location.ships_by is None:
            return new
        try:
            self.intents.append(self._intent(candidate, new, location.ships_by, location.code))
        except RejectedError as error:
            return NewFulfilmentOrder(**facts, problem=str(error))
        return new

    def _intent(self, candidate: Candidate, new: NewFulfilmentOrder, partner_id: str, code: str | None) -> Intent:
        carrier = self.carriers.of(partner_id)
        if candidate.facts.shipping is None:
            raise RejectedError("has no address to ship to; call it off and amend the order with `entrepot orders amend`")
        key = command_key(self.hub.file.partner(partner_id), "submit_shipment", new.id)
        body = carrier.write_shipment(self._request(candidate, new, candidate.facts.shipping, code), key)
        return Intent(
            key=key, account_id=partner_id, operation="submit_shipment", aggregate=new.id, subject_id=new.id, reference=new.reference,
            body=body, key_id=self.carriers.key_ids[partner_id],
        )  # fmt: skip

    def _request(self, candidate: Candidate, new: NewFulfilmentOrder, address: Party, code: str | None) -> FulfilmentOrder:
        names, order = line_references(new.quantities), candidate.order
        return FulfilmentOrder(
            reference=new.reference, order_number=order.number, placed_at=order.placed_at, released_at=self.at, ship_by=new.ship_by,
            is_urgent=new.is_urgent, location_code=code, service=new.service, ship_to=address, currency=order.currency,
            value_minor=goods_value(candidate, new.quantities), note=candidate.note,
            lines=tuple(
                FulfilmentOrderLine(reference=names[part], sku=part[1], title=self.titles[part[1]][0], quantity=quantity,
                                    unit=self.titles[part[1]][1])
                for part, quantity in sorted(new.quantities.items(), key=lambda each: int(names[each[0]]))
            ),
        )  # fmt: skip


def goods_value(candidate: Candidate, quantities: Mapping[LinePart, int]) -> int:
    """What goods were sold for, line by line as far as they leave now; of a kit, as far as its fullest part does."""
    lines = {line.external_id: line for line in candidate.lines}
    leaving: dict[str, int] = {}
    for (name, _), quantity in quantities.items():
        leaving[name] = max(leaving.get(name, 0), quantity)
    return sum(
        lines[name].total_minor * min(quantity, lines[name].sku_quantity) // lines[name].sku_quantity
        for name, quantity in leaving.items()
        if lines[name].sku_quantity
    )
