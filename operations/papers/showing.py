"""Papers as people look at them: lists, and one with everything on it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.records.invoice import Paper, PaperBuyer, Seller
from model.store.papers import CREDITS, PAPERS, AnyRow, lines_of, open_buyer
from model.store.sealing import Sealer
from operations.runtime.hub import Hub

Shown = dict[str, Any]
LISTED = ("reference", "kind", "entity_id", "account_id", "order_number", "issued_on", "due_on", "currency", "total_minor", "source")


def listed_papers(hub: Hub, *, entity: str | None = None, order_id: str | None = None, limit: int | None = None) -> list[Shown]:
    """Papers, the newest first; nobody is named."""
    query = select(*(PAPERS.c[name] for name in LISTED)).order_by(PAPERS.c.issued_at.desc(), PAPERS.c.kind, PAPERS.c.number.desc())
    query = query.where(PAPERS.c.entity_id == entity) if entity is not None else query
    query = query.where(PAPERS.c.order_id == order_id) if order_id is not None else query
    with hub.database.read() as connection:
        return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]


def shown_paper(hub: Hub, reference: str, entity: str | None = None) -> Paper:
    """One paper as it was issued; its buyer is None where what named them was erased."""
    with hub.database.read() as connection:
        query = select(PAPERS).where(PAPERS.c.reference == reference)
        rows = connection.execute(query.where(PAPERS.c.entity_id == entity) if entity is not None else query).all()
        if not rows:
            raise ConfigError(f"paper {reference!r}: is not known; `entrepot invoices list` shows what was issued")
        if len(rows) > 1:
            raise ConfigError(f"paper {reference!r}: several entities have one; add --entity")
        return papers_shown(connection, rows, hub.sealer())[0]


def papers_shown(connection: Connection, rows: Sequence[AnyRow], sealer: Sealer) -> list[Paper]:
    """Stored papers as records, with their lines and the invoices that credit notes take back from."""
    ids = [row.id for row in rows]
    lines, invoice = lines_of(connection, ids), PAPERS.alias()
    query = select(CREDITS.c.paper_id, invoice.c.reference).join(invoice, invoice.c.id == CREDITS.c.invoice_id)
    taken: dict[str, list[str]] = {}
    for paper_id, name in connection.execute(query.where(CREDITS.c.paper_id.in_(ids)).order_by(invoice.c.number)):
        taken.setdefault(paper_id, []).append(name)
    return [
        Paper(
            reference=row.reference, kind=row.kind, source=row.source, entity_id=row.entity_id, order_number=row.order_number,
            issued_on=row.issued_on, supplied_on=row.supplied_on, due_on=row.due_on, currency=row.currency, net_minor=row.net_minor,
            tax_minor=row.tax_minor, total_minor=row.total_minor, language=row.language, reason=row.reason, issued_at=row.issued_at,
            seller=_seller(row.seller), buyer=_buyer(connection, row, sealer), lines=tuple(lines.get(row.id, ())),
            credits=tuple(taken.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def _seller(told: str) -> Seller:
    return msgspec.json.decode(told, type=Seller)


def _buyer(connection: Connection, row: AnyRow, sealer: Sealer) -> PaperBuyer | None:
    try:
        return open_buyer(connection, row, sealer)
    except ConfigError:  # its key was erased
        return None
