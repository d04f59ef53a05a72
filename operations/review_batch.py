"""One batch of the review: what each order wants, what the rules or a person say of it, and the stock it holds or gives back for that.

An order that was approved stays so until its channel changes it. What a person accepted stays accepted as long as the order is about
the same lines, amounts and address.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from model.rules.review import Finding, review
from model.store import fulfilments, runs
from model.store.bulk import among
from model.store.catalogue import BACKORDERS
from model.store.reservations import RESERVATIONS, OrderDemand, Standing, end_reservations, kit_parts, settle_demands
from model.store.review_facts import Candidate, candidates
from model.tables.reviews import ReviewKind, ReviewOutcome
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.runtime.review_file import REVIEW_FILE, ReviewFile, read_review_file
from operations.stock_policy import locations_of, meet_locations

REJECTED_BEFORE = Finding(rule="rejected_before", version="1", says="a person rejected it, and it was changed since", operands={})


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of an order, and why."""

    kind: ReviewKind
    reason: str


@dataclass(frozen=True, slots=True)
class Office:
    """What all decisions of one run share."""

    hub: Hub
    file: ReviewFile
    channels: Mapping[str, Channel]
    at: datetime
    word: Word | None = None


@dataclass(slots=True)
class Decision:
    """What becomes of one order."""

    candidate: Candidate
    outcome: ReviewOutcome
    demand: OrderDemand
    findings: tuple[Finding, ...] = ()
    standing: Standing = field(default_factory=Standing)
    issued: dict[str, int] = field(default_factory=dict[str, int])
    """Line to the thousandths of its SKU that left stock now."""


def open_office(hub: Hub, word: Word | None = None) -> Office:
    """The rules and channels in force now."""
    channels = {each.id: each for each in hub.file.channels}
    return Office(hub, read_review_file(hub.file.path.parent / REVIEW_FILE, list(channels)), channels, hub.clock.now(), word)


def begin(connection: Connection, office: Office) -> None:
    """Make sure the store knows what decisions name: the rules, who decides, and the locations."""
    hub = office.hub
    runs.keep_config(connection, office.file.hash, office.file.body, at=office.at)
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=office.at)
    meet_locations(connection, hub.file, at=office.at)


def find_candidates(connection: Connection, order_ids: Sequence[str], office: Office) -> list[Candidate]:
    """The orders, locked, in the order asked for."""
    lists = {each.id: each.stock.price_list for each in office.channels.values()}
    found = {each.order.id: each for each in candidates(connection, order_ids, office.hub.sealer(), lists)}
    return [found[order_id] for order_id in order_ids]


def decide(connection: Connection, looked: Sequence[Candidate], office: Office) -> list[Decision]:
    """Decide about orders, first come first served, and let them hold what they now shall hold."""
    at, actor_id = office.at, office.hub.actor.id
    first = [_first_look(each, office) for each in looked]
    held = settle_demands(connection, [each.demand for each in first], at=at, actor_id=actor_id)
    decisions = [_judged(each, held.get(each.candidate.order.id, Standing()), office) for each in first]
    approved = [each for each in decisions if each.outcome == "approved"]
    firm = [replace(each.demand, lines=_missing(each.candidate), kind="hard", expires_at=None) for each in approved]
    held |= settle_demands(connection, firm, at=at, actor_id=actor_id)
    for each in decisions:
        each.standing = held.get(each.candidate.order.id, each.standing)
    _let_go(connection, decisions, at, actor_id)
    return decisions


def is_cancelled(candidate: Candidate) -> bool:
    """Whether the channel says that nothing will come of it."""
    return bool(candidate.order.cancelled_at) or candidate.order.payment_state in ("voided", "expired")


def _first_look(candidate: Candidate, office: Office) -> Decision:
    """What the order wants before it is judged: if cancelled or rejected, what others were asked to ship; else all that has not left."""
    channel = office.channels[candidate.order.account_id]
    if is_cancelled(candidate):
        return Decision(candidate, "cancelled", demand=_demand(candidate, _in_hand(candidate), channel, office))
    if _is_rejected(candidate, office):
        return Decision(candidate, "rejected", demand=_demand(candidate, _in_hand(candidate), channel, office))
    is_given_up = candidate.has_expired and candidate.facts.owed_minor > 0 and not _is_promised(candidate, office)
    return Decision(candidate, "held", demand=_demand(candidate, () if is_given_up else _missing(candidate), channel, office))


def _missing(candidate: Candidate) -> tuple[tuple[str, str, int], ...]:
    """Line, SKU and quantity of all that takes from stock and has not left it, and of what was asked for before the line shrank."""
    wanted = {line.external_id: line.sku_quantity if line.takes_stock else 0 for line in candidate.lines}
    return _not_left(candidate, {line: max(quantity, _released_of(candidate, line)) for line, quantity in wanted.items()})


def _in_hand(candidate: Candidate) -> tuple[tuple[str, str, int], ...]:
    """Line, SKU and quantity of what somebody was asked to ship and did not: it is held until it was called back."""
    return _not_left(candidate, {line.external_id: _released_of(candidate, line.external_id) for line in candidate.lines})


def _not_left(candidate: Candidate, quantities: Mapping[str, int]) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (line.external_id, line.sku, left)
        for line in candidate.lines
        if line.sku and (left := quantities[line.external_id] - issued_of(candidate, line.external_id)) > 0
    )


def _released_of(candidate: Candidate, line: str) -> int:
    state = candidate.line_states.get(line)
    return state.released if state else 0


def is_in_hand(candidate: Candidate, line: str) -> bool:
    """Whether somebody was asked to ship the line, or a part of it, and has not."""
    return _released_of(candidate, line) > issued_of(candidate, line)


def _is_promised(candidate: Candidate, office: Office) -> bool:
    """Whether it was, or is now, approved although nobody paid yet."""
    was_approved = candidate.last_review is not None and candidate.last_review.outcome == "approved"
    return was_approved or (office.word is not None and office.word.kind == "approve")


def _is_rejected(candidate: Candidate, office: Office) -> bool:
    last = candidate.last_review
    if office.word is not None and office.word.kind != "amend":
        return office.word.kind == "reject"
    return last is not None and last.outcome == "rejected" and last.basis == candidate.basis


def issued_of(candidate: Candidate, line: str) -> int:
    """Thousandths of its SKU that left before."""
    state = candidate.line_states.get(line)
    return state.issued if state else 0


def _demand(candidate: Candidate, lines: tuple[tuple[str, str, int], ...], channel: Channel, office: Office) -> OrderDemand:
    is_promised, is_owed = _is_promised(candidate, office), candidate.facts.owed_minor > 0
    expires = office.at + timedelta(hours=channel.stock.soft_hours) if is_owed and not is_promised else None
    return OrderDemand(
        order_id=candidate.order.id, lines=lines, locations=locations_of(office.hub.file, channel),
        kind="hard" if is_promised else "soft", expires_at=expires,
    )  # fmt: skip


def _judged(first: Decision, standing: Standing, office: Office) -> Decision:
    """The decision: what was said of this very reading stands, else the rules decide, less what a person accepted."""
    candidate, last = first.candidate, first.candidate.last_review
    first.standing = standing
    if first.outcome != "held":
        return first
    is_decided = candidate.state.reviewed_seq == candidate.order.fetch_seq
    if office.word is None and last is not None and last.outcome == "approved" and is_decided:
        first.outcome = "approved"
        return first
    facts = replace(candidate.facts, lines=tuple(candidate.lines), short=standing.short_by_sku)
    found = review(facts, office.file.rules) + ((REJECTED_BEFORE,) if candidate.was_rejected else ())
    is_approved = office.word is not None and office.word.kind == "approve"
    first.findings = found if is_approved else tuple(each for each in found if each.rule not in candidate.accepted)
    first.outcome = "approved" if is_approved or not first.findings else "held"
    return first


def _let_go(connection: Connection, decisions: Sequence[Decision], at: datetime, actor_id: str) -> None:
    """Take out of stock what the channel says has left: whole lines; a part of a line stays reserved until the rest leaves too.

    So does a kit that waits for one of its parts: what is taken out is counted in whole kits. What a partner was asked to ship leaves by
    the partner's word alone.
    """
    left = {each.candidate.order.id: each for each in decisions if each.outcome in ("approved", "held")}
    c = RESERVATIONS.c
    live = connection.execute(
        select(RESERVATIONS).where(among(connection, c.order_id, list(left)), c.state == "live").order_by(c.made_at, c.id)
    )
    in_hand = fulfilments.asked_of_partners(connection, left)
    gone = [
        row for row in live
        if has_left(left[row.order_id].candidate, row.line_external_id) and (row.order_id, row.line_external_id) not in in_hand
    ]  # fmt: skip
    if not gone:
        return
    made_of = kit_parts(connection, {line.sku for each in left.values() for line in each.candidate.lines if line.sku})
    waiting = _broken_kits(connection, left, made_of)
    ids = [row.id for row in gone if (row.order_id, row.line_external_id) not in waiting]
    taken: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in end_reservations(connection, ids, "consumed", at=at, actor_id=actor_id, issue=True):
        parts = taken[(row.order_id, row.line_external_id)]
        parts[row.sku] = parts.get(row.sku, 0) + row.quantity
    by_hand = {(order_id, line, sku): quantity for (order_id, line), parts in taken.items() for sku, quantity in parts.items()}
    fulfilments.left_by_hand(connection, by_hand, at=at)
    for each in left.values():
        for line in each.candidate.lines:
            if line.sku and (parts := taken.get((each.candidate.order.id, line.external_id))):
                each.issued[line.external_id] = min(parts.get(part, 0) * 1000 // per_unit for part, per_unit in made_of[line.sku])


def _broken_kits(
    connection: Connection, decisions: Mapping[str, Decision], made_of: Mapping[str, tuple[tuple[str, int], ...]]
) -> set[tuple[str, str]]:
    """Lines, with their orders, that sell a kit and wait for a part of it."""
    kits = {
        (order_id, line.external_id)
        for order_id, each in decisions.items()
        for line in each.candidate.lines
        if line.sku and len(made_of[line.sku]) > 1
    }
    if not kits:
        return set()
    b = BACKORDERS.c
    short = select(b.order_id, b.line_external_id).where(among(connection, b.order_id, sorted({one for one, _ in kits})), b.state == "open")
    return kits & {(row.order_id, row.line_external_id) for row in connection.execute(short)}


def has_left(candidate: Candidate, line: str) -> bool:
    """Whether the channel says that all of a line was handed over or sent."""
    ordered = next((each.quantity for each in candidate.lines if each.external_id == line), 0)
    return candidate.order.fulfilment_state == "fulfilled" or candidate.gone_lines.get(line, 0) >= ordered > 0
