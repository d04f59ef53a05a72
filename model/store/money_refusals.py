"""Matches that people took back: what stood, who said that it is wrong, and that no pass makes it again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, union

from model.errors import RejectedError
from model.store.bulk import among
from model.store.money_breaks import starts
from model.store.money_chain import BANK, LINES, PAYMENTS, PAYOUTS, REFUNDS
from model.store.money_matches import MATCHES, MEMBERS
from model.tables.refusals import MoneyRefusalRow, RefusalStep

REFUSALS = cast("Table", MoneyRefusalRow.__table__)
_C = REFUSALS.c
_TABLES: Final[Mapping[tuple[str, str], tuple[Table, ...]]] = {
    ("payment", "left"): (PAYMENTS, REFUNDS), ("payment", "right"): (LINES,), ("bank", "left"): (PAYOUTS,), ("bank", "right"): (BANK,),
}  # fmt: skip
"""Where the lines of each level and side are."""
_DAYS: Final = ("business_on", "arrival_on", "booked_on", "value_on")
_KEPT: Final = ("account_id", "level", "pass_name", "shape", "currency", "left_minor", "right_minor", "matched_on", "evidence")
"""Columns that a match and its refusal both have."""


@dataclass(frozen=True, slots=True)
class Words:
    """Who said what of a match, and who agreed."""

    step: RefusalStep
    reason: str
    maker_id: str
    made_at: datetime
    checker_id: str | None = None
    checked_at: datetime | None = None


@dataclass(slots=True)
class Stake:
    """The business days a match touches, and what its lines come to without sign, in minor units by side and currency."""

    days: set[date] = field(default_factory=set[date])
    sums: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])


def refused(connection: Connection, account_id: str, level: str) -> frozenset[str]:
    """The matches of an account that were taken back, by id: no pass makes them again."""
    query = select(_C.match_id).where(_C.account_id == account_id, _C.level == level, _C.step == "refused")
    return frozenset(connection.execute(query).scalars())


def refused_pairs(connection: Connection, account_id: str, level: str) -> set[tuple[str, str]]:
    """One line of ours and one of theirs that were a match by themselves and were taken back."""
    query = select(_C.lines).where(_C.account_id == account_id, _C.level == level, _C.step == "refused", _C.shape == "one_to_one")
    lines: list[dict[str, list[str]]] = [json.loads(each) for each in connection.execute(query).scalars()]
    return {(each["left"][0], each["right"][0]) for each in lines}


def named(connection: Connection, beginning: str) -> str:
    """The id of the match, standing or spoken of, that begins so; RejectedError where there is none, or several."""
    ids = (MATCHES.c.id, _C.match_id)
    found = union(*(select(each).where(starts(connection, each, beginning)).limit(2).subquery().select() for each in ids))
    rows = list(connection.execute(found).scalars())
    if len(rows) != 1:
        raise RejectedError(f"match {beginning!r}: {'is not known' if not rows else 'may be several; give more of its id'}")
    return str(rows[0])


def of_line(connection: Connection, level: str, side: str, line_id: str) -> str | None:
    """The id of the match that uses a line."""
    c = MEMBERS.c
    return connection.execute(select(c.match_id).where(c.level == level, c.side == side, c.line_id == line_id)).scalar_one_or_none()


def standing(connection: Connection, match_id: str, *, locked: bool = False) -> Row[Any] | None:
    """The match, if it stands; locked, nobody else takes it back meanwhile."""
    query = select(MATCHES).where(MATCHES.c.id == match_id)
    return connection.execute(query.with_for_update() if locked else query).one_or_none()


def last(connection: Connection, match_id: str) -> Row[Any] | None:
    """The newest step of taking a match back."""
    return connection.execute(select(REFUSALS).where(_C.match_id == match_id).order_by(_C.seq.desc()).limit(1)).one_or_none()


def stake(connection: Connection, level: str, lines: Mapping[str, Sequence[str]]) -> Stake:
    """What hangs on a match of these lines, by side."""
    found = Stake()
    for side, ids in lines.items():
        for table in _TABLES[level, side]:
            for row in connection.execute(select(table).where(among(connection, table.c.id, ids))):
                days = {day for name in _DAYS if (day := getattr(row, name, None)) is not None}
                found.days |= days or {row.created_at.date()}
                key = (side, str(row.currency))
                found.sums[key] = found.sums.get(key, 0) + abs(row.gross_minor if table is LINES else row.amount_minor)
    return found


def lines_of(connection: Connection, match_id: str) -> dict[str, list[str]]:
    """Row ids of a match's lines by side."""
    found: dict[str, list[str]] = {"left": [], "right": []}
    for row in connection.execute(select(MEMBERS).where(MEMBERS.c.match_id == match_id).order_by(MEMBERS.c.line_id)):
        found[row.side].append(row.line_id)
    return found


def propose(connection: Connection, match: Row[Any], lines: Mapping[str, Sequence[str]], words: Words) -> None:
    """Write down what was said of a match that stands, its lines with it."""
    values = {name: getattr(match, name) for name in _KEPT}
    values |= {"match_id": match.id, "lines": json.dumps(lines), "matched_by": match.actor_id}
    _write(connection, {**values, "matched_at": match.matched_at, "matched_for": match.reason}, words)


def conclude(connection: Connection, proposal: Row[Any], words: Words) -> None:
    """Write down what became of a proposal."""
    _write(connection, {**dict(proposal._mapping)}, words)  # noqa: SLF001  public in spite of its name  # pyright: ignore[reportPrivateUsage]


def _write(connection: Connection, values: Mapping[str, Any], words: Words) -> None:
    earlier = connection.execute(select(func.max(_C.seq)).where(_C.match_id == values["match_id"])).scalar_one()
    said = {
        "seq": (earlier or 0) + 1, "step": words.step, "reason": words.reason, "maker_id": words.maker_id, "made_at": words.made_at,
        "checker_id": words.checker_id, "checked_at": words.checked_at,
    }  # fmt: skip
    connection.execute(insert(REFUSALS).values({**values, **said}))


def remove(connection: Connection, match_id: str) -> None:
    """Free the lines of a match; what it was is kept by its refusal."""
    connection.execute(delete(MEMBERS).where(MEMBERS.c.match_id == match_id))
    connection.execute(delete(MATCHES).where(MATCHES.c.id == match_id))


def listed(connection: Connection, account_id: str | None, limit: int | None, *, waiting: bool) -> list[dict[str, Any]]:
    """Steps of taking matches back, the newest first; `waiting`: only proposals that nobody decided about."""
    later = REFUSALS.alias()
    query = select(REFUSALS).order_by(func.coalesce(_C.checked_at, _C.made_at).desc(), _C.match_id, _C.seq.desc()).limit(limit)
    if account_id is not None:
        query = query.where(_C.account_id == account_id)
    if waiting:
        decided = select(later.c.seq).where(later.c.match_id == _C.match_id, later.c.seq > _C.seq)
        query = query.where(_C.step == "proposed", ~decided.exists())
    return [dict(row) for row in connection.execute(query).mappings()]
