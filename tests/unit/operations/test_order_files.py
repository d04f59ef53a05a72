"""Files of orders: pulled from a folder, looked at before, and given by hand; a file twice is one order."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from model.errors import ConfigError
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.landing import QUARANTINE
from model.store.order_rows import ORDERS
from model.store.sealing import MasterKey
from operations.auditor import audit
from operations.order_files import Previewed, preview_file, take_file
from operations.preview import preview_channel
from operations.pull import Wanted, pull_channel
from operations.replay import replay_channel
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, HubFile
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.edifact import orders_message

START = datetime(2026, 8, 3, 12, tzinfo=UTC)
COLUMNS = {"number": "Order", "placed": "Date", "sku": "SKU", "quantity": "Qty", "unit_price": "Price", "total": "Total"}
HEADER = "Order,Date,SKU,Qty,Price,Total\n"
TWO = HEADER + "A-1,2026-08-01,cup,2,2.50,9.00\nB-1,2026-08-01,pot,1,7.00,7.00\nA-1,2026-08-01,jug,1,4.00,\n"


@dataclass
class Desk:
    """A hub with one channel of files."""

    database: Database
    home: Path
    clock: StillClock

    @property
    def folder(self) -> Path:
        """Where the partner's files are."""
        return self.home / "orders" / "out"

    def channel(self, **settings: Any) -> Channel:  # noqa: ANN401  as in hub.toml
        """The channel, as hub.toml names it."""
        told: Mapping[str, Any] = {"layout": {"currency": "EUR", "columns": COLUMNS}, "edifact": {}, **settings}
        return Channel.model_validate({
            "id": "mail-order", "name": "Mail order", "entity": "main", "connector": "order_files", "zone": "UTC",
            "orders_from": START - timedelta(days=1), "live_from": START - timedelta(days=30),
            "settings": {"address": str(self.home / "orders"), **told},
        })  # fmt: skip

    @property
    def hub(self) -> Hub:
        """Mia's."""
        file = HubFile(self.home / "hub.toml", "", None, (ENTITY,), (), (self.channel(),))
        return Hub(file, self.database, MasterKey.in_file(self.home / "hub.key"), Actor("me", "Mia"), clock=self.clock)

    def drop(self, name: str, text: str | bytes, *, ago: timedelta = timedelta(hours=1)) -> None:
        """A file appears in the folder."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        at = (self.clock.at - ago).timestamp()
        os.utime(path, (at, at))

    def file(self, name: str, text: str | bytes) -> Path:
        """A file of Mia's own."""
        path = self.home / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def pull(self, **settings: Any) -> tuple[int, int, int]:  # noqa: ANN401  as in hub.toml
        """Read the folder: new, changed, quarantined."""
        self.clock.at += timedelta(minutes=5)
        [outcome] = pull_channel(self.hub, self.channel(**settings))
        assert outcome.error is None
        return outcome.counts.new, outcome.counts.changed, outcome.counts.quarantined

    def take(self, path: Path) -> Report:
        """Give a file to the channel."""
        return take_file(self.hub, self.channel(), path)

    def orders(self) -> dict[str, int]:
        """Totals by number."""
        with self.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(select(ORDERS.c.external_id, ORDERS.c.total_minor))}

    def aside(self) -> list[str]:
        """Why what is in quarantine is there."""
        with self.database.read() as connection:
            query = select(QUARANTINE.c.reason).where(QUARANTINE.c.state == "open")
            return list(connection.execute(query.order_by(QUARANTINE.c.reason)).scalars())


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    clock.at = START
    made = Desk(database, tmp_path, clock)
    made.folder.mkdir(parents=True)
    return made


def outcomes(found: list[Previewed]) -> dict[str | None, str]:
    return {each.number: each.outcome for each in found}


def test_a_folder_of_tables_and_edifact_becomes_orders(desk: Desk) -> None:
    desk.drop("monday.csv", TWO)
    desk.drop("po.edi", orders_message("PO-7"))

    assert desk.pull() == (3, 0, 0)
    assert desk.orders() == {"A-1": 900, "B-1": 700, "PO-7": 9223}
    assert list(audit(desk.database.url)) == []


def test_a_file_twice_is_one_order_under_whatever_name(desk: Desk) -> None:
    desk.drop("monday.csv", TWO)
    desk.drop("po.edi", orders_message("PO-7"))
    desk.pull()

    desk.drop("monday-again.csv", TWO)
    desk.drop("po-copy.edi", orders_message("PO-7", function="7"))

    assert desk.pull() == (0, 0, 0)
    assert len(desk.orders()) == 3


def test_a_later_file_that_says_otherwise_is_held_by_name_until_a_person_decides(desk: Desk) -> None:
    desk.drop("monday.csv", TWO)
    desk.pull()

    desk.drop("tuesday.csv", TWO.replace("7.00,7.00", "8.00,8.00"), ago=timedelta(minutes=2))

    assert desk.pull() == (0, 0, 1)
    assert desk.orders()["B-1"] == 700
    assert desk.aside()[0].startswith("order B-1: another document told it before, and this one says otherwise")
    assert desk.pull() == (0, 0, 1), "the first file, coming by, does not close the entry"
    newest = {"layout": {"currency": "EUR", "columns": COLUMNS, "later_files": "newest"}}
    replayed = replay_channel(desk.hub, desk.channel(**newest))
    assert (replayed.resolved, desk.orders()["B-1"], desk.aside()) == (1, 800, [])
    desk.pull(**newest)
    assert desk.orders()["B-1"] == 800


def test_two_files_that_disagree_in_one_reading_leave_the_first(desk: Desk) -> None:
    desk.drop("monday.csv", TWO)
    desk.drop("tuesday.csv", TWO.replace("7.00,7.00", "8.00,8.00"), ago=timedelta(minutes=2))

    assert desk.pull() == (2, 0, 1)
    assert desk.orders()["B-1"] == 700


def test_where_the_newest_file_counts_it_does(desk: Desk) -> None:
    newest = {"layout": {"currency": "EUR", "columns": COLUMNS, "later_files": "newest"}}
    desk.drop("monday.csv", TWO)
    desk.pull(**newest)
    desk.drop("tuesday.csv", TWO.replace("7.00,7.00", "8.00,8.00"), ago=timedelta(minutes=2))

    desk.pull(**newest)

    assert desk.orders()["B-1"] == 800
    assert desk.aside() == []


def test_an_edifact_replacement_counts_and_the_original_read_again_changes_nothing(desk: Desk) -> None:
    desk.drop("po.edi", orders_message("PO-7"))
    desk.pull()
    desk.drop("po2.edi", orders_message("PO-7", function="5", price="6.00"), ago=timedelta(minutes=2))

    assert desk.pull() == (0, 1, 0)
    assert desk.orders()["PO-7"] == 10423
    assert desk.pull() == (0, 0, 0)
    assert desk.orders()["PO-7"] == 10423


def test_a_file_that_still_changes_waits(desk: Desk) -> None:
    desk.drop("torn.csv", TWO[: TWO.index("A-1,2026-08-01,jug")], ago=timedelta(minutes=-5))

    assert desk.pull() == (0, 0, 0)
    desk.drop("torn.csv", TWO)
    assert desk.pull() == (2, 0, 0)
    assert desk.orders()["A-1"] == 900


def test_a_row_that_cannot_be_read_costs_its_own_order_alone_and_comes_in_once_mended(desk: Desk) -> None:
    desk.drop("monday.csv", TWO.replace("cup,2", "cup,two"))

    assert desk.pull() == (1, 0, 1)
    assert desk.aside() == [
        "monday.csv: row 2, column 'Qty': is not a number; write it like 1234.50, or declare layout.decimal and layout.thousands"
    ]
    desk.drop("mended.csv", TWO)
    assert desk.pull()[0] == 1
    assert desk.orders() == {"A-1": 900, "B-1": 700}


def test_a_mended_layout_reads_what_was_set_aside(desk: Desk) -> None:
    desk.drop("monday.csv", TWO.replace("2.50", '"2,50"').replace("9.00", '"9,00"').replace("4.00", '"4,00"').replace("7.00", '"7,00"'))
    assert desk.pull() == (0, 0, 2)

    replayed = replay_channel(desk.hub, desk.channel(layout={"currency": "EUR", "columns": COLUMNS, "decimal": ","}))

    assert (replayed.resolved, desk.orders()) == (2, {"A-1": 900, "B-1": 700})


def test_a_preview_tells_each_order_with_rows_and_mends_and_stores_nothing(desk: Desk) -> None:
    path = desk.file("new.csv", TWO + "C-1,2026-08-01,cup,0,1.00,1.00\n,2026-08-01,cup,1,1.00,1.00\n")

    found = preview_file(desk.hub, desk.channel(), path)

    assert outcomes(found) == {"A-1": "new", "B-1": "new", "C-1": "refused", None: "refused"}
    assert [(each.lines, each.total_minor, each.currency) for each in found][:2] == [(2, 900, "EUR"), (1, 700, "EUR")]
    assert [(flaw["row"], flaw["column"]) for flaw in found[2].problems] == [(5, "Qty")]
    assert all(flaw["mend"] for each in found[2:] for flaw in each.problems)
    assert desk.orders() == {}
    assert desk.aside() == []
    assert not list(desk.folder.iterdir())


def test_a_preview_tells_what_is_there_and_what_contradicts_it(desk: Desk) -> None:
    desk.drop("monday.csv", TWO)
    desk.pull()

    found = preview_file(desk.hub, desk.channel(), desk.file("x.csv", TWO.replace("7.00,7.00", "8.00,8.00")))

    assert outcomes(found) == {"A-1": "same", "B-1": "held"}
    [outcome] = preview_channel(desk.hub, desk.channel(), Wanted(since=START - timedelta(days=1)))
    assert outcome.error is None


def test_a_taken_file_lies_in_the_folder_whole_and_twice_is_once(desk: Desk) -> None:
    path = desk.file("My orders (new).csv", TWO)

    first, second = desk.take(path), desk.take(path)

    assert (first.outcome, first.counts["new"], first.problems) == ("done", 2, [])
    assert (second.outcome, second.counts["new"], second.counts["unchanged"]) == ("done", 0, 2)
    [lying] = desk.folder.iterdir()
    assert lying.name.startswith("My-orders-new-")
    assert lying.read_bytes() == path.read_bytes()
    assert desk.pull() == (0, 0, 0)
    assert list(audit(desk.database.url)) == []


def test_a_taken_file_says_what_was_set_aside_each_time(desk: Desk) -> None:
    path = desk.file("x.csv", TWO.replace("cup,2", "cup,two"))

    first, second = desk.take(path), desk.take(path)

    assert (first.counts["new"], first.counts["quarantined"]) == (1, 1)
    assert len(first.problems) == len(second.problems) == 1


def test_another_file_of_the_same_name_is_another_file(desk: Desk) -> None:
    desk.take(desk.file("x.csv", TWO))
    report = desk.take(desk.file("x.csv", TWO.replace("-1,", "-2,")))

    assert report.counts["new"] == 2
    assert len(list(desk.folder.iterdir())) == 2


def test_what_is_no_file_or_no_channel_of_files_is_the_operators_matter(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        preview_file(desk.hub, desk.channel(), desk.home / "nowhere.csv")
    edi = desk.channel().model_copy(update={"connector": "edi_warehouse", "settings": {"address": "/x", "our_id": "A", "their_id": "B"}})
    with pytest.raises(ConfigError, match="reads no files of orders"):
        preview_file(desk.hub, edi, desk.file("x.csv", TWO))


def test_a_file_of_an_undeclared_form_is_set_aside_by_name(desk: Desk) -> None:
    desk.drop("po.edi", orders_message("PO-7"))

    assert desk.pull(edifact=None) == (0, 0, 1)
    assert desk.aside() == ["po.edi: is EDIFACT, which this account does not declare; write edifact = {} in it"]
