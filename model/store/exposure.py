"""Exposure: how many listed units a channel may still sell, or has sold unknown to us. It is never less than the truth.

With L for what the channel shows and U for what it sold and we have not counted, exposure is at least L + U:

- a sale moves one from L to U; counting it takes it off U, and off the exposure;
- telling a quantity q makes L = q. U stays, and was within the exposure; so q is added before the request leaves. Where the channel
  compared, it showed just what we expected, which is taken off when it has acknowledged;
- a cancelled sale is put back on its shelf by the channel, and its reservation ends as we add it: both at once;
- once all sales up to some instant are counted, what was told or seen at that instant was all there was, for U was empty then; since
  then only what was cancelled can have come on top.

A listing that was only looked at has sales of before in nobody's count: they lower nothing until they are all known.
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
    changes = [
        {"one": listing_id, "by": quantity // 1000, "back": max(0, -quantity // 1000)}
        for listing_id, quantity in sorted(sums.items())
        if quantity // 1000
    ]
    if changes:
        left, put_back = SHOWN.c.exposure - bindparam("by"), SHOWN.c.put_back + bindparam("back", type_=SHOWN.c.put_back.type)
        lowered = update(SHOWN).where(SHOWN.c.listing_id == bindparam("one"), SHOWN.c.is_counting)
        connection.execute(lowered.values(exposure=case((left < 0, 0), else_=left), put_back=put_back), changes)


def settle(connection: Connection, account_id: str, known_until: datetime) -> None:
    """Bound exposures by what was told or seen last, where all sales up to then are known by now."""
    c = SHOWN.c
    most = case((c.seen > 0, c.seen), else_=0) + c.put_back
    is_known = (c.account_id == account_id, c.state.in_(("settled", "due", "parked")), c.seen_at < known_until, ~c.is_bounded)
    bounded = {
        "exposure": case((c.seen.is_(None), c.exposure), (c.exposure > most, most), else_=c.exposure),
        "is_bounded": True,
        "is_counting": True,
    }
    connection.execute(update(SHOWN).where(*is_known).values(bounded))
