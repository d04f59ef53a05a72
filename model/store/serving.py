"""Orders that held all they need, and do so no longer: they wait again, and the next review serves them when it can."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from model.store.bulk import among
from model.store.catalogue import LINE_STATES
from model.store.order_rows import STATES

_SERVED = ("allocated", "approved", "released")


def wait_again(connection: Connection, order_ids: Sequence[str], *, at: datetime) -> None:
    """Have these orders served anew, those that were served."""
    s = STATES.c
    served = (among(connection, s.order_id, sorted(set(order_ids))), s.lifecycle.in_(_SERVED), s.is_open)
    connection.execute(update(STATES).where(*served).values(lifecycle="part_allocated", changed_at=at))


def wait_again_for(connection: Connection, skus: Iterable[str], *, at: datetime) -> None:
    """Have orders served anew that sell these SKUs, as what they take from stock changed."""
    s, v = STATES.c, LINE_STATES.c
    query = select(v.order_id).join(STATES, s.order_id == v.order_id).where(s.is_open, s.lifecycle.in_(_SERVED))
    sold = connection.execute(query.where(among(connection, v.sku, sorted(set(skus)))))
    wait_again(connection, list(sold.scalars()), at=at)


def look_again(connection: Connection, order_ids: Iterable[str], *, at: datetime) -> None:
    """Have open orders reviewed once more although they did not change, as what was asked of others for them did."""
    s = STATES.c
    these = (among(connection, s.order_id, sorted(set(order_ids))), s.is_open)
    over = s.lifecycle.in_(("cancelled", "shipped", "delivered"))
    wait_again(connection, list(order_ids), at=at)
    connection.execute(update(STATES).where(*these, over).values(lifecycle="received", changed_at=at))
