"""Exposure: how many listed units a channel may still sell, or may have sold unknown to us. It is never less than the truth.

Telling a channel a quantity raises it by that quantity, as all that could be sold before may have been; reading its orders lowers it;
a cancellation raises it again, as channels put cancelled goods back on their shelves by themselves.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, case, update

from model.tables.publishing import ShownStockRow

SHOWN = cast("Table", ShownStockRow.__table__)


def count_sold(connection: Connection, sold: Iterable[tuple[str, int]]) -> None:
    """Take thousandths of listed units that were sold (negative: cancelled) off what their channels may still sell."""
    sums: defaultdict[str, int] = defaultdict(int)
    for listing_id, thousandths in sold:
        sums[listing_id] += thousandths
    changes = [{"one": listing_id, "by": quantity // 1000} for listing_id, quantity in sorted(sums.items()) if quantity // 1000]
    if changes:
        left = SHOWN.c.exposure - bindparam("by")
        lowered = update(SHOWN).where(SHOWN.c.listing_id == bindparam("one"))
        connection.execute(lowered.values(exposure=case((left < 0, 0), else_=left)), changes)


def settle(connection: Connection, account_id: str, known_until: datetime) -> None:
    """What was told or seen before an instant up to which all sales are known: the channel can sell no more than that any longer."""
    c = SHOWN.c
    told = update(SHOWN).where(c.account_id == account_id, c.told_at < known_until, c.state.in_(("settled", "due", "parked")))
    connection.execute(told.where(c.sent.is_not(None), c.exposure > c.sent).values(exposure=c.sent))
    looked = update(SHOWN).where(c.account_id == account_id, c.seen_at < known_until, c.state.in_(("settled", "due", "parked")))
    connection.execute(looked.where(c.seen.is_not(None), c.exposure > c.seen).values(exposure=c.seen))
