"""Ring-fenced publishing: what all channels together may still sell never adds up to more than there is.

A channel's exposure is what it may still sell or may have sold unknown to us. Quantities are only ever raised out of the slack between
what is free and all exposures; a channel that sells lowers its own by itself. A sink that cannot compare is raised only by what is safe
even if everything it shows was sold a moment ago.

The levels are locked before anything is looked at, as by everybody who reserves: what is free, and what is promised to channels, then
stand still until the promise is written down. Kits promise their parts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, func, select

from model.rules.allocation import WHOLE
from model.store.bulk import among
from model.store.catalogue import BACKORDERS, KIT_PARTS, SKU_MAP
from model.store.exposure import SHOWN
from model.store.publishing import AnyRow, Telling
from model.store.reservations import kit_parts
from model.store.stock_levels import lock_levels
from operations.runtime.hub_file import HubFile
from operations.stock_policy import locations_of

Parts = tuple[tuple[str, int], ...]
"""What one listed unit is taken from: SKUs with thousandths of each."""


def fenced(connection: Connection, rows: Sequence[AnyRow], file: HubFile, *, compares: bool) -> list[Telling]:
    """Which of these rows of one channel may be told what, now; the caller writes it down in the same transaction."""
    if not rows:
        return []
    made_of = _made_of(connection, rows)
    slack = _slack(connection, sorted({part for parts in made_of.values() for part, _ in parts}), rows[0].account_id, file)
    tellings: list[Telling] = []
    for row in rows:
        parts = made_of[row.listing_id]
        quantity = _quantity(row, min(slack.get(part, 0) // per_unit for part, per_unit in parts), compares=compares)
        if quantity is None:
            continue
        for part, per_unit in parts:
            slack[part] = slack.get(part, 0) - (max(0, quantity - row.exposure) if compares else quantity) * per_unit
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


def _made_of(connection: Connection, rows: Sequence[AnyRow]) -> dict[str, Parts]:
    """By listing, what one unit of it is taken from."""
    parts = kit_parts(connection, {row.sku for row in rows})
    factors = _factors(connection, [row.listing_id for row in rows])
    return {
        row.listing_id: tuple((part, max(1, factors.get(row.listing_id, WHOLE) * each // WHOLE)) for part, each in parts[row.sku])
        for row in rows
    }


def _factors(connection: Connection, listing_ids: Sequence[str]) -> dict[str, int]:
    m = SKU_MAP.c
    return dict(connection.execute(select(m.listing_id, m.factor).where(among(connection, m.listing_id, list(listing_ids)))).tuples().all())


def _slack(connection: Connection, skus: Sequence[str], account_id: str, file: HubFile) -> dict[str, int]:
    """Per SKU, thousandths that are free where the channel sells from, and that no channel may sell yet.

    Channels that sell from other places only are left out. So whoever was raised last had enough for all that share a place with it, and
    by the same word everybody before had: each group of channels has enough in its places.
    """
    places = {channel.id: set(locations_of(file, channel)) for channel in file.channels}
    ours = places[account_id]
    slack: defaultdict[str, int] = defaultdict(int)
    for (sku, location), level in lock_levels(connection, skus).items():
        slack[sku] += level.free if location in ours else 0
    b = BACKORDERS.c
    waits = (among(connection, b.sku, list(skus)), b.state == "open", b.location_id.in_(sorted(ours)))
    for sku, quantity in connection.execute(select(b.sku, func.sum(b.quantity)).where(*waits).group_by(b.sku)):
        slack[sku] -= int(quantity)
    for account, part, quantity in _exposed(connection, skus):
        if ours & places.get(account, ours):
            slack[part] -= quantity
    return slack


def _exposed(connection: Connection, skus: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Channel, part and thousandths of it that the channel may still sell, by whatever listing."""
    c, k = SHOWN.c, KIT_PARTS.c
    kits = list(connection.execute(select(k.kit).where(among(connection, k.part, list(skus))).distinct()).scalars())
    exposed = (among(connection, c.sku, sorted({*skus, *kits})), c.exposure > 0)
    rows = connection.execute(select(c.account_id, c.listing_id, c.sku, c.exposure).where(*exposed)).all()
    made_of: Mapping[str, Parts] = _made_of(connection, rows)
    for row in rows:
        for part, per_unit in made_of[row.listing_id]:
            yield row.account_id, part, row.exposure * per_unit
