"""Lines of the store as the two sides of a matching: which ids stand where, and which lines explain each other without the other side."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.store.money_matches import Match
from model.store.money_sides import MoneyLine

KINDS: Mapping[str, str] = {"charge": "payment", "refund": "refund", "refund_failed": "refund"}
"""Kinds of settlement lines that stand against something of ours, and what that is called."""

SideRow = tuple[Any, ...]
"""As `reconciliation.frames.SIDE_COLUMNS` has it."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Rows of both sides, lines that only repeat others, and matches of lines that undo each other."""

    left: list[SideRow]
    right: list[SideRow]
    surplus: list[str] = field(default_factory=list[str])
    made: list[Match] = field(default_factory=list[Match])


def payment_sides(account_id: str, ours: Sequence[MoneyLine], theirs: Sequence[MoneyLine]) -> Sides:
    """Payments and refunds against settlement lines.

    Refunds that failed are matched with the lines that gave them back. Surplus are further lines of one payment, all alike: the earliest
    counts.
    """
    made = _cancelled_out(theirs)
    used = {line_id for each in made for line_id in each.right}
    rest = [line for line in theirs if line.id not in used]
    surplus = _settled_twice(ours, rest)
    used |= set(surplus)
    rest = [line for line in rest if line.id not in used]
    ids = [{each.provider_ids[place] for each in rest if len(each.provider_ids) > place} for place in range(3)]
    second = ids[1] | ids[2]
    references = {reference for each in rest for reference in each.references}
    left = [
        _row(
            account_id,
            each,
            each.kind,
            *_ids(each, ids[0], second),
            _known(each, references),
        )
        for each in ours
    ]
    told = {provider_id for each in ours for provider_id in each.provider_ids}
    right = [
        _row(account_id, each, KINDS[each.kind], each.provider_ids[0] if each.provider_ids else None, _first(each.provider_ids[1:], told),
             each.references[0] if each.references else None)
        for each in rest
    ]  # fmt: skip
    return Sides(left, right, surplus, made)


def bank_sides(account_id: str, sent: Sequence[MoneyLine], returned: Sequence[MoneyLine], booked: Sequence[MoneyLine]) -> Sides:
    """Payouts against lines of one bank account; a payout is named by its reference, or by the processor's own id.

    A payout that was returned is matched with the two bank lines that name it and undo each other.
    """
    made = _returned(returned, booked)
    used = {line_id for each in made for line_id in each.right}
    booked = [each for each in booked if each.id not in used]
    left = [_row(account_id, each, "payout", None, None, each.references[0] if each.references else each.provider_ids[0]) for each in sent]
    right = [_row(account_id, each, "payout", None, None, each.references[0] if each.references else None, each.text) for each in booked]
    return Sides(left, right, [], made)


def _row(
    account: str, line: MoneyLine, kind: str, provider_id: str | None, other_id: str | None, reference: str | None, text: str | None = None
) -> SideRow:
    other = other_id if other_id != provider_id else None
    return (line.id, account, line.currency, line.amount_minor, line.day, provider_id, other, reference, line.group_id, text, kind)


def _ids(line: MoneyLine, first: set[str], other: set[str]) -> tuple[str | None, str | None]:
    """Where a line's ids stand on the other side: as its first id, or as another; one that is nowhere still sets the line apart."""
    other_id = _first(line.provider_ids, other)
    return _first(line.provider_ids, first) or (None if other_id else line.processor_id), other_id


def _first(ids: Iterable[str], known: set[str]) -> str | None:
    """The first of a line's ids that the other side knows."""
    return next((each for each in ids if each in known), None)


def _known(line: MoneyLine, references: set[str]) -> str | None:
    return _first(line.references, references) or (line.references[-1] if line.references else None)


def _cancelled_out(theirs: Sequence[MoneyLine]) -> list[Match]:
    """Refunds that the processor took back: those of one id that sum to nothing."""
    groups: dict[tuple[str, str], list[MoneyLine]] = {}
    for line in theirs:
        if line.kind != "charge" and line.provider_ids:
            groups.setdefault((line.provider_ids[-1], line.currency), []).append(line)
    return [
        _undone("payment", "cancelled_out", (), group)
        for group in groups.values()
        if any(line.kind == "refund_failed" for line in group) and sum(line.amount_minor for line in group) == 0
    ]


def _returned(returned: Sequence[MoneyLine], booked: Sequence[MoneyLine]) -> list[Match]:
    """Payouts that the bank booked and sent back. Lines that several payouts claim explain none of them."""
    found: list[Match] = []
    claimed: Counter[str] = Counter()
    for payout in returned:
        words = "|".join(re.escape(word) for word in payout.references or payout.provider_ids)
        whole = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
        named = [line for line in booked if line.currency == payout.currency and whole.search(line.text or "")]
        if sorted(line.amount_minor for line in named) == sorted((payout.amount_minor, -payout.amount_minor)):
            found.append(_undone("bank", "returned", (payout.id,), named))
            claimed.update(line.id for line in named)
    return [each for each in found if all(claimed[line_id] == 1 for line_id in each.right)]


def _undone(level: str, name: str, left: tuple[str, ...], right: Sequence[MoneyLine]) -> Match:
    """Lines that come to nothing together."""
    ids = tuple(sorted(line.id for line in right))
    evidence = json.dumps({"agreed": ["id", "sum of nothing"], "lines": [line.name for line in right]}, ensure_ascii=False)
    return Match(level, name, "one_to_many", right[0].currency, left, ids, 0, 0, max(line.day for line in right), evidence)


def _settled_twice(ours: Sequence[MoneyLine], theirs: Sequence[MoneyLine]) -> list[str]:
    """Lines that say what an earlier one said of the same payment, and more often than the payment was made."""
    due: Counter[tuple[str, str, str, int]] = Counter()
    for each in ours:
        due.update((provider_id, each.kind, each.currency, each.amount_minor) for provider_id in each.provider_ids)
    surplus: list[str] = []
    seen: Counter[tuple[str, str, str, int]] = Counter()
    for line in sorted(theirs, key=lambda each: (each.at, each.id)):
        key = (line.provider_ids[0] if line.provider_ids else "", KINDS[line.kind], line.currency, line.amount_minor)
        if due[key]:
            seen[key] += 1
            if seen[key] > due[key]:
                surplus.append(line.id)
    return surplus
