"""Pulling what a partner tells: ShipBob's advices off the street into the store, each kept once in its newest version."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors._kit.http import Pause
from connectors.capabilities import Command
from connectors.shipbob import CONNECTOR
from model.records.fulfilment import FulfilmentOrderLine
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.order_rows import ADVICES
from model.store.sealing import MasterKey
from operations.auditor import audit
from operations.pull import PullOutcome, pull_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile, Partner
from sandbox.street import Street
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.contract.stand_commands import fulfilment_order

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHIPBOB = Partner.model_validate({
    "id": "shipbob", "name": "ShipBob", "entity": "main", "connector": "shipbob", "zone": "America/Chicago",
    "advices_from": START - timedelta(days=1), "allow_hosts": ("street",),
    "settings": {"address": "http://street/shipbob/2026-01/", "token": "env:TEST_SHIPBOB_TOKEN", "channel_id": 441200, "page_size": 10},
})  # fmt: skip


@dataclass
class Warehouse:
    """A hub whose goods lie at the street's ShipBob."""

    hub: Hub
    street: Street
    clock: StillClock

    def order(self, number: int) -> str:
        """Have an order shipped; gives its reference."""
        line = FulfilmentOrderLine(reference="1", sku="MUG-STONE-BLU", title="Mug", quantity=2000)
        with self.hub.connected(SHIPBOB) as connector:
            assert isinstance(connector, CONNECTOR)
            body = connector.write_shipment(replace(fulfilment_order(number), lines=(line,)), "k")
            connector.submit_shipment(Command(key="k", reference=fulfilment_order(number).reference, body=body))
        return fulfilment_order(number).reference

    def pull(self) -> PullOutcome:
        """Read what ShipBob told."""
        [outcome] = pull_channel(self.hub, SHIPBOB)
        return outcome

    def stored(self) -> dict[str, int]:
        """The version that is kept of each advice, by reference."""
        with self.hub.database.read() as connection:
            found: list[tuple[str, int]] = [
                (row[0], row[1]) for row in connection.execute(select(ADVICES.c.reference, ADVICES.c.source_version))
            ]
        assert len(dict(found)) == len(found)
        return dict(found)


@pytest.fixture
def warehouse(database: Database, tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> Generator[Warehouse]:
    monkeypatch.setenv("TEST_SHIPBOB_TOKEN", "street-shipbob-token")
    clock.at = START
    street = Street(tmp_path / "street", orders=3, seed=3, clock=clock.now)
    file = HubFile(tmp_path / "hub.toml", "", None, (ENTITY,), (), (), partners=(SHIPBOB,))
    hub = Hub(
        file, database, MasterKey.in_file(tmp_path / "master.key"), Actor("me", "Me"), clock=clock,
        transport=lambda _account: street.transport(), pause=Pause(sleep=lambda _s: None, chance=lambda: 0),
    )  # fmt: skip
    yield Warehouse(hub, street, clock)
    street.close()


def test_advices_are_stored_once_and_follow_the_warehouse(warehouse: Warehouse) -> None:
    references = {warehouse.order(number) for number in range(1, 31)}
    warehouse.clock.move(seconds=5)

    first = warehouse.pull()
    early = warehouse.stored()
    warehouse.clock.move(hours=1)
    second = warehouse.pull()
    late = warehouse.stored()
    warehouse.clock.move(minutes=5)
    third = warehouse.pull()

    assert [each.outcome for each in (first, second, third)] == ["done"] * 3
    assert (set(early), set(late)) == (references, references)
    assert [reference for reference in references if late[reference] <= early[reference]] == []
    assert warehouse.stored() == late
    assert audit(warehouse.hub.database.url) == []
