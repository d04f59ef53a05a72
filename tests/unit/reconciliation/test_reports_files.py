"""Reports as workbooks and CSV: numbers are numbers, formulas are text, equal figures are equal bytes."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from model.records.money_figures import AccountFigures
from reconciliation.reports.files import csv_file, workbook
from reconciliation.reports.sections import tables_of
from reconciliation.reports.tables import Cell, Column, Link, Money, Share, Table, table
from reconciliation.reports.words import LANGUAGES
from tests.unit.reconciliation.report_figures import ALL, PROVIDER, TODAY

EN, ZH = LANGUAGES["en"], LANGUAGES["zh"]


def opened(tables: list[Table], language: str = "en") -> Any:  # noqa: ANN401  openpyxl's own
    raw = workbook(tables, EN if language == "en" else ZH, TODAY)
    return load_workbook(io.BytesIO(raw))


def sheet_of(cell: Cell) -> Any:  # noqa: ANN401  same
    """The cell of a workbook that a cell becomes."""
    return opened([table("fees", "amount", [(cell,)])]).active["A2"]


def lines_of(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("cell", "value", "form"),
    [
        (Money(-123456, "EUR"), Decimal("-1234.56"), "#,##0.00;[Red]-#,##0.00"),
        (Money(500, "JPY"), 500, "#,##0;[Red]-#,##0"),
        (Money(1234567, "KWD"), Decimal("1234.567"), "#,##0.000;[Red]-#,##0.000"),
        (17, 17, "#,##0"),
        (Share(987, 1000), Decimal("0.987"), "0.0%"),
    ],
)
def test_numbers_are_numbers_with_a_format(cell: Cell, value: Decimal | int, form: str) -> None:
    made = sheet_of(cell)
    assert made.data_type == "n"
    assert Decimal(str(made.value)) == value
    assert made.number_format == form


def test_days_and_instants_are_dates() -> None:
    assert sheet_of(date(2026, 3, 2)).value == datetime(2026, 3, 2)  # noqa: DTZ001  a workbook knows no zones
    assert sheet_of(datetime(2026, 3, 2, 5, 30, tzinfo=UTC)).value == datetime(2026, 3, 2, 5, 30)  # noqa: DTZ001  same


def test_an_amount_longer_than_a_spreadsheet_can_hold_is_text_rather_than_rounded() -> None:
    made = sheet_of(Money(1234567890123456, "EUR"))
    assert (made.data_type, made.value) == ("s", "12,345,678,901,234.56")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1"])
def test_what_a_spreadsheet_might_run_is_marked_text(text: str) -> None:
    shown = table("fees", "kind reference", [(text, text)])

    made = opened([shown]).active["A2"]
    [_head, [plain, _]] = lines_of(csv_file(shown, EN))

    assert made.data_type == "s"
    assert plain == made.value
    assert not plain.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_control_characters_neither_break_a_workbook_nor_pass_through_it() -> None:
    assert sheet_of("a\0b\x0bc").value == "a\ufffdb\ufffdc"


def test_a_link_opens_and_its_address_stands_in_the_csv_file() -> None:
    link = Link("Run again", "https://hub.example/1")
    assert sheet_of(link).hyperlink.target == "https://hub.example/1"
    assert lines_of(csv_file(table("fees", "rerun", [(link,)]), EN)) == [["Run again"], ["https://hub.example/1"]]


def test_heads_are_frozen_filtered_and_columns_as_wide_as_what_they_hold() -> None:
    sheet = opened([table("payouts", "day reference", [(TODAY, "x" * 30), (TODAY, "y")])]).active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert sheet.print_title_rows == "$1:$1"
    assert 30 < sheet.column_dimensions["B"].width < 40
    assert sheet["A1"].font.bold


def test_totals_stand_below_what_is_filtered() -> None:
    shown = Table("fees", (Column("kind"), Column("amount")), (("a", Money(1, "EUR")),), (("Total", Money(1, "EUR")),))
    sheet = opened([shown]).active
    assert sheet.auto_filter.ref == "A1:B2"
    assert (sheet["A3"].value, sheet["A3"].font.bold) == ("Total", True)
    assert len(lines_of(csv_file(shown, EN))) == 2


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("figures", ALL, ids=lambda figures: f"{figures.role}-{len(figures.lines)}")
def test_every_table_is_a_sheet_under_its_own_name(figures: AccountFigures, language: str) -> None:
    words = EN if language == "en" else ZH
    tables = tables_of(figures, words, lambda _one: None)
    assert opened(tables, language).sheetnames == [words.of(f"table.{one.key}") for one in tables]


def test_the_same_figures_give_the_same_bytes_and_others_do_not() -> None:
    def made(figures: AccountFigures) -> bytes:
        return workbook(tables_of(figures, EN, lambda _one: "https://hub.example/1"), EN, figures.made_on)

    raw = made(PROVIDER)

    assert raw == made(replace(PROVIDER))
    assert raw != made(replace(PROVIDER, breaks=PROVIDER.breaks[1:]))
    assert {member.date_time for member in zipfile.ZipFile(io.BytesIO(raw)).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert load_workbook(io.BytesIO(raw)).properties.modified == datetime(2026, 3, 16)  # noqa: DTZ001  a workbook knows no zones


def test_csv_has_plain_numbers_and_a_mark_by_which_excel_reads_chinese() -> None:
    shown = table("fees", "kind amount day share", [("处理费", Money(-123456, "EUR"), TODAY, Share(1, 3))])

    raw = csv_file(shown, ZH)

    assert raw.startswith(b"\xef\xbb\xbf")
    assert lines_of(raw) == [["类型", "金额", "日期", "占比"], ["处理费", "-1234.56", "2026-03-16", "33.3"]]
