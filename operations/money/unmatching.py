"""Take matches back that a person knows to be wrong: with a written reason, by two people above the limit, never under a signed day.

What was taken back is kept as it stood, and no later matching makes the same match again; a person may, by hand.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from model.errors import RejectedError
from model.store import leases, money_refusals, sign_offs
from model.store.audit_trail import append
from model.store.money_refusals import Words
from operations.money.break_list import SHORT, matching_again
from operations.money.by_hand import LEVELS, line_named
from operations.money.resolving import SHORTEST, meet_actor
from operations.money.two_people import check_person
from operations.runtime.hub import Hub
from operations.runtime.reconciliation_file import read_reconciliation_file


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What became of a match."""

    match_id: str
    account: str
    step: str
    """`proposed`, `refused` (the match is gone) or `rejected` (it stays)."""
    run: str | None
    """The command that makes the breaks of the lines that are free now."""


def unmatch(hub: Hub, named: str, reason: str) -> Unmatched:
    """Take a match back, or propose that where a second person must agree; named by its id or by one of its lines as KIND:ID."""
    said = _reason(reason)
    rules = read_reconciliation_file(hub.file).rules

    def work(connection: Connection) -> Unmatched:
        match_id = _match_id(connection, named)
        match = _locked(connection, match_id)
        if match is None:
            raise RejectedError(f"match {match_id[:SHORT]}: was taken back already, or a later matching gave it up")
        lines = money_refusals.lines_of(connection, match_id)
        stake = money_refusals.stake(connection, match.level, lines)
        _not_signed(connection, match.account_id, stake.days | {match.matched_on})
        last = money_refusals.last(connection, match_id)
        if last is not None and last.step == "proposed":
            raise RejectedError(
                f"match {match_id[:SHORT]}: {last.maker_id} proposed that already; another person approves it with "
                f"`entrepot breaks approve-unmatch {match_id[:SHORT]}`"
            )
        needs_two = any(rules.needs_two(minor, currency) for (_side, currency), minor in stake.sums.items())
        if needs_two:
            check_person(hub)
        words = Words("proposed" if needs_two else "refused", said, hub.actor.id, hub.clock.now())
        money_refusals.propose(connection, match, lines, words)
        return _done(connection, hub, match, match_id, words)

    return _run(hub, work)


def approve_unmatch(hub: Hub, named: str) -> Unmatched:
    """Agree, as another person, that a match is wrong."""
    check_person(hub)

    def work(connection: Connection) -> Unmatched:
        proposal = _proposal(connection, named)
        if proposal.maker_id == hub.actor.id:
            raise RejectedError(f"match {proposal.match_id[:SHORT]}: was proposed by {hub.actor.name}; another person approves it")
        stake = money_refusals.stake(connection, proposal.level, json.loads(proposal.lines))
        _not_signed(connection, proposal.account_id, stake.days | {proposal.matched_on})
        words = Words("refused", proposal.reason, proposal.maker_id, proposal.made_at, hub.actor.id, hub.clock.now())
        money_refusals.conclude(connection, proposal, words)
        return _done(connection, hub, proposal, proposal.match_id, words)

    return _run(hub, work)


def reject_unmatch(hub: Hub, named: str, reason: str) -> Unmatched:
    """Do not agree, or take one's own proposal back: the match stays."""
    said = _reason(reason)

    def work(connection: Connection) -> Unmatched:
        proposal = _proposal(connection, named)
        words = Words("rejected", said, proposal.maker_id, proposal.made_at, hub.actor.id, hub.clock.now())
        money_refusals.conclude(connection, proposal, words)
        return _done(connection, hub, proposal, proposal.match_id, words)

    return _run(hub, work)


def listed(hub: Hub, account: str | None, limit: int | None, *, waiting: bool) -> list[dict[str, Any]]:
    """Who said what of which match, the newest first; amounts in minor units."""
    with hub.database.read() as connection:
        rows = money_refusals.listed(connection, account, limit, waiting=waiting)
    return [
        {
            "match": row["match_id"], "account": row["account_id"], "level": row["level"], "step": row["step"], "pass": row["pass_name"],
            "day": row["matched_on"], "amount": {"minor": row["right_minor"], "currency": row["currency"]}, "reason": row["reason"],
            "maker": row["maker_id"], "made_at": row["made_at"], "checker": row["checker_id"], "checked_at": row["checked_at"],
            "lines": json.loads(row["lines"]), "matched_by": row["matched_by"], "matched_at": row["matched_at"],
        }
        for row in rows
    ]  # fmt: skip


def _reason(reason: str) -> str:
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write why it is wrong, in {SHORTEST} characters or more")
    return reason.strip()


def _match_id(connection: Connection, named: str) -> str:
    """The match of this id, of its beginning, or of a line that it uses."""
    if ":" not in named:
        return money_refusals.named(connection, named)
    kind, row_id, _row = line_named(connection, named)
    found = money_refusals.of_line(connection, *LEVELS[kind], row_id)
    if found is None:
        raise RejectedError(f"{named!r}: is in no match")
    return found


def _locked(connection: Connection, match_id: str) -> Row[Any] | None:
    """The match if it stands, while no matching of its account writes: one that began before would make it again."""
    match = money_refusals.standing(connection, match_id)
    if match is not None:
        leases.keep_out(connection, f"reconcile:{match.account_id}")
        match = money_refusals.standing(connection, match_id, locked=True)
    return match


def _proposal(connection: Connection, named: str) -> Row[Any]:
    match_id = _match_id(connection, named)
    _locked(connection, match_id)
    found = money_refusals.last(connection, match_id)
    if found is None or found.step != "proposed":
        raise RejectedError(f"match {match_id[:SHORT]}: nobody proposes to take it back; see `entrepot breaks unmatched`")
    return found


def _not_signed(connection: Connection, account_id: str, days: set[date]) -> None:
    """A signature that is made this very moment is refused its check, which looks at the day again."""
    for day in sorted(days):
        if sign_offs.standing(connection, account_id, day) is not None:
            raise RejectedError(
                f"{account_id} {day}: is signed for, and the match belongs to it; "
                f"withdraw that first with `entrepot signoff withdraw {account_id} {day} --reason TEXT`"
            )


def _done(connection: Connection, hub: Hub, match: Row[Any], match_id: str, words: Words) -> Unmatched:
    """Free the lines of what is refused, and note it."""
    if words.step == "refused":
        money_refusals.remove(connection, match_id)
    details = {"step": words.step, "reason": words.reason, "maker": words.maker_id, "pass": match.pass_name, "account": match.account_id}
    append(connection, hub.actor, f"unmatch {words.step}", f"match {match_id[:SHORT]}", details, at=hub.clock.now())
    again = matching_again(match.account_id, match.matched_on) if words.step == "refused" else None
    return Unmatched(match_id, match.account_id, words.step, again)


def _run(hub: Hub, work: Any) -> Unmatched:  # noqa: ANN401  what the database runs
    meet_actor(hub)
    try:
        return hub.database.run(work)
    except IntegrityError as error:
        if "money_refusal" not in str(error.orig):
            raise
        raise RejectedError(
            "somebody else decided about this match at the same moment; look again with `entrepot breaks unmatched`"
        ) from None
