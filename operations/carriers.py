"""The partners that ship, brought to life for one run, with the data keys that seal what is sent to them."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from connectors._kit.base import Connector
from connectors.capabilities import ShipmentCarrier
from model.errors import ConfigError
from operations.pull import meet
from operations.reports import Report
from operations.runtime.hub import Hub


@dataclass(frozen=True, slots=True)
class Carriers:
    """Live connectors that ship, and keys, by partner; one whose settings are wrong is missing."""

    live: Mapping[str, Connector[Any]]
    key_ids: Mapping[str, str]

    def of(self, partner_id: str) -> ShipmentCarrier:
        """The partner's connector; ConfigError where it cannot be asked for anything."""
        if partner_id not in self.live:
            raise ConfigError(f"partner {partner_id}: takes no shipments; mend its settings, or `ships_by` of the location in hub.toml")
        return cast("ShipmentCarrier", self.live[partner_id])


def open_carriers(hub: Hub, stack: ExitStack, report: Report, *, at: datetime) -> Carriers:
    """The partners that ship, live until the stack ends; one that cannot be brought to life is told and left out."""
    live: dict[str, Connector[Any]] = {}
    for partner in hub.file.partners:
        try:
            meet(hub, partner)
            connector = stack.enter_context(hub.connected(partner))
        except ConfigError as error:
            report.add(str(error))
            continue
        if isinstance(connector, ShipmentCarrier):
            live[partner.id] = connector
    sealer = hub.sealer()
    return Carriers(live, {partner_id: sealer.key_for(hub.database, partner_id, at) for partner_id in live})
