"""Breaks: found, found again, gone, proposed and resolved. The id is made of kind and subject, so a break is found again, not anew."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, Text, func, select, update
from sqlalchemy import cast as sql_cast

from model.errors import RejectedError
from model.records.breaks import BreakKind
from model.store.bulk import Primitive, PrimitiveRow, among, column_names, insert_rows, load_rows, update_rows
from model.tables.reconciliations import MoneyBreakRow
from model.values.ids import derive_id
from model.values.instant import iso

BREAKS = cast("Table", MoneyBreakRow.__table__)
GONE = "explained by a later match or reading"
"""The resolution of a break that is found no longer."""


@dataclass(frozen=True, slots=True)
class Found:
    """A break as it is found now; the amount is at risk, signed from our side."""

    kind: BreakKind
    subject_id: str
    subject_name: str
    business_on: date
    currency: str
    amount_minor: int
    evidence: str = "{}"

    @property
    def id(self) -> str:
        """Made of kind and subject."""
        return break_id(self.kind, self.subject_id)


@dataclass(slots=True)
class Settled:
    """What became of breaks."""

    new: int = 0
    standing: int = 0
    gone: int = 0


def break_id(kind: str, subject_id: str) -> str:
    """The row id of a break."""
    return derive_id("break", kind, subject_id)


def settle(
    connection: Connection,
    account_id: str,
    kinds: Sequence[BreakKind],
    found: Sequence[Found],
    *,
    looked_at: AbstractSet[str] | None,
    owner_of: Callable[[BreakKind], str | None],
    at: datetime,
) -> Settled:
    """Bring an account's breaks of some kinds to what is found now.

    `looked_at`: the subjects that were looked at; breaks of others stay as they are (None: all were). One that is found no longer is
    resolved; one that somebody resolved with a reason stays so while it is of the same amount.
    """
    c = BREAKS.c
    by_id = {each.id: each for each in found}
    standing = (c.account_id == account_id, c.kind.in_(list(kinds)), c.state != "resolved")
    ids = set(connection.execute(select(c.id).where(*standing)).scalars()) | by_id.keys()
    stored = {str(row[0]): _named(row) for row in load_rows(connection, BREAKS, "id", sorted(ids))}
    result, moment = Settled(), iso(at)
    new = [_new(each, account_id, owner_of(each.kind), moment) for key, each in by_id.items() if key not in stored]
    changed: list[PrimitiveRow] = []
    for key, row in stored.items():
        after = _again(row, by_id[key], moment) if key in by_id else _gone(row, looked_at, moment)
        result.standing += after is not None and key in by_id and after["state"] != "resolved"
        result.gone += after is not None and key not in by_id
        if after is not None and after != row:
            changed.append(tuple(after.values()))
    insert_rows(connection, BREAKS, new)
    update_rows(connection, BREAKS, changed)
    result.new = len(new)
    return result


Named = dict[str, Primitive]


def _named(row: PrimitiveRow) -> Named:
    return dict(zip(column_names(BREAKS), row, strict=True))


_OPEN: Mapping[str, Primitive] = {
    "state": "open", "resolution": None, "maker_id": None, "made_at": None, "checker_id": None, "checked_at": None, "resolved_at": None,
}  # fmt: skip


def _new(each: Found, account_id: str, owner: str | None, moment: str) -> PrimitiveRow:
    return (
        each.id, account_id, each.kind, each.subject_id, each.subject_name, each.business_on.isoformat(), each.currency,
        each.amount_minor, each.evidence, "open", owner, moment, moment, None, None, None, None, None, None,
    )  # fmt: skip


def _again(row: Named, each: Found, moment: str) -> Named | None:
    """The stored break as it is now; None where a reason holds for it still."""
    is_other = (row["amount_minor"], row["currency"]) != (each.amount_minor, each.currency)
    by_reason = row["state"] == "resolved" and row["maker_id"] is not None
    if by_reason and not is_other:
        return None
    after = {**row, **(_OPEN if is_other or row["state"] == "resolved" else {})}
    return {
        **after, "amount_minor": each.amount_minor, "currency": each.currency, "evidence": each.evidence, "last_seen_at": moment,
        "business_on": each.business_on.isoformat(), "subject_name": each.subject_name,
    }  # fmt: skip


def _gone(row: Named, looked_at: AbstractSet[str] | None, moment: str) -> Named | None:
    if looked_at is not None and row["subject_id"] not in looked_at:
        return None
    return {**row, **_OPEN, "state": "resolved", "resolution": GONE, "resolved_at": moment}


def one(connection: Connection, named: str) -> Row[Any]:
    """The break of this id, or of the beginning of it; RejectedError where there is none, or several."""
    c = BREAKS.c
    rows = list(connection.execute(select(BREAKS).where(starts(connection, c.id, named)).limit(2)))
    if len(rows) != 1:
        raise RejectedError(f"break {named!r}: {'is not known' if not rows else 'may be several; give more of its id'}")
    return rows[0]


def starts(connection: Connection, column: Any, named: str) -> Any:  # noqa: ANN401  columns
    """That a row id begins with what a person typed."""
    plain = func.replace(sql_cast(column, Text), "-", "") if connection.dialect.name == "postgresql" else column
    return plain.startswith(named.replace("-", "").lower(), autoescape=True)


def listed(
    connection: Connection,
    *,
    account_id: str | None = None,
    kind: str | None = None,
    owner: str | None = None,
    with_resolved: bool = False,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Breaks, the oldest first; open and proposed ones unless resolved ones are asked for, too."""
    c = BREAKS.c
    query = select(BREAKS).order_by(c.business_on, c.id).limit(limit)
    for column, value in ((c.account_id, account_id), (c.kind, kind), (c.owner_id, owner)):
        query = query if value is None else query.where(column == value)
    return list(connection.execute(query if with_resolved else query.where(c.state != "resolved")))


def propose(connection: Connection, break_row_id: str, reason: str, maker_id: str, *, needs_checker: bool, at: datetime) -> bool:
    """Resolve an open break with a reason, or propose that where a second person must agree; False where it is not open any more."""
    values: dict[str, Any] = {
        "resolution": reason,
        "maker_id": maker_id,
        "made_at": at,
        "state": "proposed" if needs_checker else "resolved",
    }
    if not needs_checker:
        values["resolved_at"] = at
    done = update(BREAKS).where(BREAKS.c.id == break_row_id, BREAKS.c.state == "open").values(values)
    return connection.execute(done).rowcount == 1


def approve(connection: Connection, break_row_id: str, checker_id: str, *, at: datetime) -> bool:
    """Agree to a proposed resolution, as another person than its maker; False where it is not proposed, or by oneself."""
    c = BREAKS.c
    values = {"checker_id": checker_id, "checked_at": at, "state": "resolved", "resolved_at": at}
    done = update(BREAKS).where(c.id == break_row_id, c.state == "proposed", c.maker_id != checker_id).values(values)
    return connection.execute(done).rowcount == 1


def reject(connection: Connection, break_row_id: str) -> bool:
    """Put a proposed break back to open; False where it is not proposed."""
    done = update(BREAKS).where(BREAKS.c.id == break_row_id, BREAKS.c.state == "proposed").values(dict(_OPEN))
    return connection.execute(done).rowcount == 1


def assign(connection: Connection, break_row_id: str, owner_id: str) -> bool:
    """Give a break to somebody."""
    return connection.execute(update(BREAKS).where(BREAKS.c.id == break_row_id).values(owner_id=owner_id)).rowcount == 1


def open_subjects(connection: Connection, subject_ids: Sequence[str]) -> list[Row[Any]]:
    """Breaks that are not resolved, about any of these."""
    return list(connection.execute(select(BREAKS).where(among(connection, BREAKS.c.subject_id, subject_ids), BREAKS.c.state != "resolved")))


def accepted(connection: Connection, subject_ids: Sequence[str]) -> set[str]:
    """Those subjects of which people resolved a break with a reason."""
    c = BREAKS.c
    query = select(c.subject_id).where(among(connection, c.subject_id, subject_ids), c.state == "resolved", c.maker_id.is_not(None))
    return set(connection.execute(query).scalars())


def of_owners(connection: Connection) -> list[tuple[str, str, datetime]]:
    """Open and proposed breaks that belong to somebody: owner, account, and when each was first seen."""
    c = BREAKS.c
    query = select(c.owner_id, c.account_id, c.first_seen_at).where(c.state != "resolved", c.owner_id.is_not(None))
    rows = connection.execute(query.order_by(c.owner_id, c.account_id))
    return [(str(row.owner_id), str(row.account_id), row.first_seen_at) for row in rows]


def open_days(connection: Connection, account_id: str) -> set[date]:
    """The business days of an account that have a break which is not resolved."""
    c = BREAKS.c
    query = select(c.business_on).distinct().where(c.account_id == account_id, c.state != "resolved")
    return set(connection.execute(query).scalars())
