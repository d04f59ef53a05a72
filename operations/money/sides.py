"""Lines of the store as the two sides of a matching: which ids stand where, and which lines explain each other without the other side."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.store.money_sides import MoneyLine

KINDS: Mapping[str, str] = {"charge": "payment", "refund": "refund", "refund_failed": "refund"}
"""Kinds of settlement lines that stand against something of ours, and what that is called."""

SideRow = tuple[Any, ...]
"""As `reconciliation.frames.SIDE_COLUMNS` has it."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Rows of both sides, and lines set aside before: id to why."""

    left: list[SideRow]
    right: list[SideRow]
    aside: dict[str, str]


def payment_sides(account_id: str, ours: Sequence[MoneyLine], theirs: Sequence[MoneyLine]) -> Sides:
    """Payments and refunds against settlement lines.

    Aside: `cancelled_out` for refunds that failed, with the line that gave them back; `settled_twice` for further lines of one payment,
    all alike: the earliest counts.
    """
    aside = dict.fromkeys(_cancelled_out(theirs), "cancelled_out")
    rest = [line for line in theirs if line.id not in aside]
    aside |= dict.fromkeys(_settled_twice(ours, rest), "settled_twice")
    rest = [line for line in rest if line.id not in aside]
    ids = [{each.provider_ids[place] for each in rest if len(each.provider_ids) > place} for place in range(3)]
    second = ids[1] | ids[2]
    references = {reference for each in rest for reference in each.references}
    left = [
        _row(
            account_id,
            each,
            each.kind,
            _first(each.provider_ids, ids[0]),
            _first(each.provider_ids, second),
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
    return Sides(left, right, aside)


def bank_sides(account_id: str, sent: Sequence[MoneyLine], booked: Sequence[MoneyLine]) -> Sides:
    """Payouts against lines of one bank account; a payout is named by its reference, or by the processor's own id."""
    left = [_row(account_id, each, "payout", None, None, each.references[0] if each.references else each.provider_ids[0]) for each in sent]
    right = [_row(account_id, each, "payout", None, None, each.references[0] if each.references else None, each.text) for each in booked]
    return Sides(left, right, {})


def _row(
    account: str, line: MoneyLine, kind: str, provider_id: str | None, other_id: str | None, reference: str | None, text: str | None = None
) -> SideRow:
    other = other_id if other_id != provider_id else None
    return (line.id, account, line.currency, line.amount_minor, line.day, provider_id, other, reference, line.group_id, text, kind)


def _first(ids: Iterable[str], known: set[str]) -> str | None:
    """The first of a line's ids that the other side knows."""
    return next((each for each in ids if each in known), None)


def _known(line: MoneyLine, references: set[str]) -> str | None:
    return _first(line.references, references) or (line.references[-1] if line.references else None)


def _cancelled_out(theirs: Sequence[MoneyLine]) -> list[str]:
    """Refunds that the processor took back: those of one id that sum to nothing."""
    groups: dict[tuple[str, str], list[MoneyLine]] = {}
    for line in theirs:
        if line.kind != "charge" and line.provider_ids:
            groups.setdefault((line.provider_ids[-1], line.currency), []).append(line)
    return [
        line.id
        for group in groups.values()
        if any(line.kind == "refund_failed" for line in group) and sum(line.amount_minor for line in group) == 0
        for line in group
    ]


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
