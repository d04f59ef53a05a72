"""Resolve breaks with a written reason, by two people above the limit, and match by hand what only a person can decide."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from model.errors import RejectedError
from model.records.breaks import MENDS
from model.store import money_breaks, money_chain, money_matches, runs
from model.store.audit_trail import append
from model.store.money_matches import Decision, Match
from operations.runtime.hub import Hub
from operations.runtime.reconciliation_file import read_reconciliation_file

SHORTEST = 10
"""Characters of a reason: `ok` explains nothing."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a break."""

    break_id: str
    kind: str
    state: str
    says: str


def resolve(hub: Hub, named: str, reason: str) -> Resolved:
    """Resolve a break with a reason; above the limit that is proposed, and another person approves it."""
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write what happened, in {SHORTEST} characters or more")
    rules = read_reconciliation_file(hub.file).rules

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        needs_two = rules.needs_two(row.amount_minor, row.currency)
        if not money_breaks.propose(connection, row.id, reason.strip(), hub.actor.id, needs_checker=needs_two, at=hub.clock.now()):
            raise RejectedError(f"break {row.id[:12]}: is {row.state}; only an open one is resolved")
        state = "proposed" if needs_two else "resolved"
        says = "another person approves it" if needs_two else "resolved"
        return _noted(connection, hub, row, state, says, {"reason": reason.strip()})

    return _run(hub, work)


def approve(hub: Hub, named: str) -> Resolved:
    """Agree to what somebody else proposed."""

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        if row.state == "proposed" and row.maker_id == hub.actor.id:
            raise RejectedError(f"break {row.id[:12]}: was proposed by {hub.actor.name}; another person approves it")
        if not money_breaks.approve(connection, row.id, hub.actor.id, at=hub.clock.now()):
            raise RejectedError(f"break {row.id[:12]}: is {row.state}; only a proposed one is approved")
        return _noted(connection, hub, row, "resolved", "approved", {"maker": row.maker_id})

    return _run(hub, work)


def reject(hub: Hub, named: str, reason: str) -> Resolved:
    """Do not agree: the break is open again."""

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        if not money_breaks.reject(connection, row.id):
            raise RejectedError(f"break {row.id[:12]}: is {row.state}; only a proposed one is rejected")
        return _noted(connection, hub, row, "open", "open again", {"reason": reason, "maker": row.maker_id})

    return _run(hub, work)


def assign(hub: Hub, named: str, person: str) -> Resolved:
    """Give a break to a person of hub.toml."""
    if person not in {each.id for each in hub.file.people}:
        known = ", ".join(each.id for each in hub.file.people) or "none yet"
        raise RejectedError(f"{person!r}: is not under [[people]]; known are {known}")

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        money_breaks.assign(connection, row.id, person)
        return _noted(connection, hub, row, row.state, f"belongs to {person}", {"owner": person})

    return _run(hub, work)


def match_by_hand(hub: Hub, ours: list[str], theirs: list[str], reason: str) -> str:
    """Match lines that no pass could: payments and refunds with settlement lines, or payouts with bank lines. Gives the match's id.

    RejectedError where something is not found, is matched already, or where the sums differ: a difference is a break with a reason.
    """
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write why they belong together, in {SHORTEST} characters or more")

    def work(connection: Connection) -> str:
        left, right = [line_named(connection, each) for each in ours], [line_named(connection, each) for each in theirs]
        match = _match(left, right)
        how = Decision(_account(right), "", hub.actor.id, hub.clock.now())
        money_matches.match_by_hand(connection, match, how, reason.strip())
        append(connection, hub.actor, "match", f"match {match.id[:12]}", {"ours": ours, "theirs": theirs, "reason": reason}, at=how.at)
        return match.id

    meet_actor(hub)
    try:
        return hub.database.run(work)
    except IntegrityError:
        raise RejectedError("one of these lines is matched already; take that match back first with `entrepot breaks unmatch`") from None


Line = tuple[str, str, Row[Any]]
"""Kind, row id and row."""
LEVELS = {"payment": ("payment", "left"), "refund": ("payment", "left"), "settlement line": ("payment", "right"),
           "payout": ("bank", "left"), "bank line": ("bank", "right")}  # fmt: skip
"""Level and side of what is matched, by kind."""


def line_named(connection: Connection, named: str) -> Line:
    """The one payment, refund, settlement line, payout or bank line of this `[KIND:]ID`; RejectedError otherwise."""
    kind, _, plain = named.partition(":")
    found = money_chain.find(connection, plain, kind.replace("-", " ")) if plain else money_chain.find(connection, named)
    found = [each for each in found if each[0] in LEVELS]
    if len(found) != 1:
        raise RejectedError(f"{named!r}: {'is not known' if not found else 'may be several'}; write it as KIND:ID, like payout:po_1")
    what, row_id = found[0]
    table = next(table for name, table, _ in money_chain.SUBJECTS if name == what)
    return what, row_id, money_chain.one(connection, table, row_id)


def _match(left: list[Line], right: list[Line]) -> Match:
    levels = {LEVELS[kind] for kind, _, _ in left} | {LEVELS[kind] for kind, _, _ in right}
    if len(levels) != 2 or len({level for level, _ in levels}) != 1 or any(LEVELS[k][1] != "left" for k, _, _ in left):  # noqa: PLR2004  both sides
        raise RejectedError("ours and theirs: payments and refunds go with settlement lines, payouts with bank lines")
    sums = [sum(_amount(kind, row) for kind, _, row in side) for side in (left, right)]
    currencies = {row.currency for _, _, row in (*left, *right)}
    if len(currencies) == 1 and sums[0] != sums[1]:
        raise RejectedError(f"ours sum to {sums[0]}, theirs to {sums[1]}; resolve the break with a reason instead")
    shape = "one_to_one" if len(left) == len(right) == 1 else "many_to_one" if len(right) == 1 else "one_to_many"
    day = max(_day(row) for _, _, row in (*left, *right))
    ids = tuple(row_id for _, row_id, _ in left), tuple(row_id for _, row_id, _ in right)
    level = next(iter(levels))[0]
    evidence = json.dumps({"decided": "by a person", "currencies": sorted(currencies)})
    return Match(level, money_matches.PERSON, shape, right[0][2].currency, *ids, sums[0], sums[1], day, evidence)


def _amount(kind: str, row: Row[Any]) -> int:
    if kind == "refund":
        return -int(row.amount_minor)
    return int(row.gross_minor if kind == "settlement line" else row.amount_minor + (row.fee_minor if kind == "bank line" else 0))


def _day(row: Row[Any]) -> Any:  # noqa: ANN401  a date
    return getattr(row, "booked_on", None) or getattr(row, "business_on", None) or row.created_at.date()


def _account(lines: list[Line]) -> str:
    accounts = {row.account_id for _, _, row in lines}
    if len(accounts) != 1:
        raise RejectedError("theirs: are of several accounts; match them apart")
    return str(accounts.pop())


def mend_of(kind: str) -> str:
    """The suggested mend for a kind of break."""
    return MENDS[kind]  # pyright: ignore[reportArgumentType]  kinds are checked by the database


def _noted(connection: Connection, hub: Hub, row: Row[Any], state: str, says: str, details: dict[str, object]) -> Resolved:
    append(connection, hub.actor, f"break {state}", f"break {row.id[:12]}", {"kind": row.kind, **details}, at=hub.clock.now())
    return Resolved(row.id, row.kind, state, says)


def _run(hub: Hub, work: Any) -> Any:  # noqa: ANN401  what the work gives
    meet_actor(hub)
    return hub.database.run(work)


def meet_actor(hub: Hub) -> None:
    """Make the actor known to the store before rows name them."""
    hub.database.run(lambda connection: runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=hub.clock.now()))
