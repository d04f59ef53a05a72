"""Which invoices and credit notes an order is due, decided from its facts alone; a problem is named, and the other orders go on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from model.errors import RejectedError
from model.records.invoice import PaperBuyer, PaperLine
from model.rules.crediting import ADJUSTMENT, Standing, credit_lines
from model.rules.invoicing import Progress, SoldPart, line_part, merged, next_lines, outdated, parts_of, total_of
from model.store.paper_facts import Left, PaperFacts
from model.store.papers import NewPaper, Source


@dataclass(frozen=True, slots=True)
class Calendar:
    """How days are counted: today for the legal entity, and the channel's trading day of an instant."""

    today: date
    day_of: Callable[[datetime], date]


@dataclass(frozen=True, slots=True)
class Replaced:
    """An invoice that was taken back: what it was for, when that left, and thousandths by part."""

    source: Source
    supplied_on: date
    quantities: Mapping[str, int]


@dataclass(slots=True)
class Decision:
    """What is to be written about one order."""

    papers: list[NewPaper] = field(default_factory=list[NewPaper])
    settled: dict[tuple[str, Source], str | None] = field(default_factory=dict[tuple[str, Source], str | None])
    problems: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class _Draft:
    """An order while its papers are made: what its invoices say by part, these included."""

    facts: PaperFacts
    calendar: Calendar
    parts: tuple[SoldPart, ...]
    decision: Decision
    buyer: PaperBuyer
    before: dict[str, PaperLine]
    credited: dict[str, PaperLine]

    @property
    def ordered(self) -> dict[str, int]:
        return {part.part: part.quantity for part in self.parts}

    @property
    def quantities(self) -> dict[str, int]:
        return {part: line.quantity for part, line in self.before.items() if line.kind == "line"}


def decide(facts: PaperFacts, calendar: Calendar) -> Decision:
    """The papers that an order is due, invoices before credit notes."""
    draft = _begin(facts, calendar)
    if isinstance(draft, Decision):
        return draft
    problem = outdated(draft.parts, draft.before)
    if problem is not None:
        mend = f"`entrepot invoices correct {facts.papers.standing[-1].reference}` makes its invoices anew"
        draft.decision.problems.append(f"order {facts.order.number}: {problem}; {mend}")
        return draft.decision
    _invoice(draft)
    _credit(draft)
    return draft.decision


def replacements(facts: PaperFacts, calendar: Calendar, again: Sequence[Replaced]) -> Decision:
    """The invoices that take the place of others, as the order says it now; `facts.papers` knows that those were taken back."""
    draft = _begin(facts, calendar)
    if isinstance(draft, Decision):
        raise RejectedError(draft.problems[0])
    for each in again:
        due = _due(draft)
        taken = {part: min(quantity, due.get(part, 0)) for part, quantity in each.quantities.items()}
        taken = {part: quantity for part, quantity in taken.items() if quantity}
        if taken:
            _write(draft, each.source, each.supplied_on, taken)
    return draft.decision


def _begin(facts: PaperFacts, calendar: Calendar) -> _Draft | Decision:
    """The draft of an order, or why there can be none."""
    decision, order = Decision(), facts.order
    if facts.buyer is None:
        decision.problems.append(f"order {order.number}: what names its buyer was erased, so no paper can be made out to anybody")
        return decision
    try:
        parts = parts_of(facts.lines, facts.adjustments)
    except RejectedError as error:
        decision.problems.append(f"order {order.number}: {error}")
        return decision
    return _Draft(facts, calendar, parts, decision, facts.buyer, facts.papers.invoiced, facts.papers.credited)


def _due(draft: _Draft) -> dict[str, int]:
    """What left and stands in no invoice, by part; never more than was ordered."""
    ordered, done = draft.ordered, draft.quantities
    left = {part: min(quantity, ordered.get(part, 0)) - done.get(part, 0) for part, quantity in draft.facts.left.items()}
    return {part: quantity for part, quantity in left.items() if quantity > 0}


def _invoice(draft: _Draft) -> None:
    """One invoice for each thing that left and is not settled; what none of them tells of goes with the last."""
    facts, pending = draft.facts, [event for event in draft.facts.events if event.source not in draft.facts.papers.settled]
    unsent = {line_part(line.external_id) for line in facts.lines if not line.requires_shipping}
    for place, event in enumerate(pending):
        due = _due(draft)
        taken = due if place == len(pending) - 1 else _taken(event, due, unsent)
        if taken or _is_first_of_nothing(draft, event):
            _write(draft, event.source, draft.calendar.day_of(event.at), taken)
        else:
            draft.decision.settled[facts.order.id, event.source] = None


def _taken(event: Left, due: Mapping[str, int], unsent: set[str]) -> dict[str, int]:
    """What an invoice is about: what left then, and with it what is not sent at all."""
    own = {part: min(quantity, due.get(part, 0)) for part, quantity in event.quantities.items()}
    own = {part: quantity for part, quantity in own.items() if quantity > 0}
    return own | {part: quantity for part, quantity in due.items() if part in unsent} if own else {}


def _is_first_of_nothing(draft: _Draft, event: Left) -> bool:
    """An order over the counter that has no lines, only charges."""
    return event.source[0] == "order" and not draft.facts.lines and not draft.before


def _write(draft: _Draft, source: Source, supplied_on: date, taken: Mapping[str, int]) -> None:
    facts, done = draft.facts, draft.quantities
    quantities = {part: done.get(part, 0) + taken.get(part, 0) for part in {*done, *taken}}
    lines = next_lines(draft.parts, draft.before, Progress(quantities, _is_last(draft, quantities)))
    if total_of(lines) < 0:
        draft.decision.problems.append(f"order {facts.order.number}: what left comes to less than nothing; no invoice says that")
        return
    terms = facts.customer.terms_days if facts.customer is not None else None
    paper = NewPaper(
        order=facts.order, kind="invoice", source=source[0], source_id=source[1], revision=facts.papers.revisions(source), lines=lines,
        supplied_on=supplied_on, buyer=draft.buyer, customer_id=facts.customer.id if facts.customer is not None else None,
        due_on=None if terms is None else draft.calendar.today + timedelta(days=terms),
    )  # fmt: skip
    draft.decision.papers.append(paper)
    draft.decision.settled[facts.order.id, source] = paper.id
    draft.before = merged([*draft.before.values(), *lines])


def _is_last(draft: _Draft, quantities: Mapping[str, int]) -> bool:
    """Whether nothing more of the order will leave."""
    order, gone = draft.facts.order, dict(quantities)
    if order.fulfilment_state == "fulfilled" or order.cancelled_at is not None:
        return True
    for _, refund in draft.facts.refunds:
        for line in refund.lines:
            if line.restock == "cancel":
                gone[line_part(line.line_external_id)] = gone.get(line_part(line.line_external_id), 0) + line.quantity
    return all(gone.get(part.part, 0) >= part.quantity for part in draft.parts if part.kind == "line")


def _credit(draft: _Draft) -> None:
    """A credit note for each refund of what is invoiced."""
    facts = draft.facts
    for refund_id, refund in facts.refunds:
        source: Source = ("refund", refund_id)
        if source in facts.papers.settled or not draft.before:
            continue
        standing = Standing(
            currency=facts.order.currency, invoiced=draft.before, credited=draft.credited, ordered=draft.ordered,
            order_total_minor=facts.order.total_minor,
        )  # fmt: skip
        try:
            told = credit_lines(refund, standing)
        except RejectedError as error:
            settle = f"`entrepot invoices settle {facts.order.number} {refund.external_id} --reason …` says that none is due"
            draft.decision.problems.append(f"order {facts.order.number}: {error}; {settle}")
            continue
        if told == "nothing":
            draft.decision.settled[facts.order.id, source] = None
        elif told != "later":
            paper = NewPaper(
                order=facts.order, kind="credit_note", source="refund", source_id=refund_id, revision=0, lines=told,
                supplied_on=draft.calendar.day_of(refund.created_at), buyer=draft.buyer,
                customer_id=facts.customer.id if facts.customer is not None else None, credits=_credited_invoices(draft, told),
            )  # fmt: skip
            draft.decision.papers.append(paper)
            draft.decision.settled[facts.order.id, source] = paper.id
            draft.credited = merged([*draft.credited.values(), *told])


def _credited_invoices(draft: _Draft, told: tuple[PaperLine, ...]) -> tuple[str, ...]:
    """The invoices that have the parts a credit note is about; all, where it is about no part."""
    wanted = {line.part for line in told}
    known = [(row.id, draft.facts.papers.lines[row.id]) for row in draft.facts.papers.standing]
    known += [(paper.id, list(paper.lines)) for paper in draft.decision.papers if paper.kind == "invoice"]
    return tuple(paper_id for paper_id, lines in known if ADJUSTMENT in wanted or wanted & {line.part for line in lines})
