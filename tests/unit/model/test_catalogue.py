"""The catalogue: what is suggested for unmapped listings, which lines wait for a mapping, and that writing rows is guarded."""

import threading
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from model.records.order import Order
from model.store import accounts, catalogue, landing, leases, runs
from model.store.bulk import insert_rows
from model.store.catalogue import LISTINGS, SKU_MAP, SKUS
from model.store.cursors import OWN
from model.store.database import Database
from model.store.master_rows import lock, propose, stored_fields, write
from model.store.order_rows import Reading
from model.store.pages import Behind, PageToSave, ReadPayload, save_page
from model.store.runs import Run
from model.store.sealing import MasterKey, Sealer
from model.tables.reviews import OrderLineStateRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.auditor import audit
from tests.orders import line, order

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Shelf:
    """A store with two channels, and how a test puts SKUs, listings and orders into it."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database = database
        self.sealer = Sealer(MasterKey.in_file(home / "master.key"))
        for channel in ("web", "till"):
            database.run(lambda c, channel=channel: accounts.meet(c, channel, "test", "main", at=AT))

    def skus(self, *codes: str) -> None:
        given = [{"code": code, "title": code} for code in codes]
        fresh = dict.fromkeys(SKUS.columns.keys(), None) | {"unit": "piece", "is_tracked": True, "is_active": True}
        self.database.run(lambda c: write(c, SKUS, propose(SKUS, given, [], fresh), at=AT))

    def listing(self, channel: str, external_id: str, sku: str | None, *, kind: str = "goods", is_gone: bool = False) -> None:
        row = (
            catalogue.listing_id(channel, external_id), channel, external_id, None, external_id, sku, f"Listing {external_id}", kind,
            True, iso(AT), iso(AT), iso(AT) if is_gone else None,
        )  # fmt: skip
        self.database.run(lambda c: insert_rows(c, LISTINGS, [row]))

    def map(self, channel: str, external_id: str, sku: str) -> None:
        row = (catalogue.listing_id(channel, external_id), channel, external_id, sku, 1000, "mia", iso(AT))
        self.database.run(lambda c: insert_rows(c, SKU_MAP, [row]))

    def suggested(self) -> dict[tuple[str, str], tuple[str, bool, bool]]:
        with self.database.read() as connection:
            found = catalogue.suggestions(connection)
        return {(each["channel"], each["listing"]): (each["sku"], each["is_known"], each["is_shared"]) for each in found}

    def save(self, *orders: Order) -> None:
        self.database.run(lambda c: runs.begin(c, Run("run1", "web", "orders", OWN, "me", AT), "me"))
        lease = leases.take(self.database, "pull:web", "host:1:1")
        reading = Reading(
            account_id="web", zone=ZoneInfo("UTC"), cut_off=time(0), live_from=datetime(2026, 1, 1, tzinfo=UTC), run_id="run1",
            mapping_version="1", at=AT, key_id=self.sealer.key_for(self.database, "web", AT), sealer=self.sealer, stream="orders",
        )  # fmt: skip
        page = PageToSave(read=[self._read(each, number, reading) for number, each in enumerate(orders, 1)])
        self.database.run(lambda c: save_page(c, page, reading, Behind(lease, None, None)))

    def _read(self, each: Order, seq: int, reading: Reading) -> ReadPayload:
        raw_id = self.sealer.payload_name("web", "order", each.external_id.encode())
        landed = landing.seal(self.sealer, reading.key_id, raw_id, "order", each.external_id.encode(), each.external_id, 0)
        return ReadPayload(landed, each, seq)

    def line_state(self, order_id: str, line_id: str, sku: str | None) -> None:
        values = {
            "order_id": order_id, "line_external_id": line_id, "sku": sku, "listing_id": None, "sold": 0, "approved": 0,
            "released": 0, "issued": 0, "returned": 0, "changed_at": AT,
        }  # fmt: skip
        self.database.run(lambda c: c.execute(insert(OrderLineStateRow).values(values)))


@pytest.fixture
def shelf(database: Database, tmp_path: Path) -> Shelf:
    return Shelf(database, tmp_path)


def test_a_listing_that_maps_to_nothing_is_suggested_the_sku_of_its_own_code(shelf: Shelf) -> None:
    shelf.skus("MUG", "PLATE")
    shelf.listing("web", "1", "MUG")
    shelf.listing("web", "2", "NEW")
    shelf.listing("web", "3", None)
    shelf.listing("web", "4", "PLATE", is_gone=True)
    shelf.listing("till", "1", "PLATE")
    shelf.map("till", "1", "PLATE")

    assert shelf.suggested() == {("web", "1"): ("MUG", True, False), ("web", "2"): ("NEW", False, False)}


def test_a_code_that_two_listings_of_a_channel_share_is_told(shelf: Shelf) -> None:
    shelf.skus("MUG")
    shelf.listing("web", "1", "MUG")
    shelf.listing("web", "2", "MUG")
    shelf.listing("till", "1", "MUG")

    assert {place: shared for place, (_, _, shared) in shelf.suggested().items()} == {
        ("web", "1"): True, ("web", "2"): True, ("till", "1"): False,
    }  # fmt: skip


def test_lists_of_listings_show_what_each_sells_and_count_what_is_unmapped(shelf: Shelf) -> None:
    shelf.skus("MUG")
    shelf.listing("web", "1", "MUG")
    shelf.listing("web", "2", "MUG")
    shelf.map("web", "1", "MUG")

    with shelf.database.read() as connection:
        everything = list(catalogue.list_listings(connection, None, None, is_unmapped=False))
        unmapped = list(catalogue.list_listings(connection, "web", None, is_unmapped=True))
        counted = [catalogue.count_listings(connection, channel, is_unmapped=True) for channel in (None, "web", "till")]

    assert [(each["listing"], each["sku"], each["factor"]) for each in everything] == [("1", "MUG", 1000), ("2", None, None)]
    assert [(each["listing"], each["suggestion"]) for each in unmapped] == [("2", "MUG")]
    assert counted == [1, 1, 0]


def test_lines_of_open_orders_without_a_sku_wait_and_others_do_not(shelf: Shelf) -> None:
    shelf.skus("MUG")
    shelf.save(order("1001", lines=(line("a", 1500), line("b", 2000))))
    order_id = derive_id("web", "order", "1001")
    shelf.line_state(order_id, "a", None)
    shelf.line_state(order_id, "b", "MUG")

    with shelf.database.read() as connection:
        waiting = catalogue.unmapped_lines(connection)
        elsewhere = catalogue.unmapped_lines(connection, "till")
    shelf.database.run(lambda c: c.exec_driver_sql("UPDATE order_state SET is_open = FALSE"))
    with shelf.database.read() as connection:
        afterwards = catalogue.unmapped_lines(connection)

    assert [(each["channel"], each["order"], each["line"], each["channel_sku"]) for each in waiting] == [("web", "1001", "a", "SKU-a")]
    assert (elsewhere, afterwards) == ([], [])


def test_two_writers_of_one_table_come_one_after_the_other(shelf: Shelf) -> None:
    def add(code: str) -> None:
        def work(connection: object) -> None:
            lock(connection, SKUS)  # pyright: ignore
            stored = stored_fields(connection, SKUS, "code", ["SAME", code])  # pyright: ignore
            fresh = dict.fromkeys(SKUS.columns.keys(), None) | {"unit": "piece", "is_tracked": True, "is_active": True, "title": "x"}
            write(connection, SKUS, propose(SKUS, [{"code": "SAME"}, {"code": code}], stored, fresh), at=AT)  # pyright: ignore

        shelf.database.run(work)

    writers = [threading.Thread(target=add, args=(f"SKU-{number}",)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with shelf.database.read() as connection:
        codes = set(connection.execute(select(SKUS.c.code)).scalars())
    assert codes == {"SAME", *(f"SKU-{number}" for number in range(6))}
    assert audit(shelf.database.url) == []


def test_show_sku_tells_everything_around_one(shelf: Shelf) -> None:
    shelf.skus("MUG")
    shelf.listing("web", "1", "MUG")
    shelf.map("web", "1", "MUG")

    with shelf.database.read() as connection:
        shown = catalogue.show_sku(connection, "MUG")
        absent = catalogue.show_sku(connection, "NOSUCH")
        listed = list(catalogue.list_skus(connection, None))

    assert shown is not None
    assert (shown["code"], shown["listings"]) == ("MUG", [{"channel": "web", "listing": "1", "factor": 1000}])
    assert (shown["parts"], shown["kits"], shown["prices"], shown["levels"]) == ([], [], [], [])
    assert absent is None
    assert [(each["code"], each["is_kit"], each["listings"]) for each in listed] == [("MUG", False, 1)]
