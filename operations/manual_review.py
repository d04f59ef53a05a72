"""What a person says of an order: approve it as it is, reject it, or correct it; kept with actor and reason, and carried out at once.

One transaction holds the word, the stock that follows from it and the audit event. The orders' rows are locked first, so the word of a
person and the review that runs on schedule come one behind the other, and each sees what the other did.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from model.errors import ConfigError, RejectedError
from model.store.audit_trail import append
from model.store.bulk import insert_rows
from model.store.review_facts import AMENDMENTS, Candidate, last_amendments
from model.tables.reviews import ReviewKind, ReviewOutcome
from model.values.instant import iso
from operations.review_batch import Decision, Office, Word, begin, decide, find_candidates, is_cancelled, issued_of, open_office
from operations.review_rows import write_down
from operations.runtime.hub import Hub
from operations.said import reasoned

ADDRESS = ("name", "company", "email", "phone", "street", "city", "region", "postcode", "country")
"""What of an address may be corrected; a street of several lines holds line breaks."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person corrects: fields of the shipping address, and lines that shall send less, in thousandths; 0 leaves a line out."""

    address: Mapping[str, str] = field(default_factory=dict[str, str])
    lines: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one order."""

    order_id: str
    channel: str
    external_id: str
    outcome: ReviewOutcome
    says: tuple[str, ...]
    """What still speaks against it, or what was accepted with the approval."""


def approve(hub: Hub, order_ids: Sequence[str], reason: str) -> list[Judged]:
    """Approve orders with all that speaks against them; RejectedError names what nobody can approve, and then none is."""
    return _say(hub, order_ids, "approve", reason)


def reject(hub: Hub, order_ids: Sequence[str], reason: str) -> list[Judged]:
    """Reject orders: they give their stock back and are not sent; the channel is not told."""
    return _say(hub, order_ids, "reject", reason)


def amend(hub: Hub, order_id: str, correction: Correction, reason: str) -> Judged:
    """Correct an order and review it again; what was corrected before stays corrected."""
    if not correction.address and not correction.lines:
        raise ConfigError("amend: nothing to correct was given; use --set FIELD=VALUE or --line LINE=QUANTITY")
    return _say(hub, [order_id], "amend", reason, correction)[0]


def _say(hub: Hub, order_ids: Sequence[str], kind: ReviewKind, reason: str, correction: Correction | None = None) -> list[Judged]:
    reasoned(reason)
    ids = list(dict.fromkeys(order_ids))
    office = open_office(hub, Word(kind, reason))
    key_ids = {channel: hub.sealer().key_for(hub.database, channel, office.at) for channel in office.channels} if correction else {}

    def work(connection: Connection) -> list[Judged]:
        begin(connection, office)
        looked = find_candidates(connection, ids, office)
        _check(looked, kind, office)
        if correction is not None:
            correct_order(connection, looked[0], correction, reason, office, key_ids[looked[0].order.account_id])
            looked = find_candidates(connection, ids, office)
        decisions = decide(connection, looked, office)
        write_down(connection, decisions, office)
        for each in decisions:
            order = each.candidate.order
            told = {"order": order.external_id, "reason": reason, "outcome": each.outcome, "findings": [one.rule for one in each.findings]}
            append(connection, hub.actor, f"order {kind}", f"order {order.id}", told, at=office.at)
        return [_judged(each) for each in decisions]

    return hub.database.run(work)


def _judged(decision: Decision) -> Judged:
    order = decision.candidate.order
    return Judged(order.id, order.account_id, order.external_id, decision.outcome, tuple(each.says for each in decision.findings))


def _check(looked: Sequence[Candidate], kind: ReviewKind, office: Office) -> None:
    """Refuse what a word cannot change; all of it is named at once."""
    wrong = [f"{each.order.account_id} {each.order.external_id}: {why}" for each in looked if (why := _objection(each, kind, office))]
    if wrong:
        raise RejectedError(f"{kind}: {'; '.join(wrong)}")


def _objection(candidate: Candidate, kind: ReviewKind, office: Office) -> str | None:
    if candidate.order.account_id not in office.channels:
        return f"its channel is no longer in {office.hub.file.path.name}; put it back there first"
    if candidate.state.is_history:
        return "was placed before its channel's live_from and is history; the hub never sends it"
    if candidate.state.lifecycle in ("shipped", "delivered"):
        return "has left; use a return"
    if kind != "reject" and is_cancelled(candidate):
        return "was cancelled by its channel or never paid; it has to be revived there"
    unmapped = [line.external_id for line in candidate.lines if line.takes_stock and line.sku is None]
    if kind == "approve" and unmapped:
        return f"line {', '.join(unmapped)} sells no SKU yet; `entrepot listings map` says which"
    return None


def correct_order(connection: Connection, candidate: Candidate, correction: Correction, reason: str, office: Office, key_id: str) -> None:
    """Keep the whole correction now in force, sealed, as it names people."""
    order_id = candidate.order.id
    known = {line.external_id: line for line in candidate.lines}
    for line, quantity in correction.lines.items():
        _check_line(known.get(line), line, quantity, candidate)
    unknown = sorted(set(correction.address) - set(ADDRESS))
    if unknown:
        raise ConfigError(f"amend: an address has no {', '.join(unknown)}; it has {', '.join(ADDRESS)}")
    before = candidate.amendment
    address: dict[str, Any] = dict(before.get("shipping", {})) if before.get("shipping_was") == candidate.address_hash else {}
    address |= {name: text.splitlines() if name == "street" else text for name, text in correction.address.items()}
    told = {"shipping": address, "shipping_was": candidate.address_hash, "lines": before.get("lines", {}) | correction.lines}
    last = last_amendments(connection, [order_id]).get(order_id)
    number = last.number + 1 if last else 1
    hub, sealer = office.hub, office.hub.sealer()
    sealer.make_ready(connection, key_id)
    sealed = sealer.seal(json.dumps(told, ensure_ascii=False).encode(), key_id=key_id, place=f"order_amendment|{order_id}|{number}")
    insert_rows(connection, AMENDMENTS, [(order_id, number, iso(office.at), hub.actor.id, reason, sealed, key_id)])


def _check_line(line: Any, external_id: str, quantity: int, candidate: Candidate) -> None:  # noqa: ANN401  a LineFacts or nothing
    if line is None:
        raise ConfigError(f"amend: line {external_id!r} is not there; `entrepot orders show` lists lines")
    ordered = candidate.ordered[external_id]
    if not 0 <= quantity <= ordered:
        raise ConfigError(f"amend: line {external_id}: {quantity / 1000:g} is not between 0 and the {ordered / 1000:g} that were ordered")
    if line.sku_quantity and quantity * line.sku_quantity // max(line.quantity, 1) < issued_of(candidate, external_id):
        raise ConfigError(f"amend: line {external_id}: more of it has left already")
