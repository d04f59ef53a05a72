"""The ShipBob connector on the make-believe street: whatever goes wrong on the way, each order is shipped once, and told as it was."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt, Window
from connectors.registry import connect
from connectors.shipbob import CONNECTOR
from model.errors import MalformedError, RejectedError, TransientError
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


@dataclass
class Town:
    """A street, its clock, and the connector."""

    street: Street
    connector: CONNECTOR
    moments: list[datetime]

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.moments.append(self.moments[-1] + span)

    def command(self, number: int) -> Command:
        """The order of this number: some units of two wares."""
        wares = (("MUG-STONE-BLU", 1 + number % 3), ("BAG-TOTE-NAT", 1 + number % 2))
        lines = [FulfilmentOrderLine(reference=sku, sku=sku, title=sku, quantity=many * 1000) for sku, many in wares]
        order = replace(fulfilment_order(number), lines=tuple(lines))
        return Command(key=f"{number:032x}", reference=order.reference, body=self.connector.write_shipment(order, "k"))

    def told(self, window: Window = FOREVER) -> dict[str, ShipmentAdvice]:
        """What is told in a window, read on from the last token after each outage, by reference."""
        found: dict[str, ShipmentAdvice] = {}
        resume: str | None = None

        def read() -> bool:
            nonlocal resume
            for page in self.connector.fetch_advices(window, resume):
                for raw in page.slices:
                    self._note(page.kind, raw, found)
                resume = page.resume
            return True

        assert patiently(read)
        return found

    def _note(self, kind: str, raw: bytes, found: dict[str, ShipmentAdvice]) -> None:
        """Takes note of what can be read; what the street spoilt is well in a later answer."""
        try:
            advice = self.connector.kinds[kind].read(raw, {})
        except MalformedError:
            return
        assert isinstance(advice, ShipmentAdvice)
        before = found.get(advice.reference)
        if before is None or before.source_version <= advice.source_version:
            found[advice.reference] = advice


def patiently(call: Callable[[], T]) -> T:
    """The answer, tried again after each failure that leaves it open, as the hub would."""
    for _ in range(40):
        try:
            return call()
        except TransientError:
            continue
    raise AssertionError("never ends")


def town(home: Path, faults: str) -> Town:
    moments = [OPENING]
    street = Street(home, orders=3, seed=11, faults=faults, clock=lambda: moments[-1])
    settings = {
        "address": "http://street.example.com/shipbob/2026-01/",
        "token": "street-shipbob-token",
        "channel_id": 441200,
        "page_size": 10,
    }
    connector = connect("shipbob", settings, Wiring(street.transport(), Pause(sleep=lambda _: None, chance=lambda: 0)))
    assert isinstance(connector, CONNECTOR)
    return Town(street, connector, moments)


def units_told(advices: dict[str, ShipmentAdvice]) -> Units:
    found = Units()
    for advice in advices.values():
        for shipment in advice.shipments:
            for line in shipment.lines:
                found[advice.reference, *shipment.tracking_numbers, line.sku] += line.quantity  # pyright: ignore[reportArgumentType]  one number each
    return found


def units_shipped(street: Street) -> Units:
    found = Units()
    for parcel in street.truth()["parcels"]:
        for line in parcel["lines"]:
            found[parcel["reference"], parcel["tracking_number"], line["sku"]] += line["quantity"] * 1000
    return found


@pytest.mark.parametrize("faults", ["none", "all", "read_timeout_after,status_503_after", "cut_body", "status_500_after,status_503"])
def test_each_order_is_shipped_once_whatever_answer_is_lost(tmp_path: Path, faults: str) -> None:
    here = town(tmp_path, faults)
    commands = [here.command(number) for number in range(1, 41)]

    receipts = [patiently(lambda each=each: here.connector.submit_shipment(each)) for each in commands for _ in range(2)]
    here.street.calm()
    found = [here.connector.find_shipment(each) for each in commands]
    here.wait(120 * MINUTE)
    told, shipped = here.told(), units_shipped(here.street)
    here.street.close()

    assert [each and each.external_id for each in found] == [receipt.external_id for receipt in receipts[::2]]
    assert [told[command.reference].external_id for command in commands] == [receipt.external_id for receipt in receipts[1::2]]
    assert {advice.is_final for advice in told.values()} == {True}
    assert units_told(told) == shipped


def test_what_is_told_while_time_passes_misses_nothing_under_every_fault(tmp_path: Path) -> None:
    here = town(tmp_path, "all")
    heard: dict[str, ShipmentAdvice] = {}

    for number in range(1, 61):
        patiently(lambda number=number: here.connector.submit_shipment(here.command(number)))
        here.wait(MINUTE)
        heard |= {} if number % 5 else here.told(Window(here.moments[-1] - 25 * MINUTE, here.moments[-1]))
    for _ in range(12):
        here.wait(5 * MINUTE)
        heard |= here.told(Window(here.moments[-1] - 25 * MINUTE, here.moments[-1]))
    shipped, met = units_shipped(here.street), here.street.hits.total()
    here.street.close()

    assert met
    assert units_told(heard) == shipped
    assert {advice.is_final for advice in heard.values()} == {True}


@pytest.mark.parametrize("faults", ["none", "all", "read_timeout_after"])
def test_what_is_called_back_in_time_does_not_leave(tmp_path: Path, faults: str) -> None:
    here = town(tmp_path, faults)
    commands = [here.command(number) for number in range(1, 13)]
    receipts = [patiently(lambda each=each: here.connector.submit_shipment(each)) for each in commands]
    wishes = [
        replace(command, body=here.connector.write_cancel(command.reference, receipt.external_id if number % 2 else None, "k"))
        for number, (command, receipt) in enumerate(zip(commands, receipts, strict=True))
    ]

    answers = [patiently(lambda each=each: here.connector.submit_cancel(each)) for each in wishes[:6]]
    here.street.calm()
    found = [here.connector.find_cancel(each) for each in wishes]
    here.wait(120 * MINUTE)
    with pytest.raises(RejectedError):
        here.connector.submit_cancel(wishes[6])
    told, left = here.told(), {reference for reference, _number, _sku in units_shipped(here.street)}
    here.street.close()

    assert [answer.external_id for answer in answers] == [receipt.external_id for receipt in receipts[:6]]
    assert found == [Receipt(receipt.external_id, is_repeat=True) for receipt in receipts[:6]] + [None] * 6
    assert {command.reference for command in commands[:6]} == {
        reference for reference, advice in told.items() if advice.state == "cancelled"
    }
    assert left == {command.reference for command in commands[6:]}


def test_an_order_that_the_warehouse_refuses_is_rejected_and_not_there(tmp_path: Path) -> None:
    here = town(tmp_path, "none")
    here.street.refuse_orders("BAG-TOTE-NAT")

    with pytest.raises(RejectedError, match="order: 422"):
        here.connector.submit_shipment(here.command(1))
    found = here.connector.find_shipment(here.command(1))
    here.street.close()

    assert found is None


def test_the_street_says_who_it_is_and_what_time(tmp_path: Path) -> None:
    here = town(tmp_path, "none")

    identity = here.connector.identify()
    here.street.close()

    assert (identity.fingerprint, identity.title, identity.now) == ("441200", "Street hub", OPENING)
