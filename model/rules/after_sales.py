"""The four facts of after-sales, each apart from the others: money went back, goods came back, goods will not leave, a price was lowered.

One document of a channel may tell several: the refund of a cup that was sent back is a refund and a return. What it says of goods is its
lines' restock word. Money for which no goods moved lowers the price. A line that shrank without any document is a cancellation as far as
nothing of it had left, else a return.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from model.records.payment import MoneyStatus, Refund, RefundLine
from model.records.shipment import Return

FactKind = Literal["refund", "return", "cancellation", "price_adjustment"]
_MOVES: dict[str, FactKind] = {"return": "return", "cancel": "cancellation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One of the four. `quantity` is thousandths of listed units, `amount_minor` money with tax; each is 0 where it is not part of it."""

    kind: FactKind
    at: datetime
    told_by: str
    """The document that tells it."""
    line_external_id: str | None = None
    quantity: int = 0
    amount_minor: int = 0
    currency: str | None = None
    status: MoneyStatus = "succeeded"
    of_quantity: int = 0
    """Of a lowered price: how many units the document names beside the money."""
    is_sure: bool = True
    """False where nobody said what became of the goods: a return may be told later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStory:
    """An order line over time, in thousandths of listed units: as first told, as told now, and how much of it left."""

    external_id: str
    first: int
    now: int
    left: int
    changed_at: datetime


def facts_of(
    refunds: Sequence[Refund], returns: Sequence[Return], lines: Sequence[LineStory], cancelled_at: datetime | None
) -> tuple[Fact, ...]:
    """All facts of one order, the oldest first."""
    told_back = [each for each in returns if each.status not in ("cancelled", "requested")]
    of_goods = [fact for each in told_back for fact in _of_return(each)]
    lines_back = frozenset(fact.line_external_id for fact in of_goods)
    known = [fact for refund in refunds for fact in _of_refund(refund, lines_back)]
    moved = [*of_goods, *(fact for fact in known if fact.kind in _MOVES.values())]
    moved += _of_shrinking(lines, moved, cancelled_at)
    found = [*moved, *_unexplained([fact for fact in known if fact.kind not in _MOVES.values()], moved)]
    return tuple(sorted(found, key=lambda fact: (fact.at, fact.kind, fact.told_by, fact.line_external_id or "")))


def _unexplained(facts: Sequence[Fact], moved: Sequence[Fact]) -> list[Fact]:
    """The facts of money, less lowered prices of which nobody said what became of the goods, where goods of the line moved after all."""
    free = Counter[str]()
    for fact in moved:
        if fact.line_external_id is not None and not fact.told_by.startswith("refund"):
            free[fact.line_external_id] += fact.quantity
    left: list[Fact] = []
    for fact in facts:
        line = fact.line_external_id or ""
        if not fact.is_sure and 0 < fact.of_quantity <= free[line]:
            free[line] -= fact.of_quantity
        else:
            left.append(fact)
    return left


def _of_refund(refund: Refund, lines_back: frozenset[str | None]) -> Iterable[Fact]:
    told_by = f"refund {refund.external_id}"
    if refund.amount_minor:
        yield Fact(kind="refund", at=refund.created_at, told_by=told_by, amount_minor=refund.amount_minor, currency=refund.currency,
                   status=refund.status)  # fmt: skip
    for line in refund.lines:
        kind = _kind(line, is_back=line.line_external_id in lines_back)
        if kind is not None:
            yield Fact(
                kind=kind, at=refund.created_at, told_by=told_by, line_external_id=line.line_external_id,
                quantity=line.quantity if kind != "price_adjustment" else 0,
                of_quantity=line.quantity if kind == "price_adjustment" else 0, amount_minor=line.amount_minor + line.tax_minor,
                currency=refund.currency, status=refund.status, is_sure=not (line.quantity and line.restock == "unknown"),
            )  # fmt: skip
    if refund.amount_minor and not refund.lines and not lines_back:
        yield Fact(kind="price_adjustment", at=refund.created_at, told_by=told_by, amount_minor=refund.amount_minor,
                   currency=refund.currency, status=refund.status, is_sure=not refund.is_outline)  # fmt: skip


def _kind(line: RefundLine, *, is_back: bool) -> FactKind | None:
    """What a line of a refund tells; None where a return of its own tells it."""
    kind = _MOVES.get(line.restock, "price_adjustment") if line.quantity else "price_adjustment"
    if kind == "return" and is_back:
        return None
    return kind if (line.quantity and kind != "price_adjustment") or line.amount_minor + line.tax_minor else None


def _of_return(back: Return) -> Iterable[Fact]:
    for line in back.lines:
        if line.quantity:
            yield Fact(kind="return", at=back.created_at, told_by=f"return {back.external_id}", line_external_id=line.line_external_id,
                       quantity=line.quantity, amount_minor=line.amount_minor + line.tax_minor, currency=back.currency)  # fmt: skip


def _of_shrinking(lines: Sequence[LineStory], told: Sequence[Fact], cancelled_at: datetime | None) -> list[Fact]:
    """What left an order without a document that says so."""
    by_documents = Counter[str]()
    for fact in told:
        if fact.line_external_id is not None and fact.kind != "price_adjustment" and fact.status not in ("failed", "cancelled"):
            by_documents[fact.line_external_id] += fact.quantity
    found: list[Fact] = []
    for line in lines:
        now = min(line.now, line.left) if cancelled_at else line.now
        missing = line.first - now - by_documents[line.external_id]
        came_back = min(missing, max(0, line.left - now - by_documents[line.external_id]))
        at, told_by = (cancelled_at, "cancellation") if cancelled_at else (line.changed_at, "order")
        kinds: tuple[tuple[FactKind, int], ...] = (("return", came_back), ("cancellation", missing - came_back))
        found += [
            Fact(kind=kind, at=at, told_by=told_by, line_external_id=line.external_id, quantity=quantity)
            for kind, quantity in kinds
            if quantity > 0
        ]
    return found
