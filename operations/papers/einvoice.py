"""Papers as rows that a licensed issuer of Chinese e-invoices (数电票) imports in a batch. The hub issues none itself.

The columns are those of a 数电票; issuers name and order theirs differently and map them once. Nothing is reckoned anew but the unit price,
which is the amount by the quantity. A paper that lacks something an e-invoice needs is named and left out whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, select

from model.errors import ConfigError, RejectedError
from model.records.invoice import Paper, PaperBuyer, PaperLine
from model.store.bulk import among
from model.store.papers import PAPERS, SKU_TAX, AnyRow
from model.values.money import decimal_amount
from model.values.quantity import PIECE, decimal_quantity
from operations.masters.cells import Cell
from operations.masters.files import write_table
from operations.papers.issue import Desk, issuing_desks
from operations.papers.showing import papers_shown
from operations.runtime.hub import Hub

COLUMNS = (
    "发票流水号", "开票日期", "红蓝标识", "对应蓝票流水号", "发票类型", "购方名称", "购方税号", "购方地址", "商品名称", "税收分类编码",
    "规格型号", "单位", "数量", "单价", "金额", "税率", "税额", "备注",
)  # fmt: skip
InvoiceType = Literal["ordinary", "special"]
TYPES: Mapping[str, str] = {"ordinary": "电子发票（普通发票）", "special": "电子发票（增值税专用发票）"}
CURRENCY = "CNY"
PRICE_PLACES = Decimal("1E-13")


@dataclass(slots=True)
class Exported:
    """What was written, and which papers were left out and why."""

    papers: int = 0
    rows: list[list[Cell]] = field(default_factory=list[list[Cell]])
    problems: list[str] = field(default_factory=list[str])


def export_einvoices(hub: Hub, to: Path, kind: str, since: date, until: date, entity: str | None = None) -> Exported:
    """Write the papers of a period, both days included, as rows for an issuer; CSV or XLSX by the file's name."""
    if kind not in TYPES:
        raise ConfigError(f"type {kind!r}: is unknown; use one of {', '.join(TYPES)}")
    found = Exported()
    for desk in issuing_desks(hub, entity):
        with hub.database.read() as connection:
            _export(connection, hub, desk, (kind, since, until), found)
    write_table(to, "einvoices", COLUMNS, found.rows, hub.clock.now())
    hub.note("invoices export", to.name, papers=found.papers, since=since.isoformat(), until=until.isoformat())
    return found


def _export(connection: Connection, hub: Hub, desk: Desk, wanted: tuple[str, date, date], found: Exported) -> None:
    kind, since, until = wanted
    c = PAPERS.c
    query = select(PAPERS).where(c.entity_id == desk.entity.id, c.issued_on.between(since, until)).order_by(c.issued_at, c.kind, c.number)
    papers = papers_shown(connection, connection.execute(query).all(), hub.sealer())
    codes = _codes(connection, papers)
    for paper in papers:
        try:
            rows = _rows(paper, kind, codes, desk)
        except RejectedError as error:
            found.problems.append(str(error))
            continue
        found.rows += rows
        found.papers += 1


def _codes(connection: Connection, papers: Sequence[Paper]) -> dict[str, AnyRow]:
    skus = sorted({line.sku for paper in papers for line in paper.lines if line.sku})
    return {row.sku: row for row in connection.execute(select(SKU_TAX).where(among(connection, SKU_TAX.c.sku, skus)))}


def _rows(paper: Paper, kind: str, codes: Mapping[str, AnyRow], desk: Desk) -> list[list[Cell]]:
    """The rows of one paper; a RejectedError says what it lacks."""
    buyer = _checked_buyer(paper, kind)
    sign = -1 if paper.kind == "credit_note" else 1
    remark = "；".join(each for each in (f"订单号 {paper.order_number}", paper.reason or "") if each)
    head: list[Cell] = [
        paper.reference, paper.issued_on, "红票" if sign < 0 else "蓝票", " ".join(paper.credits), TYPES[kind],
        buyer.company or buyer.name or "", buyer.tax_number or "", _address(buyer),
    ]  # fmt: skip
    lines = [line for line in paper.lines if line.net_minor or line.tax_minor]
    return [[*head, *_goods(paper, line, codes, desk, sign), remark] for line in lines]


def _checked_buyer(paper: Paper, kind: str) -> PaperBuyer:
    buyer = paper.buyer
    if paper.currency != CURRENCY:
        raise RejectedError(f"{paper.reference}: is in {paper.currency}; e-invoices are in {CURRENCY}")
    if buyer is None or not (buyer.company or buyer.name):
        raise RejectedError(f"{paper.reference}: names no buyer (购方名称)")
    if kind == "special" and not buyer.tax_number:
        raise RejectedError(f"{paper.reference}: a special invoice needs the buyer's tax number (购方税号); add it to the customer")
    return buyer


def _goods(paper: Paper, line: PaperLine, codes: Mapping[str, AnyRow], desk: Desk, sign: int) -> list[Cell]:
    known = codes.get(line.sku or "")
    code = known.tax_code if known is not None else _loose_code(line, desk)
    if code is None:
        raise RejectedError(f"{paper.reference}: {line.sku or line.kind!r} has no tax classification code (税收分类编码)")
    rates = {tax.rate for tax in line.taxes}
    if len(rates) != 1 or None in rates:
        raise RejectedError(f"{paper.reference}: {line.title[:40]!r} has {len(rates)} tax rates; an e-invoice wants exactly one")
    amount, quantity = decimal_amount(line.net_minor, CURRENCY), Decimal(decimal_quantity(line.quantity or 1000))
    unit = "" if line.unit == PIECE else line.unit
    told = (known.specification or "", known.unit_name or unit) if known is not None else ("", unit)
    price = (amount / quantity).quantize(PRICE_PLACES).normalize()
    return [
        line.title, code, *told, quantity * sign, price, amount * sign, Decimal(rates.pop() or "0"),
        decimal_amount(line.tax_minor, CURRENCY) * sign,
    ]  # fmt: skip


def _loose_code(line: PaperLine, desk: Desk) -> str | None:
    """The code of what is no SKU."""
    return {"shipping": desk.settings.shipping_tax_code, "charge": desk.settings.charge_tax_code}.get(line.kind)


def _address(buyer: PaperBuyer) -> str:
    return "".join(each for each in (buyer.region, buyer.city, *buyer.street) if each)
