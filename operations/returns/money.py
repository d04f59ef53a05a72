"""The money that belongs to returns: what was paid for the goods that are here, and what was refunded for them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, select

from model.store import returns
from model.store.bulk import among
from model.store.catalogue import LINE_STATES, listed_factors
from model.store.fulfilments import AnyRow
from model.store.order_rows import LINES, REFUND_LINES, REFUNDS
from model.store.reservations import kit_parts

OrderLine = tuple[str, str]


def money_of(connection: Connection, asked: Sequence[AnyRow]) -> dict[str, tuple[int, int]]:
    """By return, in minor units: what the buyer paid for the whole units that are here, and what was refunded for them.

    Both are with tax; discounts of the whole order are not shared out, so what is due may be less. What was refunded for a line goes to
    its oldest return first, as far as that is worth, and the rest to the last one.
    """
    ids = sorted({row.order_id for row in asked})
    sold, states = _by_line(connection, LINES, "external_id", ids), _by_line(connection, LINE_STATES, "line_external_id", ids)
    made_of = kit_parts(connection, {row.sku for row in states.values() if row.sku})
    factors = {(order_id, line): factor for order_id in ids for line, factor in listed_factors(connection, order_id).items()}
    refunded = _refunded(connection, ids)
    opened = [row for order_id in ids for row in returns.of_order(connection, order_id)]
    lines = returns.lines_by_return(connection, [row.id for row in opened])
    found: dict[str, tuple[int, int]] = {}
    last: dict[OrderLine, str] = {}
    for each in opened:
        here: defaultdict[OrderLine, dict[str, int]] = defaultdict(dict)
        for row in lines.get(each.id, ()):
            here[(each.order_id, row.line_external_id)][row.sku] = row.received
        worth = back = 0
        for line, parts in here.items():
            own = _worth(sold.get(line), states.get(line), factors.get(line, 1000), parts, made_of)
            share = min(own, refunded[line])
            refunded[line] -= share
            worth, back, last[line] = worth + own, back + share, each.id
        found[each.id] = (worth, back)
    for line, return_id in last.items():
        found[return_id] = (found[return_id][0], found[return_id][1] + refunded[line])
    return found


def _by_line(connection: Connection, table: Table, name: str, order_ids: Sequence[str]) -> dict[OrderLine, AnyRow]:
    rows = connection.execute(select(table).where(among(connection, table.c.order_id, list(order_ids))))
    return {(row.order_id, getattr(row, name)): row for row in rows}


def _worth(
    line: AnyRow | None, state: AnyRow | None, factor: int, parts: Mapping[str, int], made_of: Mapping[str, tuple[tuple[str, int], ...]]
) -> int:
    """What was paid for the whole units of a line among these parts."""
    if line is None or state is None or not state.sku or not line.quantity:
        return 0
    whole = min(parts.get(part, 0) * 1000 // needed for part, needed in made_of[state.sku])
    return (line.total_minor + line.tax_minor) * whole * 1000 // (line.quantity * factor)


def _refunded(connection: Connection, order_ids: Sequence[str]) -> defaultdict[OrderLine, int]:
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
