"""Master tables by file: good rows go in, wrong ones are named, the same file twice changes nothing, hostile files are refused."""

import io
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, select

from model.errors import ConfigError
from model.store.audit_trail import Actor
from model.store.catalogue import INBOUND, KIT_PARTS, LOCATIONS, PRICES, SKU_MAP, SKUS, listing_id
from model.store.customers import CUSTOMERS
from model.store.database import Database
from model.store.sealing import MasterKey
from model.store.stock_levels import LEVELS
from model.store.touches import waiting
from model.values.spreadsheet import marked, unmarked
from operations.auditor import audit
from operations.masters.cells import MOST_COLUMNS, Cell, Unread
from operations.masters.columns import AMOUNT, CODE, DAY, FLAG, QUANTITY
from operations.masters.csv_file import read_csv, write_csv
from operations.masters.customers import hold_customer, the_customer
from operations.masters.files import Imported, export_file, import_file, read_table
from operations.masters.kinds import KINDS, find_kind, template
from operations.masters.xlsx_file import read_xlsx, write_xlsx
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, Entity, HubFile
from tests.conftest import StillClock

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENTITY = Entity(id="main", name="Main", currency="EUR", country="DE", zone="Europe/Berlin")
WEB = Channel.model_validate(
    {
        "id": "web", "name": "Web", "entity": "main", "connector": "woocommerce", "zone": "Europe/Berlin", "orders_from": AT,
        "live_from": AT, "settings": {"url": "https://shop.example", "consumer_key": "env:A", "consumer_secret": "env:B"},
    }
)  # fmt: skip
SKU_FILE = "code,title,low_at,surplus_at\nMUG,Mug,10,500\nPLATE,Plate,,\nSET,Set of two,,\n"


class Desk:
    """A hub without any remote, and how a test gives it files."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        self.home = home
        file = HubFile(home / "hub.toml", "", None, (ENTITY,), (), (WEB,))
        self.hub = Hub(file, database, MasterKey.in_file(home / "master.key"), Actor("mia", "Mia"), clock=clock)

    def take(self, kind: str, text: str | bytes, *, name: str = "", is_strict: bool = False, is_dry_run: bool = False) -> Imported:
        path = self.home / (name or f"{kind}.csv")
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return import_file(self.hub, find_kind(kind), path, is_strict=is_strict, is_dry_run=is_dry_run)

    def rows(self, table: Table) -> list[dict[str, object]]:
        with self.hub.database.read() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def touched(self, *skus: str) -> set[str]:
        with self.hub.database.read() as connection:
            return set(waiting(connection, 100)) & set(skus)

    def untouch(self) -> None:
        self.hub.database.run(lambda connection: connection.exec_driver_sql("DELETE FROM stock_touch"))

    def put(self, table: Table, **values: object) -> None:
        self.hub.database.run(lambda connection: connection.execute(table.insert().values(**values)))


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    return Desk(database, tmp_path, clock)


def test_the_same_file_twice_changes_nothing_and_says_so(desk: Desk) -> None:
    first = desk.take("skus", SKU_FILE)
    before = desk.rows(SKUS)

    again = desk.take("skus", SKU_FILE)

    assert (first.new, first.changed, first.wrong) == (3, 0, ())
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    assert "nothing changed" in again.said
    assert desk.rows(SKUS) == before
    assert audit(desk.hub.database.url) == []


def test_good_rows_go_in_and_wrong_ones_are_named_by_file_row_column_reason_and_mend(desk: Desk) -> None:
    done = desk.take("skus", "code,low_at,is_tracked\nMUG,10,yes\n,1,yes\nPLATE,many,perhaps\nMUG,3,no\n")

    assert [row["code"] for row in desk.rows(SKUS)] == ["MUG"]
    assert done.wrong == (
        "skus.csv:3: code: is empty; fill it in",
        "skus.csv:4: is_tracked: is neither yes nor no; write one of them",
        "skus.csv:4: low_at: is not a number; write one like 12.5, without unit",
        "skus.csv:5: code: stands in row 2 already; keep one of them",
    )


def test_strictly_one_wrong_row_keeps_the_whole_file_out(desk: Desk) -> None:
    done = desk.take("skus", "code,low_at\nMUG,10\nPLATE,many\n", is_strict=True)

    assert (done.is_written, len(done.wrong)) == (False, 1)
    assert desk.rows(SKUS) == []


def test_a_dry_run_tells_and_writes_nothing(desk: Desk) -> None:
    done = desk.take("customers", template(KINDS["customers"]), is_dry_run=True)

    assert (done.new, done.is_written) == (1, False)
    assert desk.rows(CUSTOMERS) == []
    with desk.hub.database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM data_key").scalar_one() == 0
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM audit_event").scalar_one() == 0


def test_a_column_that_is_not_in_the_file_leaves_what_is_stored_and_an_empty_cell_clears_it(desk: Desk) -> None:
    desk.take("skus", SKU_FILE)

    done = desk.take("skus", "code,surplus_at\nMUG,\n")

    [mug] = [row for row in desk.rows(SKUS) if row["code"] == "MUG"]
    assert (done.changed, mug["title"], mug["low_at"], mug["surplus_at"]) == (1, "Mug", 10_000, None)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("code,colour\nMUG,red\n", "'colour': is no column of skus"),
        ("title\nMug\n", "code: is missing"),
        ("code,code\nA,B\n", "'code': is there twice"),
        ("code,,title\nA,B,C\n", "column 2 has no name"),
        ("", "is empty"),
        ('code\n"A\n', "mend the quotes"),
        (b"\xff\xfec\x00o\x00", "save it as CSV UTF-8"),
        (b"code\n\x81\n", "neither UTF-8 nor Windows-1252"),
        (",".join(f"c{i}" for i in range(10_000)), f"more than {MOST_COLUMNS} columns"),
    ],
    ids=["unknown", "missing", "twice", "nameless", "empty", "quotes", "utf-16", "no text", "10,000 columns"],
)
def test_a_file_that_is_no_table_of_its_kind_is_refused_as_a_whole(desk: Desk, text: str | bytes, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        desk.take("skus", text)

    assert desk.rows(SKUS) == []


def test_a_row_with_a_cell_too_few_or_too_many_counts_nothing(desk: Desk) -> None:
    done = desk.take("skus", "code,title,unit\nMUG,Mug\nPLATE,Plate,piece,x\nBOWL,Bowl,piece,\n")

    assert [row["code"] for row in desk.rows(SKUS)] == ["BOWL"]
    assert [wrong.split(": ")[0] for wrong in done.wrong] == ["skus.csv:2", "skus.csv:3"]


def test_control_characters_are_refused_where_they_stand(desk: Desk) -> None:
    done = desk.take("skus", "code,title\nMUG,a\0b\nPLATE,fine\n")

    assert done.wrong == ("skus.csv:2: title: holds the control character U+0000; take it out",)
    assert [row["code"] for row in desk.rows(SKUS)] == ["PLATE"]


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("code;title\nA;Größe\n".encode(), "CSV, utf-8, semicolon"),
        ("\ufeffcode\ttitle\nA\tGröße\n".encode(), "CSV, utf-8, tab"),
        ("code,title\nA,Größe\n".encode("cp1252"), "CSV, cp1252, comma"),
    ],
)
def test_encoding_and_delimiter_are_told_from_the_file(raw: bytes, form: str) -> None:
    table = read_csv("a.csv", raw)

    assert (table.form, table.header, table.rows) == (form, ("code", "title"), ((2, ("A", "Größe")),))


@pytest.mark.parametrize(
    ("cells", "thousandths"),
    [
        (["1.5", "2"], [1500, 2000]),
        (["1,5", "2"], [1500, 2000]),
        (["1.250", "0.5"], [1250, 500]),
        (["1.250", "0,5"], [1_250_000, 500]),
        (["1,250", "1,250.5"], [1_250_000, 1_250_500]),
        (["1.234.567", "1.250"], [1_234_567_000, 1_250_000]),
        (["1.2500"], [1250]),
        (["0.125"], [125]),
        ([Decimal("1.25"), "1,5"], [1250, 1500]),
        (["", "7"], [None, 7000]),
    ],
)
def test_a_column_of_numbers_is_read_in_its_own_form(cells: list[Cell], thousandths: list[int | None]) -> None:
    assert QUANTITY.read(cells) == thousandths


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (["1.250", "7"], [True, False]),
        (["1,250"], [True]),
        (["1.5", "1,5", "3"], [True, True, False]),
        (["1e3", "1"], [True, False]),
        (["9" * 5000, "1"], [True, False]),
        (["-1", "1.0001"], [True, True]),
        (["٣", "1_000", "NaN", "∞", "0x10"], [True] * 5),
        ([True, date(2026, 1, 1)], [True, True]),
    ],
)
def test_no_number_is_guessed(cells: list[Cell], wrong: list[bool]) -> None:
    assert [isinstance(value, Unread) for value in QUANTITY.read(cells)] == wrong


def test_dates_flags_and_codes_are_read_strictly() -> None:
    days = DAY.read(["2026-01-31", "31.01.2026", "2026-02-30", date(2026, 1, 31), "20260131", "1066-10-14"])
    codes = CODE.read([Decimal(4012345), Decimal("1.5"), Decimal("1.23E+17"), "A\nB", "x" * 200, "00123"])

    assert [value if isinstance(value, str) else "wrong" for value in days] == [
        "2026-01-31",
        "wrong",
        "wrong",
        "2026-01-31",
        "wrong",
        "wrong",
    ]
    assert [value if isinstance(value, str) else "wrong" for value in codes] == ["4012345", *["wrong"] * 4, "00123"]
    assert FLAG.read(["Yes", "0", True]) == [True, False, True]


@given(st.text(alphabet=st.sampled_from("='+-@\t\r\0ab,\"\n;")))
def test_what_a_spreadsheet_would_run_is_marked_and_comes_back_unmarked(text: str) -> None:
    assert unmarked(marked(text)) == text
    assert not marked(text).startswith(("=", "+", "-", "@", "\t", "\r", "\0"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'=", "''-", "'"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_formulas_are_kept_verbatim_and_leave_as_text(desk: Desk, start: str, form: str) -> None:
    title = f"{start}cmd|' /C calc'!A0"
    desk.hub.database.run(lambda connection: connection.exec_driver_sql("DELETE FROM sku"))
    desk.take("skus", write_csv(["code", "title"], [["MUG", title]]))
    out = desk.home / f"out.{form}"

    export_file(desk.hub, KINDS["skus"], out)

    assert [row["title"] for row in desk.rows(SKUS)] == [title]
    assert desk.take("skus", out.read_bytes(), name=out.name).unchanged == 1
    assert oct(out.stat().st_mode & 0o777) == "0o600"


FULL = {
    "skus": "code,title,unit,is_tracked,is_active,low_at,surplus_at,lead_time_days,order_multiple,supplier\n"
    "RICE,=1+1,kg,no,yes,1.1250,2000.5,14,0.0010,Mill & Co\nSOAP,'quoted,piece,yes,no,,,,,\n",
    "kits": "kit,part,quantity\nSET,MUG,2\nSET,PLATE,1.1250\n",
    "map": "channel,listing,sku,factor\nweb,17,MUG,6\nweb,00018,PLATE,0.5\n",
    "prices": "price_list,sku,valid_from,currency,amount\nkw,MUG,2026-01-01,KWD,1.2500\n"
    "jp,MUG,2026-01-01,JPY,1200\neu,MUG,2026-02-01,EUR,9.9\n",
    "customers": "id,type,name,email,phone,tax_number,terms_days,credit_limit,currency,is_on_hold,hold_reason,price_list\n"
    "C1,dealer,Ada,ada@example.com,+49 30 123456,DE1,30,5000.5,EUR,yes,late payer,eu\nC2,retail,,,,,,,,no,,\n",
    "inbound": "id,sku,location,quantity,expected_on\nPO1,MUG,main,12.5,2026-04-01\n",
    "tax_codes": "sku,tax_code,specification,unit_name\nMUG,1080101000000000000,350 ml,个\nPLATE,1080101000000000001,,\n",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_goes_out_comes_in_again_unchanged(desk: Desk, kind: str, form: str) -> None:
    desk.put(LOCATIONS, id="main", owner="hub", first_seen_at=AT)
    desk.take("skus", SKU_FILE)
    taken = desk.take(kind, FULL[kind])
    before = desk.rows(KINDS[kind].table)

    rows = export_file(desk.hub, KINDS[kind], desk.home / f"out.{form}", reason="a test")
    again = import_file(desk.hub, KINDS[kind], desk.home / f"out.{form}")

    assert (taken.wrong, again.wrong) == ((), ())
    assert (again.new, again.changed, again.removed, again.unchanged) == (0, 0, 0, rows)
    assert desk.rows(KINDS[kind].table) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_read_by_its_own_kind(desk: Desk, kind: str) -> None:
    desk.put(LOCATIONS, id="main", owner="hub", first_seen_at=AT)
    desk.take("skus", "code\nMUG-RED\nMUG-SET\n")

    assert desk.take(kind, template(KINDS[kind])).wrong == ()


def test_a_kit_is_changed_whole_and_a_part_that_is_no_longer_named_leaves_it(desk: Desk) -> None:
    desk.take("skus", SKU_FILE)
    desk.take("kits", "kit,part,quantity\nSET,MUG,1\nSET,PLATE,1\n")
    desk.untouch()

    done = desk.take("kits", "kit,part,quantity\nSET,MUG,2\n")

    assert (done.changed, done.removed) == (1, 1)
    assert [(row["part"], row["quantity"]) for row in desk.rows(KIT_PARTS)] == [("MUG", 2000)]
    assert desk.touched("SET", "MUG", "PLATE") == {"SET"}


@pytest.mark.parametrize(
    "wrong", ["SET,NOSUCH,1", "SET,PLATE,none", "SET,PLATE,0", ",PLATE,1"], ids=["unknown", "text", "zero", "nobody's"]
)
def test_a_kit_with_one_wrong_row_stays_as_it_is(desk: Desk, wrong: str) -> None:
    desk.take("skus", SKU_FILE)

    done = desk.take("kits", f"kit,part,quantity\nSET,MUG,1\n{wrong}\n")

    assert desk.rows(KIT_PARTS) == []
    assert done.wrong[0].startswith("kits.csv:2: kit: is left as it is")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SET,SET,1\n", "part: is a kit itself"),
        ("SET,MUG,1\nMUG,PLATE,1\n", "part: is a kit itself"),
        ("MUG,SET,1\nSET,MUG,1\n", "part: is a kit itself"),
        ("BOX,SET2,1\n", "part: is a kit itself"),
        ("PART,MUG,1\n", "kit: is a part of another kit"),
        ("MUG,PLATE,1\n", "kit: has stock"),
    ],
    ids=["of itself", "kit in kit", "circle", "stored kit as part", "stored part as kit", "stocked"],
)
def test_kits_never_nest_and_have_no_stock_of_their_own(desk: Desk, text: str, complaint: str) -> None:
    desk.put(LOCATIONS, id="main", owner="hub", first_seen_at=AT)
    desk.take("skus", SKU_FILE + "BOX,Box,,\nSET2,Set,,\nPART,Part,,\n")
    desk.take("kits", "kit,part,quantity\nSET2,PART,1\n")
    desk.put(LEVELS, sku="MUG", location_id="main", on_hand=1000, damaged=0, held=0, reserved=0, version=1)

    done = desk.take("kits", f"kit,part,quantity\n{text}")

    assert any(complaint in wrong for wrong in done.wrong)
    assert [row["kit"] for row in desk.rows(KIT_PARTS)] == ["SET2"]


def test_mapping_a_listing_marks_the_sku_it_sold_and_the_one_it_sells(desk: Desk) -> None:
    desk.take("skus", SKU_FILE)
    desk.take("map", "channel,listing,sku\nweb,17,MUG\n")
    desk.untouch()

    done = desk.take("map", "channel,listing,sku,factor\nweb,17,PLATE,6\nweb,18,NOSUCH,1\nshop,19,MUG,1\nweb,20,MUG,0\n")

    assert desk.touched("MUG", "PLATE", "SET") == {"MUG", "PLATE"}
    assert [(row["listing_id"], row["sku"], row["factor"], row["mapped_by"]) for row in desk.rows(SKU_MAP)] == [
        (listing_id("web", "17"), "PLATE", 6000, "mia")
    ]
    assert [wrong.split(": ")[1] for wrong in done.wrong] == ["sku", "channel", "factor"]


def test_the_unit_of_a_sku_stands_while_there_is_stock_in_it(desk: Desk) -> None:
    desk.put(LOCATIONS, id="main", owner="hub", first_seen_at=AT)
    desk.take("skus", SKU_FILE)
    desk.put(LEVELS, sku="MUG", location_id="main", on_hand=1000, damaged=0, held=0, reserved=0, version=1)

    done = desk.take("skus", "code,unit\nMUG,box\nPLATE,box\n")

    assert [row["unit"] for row in desk.rows(SKUS)] == ["piece", "box", "piece"]
    assert "cannot change while there is stock in it" in done.wrong[0]


@pytest.mark.parametrize(
    ("row", "column"),
    [("eu,MUG,2026-01-01,EUR,9.905", "amount"), ("jp,MUG,2026-01-01,JPY,9.5", "amount"), ("eu,NOSUCH,2026-01-01,EUR,1", "sku"),
     ("eu,MUG,2026-01-01,EUX,1", "currency"), ("old,MUG,2026-03-01,USD,1", "currency"), ("eu,MUG,01/02/2026,EUR,1", "valid_from"),
     ("eu,MUG,2026-01-01,EUR,99999999999999999999999", "amount"), ("eu,MUG,2026-01-01,EUR,-1", "amount")],
)  # fmt: skip
def test_a_price_is_exact_and_of_its_lists_own_currency(desk: Desk, row: str, column: str) -> None:
    desk.take("skus", SKU_FILE)
    desk.take("prices", "price_list,sku,valid_from,currency,amount\nold,MUG,2026-01-01,EUR,9.90\n")

    done = desk.take("prices", f"price_list,sku,valid_from,currency,amount\n{row}\n")

    assert [wrong.split(": ")[1] for wrong in done.wrong] == [column]
    assert [price["amount_minor"] for price in desk.rows(PRICES)] == [990]


def test_what_names_a_customer_is_sealed_found_by_exact_mail_or_phone_and_never_in_a_complaint(desk: Desk) -> None:
    desk.take("customers", FULL["customers"])
    wrong = desk.take("customers", "id,email,phone\nC9,ada.example.com,call Ada\n")

    [ada, _] = desk.rows(CUSTOMERS)
    assert b"Ada" not in bytes(ada["personal"])  # pyright: ignore
    assert the_customer(desk.hub, "ADA@example.com ") == "C1"
    assert the_customer(desk.hub, "+49-30-123456") == "C1"
    assert not any("ada" in complaint.lower() for complaint in wrong.wrong)
    with pytest.raises(ConfigError, match=r"^customer: is not there"):
        the_customer(desk.hub, "eve@example.com")


def test_an_export_without_a_reason_leaves_people_out_and_importing_it_leaves_them_as_they_are(desk: Desk) -> None:
    desk.take("customers", FULL["customers"])
    out = desk.home / "out.csv"

    export_file(desk.hub, KINDS["customers"], out)

    assert b"Ada" not in out.read_bytes()
    assert desk.take("customers", out.read_bytes()).unchanged == 2
    assert the_customer(desk.hub, "ada@example.com") == "C1"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("id,credit_limit\nC2,100\n", "credit_limit"),
        ("id,currency\nC1,USD\n", "currency"),
        ("id,is_on_hold\nC2,yes\n", "hold_reason"),
        ("id,type\nC2,friend\n", "type"),
        ("id,credit_limit\nC1,1.005\n", "credit_limit"),
        ("id,terms_days\nC1,-3\n", "terms_days"),
    ],
)
def test_terms_that_say_nothing_sure_are_refused(desk: Desk, text: str, column: str) -> None:
    desk.take("customers", FULL["customers"])
    before = desk.rows(CUSTOMERS)

    done = desk.take("customers", text)

    assert [wrong.split(": ")[1] for wrong in done.wrong] == [column]
    assert desk.rows(CUSTOMERS) == before


def test_a_hold_is_kept_with_its_reason_and_told_once(desk: Desk) -> None:
    desk.take("customers", FULL["customers"])

    done = [hold_customer(desk.hub, "C2", "unpaid"), hold_customer(desk.hub, "C2", "unpaid"), hold_customer(desk.hub, "C2", None)]

    with desk.hub.database.read() as connection:
        events = connection.exec_driver_sql("SELECT action FROM audit_event ORDER BY seq").scalars().all()
    assert done == [True, False, True]
    assert events == ["import", "hold", "release"]
    assert [(row["is_on_hold"], row["hold_reason"]) for row in desk.rows(CUSTOMERS)] == [(True, "late payer"), (False, None)]


def test_what_was_received_is_no_longer_changed(desk: Desk) -> None:
    desk.put(LOCATIONS, id="main", owner="hub", first_seen_at=AT)
    desk.take("skus", SKU_FILE)
    desk.take("kits", "kit,part,quantity\nSET,MUG,1\n")
    desk.put(
        INBOUND,
        id="PO0",
        sku="MUG",
        location_id="main",
        quantity=5000,
        received=5000,
        expected_on=AT.date(),
        state="received",
        changed_at=AT,
    )
    desk.put(
        INBOUND, id="PO1", sku="MUG", location_id="main", quantity=5000, received=3000, expected_on=AT.date(), state="open", changed_at=AT
    )

    done = desk.take(
        "inbound",
        "id,sku,location,quantity,expected_on\nPO0,MUG,main,6,2026-03-02\nPO1,MUG,main,2,2026-03-02\nPO2,SET,main,1,2026-03-02\n"
        "PO3,MUG,moon,1,2026-03-02\nPO4,PLATE,main,1,2026-03-02\n",
    )

    assert [wrong.split(": ")[1] for wrong in done.wrong] == ["id", "quantity", "sku", "location"]
    assert [row["id"] for row in desk.rows(INBOUND)] == ["PO0", "PO1", "PO4"]


def test_ten_thousand_rows_go_in_at_once_and_change_nothing_again(desk: Desk) -> None:
    text = "code,title,low_at\n" + "".join(f"SKU-{number},Thing {number},{number}\n" for number in range(10_000))

    assert desk.take("skus", text).new == 10_000
    assert desk.take("skus", text).unchanged == 10_000


def workbook(rows: list[list[Cell]], **parts: bytes) -> bytes:
    """A workbook of these rows, with parts added or replaced."""
    raw = write_xlsx("skus", [str(cell) for cell in rows[0]], rows[1:], AT)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, parts.pop(member.filename, old.read(member)))
        for name, body in parts.items():
            new.writestr(name, body)
    return out.getvalue()


PLAIN: list[list[Cell]] = [["code", "title"], ["MUG", "Mug"]]
SHEET = "xl/worksheets/sheet1.xml"
XML = '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
ENTITIES = "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
LAUGHS = XML.format(f"<!DOCTYPE x [<!ENTITY a 'ha'>{ENTITIES}]>", "<row><c t='inlineStr'><is><t>&i;</t></is></c></row>")
MACROS = b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"


def rows_of(*cells: str) -> bytes:
    """A worksheet's XML of a header `code` and rows with these cells."""
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c></row>'
    return XML.format("", head + "".join(f'<row r="{number}">{cell}</row>' for number, cell in enumerate(cells, 2))).encode()


def overlapping() -> bytes:
    raw = bytearray(workbook(PLAIN))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        first, second = archive.infolist()[:2]
    entry = raw.rindex(second.filename.encode())
    raw[entry - 4 : entry] = first.header_offset.to_bytes(4, "little")
    return bytes(raw)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: b"code,title\nMUG,Mug\n", "is no .xlsx at all"),
    "old or encrypted": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "is encrypted, or an old .xls"),
    "cut": (lambda: workbook(PLAIN)[:-200], "damaged archive"),
    "bomb": (lambda: workbook(PLAIN, **{SHEET: rows_of() + b" " * 60_000_000}), "unpacks to far more"),
    "macro": (lambda: workbook(PLAIN, **{"xl/vbaProject.bin": b"x"}), "has macros"),
    "macro type": (lambda: workbook(PLAIN, **{"[Content_Types].xml": MACROS}), "may run macros"),
    "external link": (lambda: workbook(PLAIN, **{"xl/externalLinks/externalLink1.xml": b"<x/>"}), "links to other files"),
    "embedded": (lambda: workbook(PLAIN, **{"xl/embeddings/oleObject1.bin": b"x"}), "embedded objects"),
    "path": (lambda: workbook(PLAIN, **{"../../etc/cron.d/x": b"x"}), "path of its own"),
    "many parts": (lambda: workbook(PLAIN, **{f"xl/p{number}.xml": b"<x/>" for number in range(200)}), "more than 100 parts"),
    "overlap": (overlapping, "overlap|damaged"),
    "laughs": (lambda: workbook(PLAIN, **{SHEET: LAUGHS.encode()}), "entities"),
    "laughs in utf-16": (
        lambda: workbook(PLAIN, **{SHEET: LAUGHS.encode("utf-16")}),
        "no sound workbook",
    ),
    "broken xml": (lambda: workbook(PLAIN, **{SHEET: b"<worksheet><sheet"}), "no sound workbook"),
    "huge number": (lambda: workbook(PLAIN, **{SHEET: rows_of(f'<c r="A2"><v>{"9" * 5000}</v></c>')}), "no sound workbook"),
    "10,000 columns": (lambda: workbook([[f"c{number}" for number in range(10_000)], ["x"]]), f"more than {MOST_COLUMNS} columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_with_a_line_that_says_why(tmp_path: Path, name: str) -> None:
    make, complaint = HOSTILE[name]
    (tmp_path / "skus.xlsx").write_bytes(make())

    with pytest.raises(ConfigError, match=complaint) as refused:
        read_table(tmp_path / "skus.xlsx", "skus")

    assert "\n" not in str(refused.value)


def test_cells_of_a_workbook_that_say_nothing_sure_are_errors_of_their_row() -> None:
    raw = workbook(
        PLAIN,
        **{
            SHEET: rows_of(
                '<c r="A2"><f>1+1</f></c>', '<c r="A3"><f>1+1</f><v>2</v></c>', '<c r="A4" t="e"><v>#REF!</v></c>',
                '<c r="A5"><v>1e400</v></c>', '<c r="A6"><v>0.30000000000000004</v></c>', '<c r="A7" t="b"><v>1</v></c>',
            )
        },
    )  # fmt: skip

    cells = [cells[0] for _, cells in read_xlsx("skus.xlsx", raw, "skus").rows]

    reasons = [cell.reason.partition(";")[0] if isinstance(cell, Unread) else cell for cell in cells]
    assert reasons == ["is a formula that was never computed", Decimal(2), "shows #REF!", "is no number of sane size", Decimal("0.3"), True]


def test_of_several_sheets_the_one_named_like_the_kind_is_read() -> None:
    import openpyxl  # noqa: PLC0415  only here

    book = openpyxl.Workbook()
    book.create_sheet("SKUS").append(["code"])
    out = io.BytesIO()
    book.save(out)

    assert read_xlsx("a.xlsx", out.getvalue(), "skus").header == ("code",)
    with pytest.raises(ConfigError, match="has 2 sheets; keep one, or name one kits"):
        read_xlsx("a.xlsx", out.getvalue(), "kits")


def test_a_far_row_costs_nothing_and_keeps_its_number() -> None:
    far = XML.format(
        "", '<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c></row><row r="1048576"><c r="A1048576"><v>7</v></c></row>'
    )

    assert read_xlsx("a.xlsx", workbook(PLAIN, **{SHEET: far.encode()}), "skus").rows == ((1_048_576, (Decimal(7),)),)


def test_a_file_too_large_of_another_form_or_absent_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        os.truncate(file.fileno(), 30 * 2**20)

    for name, complaint in (("large.csv", "is larger than"), ("a.ods", "is neither .csv nor .xlsx"), ("none.csv", "cannot be read")):
        with pytest.raises(ConfigError, match=complaint):
            read_table(tmp_path / name, "skus")


def test_numbers_leave_a_workbook_as_numbers_and_text_as_text() -> None:
    import openpyxl  # noqa: PLC0415  only here

    book = openpyxl.load_workbook(io.BytesIO(write_xlsx("skus", ["a"], [["=1+1", Decimal("-1.5"), date(2026, 1, 31), "-1"]], AT)))

    assert [(cell.data_type, cell.value) for cell in book["skus"][2]] == [
        ("s", "'=1+1"), ("n", -1.5), ("d", datetime(2026, 1, 31)), ("s", "'-1"),  # noqa: DTZ001  a spreadsheet knows no zone
    ]  # fmt: skip


def test_amounts_keep_every_digit() -> None:
    assert AMOUNT.read(["9007199254740.93", "1"]) == [Decimal("9007199254740.93"), Decimal(1)]
