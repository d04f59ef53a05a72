"""What matching left over, as breaks: which kind, about which line, and when it is late enough to be one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from model.records.breaks import BreakKind
from model.store.money_breaks import Found
from model.store.money_sides import MoneyLine

OF_LEVEL: Mapping[str, tuple[BreakKind, ...]] = {
    "payment": (
        "payment_unsettled", "refund_unsettled", "line_without_payment", "amount_differs", "currency_differs", "ambiguous", "settled_twice",
    ),
    "bank": ("payout_not_banked", "bank_line_unexplained", "bank_amount_differs", "currency_differs", "ambiguous"),
}  # fmt: skip
"""The breaks that a matching of each level finds."""

_AT_ONCE: Mapping[str, BreakKind] = {"ambiguous": "ambiguous", "currency_differs": "currency_differs", "settled_twice": "settled_twice"}
_AMOUNT: Mapping[str, BreakKind] = {"payment": "amount_differs", "bank": "bank_amount_differs"}
_MISSING: Mapping[tuple[str, str, str], BreakKind] = {
    ("payment", "left", "payment"): "payment_unsettled",
    ("payment", "left", "refund"): "refund_unsettled",
    ("bank", "left", "payout"): "payout_not_banked",
    ("bank", "right", "payout"): "bank_line_unexplained",
}
"""By level, side and kind; what a processor tells and we do not know is a line without payment."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A line that no pass took: its side, the engine's reason, and the lines that were looked at, each with why not."""

    line_id: str
    side: str
    reason: str
    candidates: tuple[tuple[str, str], ...]


def breaks_of(level: str, leftovers: Sequence[Leftover], by_id: Mapping[str, MoneyLine], *, late_before: date) -> list[Found]:
    """One break for each cause: where both lines of a difference are left over, it is told of the other side's line, not of ours too.

    A line of ours that nobody told of is pending until it is late; what the other side tells and we do not know is a break at once.
    """
    there = _told_there(leftovers, by_id)
    found: list[Found] = []
    for each in leftovers:
        line = by_id[each.line_id]
        if each.side == "left" and each.line_id in there:
            continue
        kind = _kind(level, each, line)
        if each.side == "left" and kind not in _AT_ONCE.values() and line.day > late_before:
            continue
        found.append(Found(kind, line.id, line.name, line.day, line.currency, _at_risk(each, line, by_id), _evidence(each, by_id)))
    return found


def _told_there(leftovers: Sequence[Leftover], by_id: Mapping[str, MoneyLine]) -> set[str]:
    """Our lines that a break of the other side's line tells of: one for each of theirs, the nearest that is left, and no more.

    Nothing here may depend on the order in which rows came.
    """
    ours = {each.line_id: each for each in leftovers if each.side == "left" and each.reason in {*_AT_ONCE, "amount_differs"}}
    named: dict[str, set[str]] = {}
    for each in ours.values():
        for other, _why in each.candidates:
            named.setdefault(other, set()).add(each.line_id)
    told: set[str] = set()
    for each in sorted(leftovers, key=lambda each: each.line_id):
        if each.side == "right":
            line = by_id[each.line_id]
            near = sorted(named.get(each.line_id, ()), key=lambda one: (_apart(line, by_id[one]), one))
            told |= set(islice((one for one in near if one not in told and ours[one].reason == each.reason), 1))
    return told


def _apart(one: MoneyLine, other: MoneyLine) -> tuple[int, int]:
    return abs(one.amount_minor - other.amount_minor), abs((one.day - other.day).days)


def _kind(level: str, each: Leftover, line: MoneyLine) -> BreakKind:
    if each.reason in _AT_ONCE:
        return _AT_ONCE[each.reason]
    if each.reason == "amount_differs" and each.side == "right":  # ours, where no line of theirs tells of it, has no counterpart
        return _AMOUNT[level]
    return _MISSING.get((level, each.side, line.kind), "line_without_payment")


def _at_risk(each: Leftover, line: MoneyLine, by_id: Mapping[str, MoneyLine]) -> int:
    """The whole line, or the difference where only the amount differs from the nearest candidate."""
    if each.reason == "amount_differs" and each.side == "right" and each.candidates and each.candidates[0][0] in by_id:
        return line.amount_minor - by_id[each.candidates[0][0]].amount_minor
    return line.amount_minor


def _evidence(each: Leftover, by_id: Mapping[str, MoneyLine]) -> str:
    looked = [{"line": other, "name": by_id[other].name if other in by_id else None, "why_not": why} for other, why in each.candidates]
    return json.dumps({"side": each.side, "reason": each.reason, "looked_at": looked}, ensure_ascii=False)
