"""What customers with terms owe: by invoice, by customer and age, and who is to be reminded. The hub writes to nobody."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from model.errors import ConfigError
from model.rules.receivables import BUCKETS, bucket, days_overdue, stage_due
from model.store import runs
from model.store.audit_trail import append
from model.store.receivables import Receivable, credit_of, keep_reminder, receivables
from operations.papers.issue import Desk, issuing_desks
from operations.runtime.hub import Hub

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one customer owes in one currency, in minor units."""

    customer: str
    currency: str
    buckets: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUCKETS, 0))
    """Open by age."""
    credit_used_minor: int = 0
    """What orders that are not paid whole come to, sent or not: what the review weighs."""
    credit_limit_minor: int | None = None
    """Where the limit is in this currency."""

    @property
    def open_minor(self) -> int:
        """All that is open."""
        return sum(self.buckets.values())


def open_receivables(hub: Hub, entity: str | None = None, customer: str | None = None, *, every: bool = False) -> list[Shown]:
    """Invoices that are open, or all, with their age."""
    return [
        _shown(each, desk.entity.id, today)
        for desk, today in _desks(hub, entity)
        for each in _of(hub, desk, every=every)
        if customer in (None, each.customer_id)
    ]


def customer_accounts(hub: Hub, entity: str | None = None) -> list[Account]:
    """What each customer owes, by currency and age, with the credit that they use; of customers who owe anything."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(BUCKETS, 0))
    for desk, today in _desks(hub, entity):
        for each in _of(hub, desk):
            found[each.customer_id, each.currency][bucket(days_overdue(each.due_on, today))] += each.open_minor
    with hub.database.read() as connection:
        credit = credit_of(connection, sorted({customer for customer, _ in found}))
    return [
        Account(
            customer=customer, currency=currency, buckets=sums,
            credit_used_minor=credit[customer][1].get(currency, 0) if customer in credit else 0,
            credit_limit_minor=credit[customer][0].credit_limit_minor
            if customer in credit and credit[customer][0].currency == currency else None,
        )
        for (customer, currency), sums in sorted(found.items())
    ]  # fmt: skip


def due_reminders(hub: Hub, entity: str | None = None) -> list[Shown]:
    """Whom to remind of what, and which reminder it is; each stage is shown until somebody says that it went out."""
    return [
        {**_shown(each, desk.entity.id, today), "stage": stage}
        for desk, today in _desks(hub, entity)
        for each in _of(hub, desk)
        if (stage := stage_due(days_overdue(each.due_on, today), desk.settings.remind_after_days, each.reminded)) is not None
    ]


def note_reminded(hub: Hub, references: Sequence[str], entity: str | None = None) -> list[Shown]:
    """Write down that these customers were reminded, at the stage that is due; a ConfigError for an invoice of which none is."""
    due = {row["reference"]: row for row in due_reminders(hub, entity)}
    unknown = [reference for reference in references if reference not in due]
    if unknown:
        raise ConfigError(f"invoice {unknown[0]!r}: no reminder is due; `entrepot receivables reminders` shows which are")
    at, told = hub.clock.now(), [due[reference] for reference in dict.fromkeys(references)]

    def work(connection: Connection) -> None:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        for row in told:
            keep_reminder(connection, row["paper_id"], row["stage"], hub.actor.id, at=at)
            append(connection, hub.actor, "receivables reminded", row["reference"], {"stage": row["stage"]}, at=at)

    hub.database.run(work)
    return told


def _desks(hub: Hub, entity: str | None) -> list[tuple[Desk, date]]:
    now = hub.clock.now()
    return [(desk, desk.today(now)) for desk in issuing_desks(hub, entity)]


def _of(hub: Hub, desk: Desk, *, every: bool = False) -> list[Receivable]:
    with hub.database.read() as connection:
        return receivables(connection, desk.entity.id, every=every)


def _shown(each: Receivable, entity: str, today: date) -> Shown:
    overdue = days_overdue(each.due_on, today)
    return {
        "reference": each.reference, "entity": entity, "customer": each.customer_id, "channel": each.account_id, "order": each.order_number,
        "issued_on": each.issued_on, "due_on": each.due_on, "days_overdue": overdue, "age": bucket(overdue), "currency": each.currency,
        "total_minor": each.total_minor, "open_minor": each.open_minor, "paid_minor": each.paid_minor, "matched_minor": each.matched_minor,
        "reminded": each.reminded, "paper_id": each.paper_id,
    }  # fmt: skip
