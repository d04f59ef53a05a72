"""Book a partner's bill for carrying: each line on the shipment it is for; the sums that differ from what was told are named."""

import json
from collections import defaultdict

from sqlalchemy import Connection, bindparam, select, update

from model.errors import RejectedError
from model.records.advice import FreightBill
from model.store.bulk import among
from model.store.fulfilments import FULFILMENT_ORDERS, SHIPMENTS, AnyRow
from model.values.money import decimal_amount

NAMED = 5
"""References named in a refusal."""


def book_freight(connection: Connection, bill: FreightBill, partner_id: str) -> str | None:
    """Keep what was billed for each shipment; gives what differs from what carrying was said to cost, None if nothing does.

    RejectedError where lines do not sum to the bill, or name no shipment of ours: then nothing of it is kept.
    """
    if sum(line.amount_minor for line in bill.lines) != bill.total_minor:
        raise RejectedError("its lines do not sum to its total; ask for a right one")
    known = _shipments(connection, partner_id, [line.reference for line in bill.lines if line.reference])
    unknown = [line.reference for line in bill.lines if line.reference and line.reference not in known]
    if unknown:
        more = " …" if len(unknown) > NAMED else ""
        raise RejectedError(f"names no shipment of ours: {', '.join(unknown[:NAMED])}{more}")
    billed: defaultdict[str, int] = defaultdict(int)
    rows: dict[str, AnyRow] = {}
    for line in bill.lines:
        if line.reference:
            row = known[line.reference]
            rows[row.id] = row
            billed[row.id] += line.amount_minor
    wrong = [row.external_id for row in rows.values() if row.freight_currency not in (None, bill.currency)]
    if wrong:
        raise RejectedError(f"is in {bill.currency}, what was told of {', '.join(wrong)} in another currency")
    s = SHIPMENTS.c
    if billed:
        one = update(SHIPMENTS).where(s.id == bindparam("one"))
        connection.execute(
            one.values(billed_minor=bindparam("amount"), freight_currency=bill.currency),
            [{"one": row_id, "amount": amount} for row_id, amount in billed.items()],
        )
    differs = [
        f"{row.external_id}: {decimal_amount(billed[row.id], bill.currency)} billed, {decimal_amount(told, bill.currency)} told"
        for row in rows.values()
        if (told := row.freight_minor) is not None and told != billed[row.id]
    ]
    return "; ".join(differs) or None


def _shipments(connection: Connection, partner_id: str, references: list[str]) -> dict[str, AnyRow]:
    """Shipments by whatever a bill names them by: the partner's own id, a tracking number, or our fulfilment order (if it has only one)."""
    s, f = SHIPMENTS.c, FULFILMENT_ORDERS.c
    own = select(SHIPMENTS, f.reference).join(FULFILMENT_ORDERS, f.id == s.fulfilment_order_id).where(f.partner_id == partner_id)
    by_id = among(connection, s.external_id, references) | among(connection, f.reference, references)
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(own.where(by_id)):
        for name in {row.external_id, row.reference}:
            found[name].append(row)
    missing = [reference for reference in references if reference not in found]
    for row in connection.execute(own.where(s.billed_minor.is_(None))) if missing else ():
        for number in json.loads(row.tracking_numbers):
            found[number].append(row)
    return {name: rows[0] for name, rows in found.items() if len(rows) == 1}
