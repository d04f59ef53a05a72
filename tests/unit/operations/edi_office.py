"""A hub, the folders it shares with the street's warehouse that speaks X12, and everything that may go wrong between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from connectors.capabilities import Command
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.leases import this_process
from model.store.outbox import OUTBOX, AnyRow
from model.store.sealing import MasterKey
from operations.auditor import audit
from operations.dispatch import drain_account
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import HubFile, Partner
from operations.shipping_verbs import SHIPPING_VERBS
from sandbox.edi.warehouse import EdiWarehouse
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.edi import ORDER, drop, warehouse

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NO_SUCH_PID = 4_194_305


@dataclass
class Office:
    """A hub with one partner; each `life` of it is a process of its own, and all before it are gone."""

    database: Database
    home: Path
    clock: StillClock
    life: int = 0

    def __post_init__(self) -> None:
        self.street = EdiWarehouse(self.folder, self.clock.now, seed=5, partner="dock")

    @property
    def folder(self) -> Path:
        """Where files are exchanged."""
        return self.home / "edi"

    def partner(self, **settings: object) -> Partner:
        """The warehouse, as hub.toml names it."""
        told = {"address": str(self.folder), "our_id": "ENTREPOT", "their_id": "NORTHDOCK", "archive": "done", **settings}
        return Partner.model_validate({
            "id": "dock", "name": "Dock", "entity": "main", "connector": "edi_warehouse", "zone": "UTC",
            "advices_from": START - timedelta(days=1), "settings": told,
        })  # fmt: skip

    def hub(self, **settings: object) -> Hub:
        """The hub of this life."""
        file = HubFile(self.home / "hub.toml", "", None, (ENTITY,), (), (), partners=(self.partner(**settings),))
        host, life = this_process().partition(":")[0], self.life
        master = MasterKey.in_file(self.home / "master.key")
        actor = Actor("me", "Me")
        return Hub(file, self.database, master, actor, clock=self.clock, holder=lambda: f"{host}:{NO_SUCH_PID}:{life}")

    def exchange(self, **settings: object) -> list[Report]:
        """Read what the warehouse tells, acknowledge and book it."""
        return SHIPPING_VERBS["exchange_edi"](self.hub(**settings), None)

    def drain(self) -> Report:
        """Send what waits."""
        hub = self.hub()
        return drain_account(hub, hub.file.partners[0])

    def ask(self, number: int) -> None:
        """Have an order shipped by a file of ours; the hub knows nothing of it."""
        connector, key = warehouse(self.folder, archive="done"), f"{number:032x}"
        order = replace(ORDER, reference=f"FO-{number}")
        connector.submit_shipment(Command(key=key, reference=order.reference, body=connector.write_shipment(order, key)))

    def pass_by(self, **span: int) -> None:
        """Let time pass for both."""
        self.street.advance()
        self.clock.move(**span)
        self.street.advance()

    def tell(self, name: str, body: bytes) -> None:
        """A file of the warehouse's appears."""
        drop(self.folder / "out", name, body, self.clock.at)

    def replies(self) -> list[bytes]:
        """Every 997 that we wrote, taken by the warehouse or not."""
        return [path.read_bytes() for folder in ("in", "done") for path in sorted((self.folder / folder).glob("997-*"))]

    def commands(self) -> list[AnyRow]:
        """What is in the outbox."""
        with self.database.read() as c:
            return list(c.execute(select(OUTBOX)))

    def unanswered(self) -> Mapping[str, list[str]]:
        """What the warehouse told and was not answered by exactly one yes."""
        answers = self.street.acknowledged()
        return {number: answers.get(number, []) for number in self.street.told() if answers.get(number) != ["A"]}

    def audited(self) -> list[object]:
        """What the auditor finds."""
        return list(audit(self.database.url))
