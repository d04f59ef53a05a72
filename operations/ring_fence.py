"""Ring-fenced publishing: what all channels together may still sell never adds up to more than there is.

A channel's exposure is what it may still sell or may have sold unknown to us. Quantities are only ever raised out of the slack between
what is free and all exposures; a channel that sells lowers its own by itself. A sink that cannot compare is raised only by what is safe
even if everything it shows was sold a moment ago.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from model.store.bulk import among
from model.store.exposure import SHOWN
from model.store.publishing import AnyRow, Telling


def fenced(connection: Connection, rows: Sequence[AnyRow], *, compares: bool) -> list[Telling]:
    """Which of these rows may be told what, now."""
    skus = sorted({row.sku for row in rows} | {row.scarcest for row in rows if row.scarcest})
    slack = _slack(connection, skus)
    tellings: list[Telling] = []
    for row in rows:
        stock = row.scarcest or row.sku
        units = slack.get(stock, 0) // row.per_unit
        quantity = _quantity(row, units, compares=compares)
        if quantity is None:
            continue
        slack[stock] -= (max(0, quantity - row.exposure) if compares else quantity) * row.per_unit
        tellings.append(Telling(row, quantity, row.exposure if compares and row.told_at else row.seen if compares else None))
    return tellings


def _quantity(row: AnyRow, units: int, *, compares: bool) -> int | None:
    if units < 0:  # less is there than was promised: take back what can be taken back
        quantity = min(row.desired, row.exposure) if compares else 0
        return None if quantity == row.told and row.exposure <= quantity else quantity
    if row.told_at is None and row.desired == 0:
        return 0
    if not row.is_counting:
        return None  # sales of before are not all known yet
    wanted = row.desired - row.exposure
    if wanted <= 0:
        return None
    if compares:
        return row.exposure + min(wanted, units) if units else None
    return min(row.desired, units) if units > row.exposure else None


def _slack(connection: Connection, skus: Sequence[str]) -> dict[str, int]:
    """Per SKU, thousandths that are free and that no channel may sell yet."""
    c = SHOWN.c
    shown = connection.execute(select(SHOWN).where(among(connection, c.sku, skus) | among(connection, c.scarcest, skus)))
    free: dict[str, int] = {}
    exposed: defaultdict[str, int] = defaultdict(int)
    for row in shown:
        stock = row.scarcest or row.sku
        exposed[stock] += row.exposure * row.per_unit
        free[stock] = row.on_hand - row.held_back - row.reserved - row.unrouted
    return {sku: quantity - exposed[sku] for sku, quantity in free.items()}
