"""Invoices and credit notes in the store: numbers without gaps, papers that never change, and what each was issued for.

Whoever issues has locked the states of the orders, in the order of their ids, before anything is read; the series come after.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, Table, select, update

from model.errors import TransientError
from model.records.invoice import PaperBuyer, PaperKind, PaperLine, PaperSource, Seller, TaxShare
from model.rules.invoicing import merged, total_of
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.database import insert_ignoring
from model.store.sealing import Sealer
from model.tables.papers import PaperCreditRow, PaperLineRow, PaperRow, PaperSeriesRow, PaperSourceRow, SkuTaxRow
from model.values.ids import derive_id
from model.values.instant import iso

PAPERS = cast("Table", PaperRow.__table__)
PAPER_LINES = cast("Table", PaperLineRow.__table__)
CREDITS = cast("Table", PaperCreditRow.__table__)
SOURCES = cast("Table", PaperSourceRow.__table__)
SERIES = cast("Table", PaperSeriesRow.__table__)
SKU_TAX = cast("Table", SkuTaxRow.__table__)

WHOLE_ORDER = "whole"
"""The source id of an order that was handed over at once."""
AnyRow = Row[tuple[Any, ...]]
Source = tuple[PaperSource, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaper:
    """A paper as it is decided; only its number is missing."""

    order: AnyRow
    kind: PaperKind
    source: PaperSource
    source_id: str
    revision: int
    lines: tuple[PaperLine, ...]
    supplied_on: date
    buyer: PaperBuyer
    customer_id: str | None = None
    due_on: date | None = None
    credits: tuple[str, ...] = ()
    """Row ids of the invoices it takes back from."""
    reason: str | None = None

    @property
    def id(self) -> str:
        """The same for the same source and revision."""
        return derive_id(self.order.id, "paper", self.source, self.source_id, str(self.revision))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """Who issues, when, in which series and under which key."""

    entity_id: str
    seller: Seller
    language: str
    invoices: str
    """Series of invoices, with the year filled in."""
    credit_notes: str
    issued_on: date
    actor_id: str
    at: datetime
    key_id: str
    sealer: Sealer


@dataclass(slots=True)
class OrderPapers:
    """The papers of one order."""

    rows: list[AnyRow] = field(default_factory=list[AnyRow])
    lines: dict[str, list[PaperLine]] = field(default_factory=dict[str, list[PaperLine]])
    settled: set[Source] = field(default_factory=set[Source])
    """What left or was given back and is done with."""
    taken_back: set[str] = field(default_factory=set[str])
    """Row ids of invoices whose correction is being written."""

    @property
    def standing(self) -> list[AnyRow]:
        """Invoices that were not taken back by a correction."""
        corrected = {row.source_id for row in self.rows if row.source == "correction"} | self.taken_back
        return [row for row in self.rows if row.kind == "invoice" and row.id not in corrected]

    @property
    def invoiced(self) -> dict[str, PaperLine]:
        """What standing invoices say, by part."""
        return merged([line for row in self.standing for line in self.lines[row.id]])

    @property
    def credited(self) -> dict[str, PaperLine]:
        """What credit notes for refunds took back, by part."""
        return merged([line for row in self.rows if row.source == "refund" for line in self.lines[row.id]])

    def revisions(self, source: Source) -> int:
        """How many papers there were for a source."""
        return sum((row.source, row.source_id) == source for row in self.rows)


def papers_of(connection: Connection, order_ids: Sequence[str]) -> dict[str, OrderPapers]:
    """The papers of orders, by order, as they were issued."""
    found: defaultdict[str, OrderPapers] = defaultdict(OrderPapers)
    rows = connection.execute(select(PAPERS).where(among(connection, PAPERS.c.order_id, order_ids)).order_by(PAPERS.c.issued_at))
    for row in sorted(rows.all(), key=lambda row: (row.issued_at, row.kind, row.number)):
        found[row.order_id].rows.append(row)
    lines = lines_of(connection, [row.id for each in found.values() for row in each.rows])
    for each in found.values():
        each.lines = {row.id: lines.get(row.id, []) for row in each.rows}
    for row in connection.execute(select(SOURCES).where(among(connection, SOURCES.c.order_id, order_ids))):
        found[row.order_id].settled.add((row.source, row.source_id))
    return found


def lines_of(connection: Connection, paper_ids: Sequence[str]) -> dict[str, list[PaperLine]]:
    """The lines of papers, by paper."""
    c, found = PAPER_LINES.c, defaultdict[str, list[PaperLine]](list)
    for row in connection.execute(select(PAPER_LINES).where(among(connection, c.paper_id, paper_ids)).order_by(c.paper_id, c.position)):
        taxes = tuple(TaxShare(title=title, rate=rate, amount_minor=minor) for title, rate, minor in json.loads(row.taxes))
        found[row.paper_id].append(
            PaperLine(part=row.part, kind=row.kind, title=row.title, quantity=row.quantity, amount_minor=row.amount_minor,
                      discount_minor=row.discount_minor, taxes=taxes, sku=row.sku, unit=row.unit)
        )  # fmt: skip
    return found


def take_numbers(connection: Connection, entity_id: str, series: str, count: int) -> int:
    """Take so many numbers of a series, which stays locked until the transaction ends; gives the first of them.

    Numbers are given and papers written in one transaction, so a crash between leaves no gap.
    """
    c = SERIES.c
    mine = (c.entity_id == entity_id, c.series == series)
    connection.execute(insert_ignoring(connection, PaperSeriesRow).values(entity_id=entity_id, series=series, last_number=0))
    last = connection.execute(select(c.last_number).where(*mine).with_for_update()).scalar_one()
    counted = connection.execute(update(SERIES).where(*mine, c.last_number == last).values(last_number=last + count))
    if counted.rowcount != 1:
        raise TransientError(f"series {series!r}: somebody else counted meanwhile; issue again")
    return int(last) + 1


def add(connection: Connection, new: Sequence[NewPaper], how: Issuing) -> list[str]:
    """Write papers with the next numbers of their series, in their order; gives their references."""
    references: dict[str, str] = {}
    numbers: dict[str, tuple[str, int]] = {}
    for kind, series in (("invoice", how.invoices), ("credit_note", how.credit_notes)):
        mine = [each for each in new if each.kind == kind]
        first = take_numbers(connection, how.entity_id, series, len(mine)) if mine else 0
        numbers |= {each.id: (series, first + place) for place, each in enumerate(mine)}
        references |= {each.id: reference(*numbers[each.id]) for each in mine}
    insert_rows(connection, PAPERS, [_row(each, numbers[each.id], how) for each in new])
    insert_rows(connection, PAPER_LINES, [row for each in new for row in _line_rows(each)])
    insert_rows(connection, CREDITS, [(each.id, invoice) for each in new for invoice in each.credits])
    return [references[each.id] for each in new]


def settle(connection: Connection, settled: Mapping[tuple[str, Source], str | None], *, reason: str | None = None, at: datetime) -> None:
    """Write down, by order and source, the paper in force for it, or that there is nothing to write."""
    insert_rows(connection, SOURCES, [(order, *source, paper, reason, iso(at)) for (order, source), paper in settled.items()])


def replace_paper(connection: Connection, order_id: str, source: Source, paper_id: str | None) -> None:
    """Another paper is in force for a source."""
    c = SOURCES.c
    mine = (c.order_id == order_id, c.source == source[0], c.source_id == source[1])
    connection.execute(update(SOURCES).where(*mine).values(paper_id=paper_id))


def reference(series: str, number: int) -> str:
    """What people know a paper by."""
    return f"{series}{number:06d}"


def open_buyer(connection: Connection, row: AnyRow, sealer: Sealer) -> PaperBuyer:
    """Who a stored paper is made out to; a ConfigError when that was erased."""
    sealer.make_ready(connection, row.key_id)
    return msgspec.json.decode(sealer.unseal(row.buyer, key_id=row.key_id, place=f"paper|{row.id}"), type=PaperBuyer)


def _row(new: NewPaper, numbered: tuple[str, int], how: Issuing) -> PrimitiveRow:
    net, total = sum(line.net_minor for line in new.lines), total_of(new.lines)
    sealed = how.sealer.seal(msgspec.json.encode(new.buyer), key_id=how.key_id, place=f"paper|{new.id}")
    order = new.order
    return (
        new.id, how.entity_id, order.account_id, order.id, order.number, new.kind, *numbered, reference(*numbered), new.source,
        new.source_id, new.revision, how.issued_on.isoformat(), new.supplied_on.isoformat(),
        new.due_on.isoformat() if new.due_on else None, new.customer_id, order.currency, net, total - net, total, how.language,
        json.dumps(asdict(how.seller), ensure_ascii=False), sealed, how.key_id, new.reason, how.actor_id, iso(how.at),
    )  # fmt: skip


def _line_rows(new: NewPaper) -> list[PrimitiveRow]:
    return [
        (new.id, position, line.part, line.kind, line.sku, line.title, line.quantity, line.unit, line.amount_minor, line.discount_minor,
         line.tax_minor, json.dumps([[tax.title, tax.rate, tax.amount_minor] for tax in line.taxes], ensure_ascii=False))
        for position, line in enumerate(new.lines, 1)
    ]  # fmt: skip
