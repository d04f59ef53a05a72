"""Which matches a run keeps: what people decided or signed, and what reaches out of its days; and those of them that hold no longer."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from model.records.breaks import BreakKind
from model.store import money_holding, sign_offs
from model.store.money_breaks import Found
from model.store.money_holding import Unheld
from model.store.money_matches import PERSON, Standing
from model.store.money_sides import MoneyLine

_KIND: Mapping[str, BreakKind] = {"payment": "amount_differs", "bank": "bank_amount_differs"}


@dataclass(frozen=True, slots=True)
class Span:
    """What a run looks at: one level of one account, the lines it loaded, and the days between which it looked for them."""

    level: str
    account_id: str
    by_id: Mapping[str, MoneyLine]
    earliest: date
    latest: date


Kept = Mapping[str, Standing]


def kept(connection: Connection, span: Span, standing: Kept) -> tuple[dict[str, Standing], list[Found]]:
    """The matches that stay as they are, and breaks of those among them whose lines have changed since.

    A match that a pass made, and whose line was voided, cancelled or became something else, does not stay.
    """
    signed = set(sign_offs.signed_until(connection, span.account_id))
    beyond = _beyond(connection, span, standing)
    by_people = {key for key, each in standing.items() if _is_by_people(each, span, signed)}
    others = {key for key, each in standing.items() if each.account_id != span.account_id}
    reaching = {key for key, each in standing.items() if _reaches_out(each, span, beyond)} - by_people - others
    unheld = {each.match_id: each for each in money_holding.no_longer_hold(connection, span.level, sorted(by_people | reaching))}
    stay = {key: standing[key] for key in by_people | others | (reaching - unheld.keys())}
    changed = [_told(span, standing[key], each) for key, each in sorted(unheld.items()) if key in by_people - others]
    return stay, changed


def _is_by_people(match: Standing, span: Span, signed: AbstractSet[date]) -> bool:
    """Whether a person made it, or two signed for a day on which the processor or bank told one of its lines."""
    if match.pass_name == PERSON:
        return True
    told = [span.by_id[line_id] for side, line_id in match.members if side == "right" and line_id in span.by_id]
    return any(signing_day(span.level, line) in signed for line in told)


def signing_day(level: str, line: MoneyLine) -> date:
    """The day whose signature covers a line of a processor or bank: a bank's is the day of booking, not that of its value."""
    return line.at.date() if level == "bank" else line.day


def _beyond(connection: Connection, span: Span, standing: Kept) -> set[str]:
    """Members that were not loaded as their day is out of the run's; others were not as they explain nothing any more."""
    missing = {line_id for each in standing.values() for _side, line_id in each.members if line_id not in span.by_id}
    days = money_holding.days_of(connection, span.level, sorted(missing))
    return {line_id for line_id, day in days.items() if not span.earliest <= day <= span.latest}


def _reaches_out(match: Standing, span: Span, beyond: AbstractSet[str]) -> bool:
    missing = {line_id for _side, line_id in match.members if line_id not in span.by_id}
    return bool(missing) and missing <= beyond


def _told(span: Span, match: Standing, now: Unheld) -> Found:
    """A break about what the match's sides differ by now; of the line that the processor or bank told, where the run looked at it."""
    sides = {side: sorted(each for which, each in match.members if which == side and each in span.by_id) for side in ("right", "left")}
    line = span.by_id[(sides["right"] or sides["left"])[0]]
    evidence = {"match": now.match_id, "decided_by": match.pass_name, "ours": now.left_minor, "theirs": now.right_minor}
    difference = now.right_minor - now.left_minor
    return Found(_KIND[span.level], line.id, line.name, line.day, line.currency, difference, json.dumps(evidence))
