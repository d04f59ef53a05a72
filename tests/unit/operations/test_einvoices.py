"""Rows for a licensed issuer of Chinese e-invoices: whole papers, exact amounts, and whatever is missing is named."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from model.records.order import Adjustment, Order, Party
from model.store.database import Database
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.papers.einvoice import COLUMNS, Exported, export_einvoices
from tests.conftest import StillClock
from tests.unit.operations.paper_desk import PaperDesk, issuing_file, sold, told

CODE, SHIPPING = "1080101000000000000", "3010502020200000000"
PERIOD = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> PaperDesk:
    desk = PaperDesk(database, tmp_path, clock)
    desk.trade.file = issuing_file(desk.trade.file, shipping_tax_code=SHIPPING)
    return desk


def know(desk: PaperDesk) -> None:
    for kind, text in (
        ("tax_codes", f"sku,tax_code,specification,unit_name\npot,{CODE},350 ml,个\n"),
        ("customers", "id,type,name,email,tax_number\nC1,dealer,Ada Example,ada@example.com,91310000MA1FL0000X\n"),
    ):
        (desk.home / f"{kind}.csv").write_text(text)
        import_file(desk.hub, KINDS[kind], desk.home / f"{kind}.csv")


def in_yuan(external_id: str = "1001") -> Order:
    taxes = (
        Adjustment(kind="tax", title="增值税", amount_minor=130, rate="0.13", line_external_id="a"),
        Adjustment(kind="tax", title="增值税", amount_minor=45, rate="0.09"),
    )
    parcel = Adjustment(kind="shipping", title="运费", amount_minor=500)
    order = told((replace(sold("a", 1000, 3, 130), title="=杯子"),), *taxes, parcel, external_id=external_id, currency="CNY")
    firm = Party(role="billing", company="上海示例有限公司", street=("示例路1号",), city="上海", country="CN")
    return replace(order, shop_currency="CNY", parties=(*order.parties, firm))


def exported(desk: PaperDesk, name: str = "out.csv", kind: str = "ordinary") -> tuple[Exported, list[dict[str, str]]]:
    done = export_einvoices(desk.hub, desk.home / name, kind, *PERIOD)
    rows = list(csv.DictReader((desk.home / name).read_text("utf-8").splitlines())) if name.endswith(".csv") else []
    return done, rows


def test_each_line_is_a_row_with_the_fields_of_an_einvoice(desk: PaperDesk) -> None:
    know(desk)
    desk.ship(desk.take(in_yuan()))
    desk.issue()

    done, (goods, shipping) = exported(desk, kind="special")

    assert (done.papers, done.problems, tuple(goods)) == (1, [], COLUMNS)
    assert (goods["购方名称"], goods["购方税号"], goods["购方地址"]) == ("上海示例有限公司", "91310000MA1FL0000X", "上海示例路1号")
    assert (goods["税收分类编码"], goods["规格型号"], goods["单位"], goods["商品名称"]) == (CODE, "350 ml", "个", "'=杯子")
    assert (goods["数量"], goods["单价"], goods["金额"], goods["税率"], goods["税额"]) == ("3", "3.3333333333333", "10.00", "0.13", "1.30")
    assert (shipping["税收分类编码"], shipping["金额"], shipping["税率"], shipping["税额"]) == (SHIPPING, "5.00", "0.09", "0.45")


def test_a_paper_that_lacks_something_is_named_and_left_out_whole(desk: PaperDesk) -> None:
    desk.ship(desk.take(in_yuan()))
    desk.issue()

    without_code, rows = exported(desk)
    know(desk)
    desk.ship(desk.take(told((sold("a", 1000, 1),), external_id="2")))
    desk.issue()
    without_number, _ = exported(desk, kind="special")

    assert (without_code.papers, rows) == (0, [])
    assert without_code.problems == ["INV-2026-000001: 'pot' has no tax classification code (税收分类编码)"]
    assert [each.split(":")[0] for each in without_number.problems] == ["INV-2026-000001", "INV-2026-000002"]
    assert "is in EUR; e-invoices are in CNY" in without_number.problems[1]


def test_a_spreadsheet_keeps_codes_as_text(desk: PaperDesk) -> None:
    know(desk)
    desk.ship(desk.take(in_yuan()))
    desk.issue()

    exported(desk, "out.xlsx")

    page = load_workbook(desk.home / "out.xlsx").active
    assert page is not None
    assert [cell.value for cell in page[1]] == list(COLUMNS)
    assert page.cell(2, COLUMNS.index("税收分类编码") + 1).value == CODE
