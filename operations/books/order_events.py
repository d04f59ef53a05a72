"""What happened to orders as events of the books: what left and what it cost us, what was taken back of it, and what came back.

What an order's shipments and refunds come to is decided by what decides its invoices and credit notes (`operations.papers.deciding`):
the books reckon nothing anew. A refund is posted against the deposit when its money goes; what it takes back of what had left is a second
event, `credit`, on that day or, for goods that leave only later, on the day they do. So an order that is done with leaves no deposit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from model.errors import RejectedError
from model.records.invoice import PaperLine
from model.rules.invoicing import line_part, total_of
from model.store.book_deposits import due_exchanges, moved_of_orders
from model.store.book_facts import Window
from model.store.book_facts_orders import OrderFacts, Told, due_orders, gone_id, on_terms, order_facts, unit_costs
from model.store.paper_facts import PaperFacts, sold_orders
from model.store.papers import NewPaper
from model.values.instant import EPOCH
from operations.books.goods import Costs, cost_of, cost_of_return, shipped_cost
from operations.books.ledger import Booked, Ledger, terms_decided
from operations.papers.deciding import Calendar, Decision, decide
from reconciliation.vouchers.posting import Amount, BookEvent


@dataclass(slots=True)
class _Case:
    """One order while its events are made."""

    ledger: Ledger
    facts: PaperFacts
    known: OrderFacts
    costs: Callable[[str], Costs]
    is_on_terms: bool
    read: int
    made: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    shipped: dict[tuple[str, str], list[tuple[int, str, int]]] = field(default_factory=lambda: defaultdict(list))
    """Line and SKU to what left of it, with what that cost, in the order in which it left."""

    def day(self, paper: NewPaper) -> date:
        """When it happened: of an order handed over at once, the day that is in the books, as later readings move its own."""
        told = self.known.told.get(("shipment", gone_id(self.facts.order.id, paper.source, paper.source_id)))
        return told.happened_on if paper.source == "order" and told is not None and told.happened_on else paper.supplied_on

    def event(self, event: str, source_id: str, day: date, amounts: Mapping[str, Amount], name: str, problem: str = "") -> Booked:
        """An event of the order, with the voucher that told of it so far."""
        order = self.facts.order
        self.made.add((event, source_id))
        told = {kind: amount for kind, amount in amounts.items() if amount[1]}
        made = BookEvent(
            event, event, source_id, self.read, day, told, order.account_id, {"channel": order.account_id}, f"order {order.number}: {name}",
            order=order.external_id, group=order.id, problem=problem,
        )  # fmt: skip
        return made, self.known.told.get((event, source_id)) or Told(id=source_id)


def order_events(connection: Connection, ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Orders that changed: every event of each, and last its mark, which is kept once none of them is held."""
    rows = due_orders(connection, window)
    ids = [row.id for row in rows]
    sold = {facts.order.id: facts for facts in sold_orders(connection, ids, EPOCH)}
    known, lists = order_facts(connection, ids), dict[str, Costs]()
    owing, fresh = on_terms(connection, ids)

    def costs(price_list: str) -> Costs:
        if price_list not in lists:
            skus = {sku for each in known.stock.values() for sku in each.parts}
            lists[price_list] = unit_costs(connection, price_list, skus)
        return lists[price_list]

    for row in rows:
        case = _Case(ledger, sold[row.id], known, costs, row.id in owing, int(row.mark))
        if row.id in fresh:
            yield terms_decided(row.id, case.facts.order.account_id, row.placed_at.date(), is_on_terms=fresh[row.id])
        yield from _events(case)
        mark = BookEvent("order", "order", row.id, int(row.mark), row.placed_at.date(), {}, case.facts.order.account_id)
        yield mark, Told(id=row.id, booked_version=row.booked_version, placed_at=row.placed_at)


def exchange_events(connection: Connection, ledger: Ledger, window: Window) -> Iterator[Booked]:
    """Orders in other currencies whose deposit came and went at different rates: what is left of its worth is gain or loss."""
    rows = due_exchanges(connection, window, ledger.currency)
    moved = moved_of_orders(connection, rows)
    owing, _ = on_terms(connection, [row.id for row in rows])
    for row in rows:
        each = moved.get(row.id)
        day = each.last_on if each is not None else row.placed_at.date()
        rest = each.base_minor if each is not None and not each.amount_minor else 0
        amounts = {"on_terms" if row.id in owing else "prepaid": (ledger.currency, -rest)} if rest else dict[str, Amount]()
        event = BookEvent(
            "deposit_exchange", "deposit_exchange", row.id, int(row.mark), day, amounts, row.account_id, {"channel": row.account_id},
            f"order {row.number}: rates of its deposit", order=row.external_id, group=row.id, revalues=row.currency,
        )  # fmt: skip
        yield event, row


def _events(case: _Case) -> Iterator[Booked]:
    facts, order = case.facts, case.facts.order
    facts.papers.settled |= {("refund", refund_id) for refund_id in case.known.settled[order.id]}
    decision = decide(facts, Calendar(order.placed_at.date(), lambda at: case.ledger.day(order.account_id, at)))
    gone = [paper for paper in decision.papers if paper.kind == "invoice"]
    for number, paper in enumerate(gone, 1):
        yield from _gone(case, paper, number)
    days = {paper.id: case.day(paper) for paper in gone}
    for paper in (each for each in decision.papers if each.kind == "credit_note"):
        day = max(paper.supplied_on, min((days[each] for each in paper.credits if each in days), default=paper.supplied_on))
        yield case.event("credit", paper.source_id, day, _taken_back(case, paper.lines, day), "what a refund takes back")
    yield from _returned(case)
    yield from _problems(case, decision)
    if not decision.problems:
        for source, source_id in sorted(case.known.candidates[order.id] - case.made):
            told = case.known.told.get((source, source_id))
            if told is not None and told.booked_id is not None and told.happened_on is not None:
                yield case.event(source, source_id, told.happened_on, {}, f"a {source} that is none any more")


def _problems(case: _Case, decision: Decision) -> Iterator[Booked]:
    """What of the order nobody can tell, on the last day anything happened to it."""
    facts = case.facts
    last = max([*(each.at for each in facts.events), *(each.created_at for _, each in facts.refunds), facts.order.placed_at])
    for problem in decision.problems:
        yield case.event("order", "", case.ledger.day(facts.order.account_id, last), {}, "cannot be told", problem)


def _gone(case: _Case, paper: NewPaper, number: int) -> Iterator[Booked]:
    """Something that left: what it was sold for, and what it cost us."""
    source_id, day = gone_id(case.facts.order.id, paper.source, paper.source_id), case.day(paper)
    yield case.event("shipment", source_id, day, _sold(case, paper.lines, day), f"shipment {number}")
    price_list, name = case.ledger.rules(day).costs, f"cost of shipment {number}"
    if not price_list:
        return
    unsent = {line_part(line.external_id) for line in case.facts.lines if not line.requires_shipping}
    try:
        costs = shipped_cost(case.known, case.facts.order.id, paper.lines, unsent, (case.costs(price_list), price_list, day))
    except RejectedError as error:
        yield case.event("cost", source_id, day, {}, name, f"order {case.facts.order.number}: shipment {number}: {error}")
        return
    for place, quantity, currency, minor in costs:
        case.shipped[place].append((quantity, currency, minor))
    yield case.event("cost", source_id, day, cost_of("cost", [(currency, minor) for _, _, currency, minor in costs]), name)


def _returned(case: _Case) -> Iterator[Booked]:
    """Goods that came back and were judged, at what they cost when they left."""
    before: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row, lines in case.known.returns[case.facts.order.id]:
        day = case.ledger.day(case.facts.order.account_id, row.changed_at)
        if not case.ledger.rules(day).costs or not any(line.sellable + line.damaged for line in lines):
            continue
        try:
            amounts = cost_of_return(case.shipped, before, lines)
        except RejectedError as error:
            yield case.event("return", row.id, day, {}, row.reference, f"order {case.facts.order.number}: return {row.reference}: {error}")
            continue
        yield case.event("return", row.id, day, amounts, f"return {row.reference}")


def _owed(case: _Case, minor: int) -> dict[str, int]:
    return {"on_terms" if case.is_on_terms else "prepaid": minor}


def _named(case: _Case, sums: Mapping[str, int]) -> dict[str, Amount]:
    return {name: (case.facts.order.currency, minor) for name, minor in sums.items()}


def _taxes(case: _Case, lines: Sequence[PaperLine], day: date, sums: defaultdict[str, int]) -> None:
    """Tax by the platform's own names; what a marketplace collects itself is not ours to pay."""
    word = "withheld" if case.facts.order.account_id in case.ledger.rules(day).marketplaces else "tax"
    for tax in (tax for line in lines for tax in line.taxes):
        sums[f"{word}.{tax.title}{f' {tax.rate}' if tax.rate else ''}"] += tax.amount_minor


def _sold(case: _Case, lines: Sequence[PaperLine], day: date) -> dict[str, Amount]:
    """List prices, discounts, shipping, charges, gift cards and tax of what left, and what is owed for it."""
    sums: defaultdict[str, int] = defaultdict(int, _owed(case, total_of(lines)))
    for line in lines:
        if _is_gift_card(case, line):
            sums["gift_cards"] += line.net_minor
        elif line.kind == "line":
            sums["goods"] += line.amount_minor
            sums["discounts"] += line.discount_minor
        else:
            sums["shipping" if line.kind == "shipping" else "charges"] += line.net_minor
    _taxes(case, lines, day, sums)
    return _named(case, sums)


def _taken_back(case: _Case, lines: Sequence[PaperLine], day: date) -> dict[str, Amount]:
    """What a refund takes back of what left: `kept` is what it gives back less than it says, as a restocking fee."""
    sums: defaultdict[str, int] = defaultdict(int, _owed(case, total_of(lines)))
    for line in lines:
        if _is_gift_card(case, line):
            sums["gift_cards"] += line.net_minor
        elif line.kind == "adjustment":
            sums["allowances"] += max(0, line.net_minor)
            sums["kept"] += max(0, -line.net_minor)
        else:
            sums[{"line": "goods", "shipping": "shipping"}.get(line.kind, "charges")] += line.net_minor
    _taxes(case, lines, day, sums)
    return _named(case, sums)


def _is_gift_card(case: _Case, line: PaperLine) -> bool:
    return line.kind == "line" and (case.facts.order.id, line.part.removeprefix("line:")) in case.known.gift_cards
