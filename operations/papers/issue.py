"""Issue what is due: an invoice for what left, a credit note for what was given back. Issued twice, it is one document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from model.errors import ConfigError
from model.records.invoice import Seller
from model.store import papers, runs
from model.store.audit_trail import append
from model.store.paper_facts import due_orders, facts_of_orders
from model.store.papers import Issuing
from model.values.instant import business_date
from operations.papers.deciding import Calendar, Decision, decide
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, Entity, Invoices

BATCH = 200
"""Orders per transaction: few enough that nobody else waits long for their locks or for a number."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A legal entity that issues: its settings, and the channels it sells through."""

    entity: Entity
    settings: Invoices
    channels: dict[str, Channel]

    @property
    def since(self) -> datetime:
        """When the first day begins of which invoices are issued."""
        return datetime.combine(self.settings.since, time(0), ZoneInfo(self.entity.zone)).astimezone(UTC)

    def today(self, now: datetime) -> date:
        """The day on which papers are issued now."""
        return now.astimezone(ZoneInfo(self.entity.zone)).date()

    def calendar(self, account_id: str, now: datetime) -> Calendar:
        """How an order's days are counted."""
        channel = self.channels[account_id]
        return Calendar(self.today(now), lambda at: business_date(at, channel.trading_zone, channel.cut_off))


def issuing_desks(hub: Hub, entity: str | None = None) -> list[Desk]:
    """The entities that issue invoices, or the one named; a ConfigError where there is none."""
    chosen = [hub.file.entity(entity)] if entity is not None else list(hub.file.entities)
    found = [
        Desk(each, each.invoices, {channel.id: channel for channel in hub.file.channels if channel.entity == each.id})
        for each in chosen
        if each.invoices is not None
    ]
    if not found:
        what = f"entity {entity!r}" if entity is not None else "no entity"
        raise ConfigError(f"{hub.file.path.name}: {what} has [entities.invoices]; add it, see docs/guide/invoices.md")
    return found


def issue_papers(hub: Hub, entity: str | None = None) -> list[Report]:
    """Issue all that is due, entity by entity; orders that stand in the way of their own papers are named, and the others go on."""
    return [_issue(hub, desk) for desk in issuing_desks(hub, entity)]


def _issue(hub: Hub, desk: Desk) -> Report:
    report, after = Report(desk.entity.id), ""
    report.counts.update(invoices=0, credit_notes=0)
    while True:
        with hub.database.read() as connection:
            ids = due_orders(connection, sorted(desk.channels), desk.since, after, BATCH)
        if not ids:
            return report
        after = ids[-1]
        for decision in _write_batch(hub, desk, ids):
            report.counts["invoices"] += sum(paper.kind == "invoice" for paper in decision.papers)
            report.counts["credit_notes"] += sum(paper.kind == "credit_note" for paper in decision.papers)
            report.add(*decision.problems)


def _write_batch(hub: Hub, desk: Desk, ids: Sequence[str]) -> list[Decision]:
    how = issuing(hub, desk)

    def work(connection: Connection) -> list[Decision]:
        facts = facts_of_orders(connection, ids, desk.since, how.sealer)
        decisions = [decide(each, desk.calendar(each.order.account_id, how.at)) for each in facts]
        write_decisions(connection, hub, decisions, how)
        return decisions

    return hub.database.run(work)


def issuing(hub: Hub, desk: Desk) -> Issuing:
    """Who issues now, in which series, sealed under a key of the entity's own: papers outlive what orders say of people."""
    entity, settings, at, sealer = desk.entity, desk.settings, hub.clock.now(), hub.sealer()
    today = desk.today(at)
    return Issuing(
        entity_id=entity.id,
        seller=Seller(
            name=entity.name, tax_number=settings.tax_number, country=entity.country, address=settings.address, pay_to=settings.pay_to
        ),
        language=settings.language, invoices=settings.series.replace("{year}", str(today.year)),
        credit_notes=settings.credit_series.replace("{year}", str(today.year)), issued_on=today, actor_id=hub.actor.id, at=at,
        key_id=sealer.key_for(hub.database, f"papers:{entity.id}", at), sealer=sealer,
    )  # fmt: skip


def write_decisions(
    connection: Connection, hub: Hub, decisions: Sequence[Decision], how: Issuing, *, told: Mapping[str, str] | None = None
) -> list[str]:
    """Write what was decided, with one audit event that names the first and the last paper; gives the references."""
    new = [paper for decision in decisions for paper in decision.papers]
    settled = {source: paper for decision in decisions for source, paper in decision.settled.items()}
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=how.at)
    references = papers.add(connection, new, how)
    papers.settle(connection, settled, at=how.at)
    if references:
        details = {"count": len(references), "first": references[0], "last": references[-1], **(told or {})}
        append(connection, hub.actor, "invoices issue", how.entity_id, details, at=how.at)
    return references
