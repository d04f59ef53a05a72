"""Mend a mistake in an invoice: a credit note takes it back, a new invoice takes its place, in one transaction. Nothing issued changes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from model.errors import ConfigError, RejectedError
from model.records.invoice import PaperBuyer
from model.rules.invoicing import merged, outdated, parts_of
from model.store import papers
from model.store.audit_trail import append
from model.store.order_rows import ORDERS
from model.store.paper_facts import PaperFacts, facts_of_orders
from model.store.papers import PAPERS, AnyRow, NewPaper, Source
from model.store.sealing import Sealer
from operations.papers.deciding import Calendar, Decision, Replaced, replacements
from operations.papers.issue import Desk, issuing, issuing_desks, write_decisions
from operations.runtime.hub import Hub
from operations.said import reasoned


def correct_invoice(hub: Hub, reference: str, reason: str) -> list[str]:
    """Take an invoice back and make it anew as its order says now; gives the references of the new papers.

    Where the order was changed, so that its other invoices are wrong too, all of them are made anew.
    """
    reasoned(reason)
    desk, paper = _the_invoice(hub, reference)
    how = issuing(hub, desk)

    def work(connection: Connection) -> list[str]:
        [facts] = facts_of_orders(connection, [paper.order_id], desk.since, how.sealer)
        wrong = _wrong_ones(facts, paper)
        if not wrong:
            raise ConfigError(f"{reference}: was taken back already; `entrepot invoices list --order {facts.order.number}` shows by what")
        if facts.buyer is None:
            raise ConfigError(f"{reference}: what names its buyer was erased, so no paper can be made out to anybody")
        named = [(row, _buyer_of(connection, row, facts, how.sealer)) for row in wrong]
        decision = _take_back(facts, named, reason, desk.calendar(facts.order.account_id, how.at))
        references = write_decisions(connection, hub, [decision], how, told={"corrects": reference})
        new = {(paper.source, paper.source_id): paper.id for paper in decision.papers}
        for row in wrong:
            papers.replace_paper(connection, facts.order.id, (row.source, row.source_id), new.get((row.source, row.source_id)))
        return references

    return hub.database.run(work)


def settle_refund(hub: Hub, order: str, refund: str, reason: str) -> None:
    """Say that no credit note is due for a refund, as when it was for goods that no invoice has."""
    reasoned(reason)

    def work(connection: Connection) -> None:
        [facts] = facts_of_orders(connection, [order], _first_day(hub, connection, order), hub.sealer())
        found = [row_id for row_id, each in facts.refunds if each.external_id == refund]
        if not found:
            raise ConfigError(f"refund {refund!r}: is no refund of order {facts.order.number} that succeeded since invoices are issued")
        source: Source = ("refund", found[0])
        if source in facts.papers.settled:
            raise ConfigError(f"refund {refund!r}: is settled already")
        papers.settle(connection, {(order, source): None}, reason=reason, at=hub.clock.now())
        append(connection, hub.actor, "invoices settle", f"refund {refund}", {"reason": reason}, at=hub.clock.now())

    hub.database.run(work)


def _the_invoice(hub: Hub, reference: str) -> tuple[Desk, AnyRow]:
    with hub.database.read() as connection:
        rows = connection.execute(select(PAPERS).where(PAPERS.c.reference == reference, PAPERS.c.kind == "invoice")).all()
    if not rows:
        raise ConfigError(f"invoice {reference!r}: is not known; `entrepot invoices list` shows what was issued")
    if len(rows) > 1:
        raise ConfigError(f"invoice {reference!r}: several entities have one; give each a series of its own")
    return issuing_desks(hub, rows[0].entity_id)[0], rows[0]


def _first_day(hub: Hub, connection: Connection, order_id: str) -> datetime:
    account = connection.execute(select(ORDERS.c.account_id).where(ORDERS.c.id == order_id)).scalar_one()
    return issuing_desks(hub, hub.file.channel(account).entity)[0].since


def _wrong_ones(facts: PaperFacts, paper: AnyRow) -> list[AnyRow]:
    """The invoice, and with it all of the order where those that would stand no longer say what it says; none if taken back."""
    standing = facts.papers.standing
    mine = [row for row in standing if row.id == paper.id]
    others = merged([line for row in standing if row.id != paper.id for line in facts.papers.lines[row.id]])
    try:
        is_outdated = outdated(parts_of(facts.lines, facts.adjustments), others) is not None
    except RejectedError as error:
        raise ConfigError(f"order {facts.order.number}: {error}; mend it in its channel first") from None
    return standing if mine and is_outdated else mine


def _take_back(facts: PaperFacts, wrong: Sequence[tuple[AnyRow, PaperBuyer]], reason: str, calendar: Calendar) -> Decision:
    """A credit note for each wrong invoice, and the invoices that take their place, as far as their goods still count as gone."""
    notes = [
        NewPaper(
            order=facts.order, kind="credit_note", source="correction", source_id=row.id, revision=0,
            lines=tuple(facts.papers.lines[row.id]), supplied_on=row.supplied_on, buyer=buyer, customer_id=row.customer_id,
            credits=(row.id,), reason=reason,
        )
        for row, buyer in wrong
    ]  # fmt: skip
    facts.papers.taken_back = {row.id for row, _ in wrong}
    again = [
        Replaced((row.source, row.source_id), row.supplied_on,
                 {line.part: line.quantity for line in facts.papers.lines[row.id] if line.kind == "line"})
        for row, _ in wrong
    ]  # fmt: skip
    new = replacements(facts, calendar, again)
    return Decision([*notes, *new.papers])


def _buyer_of(connection: Connection, row: AnyRow, facts: PaperFacts, sealer: Sealer) -> PaperBuyer:
    """Whom the invoice named; where that was erased, whom its order names."""
    try:
        return papers.open_buyer(connection, row, sealer)
    except ConfigError:
        return facts.buyer or PaperBuyer()
