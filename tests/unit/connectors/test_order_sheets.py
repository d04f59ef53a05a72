"""Tables of orders: rows gathered into orders, cells in the declared form only, and every refusal with its place and mend."""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pydantic import ValidationError

from connectors._kit.order_sheets import SheetLayout, UnreadOrderError, cut_sheet, number_in, read_sheet_order
from model.errors import MalformedError
from model.records.order import Order

COLUMNS = {"number": "Order", "placed": "Date", "sku": "SKU", "quantity": "Qty", "unit_price": "Price"}
HEADER = ("Order", "Date", "SKU", "Qty", "Price")
ROW = {"Order": "A-1", "Date": "2026-08-01", "SKU": "cup", "Qty": "2", "Price": "2.50"}


def layout(columns: Mapping[str, Any] | None = None, **more: Any) -> SheetLayout:  # noqa: ANN401  as in hub.toml
    return SheetLayout.model_validate({"currency": "EUR", "columns": {**COLUMNS, **(columns or {})}, **more})


def csv_of(*rows: Mapping[str, str], delimiter: str = ",") -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([f'"{row.get(name, "")}"' for name in names] for row in rows)]
    return "\n".join(delimiter.join(line) for line in lines).encode() + b"\n"


def orders(raw: bytes, how: SheetLayout) -> list[Order]:
    return [read_sheet_order(piece) for piece in cut_sheet("orders.csv", raw, how)]


def asked(how: SheetLayout, cells: Mapping[str, str]) -> bytes:
    return csv_of({**dict.fromkeys(how.columns.named(), ""), **ROW, **cells})


def one(how: SheetLayout, **cells: str) -> Order:
    [order] = orders(asked(how, cells), how)
    return order


def refusal(how: SheetLayout, **cells: str) -> str:
    [piece] = cut_sheet("orders.csv", asked(how, cells), how)
    with pytest.raises(MalformedError) as caught:
        read_sheet_order(piece)
    return str(caught.value)


def workbook(*rows: tuple[object, ...], epoch: datetime | None = None, sheets: tuple[str, ...] = ("Sheet",)) -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    if epoch:
        book.epoch = epoch
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in (HEADER, *rows):
            sheet.append(list(row))
    return book


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_rows_of_one_number_are_one_order_wherever_they_stand() -> None:
    raw = csv_of(ROW, {**ROW, "Order": "B-1"}, {**ROW, "SKU": "pot", "Qty": "1.5", "Price": "4.00"})

    first, second = orders(raw, layout())

    assert [(line.external_id, line.sku, line.quantity, line.total_minor) for line in first.lines] == [
        ("1", "cup", 2000, 500), ("2", "pot", 1500, 600),
    ]  # fmt: skip
    assert (first.number, first.total_minor, second.number, second.total_minor) == ("A-1", 1100, "B-1", 500)


def test_a_slice_keeps_cells_rows_name_and_digest_and_can_be_read_alone() -> None:
    [piece] = cut_sheet("dir\\or\u202eders.csv", csv_of(ROW), layout(), told_at=datetime(2026, 8, 2, tzinfo=UTC))

    assert b'"file":"or?ders.csv"' in piece
    assert b'"row":2' in piece
    assert b'"Price":"2.50"' in piece
    assert number_in(piece) == "A-1"
    assert read_sheet_order(piece) == read_sheet_order(piece, layout())


@pytest.mark.parametrize(
    ("how", "price", "told"),
    [
        ({}, "1234.50", 123450),
        ({"thousands": ","}, "1,234.50", 123450),
        ({"thousands": ","}, "1234.50", 123450),
        ({"decimal": ",", "thousands": "."}, "1.234,50", 123450),
        ({"decimal": ",", "thousands": " "}, "1\u202f234,50", 123450),
        ({"thousands": "'"}, "1’234.50", 123450),
        ({"decimal": ","}, "7", 700),
    ],
)
def test_numbers_are_read_in_the_declared_form(how: dict[str, Any], price: str, told: int) -> None:
    assert one(layout(**how), Qty="1", Price=price).total_minor == told


@pytest.mark.parametrize(
    ("how", "price"),
    [
        ({}, "1,234.50"), ({}, "12,50"), ({"decimal": ","}, "12.50"), ({"thousands": ","}, "1,23.50"),
        ({"decimal": ",", "thousands": "."}, "1.2"),
        ({"thousands": ","}, "1234,567"), ({"thousands": ","}, ",500"), ({"decimal": ",", "thousands": "."}, "1234.567,00"),
        ({}, "1e3"), ({}, "NaN"), ({}, "\u0661"), ({}, "1_000"), ({}, "9" * 30), ({}, "12.345"), ({}, "=1+1"), ({}, "$5"),
    ],
)  # fmt: skip
def test_numbers_of_another_form_are_refused_by_their_place(how: dict[str, Any], price: str) -> None:
    assert refusal(layout(**how), Qty="1", Price=price).startswith("orders.csv: row 2, column 'Price': ")


def test_dates_are_read_in_the_declared_form_and_zone() -> None:
    berlin = layout(date_format="%d.%m.%Y %H:%M", zone="Europe/Berlin")

    assert one(berlin, Date="01.08.2026 10:30").placed_at == datetime(2026, 8, 1, 8, 30, tzinfo=UTC)
    assert one(layout(), Date="2026-08-01T10:30:00+02:00").placed_at == datetime(2026, 8, 1, 8, 30, tzinfo=UTC)
    timed = layout({"placed_time": "Time"}, zone="Europe/Berlin")
    assert one(timed, Date="2026-08-01", Time="10:30").placed_at == datetime(2026, 8, 1, 8, 30, tzinfo=UTC)
    for text in ("08/01/2026 10:30", "2026-08-01", "31.02.2026 10:30", "01.08.1926 10:30", ""):
        assert "column 'Date'" in refusal(berlin, Date=text)


def test_gross_prices_become_net_ones_by_the_tax_that_is_told() -> None:
    gross = layout({"line_tax": "VAT", "shipping": "Ship", "tax": "Tax", "total": "Total"}, prices_include_tax=True)

    order = one(gross, Price="11.90", VAT="3.80", Ship="5.95", Tax="4.75", Total="29.75")

    assert (order.lines[0].total_minor, order.lines[0].tax_minor, order.shipping_minor, order.tax_minor) == (2000, 380, 500, 475)
    assert order.total_minor == 2975
    assert "column 'VAT': is empty" in refusal(gross, Price="11.90")


def test_parts_must_sum_to_the_total_that_is_told() -> None:
    whole = layout({"total": "Total", "shipping": "Ship", "discount": "Off", "charges": "Fee"})

    order = one(whole, Ship="4.90", Off="1.00", Fee="0.50", Total="9.40")

    assert (order.shipping_minor, order.discount_minor, order.charges_minor, order.total_minor) == (490, 100, 50, 940)
    assert "column 'Total': is 941, and the parts sum to 940" in refusal(whole, Ship="4.90", Off="1.00", Fee="0.50", Total="9.41")


def test_a_line_must_cost_what_its_price_gives_or_round_to_it() -> None:
    both = layout({"line_total": "Sum", "line_discount": "Off"})

    assert one(both, Qty="3", Price="3.33", Sum="10.00").total_minor == 1000
    assert one(both, Qty="2", Price="5.00", Sum="9.00", Off="1.00").lines[0].discount_minor == 100
    assert "column 'Sum'" in refusal(both, Qty="3", Price="3.33", Sum="10.10")
    assert "no whole amount" in refusal(layout(), Qty="3", Price="3.333")


def test_what_is_taken_off_may_be_declared_as_negative() -> None:
    assert one(layout({"discount": "Off"}, discounts_are_negative=True), Off="-1.00").discount_minor == 100
    assert "is negative" in refusal(layout({"discount": "Off"}), Off="-1.00")
    assert "is positive" in refusal(layout({"discount": "Off"}, discounts_are_negative=True), Off="1.00")


def test_what_rows_say_of_the_whole_order_must_agree() -> None:
    how = layout({"currency": "Cur"})
    [piece] = cut_sheet("o.csv", csv_of({**ROW, "Cur": "EUR"}, {**ROW, "Cur": "USD"}), how)

    with pytest.raises(UnreadOrderError, match="row 3, column 'Cur': says something else than row 2"):
        read_sheet_order(piece)


def test_every_flaw_of_an_order_is_told_with_its_mend() -> None:
    [piece] = cut_sheet("o.csv", csv_of({**ROW, "Qty": "none", "Price": "x"}, {**ROW, "SKU": ""}, {**ROW, "Qty": "-1"}), layout())

    with pytest.raises(UnreadOrderError) as caught:
        read_sheet_order(piece)
    assert [(flaw.row, flaw.column) for flaw in caught.value.flaws] == [(2, "Qty"), (2, "Price"), (3, "SKU"), (4, "Qty")]
    assert all(flaw.reason and flaw.mend for flaw in caught.value.flaws)


def test_a_row_that_is_cut_or_too_long_refuses_its_own_order() -> None:
    raw = csv_of(ROW, {**ROW, "Order": "B-1"}) + b"C-1,2026-08-01,cup\nD-1,2026-08-01,cup,1,1.00,more\n"
    pieces = list(cut_sheet("o.csv", raw, layout()))

    assert [number_in(piece) for piece in pieces] == ["A-1", "B-1", "C-1", "D-1"]
    assert [read_sheet_order(piece).number for piece in pieces[:2]] == ["A-1", "B-1"]
    for piece, cells in zip(pieces[2:], (3, 6), strict=True):
        with pytest.raises(UnreadOrderError, match=f"has {cells} cells under 5 columns"):
            read_sheet_order(piece)


def test_a_country_is_two_letters_or_a_word_that_was_declared() -> None:
    how = layout({"country": "Land", "name": "Who", "street": ["A", "B"]}, countries={"Norge": "NO"})

    order = one(how, Land="Norge", Who="Ida Sample", A="12 Test Lane", B="c/o Cafe")

    assert (order.parties[0].country, order.parties[0].street) == ("NO", ("12 Test Lane", "c/o Cafe"))
    assert "column 'Land': is no code of two letters" in refusal(how, Land="Norwegen")


def test_a_file_without_its_columns_is_refused_whole_and_says_which() -> None:
    for raw, reason in (
        (b"Order;Date;SKU;Qty;Price\nA;2026-08-01;x;1;1\n", "has no column 'Order'"),
        (b"Order,Date,SKU,Qty,Cost\nA,2026-08-01,x,1,1\n", "row 1: has no column 'Price'"),
        (b"Order,Date,SKU,Qty,Price,Price\nA,2026-08-01,x,1,1,2\n", "has two columns 'Price'"),
        (b"Order,Date,SKU,Qty,Price\n", "no row follows the header"),
        (b"", "is empty"),
        (b'Order,"Date\n', "line"),
    ):
        [piece] = cut_sheet("o.csv", raw, layout())
        with pytest.raises(MalformedError, match=reason):
            read_sheet_order(piece)
        assert number_in(piece) is None


def test_an_order_in_another_encoding_is_read_as_declared() -> None:
    raw = csv_of({**ROW, "SKU": "Größe"}).decode().encode("cp1252")

    assert orders(raw, layout(encoding="cp1252"))[0].lines[0].sku == "Größe"
    [piece] = cut_sheet("o.csv", raw, layout())
    with pytest.raises(MalformedError, match="is not text in utf-8"):
        read_sheet_order(piece)


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_a_workbook_gives_decimal_numbers_and_dates_of_both_epochs(epoch: datetime | None) -> None:
    at = datetime(2026, 8, 1, 10, 30)  # noqa: DTZ001  workbooks know no zones
    raw = saved(workbook(("A-1", at, "cup", 3, 0.1 + 0.2), (1001, date(2026, 8, 1), "pot", 1, 19.99), epoch=epoch))

    first, second = orders(raw, layout(zone="Europe/Berlin"))

    assert (first.placed_at, first.total_minor, first.lines[0].unit_price) == (datetime(2026, 8, 1, 8, 30, tzinfo=UTC), 90, "0.3")
    assert (second.number, second.total_minor) == ("1001", 1999)


def test_a_number_that_is_shown_with_zeros_keeps_them_and_one_too_long_is_refused() -> None:
    book = workbook(
        ("A-1", date(2026, 8, 1), 123, 1, 1), ("B-1", date(2026, 8, 1), 4006381333931, 1, 1), ("C-1", date(2026, 8, 1), 10**17, 1, 1)
    )
    book.worksheets[0]["C2"].number_format = "00000"
    first, second, third = cut_sheet("o.xlsx", saved(book), layout())

    assert [read_sheet_order(piece).lines[0].sku for piece in (first, second)] == ["00123", "4006381333931"]
    with pytest.raises(UnreadOrderError, match="has more digits than a spreadsheet keeps"):
        read_sheet_order(third)


def test_formulas_errors_truth_and_bare_serials_refuse_their_own_order() -> None:
    rows = [
        ("A-1", date(2026, 8, 1), "cup", 1, "=1+1"),
        ("B-1", 46000, "cup", 1, 1),
        ("C-1", date(2026, 8, 1), "cup", True, 1),
        ("D-1", date(2026, 8, 1), "cup", 1, 1),
    ]
    pieces = list(cut_sheet("o.xlsx", saved(workbook(*rows)), layout()))

    for piece, reason in zip(pieces[:3], ("is a formula; put its value", "is a number and no date", "is TRUE or FALSE"), strict=True):
        with pytest.raises(UnreadOrderError, match=reason):
            read_sheet_order(piece)
    assert read_sheet_order(pieces[3]).number == "D-1"


def test_of_several_sheets_the_declared_one_is_read() -> None:
    raw = saved(workbook(("A-1", date(2026, 8, 1), "cup", 1, 1), sheets=("Notes", "August")))

    assert orders(raw, layout(sheet="august"))[0].number == "A-1"
    [piece] = cut_sheet("o.xlsx", raw, layout())
    with pytest.raises(MalformedError, match="has 2 sheets"):
        read_sheet_order(piece)


@pytest.mark.parametrize(
    ("part", "body", "reason"),
    [
        ("xl/vbaProject.bin", b"x", "macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "links to other files"),
        ("xl/bomb.xml", b"0" * 40_000_000, "unpacks to far more"),
        ("xl/more.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML entities"),
        ("../../escape.xml", b"<x/>", "a path of its own"),
    ],
)
def test_a_hostile_workbook_is_refused_by_name(part: str, body: bytes, reason: str) -> None:
    out = io.BytesIO(saved(workbook(("A-1", date(2026, 8, 1), "cup", 1, 1))))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, body)

    [piece] = cut_sheet("o.xlsx", out.getvalue(), layout())

    with pytest.raises(MalformedError, match=rf"o\.xlsx: file: .*{reason}"):
        read_sheet_order(piece)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"columns": {"number": "A", "placed": "B", "quantity": "C", "unit_price": "D"}, "currency": "EUR"}, "sku"),
        ({"columns": {"number": "A", "placed": "B", "quantity": "C", "sku": "D"}, "currency": "EUR"}, "unit_price"),
        ({"columns": COLUMNS}, "currency"),
        ({"columns": COLUMNS, "currency": "XXX"}, "ISO 4217"),
        ({"columns": COLUMNS, "currency": "EUR", "prices_include_tax": True}, "line_tax"),
        ({"columns": COLUMNS, "currency": "EUR", "decimal": ",", "thousands": ","}, "thousands"),
        ({"columns": COLUMNS, "currency": "EUR", "zone": "Mars"}, "zone"),
        ({"columns": COLUMNS, "currency": "EUR", "encoding": "klingon"}, "encoding"),
        ({"columns": {**COLUMNS, "colour": "E"}, "currency": "EUR"}, "Extra"),
    ],
)
def test_a_layout_that_cannot_be_read_by_is_refused_when_it_is_declared(settings: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        SheetLayout.model_validate(settings)


def test_the_version_is_the_tables_the_files_or_what_is_told_once() -> None:
    at = datetime(2026, 8, 2, tzinfo=UTC)
    dated = layout({"updated": "Changed"})
    [piece] = cut_sheet("o.csv", csv_of({**ROW, "Changed": "2026-08-03"}), dated)
    [newest] = cut_sheet("o.csv", csv_of(ROW), layout(later_files="newest"), told_at=at)
    [once] = cut_sheet("o.csv", csv_of(ROW), layout(), told_at=at)

    assert read_sheet_order(piece).updated_at == datetime(2026, 8, 3, tzinfo=UTC)
    assert (read_sheet_order(newest).updated_at, read_sheet_order(newest).source_version > 0) == (at, True)
    assert read_sheet_order(once).source_version < 0
