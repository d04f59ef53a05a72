"""A town with a make-believe warehouse: the street, its clock, and a connector that has things shipped there, whatever goes wrong."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from connectors._kit import Connector, Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command, ShipmentCarrier, WarehouseAdvice, Window
from connectors.registry import connect
from model.errors import MalformedError, TransientError
from model.records.advice import ShipmentAdvice
from model.records.fulfilment import FulfilmentOrderLine
from sandbox.street import Street
from tests.contract.stand_commands import fulfilment_order

OPENING = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FOREVER = Window(OPENING - timedelta(days=1), OPENING + timedelta(days=1))

T = TypeVar("T")
Units = Counter[tuple[str, str, str]]
"""Thousandths by reference, tracking number and SKU."""
Advices = dict[str, ShipmentAdvice]
"""The newest of each document, by its id."""


@dataclass
class Town:
    """A street, its clock, and the connector."""

    street: Street
    connector: Connector[Any]
    moments: list[datetime]

    @property
    def carrier(self) -> ShipmentCarrier:
        """The connector, as one who ships."""
        return cast("ShipmentCarrier", self.connector)

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.moments.append(self.moments[-1] + span)

    def command(self, number: int) -> Command:
        """The order of this number: some units of two wares."""
        wares = (("MUG-STONE-BLU", 1 + number % 3), ("BAG-TOTE-NAT", 1 + number % 2))
        lines = [FulfilmentOrderLine(reference=sku, sku=sku, title=sku, quantity=many * 1000) for sku, many in wares]
        order = replace(fulfilment_order(number), lines=tuple(lines))
        return Command(key=f"{number:032x}", reference=order.reference, body=self.carrier.write_shipment(order, "k"))

    def told(self, window: Window = FOREVER) -> Advices:
        """What is told in a window, read on from the last token after each outage."""
        found: Advices = {}
        resume: str | None = None
        source = cast("WarehouseAdvice", self.connector)

        def read() -> bool:
            nonlocal resume
            for page in source.fetch_advices(window, resume):
                for raw in page.slices:
                    self._note(page.kind, raw, found)
                resume = page.resume
            return True

        assert patiently(read)
        return found

    def heard(self, commands: int) -> Advices:
        """What is told while so many orders are made and time passes, in windows that overlap."""
        found: Advices = {}
        for number in range(1, commands + 61):
            if number <= commands:
                patiently(lambda number=number: self.again(self.command(number)))
            self.wait(MINUTE)
            found |= {} if number % 5 else self.told(Window(self.moments[-1] - 25 * MINUTE, self.moments[-1]))
        return found

    def again(self, command: Command) -> str:
        """Have it shipped as its class allows: sent again, or looked for and sent only if it is not there; gives the warehouse's id."""
        found = None if self.carrier.shipment_command.provider_class == "A" else self.carrier.find_shipment(command)
        return (found or self.carrier.submit_shipment(command)).external_id

    def _note(self, kind: str, raw: bytes, found: Advices) -> None:
        """Takes note of what can be read; what the street spoilt is well in a later answer."""
        try:
            advice = self.connector.kinds[kind].read(raw, {})
        except MalformedError:
            return
        assert isinstance(advice, ShipmentAdvice)
        before = found.get(advice.external_id)
        if before is None or before.source_version <= advice.source_version:
            found[advice.external_id] = advice


def patiently(call: Callable[[], T]) -> T:
    """The answer, tried again after each failure that leaves it open, as the hub would."""
    for _ in range(40):
        try:
            return call()
        except TransientError:
            continue
    raise AssertionError("never ends")


def town(home: Path, faults: str, name: str, settings: Mapping[str, object]) -> Town:
    """A town in which this connector is at home."""
    moments = [OPENING]
    street = Street(home, orders=3, seed=11, faults=faults, clock=lambda: moments[-1])
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    return Town(street, connect(name, settings, Wiring(street.transport(), pause)), moments)


def units_told(advices: Advices) -> Units:
    """What the connector says has left."""
    found = Units()
    for advice in advices.values():
        for shipment in advice.shipments:
            [number] = shipment.tracking_numbers
            for line in shipment.lines:
                found[advice.reference, number, line.sku] += line.quantity
    return found


def units_shipped(street: Street) -> Units:
    """What has left, by the street's own books."""
    found = Units()
    for parcel in street.truth()["parcels"]:
        for line in parcel["lines"]:
            found[parcel["reference"], parcel["tracking_number"], line["sku"]] += line["quantity"] * 1000
    return found
