"""Matches: those that stand, and how a new decision replaces them. A line is used once, which the members' key keeps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Connection, Table, delete, insert, select, update

from model.store.bulk import PrimitiveRow, among, insert_rows
from model.tables.reconciliations import MoneyIgnoredRow, MoneyMatchMemberRow, MoneyMatchRow, ReconciliationRunRow
from model.values.ids import derive_id
from model.values.instant import iso

MATCHES = cast("Table", MoneyMatchRow.__table__)
MEMBERS = cast("Table", MoneyMatchMemberRow.__table__)
IGNORED = cast("Table", MoneyIgnoredRow.__table__)

PERSON = "person"
"""The pass of a match that somebody decided."""


@dataclass(frozen=True, slots=True)
class Match:
    """One match, with its members by side."""

    level: str
    pass_name: str
    shape: str
    currency: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    left_minor: int
    right_minor: int
    matched_on: date
    evidence: str

    @property
    def id(self) -> str:
        """Made of its members: the same lines matched again are the same match."""
        return derive_id("match", self.level, *sorted(self.left), "|", *sorted(self.right))


@dataclass(frozen=True, slots=True)
class Standing:
    """A match that is stored: whose it is, its pass and members."""

    account_id: str
    pass_name: str
    matched_on: date
    members: frozenset[tuple[str, str]]
    """Side and line id."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, when, and in which run."""

    account_id: str
    run_id: str
    actor_id: str
    at: datetime


def standing(connection: Connection, level: str, line_ids: Iterable[str]) -> dict[str, Standing]:
    """The matches in which any of these lines is, by match id."""
    mine = select(MEMBERS.c.match_id).where(MEMBERS.c.level == level, among(connection, MEMBERS.c.line_id, list(line_ids)))
    query = (
        select(MATCHES.c.id, MATCHES.c.account_id, MATCHES.c.pass_name, MATCHES.c.matched_on, MEMBERS.c.side, MEMBERS.c.line_id)
        .join(MEMBERS, MEMBERS.c.match_id == MATCHES.c.id)
        .where(MATCHES.c.id.in_(mine))
    )
    members: dict[str, set[tuple[str, str]]] = {}
    heads: dict[str, tuple[str, str, date]] = {}
    for row in connection.execute(query):
        members.setdefault(row.id, set()).add((row.side, row.line_id))
        heads[row.id] = (row.account_id, row.pass_name, row.matched_on)
    return {match_id: Standing(*heads[match_id], frozenset(each)) for match_id, each in members.items()}


def replace(connection: Connection, gone: Sequence[str], new: Sequence[Match], how: Decision) -> None:
    """Take matches back and write others, which may use their lines."""
    if gone:
        connection.execute(delete(MEMBERS).where(among(connection, MEMBERS.c.match_id, gone)))
        connection.execute(delete(MATCHES).where(among(connection, MATCHES.c.id, gone)))
    heads: list[PrimitiveRow] = []
    members: list[PrimitiveRow] = []
    for each in new:
        match_id = each.id
        heads.append(
            (match_id, how.account_id, each.level, each.pass_name, each.shape, each.currency, each.left_minor, each.right_minor,
             each.matched_on.isoformat(), each.evidence, how.run_id, how.actor_id, iso(how.at), None)
        )  # fmt: skip
        members += [(each.level, side, line_id, match_id) for side in ("left", "right") for line_id in getattr(each, side)]
    insert_rows(connection, MATCHES, heads)
    insert_rows(connection, MEMBERS, members)
    used = [line_id for level, side, line_id, _ in members if level == "bank" and side == "right"]
    if used:
        connection.execute(delete(IGNORED).where(among(connection, IGNORED.c.line_id, cast("list[str]", used))))


def match_by_hand(connection: Connection, match: Match, how: Decision, reason: str) -> None:
    """Write a match that a person decided; lines that are used already fail by their key. No rule sets its bank lines apart any more."""
    row = {
        "id": match.id, "account_id": how.account_id, "level": match.level, "pass_name": PERSON, "shape": match.shape,
        "currency": match.currency, "left_minor": match.left_minor, "right_minor": match.right_minor, "matched_on": match.matched_on,
        "evidence": match.evidence, "run_id": None, "actor_id": how.actor_id, "matched_at": how.at, "reason": reason,
    }  # fmt: skip
    connection.execute(insert(MATCHES).values(row))
    insert_rows(connection, MEMBERS, [(match.level, s, line, match.id) for s in ("left", "right") for line in getattr(match, s)])
    if match.level == "bank":
        connection.execute(delete(IGNORED).where(among(connection, IGNORED.c.line_id, list(match.right))))


def set_apart(
    connection: Connection, rules: Mapping[str, str], account_id: str, rules_hash: str, lines: Sequence[str], at: datetime
) -> int:
    """Bring the ignored lines among `lines` to what the rules say now: line id to rule. Gives how many are set apart."""
    if lines:
        connection.execute(delete(IGNORED).where(among(connection, IGNORED.c.line_id, lines)))
    insert_rows(connection, IGNORED, [(line, account_id, rule, rules_hash, iso(at)) for line, rule in sorted(rules.items())])
    return len(rules)


def rules_of(connection: Connection, lines: Sequence[str]) -> dict[str, str]:
    """The rules that set bank lines apart, by line id."""
    query = select(IGNORED.c.line_id, IGNORED.c.rule).where(among(connection, IGNORED.c.line_id, lines))
    return {row.line_id: row.rule for row in connection.execute(query)} if lines else {}


def begin(connection: Connection, how: Decision, level: str, since: date, until: date, config_hash: str) -> None:
    """Write a run down as running."""
    connection.execute(
        insert(ReconciliationRunRow).values(
            id=how.run_id, account_id=how.account_id, level=level, since=since, until=until, actor_id=how.actor_id, started_at=how.at,
            outcome="running", counts="{}", config_hash=config_hash,
        )
    )  # fmt: skip


def end(connection: Connection, run_id: str, outcome: str, message: str | None, counts: str, *, at: datetime) -> None:
    """Write down how a run ended."""
    row = ReconciliationRunRow
    connection.execute(
        update(row).where(row.id == run_id, row.outcome == "running").values(ended_at=at, outcome=outcome, message=message, counts=counts)
    )
