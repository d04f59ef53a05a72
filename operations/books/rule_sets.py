"""Posting rules of an entity: templates, proposals, approval by a second person, and the version in force on a day."""

from dataclasses import dataclass
from datetime import date
from importlib import resources

from sqlalchemy import Connection

from model.errors import RejectedError
from model.store import posting_rules, runs
from model.store.audit_trail import append
from operations.money.two_people import check_person
from operations.runtime.hub import Hub
from reconciliation.vouchers.rules import PostingRules, read_posting_rules

TEMPLATES = ("international", "china")
SHORTEST = 10
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A version in force from a day on."""

    id: str
    effective_from: date
    rules: PostingRules
    maker_id: str
    checker_id: str


def template(name: str) -> str:
    """The text of a built-in chart with its posting rules."""
    if name not in TEMPLATES:
        raise RejectedError(f"template {name!r}: is not known; use one of {', '.join(TEMPLATES)}")
    return resources.files("reconciliation.vouchers").joinpath(f"{name}.toml").read_text("utf-8")


def propose(hub: Hub, entity_id: str, body: str, effective_from: date, reason: str) -> str:
    """Propose rules for an entity from a day on; another person approves them. Gives their id."""
    entity = hub.file.entity(entity_id)
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write why, in {SHORTEST} characters or more")
    read_posting_rules(body, f"rules of {entity.id}")
    check_person(hub)
    at = hub.clock.now()

    def work(connection: Connection) -> str:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        rule_set = posting_rules.propose(connection, entity.id, body, effective_from, reason.strip(), maker_id=hub.actor.id, at=at)
        append(
            connection, hub.actor, "propose rules", f"rules {rule_set[:12]}", {"from": effective_from.isoformat(), "reason": reason}, at=at
        )
        return rule_set

    return hub.database.run(work)


def conclude(hub: Hub, named: str, *, is_approved: bool) -> str:
    """Approve or reject proposed rules, as another person than the one who proposed them."""
    check_person(hub)
    at = hub.clock.now()

    def work(connection: Connection) -> str:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        found = posting_rules.named(connection, named)
        if is_approved and found.maker_id == hub.actor.id:
            raise RejectedError(f"rules {found.id[:12]}: were proposed by {hub.actor.name}; another person approves them")
        posting_rules.conclude(connection, found.id, "approved" if is_approved else "rejected", checker_id=hub.actor.id, at=at)
        append(connection, hub.actor, "approve rules" if is_approved else "reject rules", f"rules {found.id[:12]}", {}, at=at)
        return str(found.id)

    return hub.database.run(work)


def in_force(connection: Connection, entity_id: str) -> list[RuleSet]:
    """Approved versions in the order of their days; RejectedError where there is none."""
    found = [
        RuleSet(row.id, row.effective_from, read_posting_rules(row.body, f"rules {row.id[:12]}"), row.maker_id, row.checker_id)
        for row in posting_rules.listed(connection, entity_id, "approved")
    ]
    if not found:
        raise RejectedError(f"{entity_id}: has no approved posting rules; propose some with `entrepot books propose`")
    return found


def of_day(rule_sets: list[RuleSet], day: date) -> RuleSet:
    """The version in force on a day; of a day before all of them, the first."""
    return next((each for each in reversed(rule_sets) if each.effective_from <= day), rule_sets[0])
