"""Notices of shipments to the channels they were sold on: written with the booking of the shipment, sent by the dispatcher."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from connectors._kit.base import Connector
from connectors.capabilities import FulfilmentSink, PartnerReplySink
from model.errors import ConfigError
from model.records.advice import AdvisedShipment
from model.records.fulfilment import NoticeLine, ShipmentNotice
from model.records.partner_reply import Departure
from model.rules.allocation import WHOLE
from model.store import accounts, outbox
from model.store.catalogue import LINE_STATES, SKUS, listed_factors
from model.store.order_rows import LINES, ORDERS, STATES
from model.store.outbox import AnyRow, Intent
from model.values.ids import derive_id
from operations.fulfilment_request import command_key
from operations.replies.departures import departure_key, departure_of
from operations.replies.intents import reply_intent
from operations.runtime.hub import Hub

Left = Mapping[str, tuple[int, int]]
"""Order line to thousandths of its SKU that had left before and behind a shipment."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Writes notices to the channels of a hub."""

    hub: Hub
    sinks: Mapping[str, Connector[Any] | ConfigError | None]
    """Channel to its connector, or why there is none."""
    key_ids: Mapping[str, str]

    def order_key(self, connection: Connection, order_id: str) -> str:
        """The data key that seals what is decided about an order now."""
        return self.key_ids[connection.execute(select(ORDERS.c.account_id).where(ORDERS.c.id == order_id)).scalar_one()]

    def write(self, connection: Connection, order_id: str, shipment_id: str, told: AdvisedShipment, left: Left) -> None:
        """Keep the notice of one shipment in the outbox, unless its channel takes none or knows no such order, or nothing whole has left.

        ConfigError where the channel's settings are wrong: then the shipment is not booked either, and both are tried again.
        """
        order = connection.execute(select(ORDERS, STATES.c.is_own).join(STATES).where(ORDERS.c.id == order_id)).one()
        sink = None if order.is_own else self.sinks.get(order.account_id)
        if isinstance(sink, ConfigError):
            raise ConfigError(str(sink))
        lines = _listed(connection, order_id, left)
        if isinstance(sink, PartnerReplySink) and Departure in sink.wanted_replies and lines:
            self._answer(connection, sink, order, shipment_id, told, lines)
        if not isinstance(sink, FulfilmentSink) or not lines:
            return
        channel, at = self.hub.file.channel(order.account_id), self.hub.clock.now()
        key = command_key(channel, "submit_shipment_notice", shipment_id)
        reference = f"S{derive_id(shipment_id, 'notice')[:12]}"
        notice = ShipmentNotice(
            reference=reference, order_external_id=order.external_id, shipped_at=told.shipped_at, lines=lines, carrier=told.carrier,
            service=told.service, tracking_numbers=told.tracking_numbers, tracking_urls=told.tracking_urls,
            is_last=_is_last(connection, order_id),
        )  # fmt: skip
        intent = Intent(
            key=key, account_id=channel.id, operation="submit_shipment_notice", aggregate=f"notices:{order_id}", subject_id=shipment_id,
            reference=reference, body=sink.write_notice(notice, key), key_id=self.key_ids[channel.id],
        )  # fmt: skip
        outbox.write(connection, [intent], self.hub.sealer(), at=at)

    def _answer(
        self, connection: Connection, sink: PartnerReplySink, order: AnyRow, shipment_id: str, told: AdvisedShipment,
        lines: tuple[NoticeLine, ...],
    ) -> None:  # fmt: skip
        """Keep what a trading partner is told of the shipment."""
        channel, sealer = self.hub.file.channel(order.account_id), self.hub.sealer()
        reply = departure_of(connection, order, shipment_id, told, lines, sealer=sealer, zone=channel.trading_zone)
        key = command_key(channel, "submit_reply", departure_key(shipment_id))
        intent = reply_intent(channel, sink, reply, order.id, key=key, key_id=self.key_ids[channel.id])
        outbox.write(connection, [intent], sealer, at=self.hub.clock.now())


def open_notifier(hub: Hub, stack: ExitStack) -> Notifier:
    """A notifier with every channel live until the stack ends; opened before any transaction begins."""
    sinks: dict[str, Connector[Any] | ConfigError | None] = {}
    for channel in hub.file.channels:
        try:
            sinks[channel.id] = stack.enter_context(hub.connected(channel))
        except ConfigError as error:
            sinks[channel.id] = error if channel.is_active else None
    sealer, at = hub.sealer(), hub.clock.now()
    with hub.database.read() as connection:
        known = [name for name in sinks if accounts.is_met(connection, name)]
    return Notifier(hub, sinks, {name: sealer.key_for(hub.database, name, at) for name in known})


def _listed(connection: Connection, order_id: str, left: Left) -> tuple[NoticeLine, ...]:
    """What left in the channel's own units, line by line; of a box or a kit, only whole ones count."""
    factors = listed_factors(connection, order_id)
    listed = {
        line: behind * WHOLE // factors[line] - before * WHOLE // factors[line]
        for line, (before, behind) in left.items()
        if line in factors
    }
    return tuple(NoticeLine(line_external_id=line, quantity=quantity) for line, quantity in sorted(listed.items()) if quantity > 0)


def _is_last(connection: Connection, order_id: str) -> bool:
    """Whether nothing that is counted is left to be sent."""
    v, line = LINE_STATES.c, LINES.c
    waits = (
        select(v.order_id)
        .join(SKUS, SKUS.c.code == v.sku)
        .join(LINES, (line.order_id == v.order_id) & (line.external_id == v.line_external_id))
        .where(v.order_id == order_id, v.issued < v.approved, SKUS.c.is_tracked, ~line.is_gift_card)
        .limit(1)
    )
    return connection.execute(waits).first() is None
