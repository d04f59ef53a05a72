"""Corrections of stock: what is gone cannot be promised any longer, so the youngest reservations make room and become backorders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from model.store.bulk import among
from model.store.reservations import RESERVATIONS, Cut, Part, part_of, read_books, shrink, write_backorders
from model.store.serving import wait_again
from model.store.stock_levels import Move, Place, known_moves, lock_levels, meet_levels, move


def correct(connection: Connection, moves: Sequence[Move], *, at: datetime, actor_id: str) -> int:
    """Apply corrections, all or none; gives how many were new. StockShortError if what is not reserved does not bear them.

    One that was made before makes no room either.
    """
    meet_levels(connection, {(each.sku, each.location) for each in moves})
    levels = lock_levels(connection, {each.sku for each in moves})
    known = known_moves(connection, [each.id for each in moves])
    new = [each for each in moves if each.id not in known]
    taken: defaultdict[Place, int] = defaultdict(int)
    for each in new:
        taken[(each.sku, each.location)] += each.damaged + each.held - each.on_hand
    missing = {place: quantity - levels[place].free for place, quantity in taken.items() if quantity > levels[place].free}
    move(connection, [*_push_out(connection, missing, at), *new], at=at, actor_id=actor_id)
    return len(new)


def _push_out(connection: Connection, missing: Mapping[Place, int], at: datetime) -> list[Move]:
    """Turn the youngest reservations of places into backorders until so much is free; gives the movements, which the caller makes."""
    if not missing:
        return []
    c, left = RESERVATIONS.c, dict(missing)
    live = select(RESERVATIONS).where(c.state == "live", among(connection, c.sku, sorted({sku for sku, _ in missing})))
    cuts: list[Cut] = []
    lost: defaultdict[Part, int] = defaultdict(int)
    place_of: dict[Part, str] = {}
    # a soft one before a hard one of the same time: nobody was promised it
    for row in connection.execute(live.order_by(c.made_at.desc(), c.kind.desc(), c.id)):
        cut = min(row.quantity, left.get((row.sku, row.location_id), 0))
        if cut:
            left[(row.sku, row.location_id)] -= cut
            cuts.append((row, cut))
            lost[part_of(row)] += cut
            place_of[part_of(row)] = row.location_id
    books = read_books(connection, sorted({order_id for order_id, _, _ in lost}))
    wanted = {part: (cut + (books.waiting[part].quantity if part in books.waiting else 0), place_of[part]) for part, cut in lost.items()}
    write_backorders(connection, wanted, {part: row for part, row in books.waiting.items() if part in wanted}, books, at)
    wait_again(connection, [order_id for order_id, _, _ in lost], at=at)
    return shrink(connection, cuts, at)
