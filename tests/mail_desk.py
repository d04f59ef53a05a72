"""A hub with one mailbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.landing import QUARANTINE
from model.store.order_rows import LINES, ORDERS
from model.store.sealing import MasterKey
from operations.pull import PullOutcome, Wanted, pull_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.mailbox import HERE
from tests.mails import AT, SETTINGS

SECRET = "TEST_MAIL_PASSWORD"


@dataclass
class Desk:
    """A hub whose orders come by mail."""

    database: Database
    home: Path
    clock: StillClock
    port: int
    since: datetime = AT - timedelta(days=1)

    def channel(self, **settings: Any) -> Channel:  # noqa: ANN401  as in hub.toml
        """The channel, as hub.toml names it."""
        told = {**SETTINGS, "port": self.port, "password": f"env:{SECRET}", **settings}
        return Channel.model_validate({
            "id": "mail", "name": "Mail", "entity": "main", "connector": "mailbox", "zone": "UTC", "orders_from": self.since,
            "live_from": self.since - timedelta(days=30), "allow_hosts": [HERE], "settings": told,
        })  # fmt: skip

    def hub(self, **settings: Any) -> Hub:  # noqa: ANN401  same
        """The hub."""
        file = HubFile(self.home / "hub.toml", "", None, (ENTITY,), (), (self.channel(**settings),))
        return Hub(file, self.database, MasterKey.in_file(self.home / "master.key"), Actor("me", "Mia"), clock=self.clock)

    def pull(self, wanted: Wanted | None = None, **settings: Any) -> PullOutcome:  # noqa: ANN401  same
        """Read the mailbox once."""
        hub = self.hub(**settings)
        (outcome,) = pull_channel(hub, hub.file.channels[0], wanted)
        return outcome

    def orders(self) -> dict[str, tuple[int, dict[str, int]]]:
        """What is stored: id to total and pieces by SKU."""
        with self.database.read() as c:
            rows = c.execute(select(ORDERS.c.id, ORDERS.c.external_id, ORDERS.c.total_minor)).all()
            lines = c.execute(select(LINES.c.order_id, LINES.c.sku, LINES.c.quantity)).all()
        return {
            row.external_id: (row.total_minor, {line.sku: line.quantity // 1000 for line in lines if line.order_id == row.id})
            for row in rows
        }

    def aside(self) -> list[str]:
        """The reasons in the quarantine."""
        with self.database.read() as c:
            return sorted(c.execute(select(QUARANTINE.c.reason).where(QUARANTINE.c.state == "open")).scalars())
