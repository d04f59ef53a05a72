"""A hub to which a trading partner orders by X12, from folders of this machine, and whose goods lie on one shelf."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select

from model.store import accounts, runs
from model.store.audit_trail import Actor
from model.store.bulk import insert_rows
from model.store.catalogue import LISTINGS, SKU_MAP, listing_id
from model.store.database import Database
from model.store.landing import QUARANTINE
from model.store.order_rows import LINES, ORDERS
from model.store.outbox import AnyRow
from model.store.sealing import MasterKey
from model.store.stock_levels import Move, move
from model.tables.catalogue import SkuRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.dispatch import drain_account
from operations.pull import PullOutcome, pull_channel
from operations.reports import Report
from operations.review_orders import Reviewed, review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, Entity, HubFile, Location
from operations.shipping_verbs import SHIPPING_VERBS
from operations.stock_policy import meet_locations
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.edi import NOW, drop, home

SKUS = ("MUG-STONE-BLU", "PLATE-20", "BOWL")


@dataclass
class PartnerDesk:
    """A hub with one trading partner."""

    database: Database
    home: Path
    clock: StillClock
    entity: Entity = ENTITY

    def __post_init__(self) -> None:
        self.clock.at = NOW
        home(self.folder)
        with self.database.write() as c:
            meet_locations(c, self.file(), at=NOW)
            runs.meet_actor(c, "me", "Me", at=NOW)
            accounts.meet(c, "dock", "edi_partner", "main", at=NOW)
            sku = {"unit": "piece", "is_tracked": True, "is_active": True, "changed_at": NOW}
            c.execute(insert(SkuRow), [{"code": code, "title": code, **sku} for code in SKUS])
            for code in SKUS:
                name, row_id = f"sku:{code}", listing_id("dock", f"sku:{code}")
                insert_rows(c, LISTINGS, [(row_id, "dock", name, None, name, name, name, "goods", True, iso(NOW), iso(NOW), None)])
                insert_rows(c, SKU_MAP, [(row_id, "dock", name, code, 1000, "me", iso(NOW))])
        for code in SKUS:
            arrival = Move(id=derive_id(code), sku=code, location="main", kind="receipt", on_hand=100_000, reference="t")
            self.database.run(lambda c, arrival=arrival: move(c, [arrival], at=NOW, actor_id="me"))

    @property
    def folder(self) -> Path:
        """Where files are exchanged."""
        return self.home / "edi"

    def file(self, **settings: object) -> HubFile:
        """hub.toml with the partner as a channel."""
        told = {"address": str(self.folder), "our_id": "ENTREPOT", "their_id": "NORTHDOCK", "archive": "done", **settings}
        channel = Channel.model_validate({
            "id": "dock", "name": "Dock Stores", "entity": "main", "connector": "edi_partner", "zone": "UTC",
            "orders_from": NOW - timedelta(days=30), "live_from": NOW - timedelta(days=30), "settings": told,
        })  # fmt: skip
        return HubFile(self.home / "hub.toml", "", None, (self.entity,), (), (channel,), (Location(id="main", name="Main"),))

    def hub(self, **settings: object) -> Hub:
        """The hub."""
        master = MasterKey.in_file(self.home / "master.key")
        return Hub(self.file(**settings), self.database, master, Actor("me", "Me"), clock=self.clock)

    def tell(self, name: str, raw: bytes) -> None:
        """A file of the partner's, now."""
        drop(self.folder / "out", name, raw, self.clock.at)

    def pull(self, **settings: object) -> list[PullOutcome]:
        """Read what the partner tells."""
        self.clock.move(minutes=5)
        hub = self.hub(**settings)
        return pull_channel(hub, hub.file.channels[0])

    def review(self) -> Reviewed:
        """Let the rules decide."""
        return review_orders(self.hub())

    def exchange(self, **settings: object) -> list[Report]:
        """Acknowledge and answer."""
        return SHIPPING_VERBS["exchange_edi"](self.hub(**settings), None)

    def drain(self) -> Report:
        """Send what waits."""
        hub = self.hub()
        return drain_account(hub, hub.file.channels[0])

    def sent(self, kind: str) -> list[list[str]]:
        """The segments of every file of ours of a kind that the partner found, without the envelope."""
        files = sorted((self.folder / "in").glob(f"{kind}-*.edi"), key=lambda path: path.stat().st_mtime_ns)
        lines = [[line.rstrip("~") for line in path.read_text().splitlines()] for path in files]
        return [[line for line in each if line.split("*")[0] not in {"ISA", "GS", "ST", "SE", "GE", "IEA"}] for each in lines]

    def orders(self) -> list[AnyRow]:
        """The orders."""
        with self.database.read() as c:
            return list(c.execute(select(ORDERS).order_by(ORDERS.c.number)))

    def lines(self) -> dict[str, int]:
        """Line to whole units ordered."""
        with self.database.read() as c:
            rows = c.execute(select(LINES.c.external_id, LINES.c.quantity).order_by(LINES.c.external_id))
            return {row.external_id: row.quantity // 1000 for row in rows}

    def set_aside(self) -> list[str]:
        """Why payloads are in quarantine."""
        with self.database.read() as c:
            return list(c.execute(select(QUARANTINE.c.reason).where(QUARANTINE.c.state == "open").order_by(QUARANTINE.c.reason)).scalars())
