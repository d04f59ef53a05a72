"""The street's warehouse, asked by our 940s: it ships each reference once, and its books agree with what it tells."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors._kit.x12.numbering import group_number
from connectors.capabilities import Command, Record
from connectors.edi_warehouse.connector import EdiWarehouse as Connector
from model.records.advice import Acknowledgement, AdjustmentAdvice, ReceiptAdvice, ShipmentAdvice, StockSnapshot
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.values.ids import derive_id
from sandbox.edi.warehouse import EdiWarehouse
from sandbox.street import Street
from tests.edi import ORDER, document, drop, pages, records, warehouse

OPENING = datetime(2026, 3, 2, 12, tzinfo=UTC)
STOCK = {"MUG-STONE-BLU": 80_000, "TEE-ORG-M-BLK": 80_000, "COFFEE-BULK": 9_500}


@dataclass
class Site:
    """A warehouse, the clock it lives by, and us."""

    home: Path
    hub: Connector
    moment: datetime = OPENING
    stock: dict[str, int] | None = None

    def __post_init__(self) -> None:
        self.street = EdiWarehouse(self.home, lambda: self.moment, seed=7, stock=STOCK if self.stock is None else self.stock)

    def ask(self, reference: str, key: str = "", *, quantity: int = 3000) -> FulfilmentOrder:
        lines = (
            FulfilmentOrderLine(reference="1", sku="MUG-STONE-BLU", title="Mug", quantity=quantity),
            FulfilmentOrderLine(reference="2", sku="TEE-ORG-M-BLK", title="Tee", quantity=2000),
        )
        order = replace(ORDER, reference=reference, lines=lines)
        self.hub.submit_shipment(self.command(reference, key or reference, self.hub.write_shipment(order, key_of(key or reference))))
        return order

    def command(self, reference: str, name: str, body: bytes) -> Command:
        return Command(key=key_of(name), reference=reference, body=body)

    def pass_by(self, **span: float) -> None:
        self.street.advance()
        self.moment += timedelta(**span)
        self.street.advance()

    def told(self) -> list[Record]:
        return records(self.hub, pages(self.hub, since=OPENING))

    def shipments(self) -> list[ShipmentAdvice]:
        return [record for record in self.told() if isinstance(record, ShipmentAdvice)]


def key_of(name: str) -> str:
    return derive_id("test", name).replace("-", "")[:32]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    home = tmp_path / "edi"
    return Site(home, warehouse(home, archive="done"))


def test_every_order_is_acknowledged_and_moved_away(site: Site) -> None:
    for number in range(5):
        site.ask(f"FO-{number}")

    site.pass_by(seconds=1)
    heard = [record for record in site.told() if isinstance(record, Acknowledgement)]

    assert {record.reference for record in heard} == {str(group_number(key_of(f"FO-{number}"))) for number in range(5)}
    assert all(record.is_accepted for record in heard)
    assert list((site.home / "in").iterdir()) == []


def test_what_it_tells_is_what_its_books_say(site: Site) -> None:
    for number in range(60):
        site.ask(f"FO-{number}")
    site.pass_by(hours=12)

    shipped = [(advice.reference, each) for advice in site.shipments() for each in advice.shipments]
    told = [(reference, *each.tracking_numbers, {line.sku: line.quantity for line in each.lines}) for reference, each in shipped]
    booked = [(each["reference"], each["tracking_number"], each["lines"]) for each in site.street.parcels()]

    assert sorted(told, key=str) == sorted(booked, key=str)
    assert all(lies >= 0 for lies in site.street.stock().values())


def test_some_orders_leave_in_two_parcels_some_short_and_every_one_ends(site: Site) -> None:
    for number in range(30):
        site.ask(f"FO-{number}")
    site.pass_by(hours=12)

    advices = site.shipments()
    each = Counter(advice.reference for advice in advices)
    short = [advice for advice in advices if advice.is_final and advice.shipments and advice.shipments[0].lines[0].quantity < 3000]

    assert max(each.values()) == 2
    assert short
    assert {advice.reference for advice in advices if advice.is_final} == set(each)


def test_what_is_not_there_does_not_leave(tmp_path: Path) -> None:
    home = tmp_path / "edi"
    bare = Site(home, warehouse(home), stock={"MUG-STONE-BLU": 0})
    bare.ask("FO-1")

    bare.pass_by(hours=1)

    assert [(advice.state, advice.is_final, advice.shipments) for advice in bare.shipments()] == [("cancelled", True, ())]
    assert bare.street.parcels() == []


def test_a_reference_is_shipped_once_and_asking_again_stands_in_the_books(site: Site) -> None:
    order = site.ask("FO-1")
    site.pass_by(hours=12)
    before = site.street.parcels()
    site.ask("FO-1", "another key")
    drop(site.home / "in", "again.edi", site.hub.write_shipment(order, key_of("FO-1")), site.moment)

    site.pass_by(hours=12)

    assert site.street.parcels() == before
    assert sorted(each["why"] for each in site.street.refusals()) == ["came before", "was asked for before"]


def test_an_order_is_called_back_until_it_left(site: Site) -> None:
    site.ask("FO-1")
    site.pass_by(seconds=1)
    for name in ("back", "back again"):
        site.hub.submit_cancel(site.command("FO-1", name, site.hub.write_cancel("FO-1", None, key_of(name))))

    site.pass_by(hours=12)

    assert [(advice.reference, advice.state, advice.is_final) for advice in site.shipments()] == [("FO-1", "cancelled", True)]
    assert site.street.parcels() == []
    assert [each["why"] for each in site.street.refusals()] == ["is too late to be called back"]


@pytest.mark.parametrize("body", [b"", b"nothing of X12", document("940", "W05*N*FO-1")[:-9]])
def test_what_it_cannot_read_stands_in_the_books(site: Site, body: bytes) -> None:
    drop(site.home / "in", "odd.edi", body, site.moment)

    site.pass_by(seconds=1)

    assert [each["why"] for each in site.street.refusals()] == ["cannot be read"]


def test_an_order_that_is_none_is_refused_by_997(site: Site) -> None:
    drop(site.home / "in", "odd.edi", document("940", "W05*N*FO-1", function="OW", sender="ENTREPOT"), site.moment)

    site.pass_by(seconds=1)
    heard = [record for record in records(site.hub, pages(site.hub)) if isinstance(record, Acknowledgement)]

    assert [record.is_accepted for record in heard] == [False]


def test_a_part_that_is_being_written_is_left_alone(site: Site) -> None:
    drop(site.home / "in", "940.edi.part", b"ISA", site.moment)

    site.pass_by(seconds=1)

    assert site.street.refusals() == []


def test_each_day_goods_come_change_and_are_counted(site: Site) -> None:
    site.pass_by(days=3)

    told = site.told()
    snapshots = [record for record in told if isinstance(record, StockSnapshot)]

    assert Counter(map(type, told)) == {ReceiptAdvice: 3, AdjustmentAdvice: 3, StockSnapshot: 3}
    assert {line.sku: line.on_hand for line in snapshots[-1].lines} == site.street.stock()


def test_its_books_outlive_it(site: Site) -> None:
    site.ask("FO-1")
    site.pass_by(seconds=1)
    again = Site(site.home, site.hub, site.moment)

    again.pass_by(hours=12)
    again.ask("FO-1", "another key")
    again.pass_by(hours=1)

    assert [each["reference"] for each in again.street.parcels()][:1] == ["FO-1"]
    assert [each["why"] for each in again.street.refusals()] == ["was asked for before"]


def test_the_street_has_one(tmp_path: Path) -> None:
    street = Street(tmp_path, orders=3, clock=lambda: OPENING)
    hub = warehouse(tmp_path / "edi")
    key = key_of("FO-9")
    hub.submit_shipment(Command(key=key, reference="FO-9", body=hub.write_shipment(replace(ORDER, reference="FO-9"), key)))

    street.advance()
    street.close()

    assert len(records(hub, pages(hub, since=OPENING))) == 1
