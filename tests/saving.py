"""One account's store, and how a test puts pages into it."""

import socket
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from model.store import accounts, landing, leases, order_queries, runs
from model.store.cursors import OWN, StreamCursor
from model.store.database import Database
from model.store.landing import Landed, SetAside
from model.store.leases import Lease
from model.store.order_rows import Reading
from model.store.pages import Behind, PageToSave, ReadPayload, Record, save_page
from model.store.runs import Counts, Run
from model.store.sealing import MasterKey, Sealer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEAD = f"{socket.gethostname()}:4194305:1"
"""A holder whose process is certainly gone: no pid is that large."""


class Store:
    """One account's store, and how a test puts pages into it."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database = database
        self.sealer = Sealer(MasterKey.in_file(home / "master.key"))
        database.run(lambda c: accounts.meet(c, "shop", "test", "main", at=NOW))
        database.run(lambda c: runs.begin(c, Run("run1", "shop", "orders", OWN, "me", NOW), "me"))
        self.lease = leases.take(database, "pull:shop", DEAD)
        self.reading = Reading(
            account_id="shop", zone=ZoneInfo("UTC"), cut_off=time(0), live_from=datetime(2026, 1, 1, tzinfo=UTC), run_id="run1",
            mapping_version="1", at=NOW, key_id=self.sealer.key_for(database, "shop", NOW), sealer=self.sealer, stream="orders",
        )  # fmt: skip
        self.seq = 0

    def read(self, record: Record, raw: bytes | None = None) -> ReadPayload:
        """A payload that became this record."""
        self.seq += 1
        body = raw or repr(record).encode()
        raw_id = self.sealer.payload_name("shop", "order", body)
        landed = landing.seal(self.sealer, self.reading.key_id, raw_id, "order", body, record.external_id, 0)
        return ReadPayload(landed, record, self.seq)

    def aside(self, external_id: str, raw: bytes) -> tuple[Landed, SetAside]:
        """A payload that could not be read."""
        raw_id = self.sealer.payload_name("shop", "order", raw)
        landed = landing.seal(self.sealer, self.reading.key_id, raw_id, "order", raw, external_id, 0)
        return landed, SetAside(raw_id, "orders", "order", external_id, "broken")

    def save(self, *records: Record, cursor: StreamCursor | None = None, lease: Lease | None = None) -> Counts:
        """Save a page of these records."""
        return self.save_page(PageToSave(read=[self.read(record) for record in records]), cursor, lease)

    def save_page(self, page: PageToSave, cursor: StreamCursor | None = None, lease: Lease | None = None) -> Counts:
        """Save a page."""
        behind = Behind(lease or self.lease, cursor, None)
        return self.database.run(lambda c: save_page(c, page, self.reading, behind))

    def rows(self, table: object) -> list[dict[str, object]]:
        """All rows of a table."""
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]  # pyright: ignore

    def show(self, external_id: str = "1001") -> dict[str, object]:
        """One order with everything around it, opened."""
        with self.database.read() as connection:
            [order_id] = order_queries.find_order_ids(connection, "shop", external_id)
            return order_queries.show_order(connection, order_id, self.sealer)
