"""The money that belongs to returns: what was paid for the goods that are here, and what was refunded for them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, select

from model.store.bulk import among
from model.store.catalogue import LINE_STATES
from model.store.fulfilments import AnyRow
from model.store.order_rows import LINES, REFUND_LINES, REFUNDS
from model.store.reservations import kit_parts

OrderLine = tuple[str, str]


def money_of(connection: Connection, asked: Sequence[AnyRow], lines: Mapping[str, Sequence[AnyRow]]) -> dict[str, tuple[int, int]]:
    """By return, in minor units: what the buyer paid for the whole units that are here, and what was refunded for the same lines.

    Both are with tax; discounts of the whole order are not shared out, so what is due may be less.
    """
    ids = sorted({row.order_id for row in asked})
    sold = _by_line(connection, LINES, "external_id", ids)
    states = _by_line(connection, LINE_STATES, "line_external_id", ids)
    made_of = kit_parts(connection, {row.sku for row in states.values() if row.sku})
    refunded = _refunded(connection, ids)
    found: dict[str, tuple[int, int]] = {}
    for each in asked:
        here: defaultdict[OrderLine, dict[str, int]] = defaultdict(dict)
        for row in lines.get(each.id, ()):
            here[(each.order_id, row.line_external_id)][row.sku] = row.received
        worth = sum(_worth(sold.get(line), states.get(line), parts, made_of) for line, parts in here.items())
        found[each.id] = (worth, sum(refunded.get(line, 0) for line in here))
    return found


def _by_line(connection: Connection, table: Table, name: str, order_ids: Sequence[str]) -> dict[OrderLine, AnyRow]:
    rows = connection.execute(select(table).where(among(connection, table.c.order_id, list(order_ids))))
    return {(row.order_id, getattr(row, name)): row for row in rows}


def _worth(line: AnyRow | None, state: AnyRow | None, parts: Mapping[str, int], made_of: Mapping[str, tuple[tuple[str, int], ...]]) -> int:
    """What was paid for the whole units of a line among these parts."""
    if line is None or state is None or not state.sku or not state.approved:
        return 0
    whole = min(parts.get(part, 0) * 1000 // needed for part, needed in made_of[state.sku])
    return (line.total_minor + line.tax_minor) * whole // state.approved


def _refunded(connection: Connection, order_ids: Sequence[str]) -> dict[OrderLine, int]:
    """Refunded with tax, by line; what failed or was taken back is left out."""
    r, n, found = REFUNDS.c, REFUND_LINES.c, defaultdict[OrderLine, int](int)
    query = (
        select(n.order_id, n.line_external_id, n.amount_minor, n.tax_minor)
        .join(REFUNDS, r.id == n.refund_id)
        .where(among(connection, n.order_id, list(order_ids)), r.removed_at.is_(None), r.status.not_in(("failed", "cancelled")))
    )
    for row in connection.execute(query):
        found[(row.order_id, row.line_external_id)] += row.amount_minor + row.tax_minor
    return found
