"""What a month would have been by other rules: its facts booked by both, account by account; nothing is written."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from model.errors import ConfigError, RejectedError
from model.store import posting_rules, vouchers
from operations.books.desk import all_between
from operations.books.files import read_text
from operations.books.judging import Desk
from operations.books.months import first_day, last_day
from operations.books.post import ledger_of, rates_of
from operations.books.rule_sets import RuleSet, in_force, of_day
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Entity
from reconciliation.vouchers.posting import BookEvent, lines_of
from reconciliation.vouchers.rules import PostingRules, read_posting_rules


@dataclass(frozen=True, slots=True)
class Difference:
    """An account's movement in the month by the rules in force, and by the others; debits are positive."""

    account: str
    currency: str
    now_minor: int
    then_minor: int
    now_base_minor: int
    then_base_minor: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """A month by both rules."""

    entity: str
    period: str
    facts: int
    differences: tuple[Difference, ...]
    """Only accounts that differ."""
    held_now: tuple[str, ...]
    held_then: tuple[str, ...]
    """Why facts could not be booked by the other rules."""
    is_first: bool
    """Whether no rules are in force yet."""


@dataclass(slots=True)
class _Side:
    """A month by some rules: sums by account and currency, and what is held."""

    amounts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    bases: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    held: list[str] = field(default_factory=list[str])

    def add(self, event: BookEvent, rules: PostingRules, desk: Desk) -> None:
        """Book a fact."""
        if event.day < rules.books_from or not (event.amounts or event.problem):
            return
        if event.problem:
            self.held.append(event.problem)
            return
        try:
            lines = lines_of(event, rules, desk.entity.currency, desk.rates)
        except RejectedError as problem:
            self.held.append(str(problem))
            return
        for line in lines:
            self.amounts[line.account, line.currency] += line.amount_minor
            self.bases[line.account, line.currency] += line.base_minor


def dry_run(hub: Hub, rules: str, period: str, entity_id: str | None = None) -> DryRun:
    """A month by the rules in force and by others: a file, or the id of proposed ones. Vouchers made by people are in neither."""
    first, last = first_day(period), last_day(period)
    entity, other = _other_rules(hub, rules, entity_id)
    approved = _approved(hub, entity)
    now, then, facts = _Side(), _Side(), 0
    with hub.database.read() as connection:
        desk = _desk(hub, entity, lambda _day: other)
        for event, _ in all_between(connection, desk, first, last):
            facts += bool(event.amounts)
            then.add(event, other, desk)
        if approved:
            desk = _desk(hub, entity, lambda day: of_day(approved, day).rules)
            for event, _ in all_between(connection, desk, first, last):
                now.add(event, of_day(approved, event.day).rules, desk)
    return DryRun(entity.id, period, facts, _differences(now, then), tuple(now.held), tuple(then.held), not approved)


def _differences(now: _Side, then: _Side) -> tuple[Difference, ...]:
    places = sorted({*now.amounts, *then.amounts})
    return tuple(
        Difference(*place, now.amounts[place], then.amounts[place], now.bases[place], then.bases[place])
        for place in places
        if (now.amounts[place], now.bases[place]) != (then.amounts[place], then.bases[place])
    )


def _approved(hub: Hub, entity: Entity) -> list[RuleSet]:
    with hub.database.read() as connection:
        return in_force(connection, entity.id) if posting_rules.listed(connection, entity.id, "approved") else []


def _desk(hub: Hub, entity: Entity, rules_of: Callable[[date], PostingRules]) -> Desk:
    with hub.database.read() as connection:
        known = vouchers.rates(connection, entity.currency)
    return Desk(entity, [], ledger_of(hub, entity, rules_of), rates_of(entity.currency, known))


def _other_rules(hub: Hub, named: str, entity_id: str | None) -> tuple[Entity, PostingRules]:
    path = Path(named)
    if path.is_file():
        entity = the_entity(hub, entity_id)
        return entity, read_posting_rules(read_text(path), path.name)
    with hub.database.read() as connection:
        row = posting_rules.named(connection, named)
    return hub.file.entity(row.entity_id), read_posting_rules(row.body, f"rules {row.id[:12]}")


def the_entity(hub: Hub, entity_id: str | None) -> Entity:
    """The named entity, or the only one; ConfigError where there are several."""
    if entity_id is not None:
        return hub.file.entity(entity_id)
    if len(hub.file.entities) > 1:
        raise ConfigError(f"--entity: is needed, as there are several: {', '.join(each.id for each in hub.file.entities)}")
    return next(iter(hub.file.entities))
