"""An invoice of ours, as its buyer is told it (810): the same lines and sums as the paper."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from model.records.invoice import PaperLine
from model.records.partner_reply import Bill, BilledPart
from model.store import papers
from model.store.partner_replies import AnyRow

_LINE: Final = "line:"


def bill_key(paper: AnyRow) -> str:
    """What names a bill for ever."""
    return f"bill:{paper.id}"


def bills_of(connection: Connection, issued: Sequence[AnyRow], zone: ZoneInfo) -> list[tuple[AnyRow, Bill]]:
    """The bill of each invoice."""
    lines = papers.lines_of(connection, [each.id for each in issued])
    return [(each, _bill(each, lines.get(each.id, []), zone)) for each in issued]


def _bill(paper: AnyRow, lines: Sequence[PaperLine], zone: ZoneInfo) -> Bill:
    taxes: dict[tuple[str, str | None], int] = {}
    for line in lines:
        for tax in line.taxes:
            taxes[(tax.title, tax.rate)] = taxes.get((tax.title, tax.rate), 0) + tax.amount_minor
    return Bill(
        reference=paper.reference,
        order_external_id=paper.order_external_id,
        order_number=paper.told_number,
        ordered_on=paper.placed_at.astimezone(zone).date(),
        issued_on=paper.issued_on,
        issued_at=paper.issued_at,
        due_on=paper.due_on,
        currency=paper.currency,
        parts=tuple(_part(line) for line in lines),
        discount_minor=sum(line.discount_minor for line in lines),
        taxes=tuple((title, rate, amount) for (title, rate), amount in taxes.items()),
        total_minor=paper.total_minor,
    )


def _part(line: PaperLine) -> BilledPart:
    is_goods = line.kind == "line" and line.part.startswith(_LINE)
    return BilledPart(
        title=line.title,
        amount_minor=line.amount_minor,
        line_external_id=line.part.removeprefix(_LINE) if is_goods else None,
        quantity=line.quantity,
        unit=line.unit,
        sku=line.sku,
    )
