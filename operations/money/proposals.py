"""What may belong together of what no pass matched: likely pairs with a score, for a person to accept. Nothing matches by itself.

Lines that a match uses, that a person gave a reason for or that a rule sets apart are in no pair, nor are pairs that a person took back.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from model.errors import ConfigError
from model.store import money_breaks, money_matches, money_refusals
from model.store.money_sides import MoneyLine
from operations.money.break_list import SHORT
from operations.money.leftovers import OF_LEVEL
from operations.money.reconcile import Loaded, load
from operations.money.sides import SideRow
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Bank
from operations.runtime.reconciliation_file import read_reconciliation_file

MOST_LINES: Final = 20_000
"""Lines of a side that are looked at, those with an open break and the newest first."""
ALIKE: Final = 900
"""From this likeness on, of 1000, references are said to agree."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Pairs for open breaks, the likeliest first, and what was too much to be looked at."""

    rows: list[dict[str, Any]]
    unseen: int
    """Lines without a break, beyond the newest."""
    older: int = 0
    """Breaks that are too old; ask for their days."""


def proposals(hub: Hub, account: Account, day: date | None = None) -> Proposed:
    """Likely pairs for an account's open breaks, of one business day, or of those as far back from the newest as matching looks."""
    file = read_reconciliation_file(hub.file)
    kinds = OF_LEVEL["bank" if isinstance(account, Bank) else "payment"]
    with hub.database.read() as connection:
        listed = [row for row in money_breaks.listed(connection, account_id=account.id) if row.kind in kinds]
        if not listed:
            return Proposed([], 0)
        until = day or listed[-1].business_on  # the oldest stand first
        since = day or until - timedelta(days=file.rules.window_days)
        broken = {row.subject_id: row for row in listed if since <= row.business_on <= until}
        older = 0 if day else len(listed) - len(broken)
        loaded = load(connection, hub, file, account, max(since, account.history_until.date()), until)
        free = loaded.by_id.keys() - _used(connection, loaded)
        refused = money_refusals.refused_pairs(connection, account.id, loaded.level)
    return replace(_paired(loaded, broken, free, refused), older=older)


def _used(connection: Connection, loaded: Loaded) -> set[str]:
    """Lines that want nothing: in a match, explained by a person, or set apart."""
    ids = list(loaded.by_id)
    matched = {line_id for each in money_matches.standing(connection, loaded.level, ids).values() for _side, line_id in each.members}
    return matched | money_breaks.accepted(connection, ids) | set(money_matches.rules_of(connection, ids)) | set(loaded.sides.surplus)


def _paired(loaded: Loaded, broken: Mapping[str, Row[Any]], free: AbstractSet[str], refused: AbstractSet[tuple[str, str]]) -> Proposed:
    lefts, rights = ([row for row in rows if row[0] in free] for rows in (loaded.sides.left, loaded.sides.right))
    unseen = sum(max(len(rows) - MOST_LINES, 0) for rows in (lefts, rights))
    lefts, rights = _newest(lefts, broken), _newest(rights, broken)
    found = [each for each in _likely(lefts, rights) if each[:2] not in refused]
    wrong = {pair for pair in refused if set(pair) <= free}
    if wrong:  # each line of it may be of another, which the wrong one hides
        ours, theirs = ({pair[place] for pair in wrong} for place in (0, 1))
        found += _second(found, _likely(lefts, [row for row in rights if row[0] not in theirs]), ours, 0)
        found += _second(found, _likely([row for row in lefts if row[0] not in ours], rights), theirs, 1)
    rows = [
        _row(loaded.level, loaded.by_id[left], loaded.by_id[right], score, why, [broken[i] for i in (left, right) if i in broken])
        for left, right, score, why in found
        if left in broken or right in broken
    ]
    return Proposed(sorted(rows, key=lambda row: (-row["score"], row["breaks"])), unseen)


_Pair = tuple[str, str, int, dict[str, int]]
"""Both lines, the score of 1000, and why."""


def _likely(lefts: Sequence[SideRow], rights: Sequence[SideRow]) -> list[_Pair]:
    from reconciliation.frames import side  # noqa: PLC0415  frames take long to import, and a hub without open breaks needs none
    from reconciliation.fuzzy import propose  # noqa: PLC0415  same

    found: Any = propose(side(lefts), side(rights))
    columns = [found[name].to_pylist() for name in ("left_id", "right_id", "score", "why")]
    return [(left, right, score, json.loads(why)) for left, right, score, why in zip(*columns, strict=True)]


def _second(found: Sequence[_Pair], again: Sequence[_Pair], asked: AbstractSet[str], place: int) -> list[_Pair]:
    """Of what is likely without one side of the wrong pairs: what their other side (`asked`) would be paired with, if that is free."""
    taken = {line_id for each in found for line_id in (each[0], each[1])}
    return [each for each in again if each[place] in asked and not taken & {each[0], each[1]}]


def _newest(rows: list[SideRow], broken: Mapping[str, Row[Any]]) -> Sequence[SideRow]:
    if len(rows) <= MOST_LINES:
        return rows
    return sorted(rows, key=lambda row: (row[0] in broken, row[4], row[0]), reverse=True)[:MOST_LINES]


def _row(level: str, ours: MoneyLine, theirs: MoneyLine, score: int, why: Mapping[str, int], about: list[Row[Any]]) -> dict[str, Any]:
    off, apart, alike = why["difference"], why["days"], why["reference_alike"]
    said = {
        f"references ({alike // 10}% alike)": alike >= ALIKE, "amount": off == 0, "day": apart == 0, "currency": True,
    }  # fmt: skip
    kinds = (ours.kind, "settlement line" if level == "payment" else "bank line")
    return {
        "score": score, "breaks": [row.id[:SHORT] for row in about], "account": about[0].account_id, "ours": _line(kinds[0], ours),
        "theirs": _line(kinds[1], theirs), "agrees": [name for name, holds in said.items() if holds],
        "differs": [name for name, holds in said.items() if not holds], "days": apart,
        "difference": {"minor": off, "currency": theirs.currency}, "accept": _accept(kinds, ours, theirs, about),
    }  # fmt: skip


def _line(kind: str, line: MoneyLine) -> dict[str, Any]:
    amount = {"minor": line.amount_minor, "currency": line.currency}
    references = [each for each in line.references if each != line.name]
    return {"kind": kind, "id": line.id, "name": line.name, "references": references, "day": line.day, "amount": amount}


def _accept(kinds: tuple[str, str], ours: MoneyLine, theirs: MoneyLine, about: list[Row[Any]]) -> str:
    """The command that accepts it; where the amounts differ there is no match by hand, but a reason for the break."""
    if ours.amount_minor != theirs.amount_minor:
        return f"entrepot breaks resolve {about[-1].id[:SHORT]} --reason TEXT"
    names = [shlex.quote(f"{kind.replace(' ', '-')}:{line.id}") for kind, line in zip(kinds, (ours, theirs), strict=True)]
    return f"entrepot breaks match --ours {names[0]} --theirs {names[1]} --reason TEXT"


def chosen_accounts(hub: Hub, account: str | None, accounts: Sequence[Account]) -> Sequence[Account]:
    """The account of that id, if it keeps money, or all that do."""
    if account is None:
        return accounts
    if (found := hub.file.account(account)) not in accounts:
        raise ConfigError(f"--account {account!r}: keeps no money; use one of {', '.join(each.id for each in accounts) or 'none yet'}")
    return [found]
