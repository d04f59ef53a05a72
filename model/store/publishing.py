"""What channels shall show and were told: rows claimed before a request leaves, settled by its answer, and read back where none came.

`exposure` (see `model.store.exposure`) is raised when a row is claimed, before anything is sent, so it is never less than the truth.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, bindparam, case, exists, or_, select, update

from model.store.catalogue import KIT_PARTS, LISTINGS
from model.store.exposure import SHOWN
from model.tables.publishing import StockTouchRow

REST = timedelta(minutes=1)
"""How long a row rests whose answer never came, doubled with each attempt."""
MOST_ATTEMPTS = 6

AnyRow = Row[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Telling:
    """One row to be told: what it was when it was claimed, and the quantity that leaves."""

    row: AnyRow
    quantity: int
    expected: int | None


def abandoned(connection: Connection, account_id: str, *, now: datetime) -> None:
    """Rows that a dead publisher was sending: their answers will never come."""
    c = SHOWN.c
    these = update(SHOWN).where(c.account_id == account_id, c.state == "sending")
    connection.execute(these.values(state="unknown", due_at=now))


def unanswered(connection: Connection, account_id: str, now: datetime, limit: int) -> list[AnyRow]:
    """Rows to be read back before they are told again."""
    return _joined(connection, account_id, and_(SHOWN.c.state == "unknown", SHOWN.c.due_at <= now), limit)


def due(
    connection: Connection, account_id: str, now: datetime, limit: int, behind: AnyRow | None = None, *, is_unseen: bool = False
) -> list[AnyRow]:
    """Rows that shall show something else than they were told, longest waiting first, from the first or behind a row.

    With `is_unseen` only those of which nobody knows what the channel shows.

    So shall one that sold what it was told while more than that may be shown, as where `max_listed` bounds it. It waits while the
    availability of its SKU has to be computed anew: what it may show now may be less.
    """
    c = SHOWN.c
    is_behind = and_(c.state == "settled", or_(c.sent.is_distinct_from(c.desired), and_(c.exposure < c.desired, ~_is_touched())))
    fits = or_(and_(c.state == "due", c.due_at <= now), is_behind)
    if is_unseen:
        fits = and_(fits, c.seen_at.is_(None))
    if behind is not None:
        fits = and_(fits, or_(c.due_at > behind.due_at, and_(c.due_at == behind.due_at, c.listing_id > behind.listing_id)))
    return _joined(connection, account_id, fits, limit)


def _is_touched() -> ColumnElement[bool]:
    c, k, t = SHOWN.c, KIT_PARTS.c, StockTouchRow
    return exists().where(or_(t.sku == c.sku, t.sku.in_(select(k.part).where(k.kit == c.sku))))


def heal(connection: Connection, account_id: str, known_until: datetime, *, now: datetime) -> int:
    """Rows that were seen to show something else than they were told, with all sales up to then known: told once more, as anew.

    Call it before exposures are settled: what was sold since the telling has lowered the exposure, so less than it is no sale of ours.
    """
    c = SHOWN.c
    is_known = and_(c.account_id == account_id, c.state == "settled", c.sent == c.desired, c.told_at < c.seen_at, c.seen_at < known_until)
    is_drift = or_(c.seen > c.sent, c.seen < c.exposure)
    drifted = update(SHOWN).where(is_known, is_drift, ~_is_touched())
    return connection.execute(drifted.values(state="due", due_at=now, version=c.version + 1)).rowcount


def at_rest(connection: Connection, account_id: str, behind: str | None, limit: int) -> list[AnyRow]:
    """Rows that nobody is telling, by id, from the first or behind an id."""
    c = SHOWN.c
    rests = c.state.in_(("settled", "due", "parked"))
    is_next = and_(rests, c.listing_id > behind) if behind else rests
    return _joined(connection, account_id, is_next, limit, c.listing_id)


def _joined(connection: Connection, account_id: str, fits: ColumnElement[bool], limit: int, *order: ColumnElement[Any]) -> list[AnyRow]:
    c, v = SHOWN.c, LISTINGS.c
    columns = (*c, v.external_id, v.product_external_id, v.stock_external_id, v.channel_sku, v.title, v.kind, v.is_tracked)
    query = select(*columns).join(LISTINGS, v.id == c.listing_id).where(c.account_id == account_id, fits)
    return list(connection.execute(query.order_by(*(order or (c.due_at, c.listing_id))).limit(limit)))


def claim(connection: Connection, tellings: Sequence[Telling], *, now: datetime) -> None:
    """Note what is about to be sent; committed before the first request leaves."""
    c = SHOWN.c
    claimed = update(SHOWN).where(c.listing_id == bindparam("one")).values(
        state="sending", sent=bindparam("quantity"), sent_version=bindparam("seen_version"), sent_at=now,
        exposure=c.exposure + bindparam("quantity"),
    )  # fmt: skip
    rows = [{"one": each.row.listing_id, "quantity": each.quantity, "seen_version": each.row.version} for each in tellings]
    if rows:
        connection.execute(claimed, sorted(rows, key=lambda row: row["one"]))


def told(connection: Connection, tellings: Sequence[Telling], *, at: datetime) -> None:
    """The channel acknowledged: it shows what was sent. Where it compared, what it showed before cannot be sold on top."""
    c = SHOWN.c
    left = c.exposure - bindparam("replaced")
    is_current = or_(c.version == c.sent_version, c.desired == c.sent)
    settled = update(SHOWN).where(c.listing_id == bindparam("one"), c.state == "sending").values(
        state=case((is_current, "settled"), else_="due"), due_at=at, told=c.sent, told_at=at, attempts=0, problem=None, seen=c.sent,
        seen_at=at, exposure=case((left < c.sent, c.sent), else_=left), is_counting=True, is_bounded=False, put_back=_put_back_since(),
    )  # fmt: skip
    _each(connection, settled, tellings, lambda each: {"replaced": each.expected or 0, "known_back": each.row.put_back})


def not_set(connection: Connection, tellings: Sequence[Telling], reasons: Mapping[str, str], *, is_final: bool, at: datetime) -> None:
    """The channel set nothing: another value stood there (`is_final` false; told again behind the next reading), or it refuses for good."""
    c = SHOWN.c
    taken_back = c.exposure - bindparam("quantity")
    undone = update(SHOWN).where(c.listing_id == bindparam("one"), c.state == "sending").values(
        state="parked" if is_final else "due", due_at=at, attempts=c.attempts + 1, problem=bindparam("why"), sent=c.told,
        exposure=case((taken_back < 0, 0), else_=taken_back),
    )  # fmt: skip
    _each(connection, undone, tellings, lambda each: {"quantity": each.quantity, "why": reasons[each.row.external_id][:500]})


def lost(connection: Connection, tellings: Sequence[Telling], problem: str, *, at: datetime) -> None:
    """No answer came: it may have been set or not; read back before it is told again."""
    c = SHOWN.c
    unknown = update(SHOWN).where(c.listing_id == bindparam("one"), c.state == "sending").values(
        state="unknown", due_at=bindparam("later", type_=c.due_at.type), attempts=c.attempts + 1, problem=problem[:500]
    )  # fmt: skip
    _each(connection, unknown, tellings, lambda each: {"later": at + REST * 2 ** min(each.row.attempts, MOST_ATTEMPTS)})


def _put_back_since() -> ColumnElement[int]:
    """What was cancelled since the row was read: the channel may have put it back before or after it answered."""
    return SHOWN.c.put_back - bindparam("known_back", type_=SHOWN.c.put_back.type)


def seen(connection: Connection, rows: Sequence[AnyRow], shown: Mapping[str, int | None], *, at: datetime, makes_due: bool) -> None:
    """What channels showed of rows when asked, by listing id; `makes_due` for rows that waited for just that.

    More than the exposure is somebody else's doing: it comes on top of what may have been sold before.
    """
    c = SHOWN.c
    least = bindparam("least", type_=c.exposure.type)
    raised = case((c.exposure < least, c.exposure + least), else_=c.exposure)
    changes: dict[str, Any] = {"seen": bindparam("quantity"), "seen_at": at, "exposure": raised, "is_bounded": False}
    changes["put_back"] = _put_back_since()
    if makes_due:
        changes |= {"state": "due", "due_at": at}
    noted = update(SHOWN).where(c.listing_id == bindparam("one")).values(changes)
    known = sorted((row.listing_id, row.put_back) for row in rows if row.listing_id in shown)
    if known:
        connection.execute(
            noted,
            [{"one": one, "quantity": shown[one], "least": shown[one] or 0, "known_back": put_back} for one, put_back in known],
        )


def _each(connection: Connection, statement: Update, tellings: Sequence[Telling], more: Callable[[Telling], dict[str, Any]]) -> None:
    rows = [{"one": each.row.listing_id, **more(each)} for each in tellings]
    if rows:
        connection.execute(statement, sorted(rows, key=lambda row: row["one"]))
