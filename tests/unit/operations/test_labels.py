"""Our own people's parcels, from a label that is paid for once to a delivered order, on the make-believe street."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors._kit.http import Pause
from model.errors import ConfigError, HubError
from model.records.label import Package
from model.records.order import Party
from model.store.database import Database
from model.store.fulfilments import SHIPMENTS
from model.store.labels import LABELS
from model.store.tracking import EVENTS
from operations.buy_labels import ParcelToLabel, ask_for_label, label_to_print
from operations.fulfilment_verbs import HandShipment, call_off_by_hand, ship_by_hand
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Location, Partner
from operations.runtime.hub_places import Address
from operations.shipping_verbs import SHIPPING_VERBS
from sandbox.street import Street
from tests.conftest import StillClock
from tests.saving import NOW
from tests.unit.operations.shipping_desk import Desk

POST = Partner.model_validate(
    {
        "id": "post", "name": "EasyPost", "entity": "main", "connector": "easypost", "zone": "UTC", "advices_from": NOW - timedelta(days=1),
        "settings": {"address": "http://street/easypost/v2/", "api_key": "file:post-key"}, "allow_hosts": ("street",),
    }
)  # fmt: skip
DOCK = Address(name="Shipping desk", street=("1 Dock Road",), city="Cicero", region="IL", postcode="60804", country="US", phone="+15550100")
HOME = Party(role="shipping", name="Ada Example", street=("1 Long Road",), city="Springfield", region="IL", postcode="62701", country="US")
PACKED = ParcelToLabel(service="USPS Priority", package=Package(weight_g=900))


class PostDesk(Desk):
    """A desk whose own place buys labels on a street."""

    def __init__(self, database: Database, home: Path, clock: StillClock, faults: str = "none") -> None:
        super().__init__(database, home, clock)
        (home / "post-key").write_text("street-easypost-key")
        self.street = Street(home / "street", orders=1, seed=5, faults=faults, clock=clock.now)
        places = (Location(id="main", name="Main", labels_by="post", address=DOCK), Location(id="east", name="East"))
        self.trade.file = replace(self.trade.file, locations=places, partners=(POST,))
        self.lay("pot", 10, "main")

    @property
    def hub(self) -> Hub:
        def transport(account: Account) -> httpx.BaseTransport:
            return self.street.transport() if account.id == "post" else httpx.MockTransport(lambda _: httpx.Response(500))

        return replace(self.trade.hub, transport=transport, pause=Pause(sleep=lambda _: None, chance=lambda: 0))

    def run(self, verb: str) -> list[Report]:
        return SHIPPING_VERBS[verb](self.hub, None)

    def to_pack(self) -> str:
        """The reference of a fulfilment order of our own people."""
        order = self.sold(3, parties=(Party(role="buyer", name="Ada Example", email="ada@example.com"), HOME))
        self.release()
        return str(self.asked(order)[0].reference)

    def labels(self) -> list[Any]:
        with self.database.read() as c:
            return list(c.execute(select(LABELS)))


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Generator[PostDesk]:
    """Ten pots in our own place."""
    desk = PostDesk(database, tmp_path, clock)
    yield desk
    desk.street.close()


def test_a_label_is_bought_once_and_its_parcel_followed_until_it_arrived(desk: PostDesk) -> None:
    reference = desk.to_pack()
    asked = [ask_for_label(desk.hub, reference, PACKED), ask_for_label(desk.hub, reference, PACKED)]
    drained = [desk.run("drain_outbox"), desk.run("drain_outbox")]
    [label] = desk.labels()
    printed = label_to_print(desk.hub, reference, "1")

    ship_by_hand(desk.hub, reference, HandShipment())
    desk.run("track_shipments")
    desk.clock.move(minutes=60 * 6)
    desk.run("track_shipments")

    assert (asked, len(drained[0]), drained[1]) == ([True, False], 2, [])
    assert [paid["tracking_number"] for paid in desk.street.truth()["labels"]] == [label.tracking_number]
    assert (printed["tracking_number"], printed["carrier"], printed["url"][:5]) == (label.tracking_number, "USPS", "https")
    with desk.database.read() as c:
        shipment = c.execute(select(SHIPMENTS)).one()
        events = c.execute(select(EVENTS.c.state).order_by(EVENTS.c.at)).scalars().all()
    assert (shipment.tracking_numbers, shipment.freight_minor, shipment.carrier) == (
        f'["{label.tracking_number}"]',
        label.cost_minor,
        "USPS",
    )
    assert (events[0], shipment.tracking_state) == ("announced", events[-1])
    assert desk.audited() == []


def test_however_answers_are_lost_one_label_is_paid_for(database: Database, tmp_path: Path, clock: StillClock) -> None:
    desk = PostDesk(database, tmp_path, clock, faults="read_timeout_after,cut_body,status_503_after")
    reference = desk.to_pack()
    while not desk.labels():
        with suppress(HubError):
            ask_for_label(desk.hub, reference, PACKED)

    for _ in range(40):
        desk.run("drain_outbox")
        desk.clock.move(minutes=10)

    assert len(desk.street.truth()["labels"]) == 1
    assert [row.tracking_number for row in desk.labels()] == [desk.street.truth()["labels"][0]["tracking_number"]]
    assert desk.audited() == []
    desk.street.close()


def test_a_service_nobody_sells_waits_for_a_person_and_another_parcel_name_asks_anew(desk: PostDesk) -> None:
    reference = desk.to_pack()
    ask_for_label(desk.hub, reference, replace(PACKED, service="USPS Teleport"))
    desk.run("drain_outbox")

    with pytest.raises(ConfigError, match="offered are"):
        label_to_print(desk.hub, reference, "1")
    ask_for_label(desk.hub, reference, replace(PACKED, parcel="2"))
    desk.run("drain_outbox")

    assert label_to_print(desk.hub, reference, "2")["service"] == "Priority"
    with pytest.raises(ConfigError, match="parcel 2 has a label that was paid for"):
        ship_by_hand(desk.hub, reference, HandShipment())
    assert len(desk.street.truth()["labels"]) == 1


def test_nothing_is_bought_for_what_will_not_leave_or_weighs_nothing(desk: PostDesk) -> None:
    reference = desk.to_pack()

    with pytest.raises(ConfigError, match="weigh the packed parcel"):
        ask_for_label(desk.hub, reference, replace(PACKED, package=Package(weight_g=0)))
    with pytest.raises(ConfigError, match="is not known"):
        ask_for_label(desk.hub, "F0", PACKED)
    call_off_by_hand(desk.hub, reference, "changed their mind")
    with pytest.raises(ConfigError, match="is cancelled"):
        ask_for_label(desk.hub, reference, PACKED)

    assert desk.labels() == []
