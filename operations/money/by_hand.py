"""Match by hand what only a person can decide."""

import json
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from model.errors import RejectedError
from model.store import money_breaks, money_chain, money_holding, money_matches
from model.store.audit_trail import append
from model.store.money_matches import Decision, Match
from operations.money.resolving import SHORTEST, meet_actor
from operations.runtime.hub import Hub


def match_by_hand(hub: Hub, ours: list[str], theirs: list[str], reason: str) -> str:
    """Match lines that no pass could: payments and refunds with settlement lines, or payouts with bank lines. Gives the match's id.

    RejectedError where something is not found, moved no money, is matched already, or where the sums differ: a difference is a break with
    a reason. So are two currencies: they are matched once the breaks of the other side's lines were resolved with the rate.
    """
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write why they belong together, in {SHORTEST} characters or more")

    def work(connection: Connection) -> str:
        left, right = [line_named(connection, each) for each in ours], [line_named(connection, each) for each in theirs]
        match = _match(connection, left, right)
        how = Decision(_account(right), "", hub.actor.id, hub.clock.now())
        money_matches.match_by_hand(connection, match, how, reason.strip())
        if money_holding.no_longer_hold(connection, match.level, [match.id]):
            raise RejectedError(f"{', '.join((*ours, *theirs))}: one of them moved no money, or its money did not stay; nothing is matched")
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


def _match(connection: Connection, left: list[Line], right: list[Line]) -> Match:
    levels = {LEVELS[kind] for kind, _, _ in left} | {LEVELS[kind] for kind, _, _ in right}
    if len(levels) != 2 or len({level for level, _ in levels}) != 1 or any(LEVELS[k][1] != "left" for k, _, _ in left):  # noqa: PLR2004  both sides
        raise RejectedError("ours and theirs: payments and refunds go with settlement lines, payouts with bank lines")
    sums = [sum(_amount(kind, row) for kind, _, row in side) for side in (left, right)]
    currencies = [_currency("ours", left), _currency("theirs", right)]
    if currencies[0] != currencies[1]:
        _check_accepted(connection, currencies, sums, right)
    elif sums[0] != sums[1]:
        raise RejectedError(f"ours sum to {sums[0]}, theirs to {sums[1]}; resolve the break with a reason instead")
    shape = "one_to_one" if len(left) == len(right) == 1 else "many_to_one" if len(right) == 1 else "one_to_many"
    day = max(_day(row) for _, _, row in (*left, *right))
    ids = tuple(row_id for _, row_id, _ in left), tuple(row_id for _, row_id, _ in right)
    level = next(iter(levels))[0]
    evidence = json.dumps({"decided": "by a person", "currencies": sorted(set(currencies))})
    return Match(level, money_matches.PERSON, shape, right[0][2].currency, *ids, sums[0], sums[1], day, evidence)


def _currency(name: str, side: list[Line]) -> str:
    """The one currency of a side."""
    currencies = sorted({row.currency for _, _, row in side})
    if len(currencies) > 1:
        raise RejectedError(f"{name}: are of {' and '.join(currencies)}, which have no sum; match them apart")
    return currencies[0]


def _check_accepted(connection: Connection, currencies: list[str], sums: list[int], right: list[Line]) -> None:
    """Nothing proves a rate, so people accept it first: with a reason, and by two of them above the limit."""
    accepted = money_breaks.accepted(connection, [row_id for _, row_id, _ in right])
    if (sums[0] < 0) != (sums[1] < 0) or any(row_id not in accepted for _, row_id, _ in right):
        said = f"ours are {sums[0]}, theirs {sums[1]} minor units of {' and '.join(currencies)}"
        raise RejectedError(f"{said}; resolve the break of each of theirs with the rate as its reason first, then match them")


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
