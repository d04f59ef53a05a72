"""Review orders: judge what is new, changed or held, reserve what it wants and give back what it no longer wants, a batch a transaction.

An order that was approved stays so until its channel changes it. Stock is held softly from the first look and firmly from the approval;
what a channel says was handed over or shipped leaves stock at once.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from model.rules.review import Finding, is_urgent, review
from model.store import leases, runs
from model.store.bulk import PrimitiveRow, among, chunks, insert_rows, update_rows
from model.store.catalogue import LINE_STATES, listing_id
from model.store.exposure import count_sold
from model.store.leases import Lease, LeaseHeldError
from model.store.order_rows import ORDERS, STATES
from model.store.reservations import RESERVATIONS, OrderDemand, Standing, end_reservations, kit_parts, settle_demands
from model.store.review_facts import REVIEWS, Candidate, candidates
from model.tables.reviews import ReviewOutcome
from model.values.instant import iso
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.runtime.review_file import ReviewFile, read_review_file
from operations.stock_policy import locations_of, meet_locations

REVIEW_FILE = Path("rules", "review.toml")
BATCH = 200
OPEN_QUESTIONS = ("received", "held", "part_allocated", "backordered", "part_shipped")
"""Lifecycles that are looked at again without the order having changed: something else may have."""


@dataclass(slots=True)
class Reviewed:
    """What a review did."""

    approved: int = 0
    held: int = 0
    cancelled: int = 0
    unchanged: int = 0
    backordered: int = 0
    message: str = ""

    def count(self, outcome: ReviewOutcome | None) -> None:
        """Count one order."""
        name = {"approved": "approved", "held": "held", "cancelled": "cancelled", "rejected": "cancelled", None: "unchanged"}[outcome]
        setattr(self, name, getattr(self, name) + 1)


@dataclass(frozen=True, slots=True)
class _Office:
    """What all decisions of one run share."""

    hub: Hub
    lease: Lease
    file: ReviewFile
    channels: Mapping[str, Channel]
    at: datetime


@dataclass(slots=True)
class _Decision:
    """What becomes of one order."""

    candidate: Candidate
    outcome: ReviewOutcome
    demand: OrderDemand
    findings: tuple[Finding, ...] = ()
    standing: Standing = field(default_factory=Standing)
    issued: dict[str, int] = field(default_factory=dict[str, int])
    """Line to the thousandths of its SKU that left stock now."""


def review_orders(hub: Hub, channel: str | None = None) -> Reviewed:
    """Review all that is new, changed or waiting, urgent and older orders first; while a review is at work, another one is skipped."""
    file = read_review_file(hub.file.path.parent / REVIEW_FILE, [each.id for each in hub.file.channels])
    result, at = Reviewed(), hub.clock.now()
    try:
        lease = leases.take(hub.database, "review", hub.holder())
    except LeaseHeldError as error:
        return Reviewed(message=str(error))
    try:
        hub.database.run(lambda connection: _begin(connection, hub, file, at))
        office = _Office(hub, lease, file, {each.id: each for each in hub.file.channels}, at)
        with leases.kept(hub.database, lease):
            for some in chunks(_waiting(hub, channel), BATCH):
                for outcome, standing in hub.database.run(partial(_review_batch, office=office, order_ids=list(some))):
                    result.count(outcome)
                    result.backordered += standing.short > 0
    finally:
        leases.give_back(hub.database, lease)
    return result


def _begin(connection: Connection, hub: Hub, file: ReviewFile, at: datetime) -> None:
    runs.keep_config(connection, file.hash, file.body, at=at)
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
    meet_locations(connection, hub.file, at=at)


def _waiting(hub: Hub, channel: str | None) -> list[str]:
    """Orders to look at: urgent first, then by the time they were placed."""
    s, o = STATES.c, ORDERS.c
    unseen = or_(s.reviewed_seq.is_(None), s.reviewed_seq < o.fetch_seq, s.lifecycle.in_(OPEN_QUESTIONS))
    query = select(o.id).join(STATES, s.order_id == o.id).where(s.is_open, unseen).order_by(s.is_urgent.desc(), o.placed_at, o.id)
    known = [each.id for each in hub.file.channels if channel in (None, each.id)]
    with hub.database.read() as connection:
        return list(connection.execute(query.where(o.account_id.in_(known))).scalars())


def _review_batch(connection: Connection, *, office: _Office, order_ids: list[str]) -> list[tuple[ReviewOutcome | None, Standing]]:
    leases.hold(connection, office.lease)
    hub, at = office.hub, office.at
    lists = {each.id: each.stock.price_list for each in office.channels.values()}
    found = {each.order.id: each for each in candidates(connection, order_ids, hub.sealer(), lists)}
    looked = [found[order_id] for order_id in order_ids]
    first = [_first_look(each, office) for each in looked]
    held = settle_demands(connection, [each.demand for each in first], at=at, actor_id=hub.actor.id)
    decisions = [_judged(each, held.get(each.candidate.order.id, Standing()), office) for each in first]
    firm = [replace(each.demand, kind="hard", expires_at=None) for each in decisions if each.outcome == "approved"]
    held |= settle_demands(connection, firm, at=at, actor_id=hub.actor.id)
    for each in decisions:
        each.standing = held.get(each.candidate.order.id, each.standing)
    _let_go(connection, decisions, at, hub.actor.id)
    outcomes = _write_down(connection, decisions, office)
    return list(zip(outcomes, (each.standing for each in decisions), strict=True))


def _first_look(candidate: Candidate, office: _Office) -> _Decision:
    """What the order wants before anybody judged it: nothing when it is cancelled or rejected, else all that has not left."""
    order, channel = candidate.order, office.channels[candidate.order.account_id]
    if order.cancelled_at or order.payment_state in ("voided", "expired"):
        return _Decision(candidate, "cancelled", demand=_demand(candidate, (), channel, office))
    last = candidate.last_review
    if last is not None and last.outcome == "rejected" and last.fetch_seq == order.fetch_seq:
        return _Decision(candidate, "rejected", demand=_demand(candidate, (), channel, office))
    is_given_up = candidate.has_expired and candidate.facts.owed_minor > 0
    wanted = () if is_given_up else tuple(
        (line.external_id, line.sku, missing)
        for line in candidate.lines
        if line.sku and line.is_goods and (missing := line.sku_quantity - _issued(candidate, line.external_id)) > 0
    )  # fmt: skip
    return _Decision(candidate, "held", demand=_demand(candidate, wanted, channel, office))


def _issued(candidate: Candidate, line: str) -> int:
    state = candidate.line_states.get(line)
    return state.issued if state else 0


def _demand(candidate: Candidate, lines: tuple[tuple[str, str, int], ...], channel: Channel, office: _Office) -> OrderDemand:
    was_approved = candidate.last_review is not None and candidate.last_review.outcome == "approved"
    is_owed = candidate.facts.owed_minor > 0
    expires = office.at + timedelta(hours=channel.stock.soft_hours) if is_owed and not was_approved else None
    return OrderDemand(
        order_id=candidate.order.id, lines=lines, locations=locations_of(office.hub.file, channel),
        kind="hard" if was_approved else "soft", expires_at=expires,
    )  # fmt: skip


def _judged(first: _Decision, standing: Standing, office: _Office) -> _Decision:
    """The decision: what a person said of this very reading stands, else the rules decide."""
    candidate, last = first.candidate, first.candidate.last_review
    first.standing = standing
    if first.outcome != "held":
        return first
    if last is not None and last.outcome == "approved" and last.fetch_seq == candidate.order.fetch_seq:
        first.outcome = "approved"
        return first
    facts = replace(candidate.facts, lines=tuple(candidate.lines), short=standing.short_by_sku)
    first.findings = review(facts, office.file.rules)
    first.outcome = "held" if first.findings else "approved"
    return first


def _let_go(connection: Connection, decisions: Sequence[_Decision], at: datetime, actor_id: str) -> None:
    """Take out of stock what the channel says has left: whole lines; a part of a line stays reserved until the rest leaves too."""
    left = {each.candidate.order.id: each for each in decisions if each.outcome in ("approved", "held")}
    c = RESERVATIONS.c
    live = connection.execute(
        select(RESERVATIONS).where(among(connection, c.order_id, list(left)), c.state == "live").order_by(c.made_at, c.id)
    )
    gone = [row.id for row in live if _has_left(left[row.order_id].candidate, row.line_external_id)]
    if not gone:
        return
    taken: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in end_reservations(connection, gone, "consumed", at=at, actor_id=actor_id, issue=True):
        parts = taken[(row.order_id, row.line_external_id)]
        parts[row.sku] = parts.get(row.sku, 0) + row.quantity
    made_of = kit_parts(connection, {line.sku for each in left.values() for line in each.candidate.lines if line.sku})
    for each in left.values():
        for line in each.candidate.lines:
            if line.sku and (parts := taken.get((each.candidate.order.id, line.external_id))):
                each.issued[line.external_id] = min(parts.get(part, 0) * 1000 // per_unit for part, per_unit in made_of[line.sku])


def _has_left(candidate: Candidate, line: str) -> bool:
    ordered = next((each.quantity for each in candidate.lines if each.external_id == line), 0)
    return candidate.order.fulfilment_state == "fulfilled" or candidate.gone_lines.get(line, 0) >= ordered > 0


def _write_down(connection: Connection, decisions: Sequence[_Decision], office: _Office) -> list[ReviewOutcome | None]:
    """Keep the decisions: line by line, on the order, in its reviews where they are news, and on what channels may still sell."""
    lines: list[PrimitiveRow] = []
    sold: list[tuple[str, int]] = []
    for each in decisions:
        for row, by in _line_states(each, office):
            lines.append(row)
            sold.append((str(row[3]), by))
    _upsert_lines(connection, lines, decisions)
    count_sold(connection, sold)
    states = [_state(each, office) for each in decisions]
    mark = update(STATES).where(STATES.c.order_id == bindparam("one"))
    names = ("lifecycle", "is_open", "is_urgent", "reviewed_seq", "changed_at")
    connection.execute(mark.values({name: bindparam(f"to_{name}") for name in names}), states)
    news = [each for each in decisions if _is_news(each)]
    insert_rows(connection, REVIEWS, [_review_row(each, office) for each in news])
    return [each.outcome if each in news else None for each in decisions]


def _line_states(decision: _Decision, office: _Office) -> Iterator[tuple[PrimitiveRow, int]]:
    """Each line's state, and by how much more of it was sold than was counted before."""
    candidate = decision.candidate
    is_off = decision.outcome in ("cancelled", "rejected")
    for line in candidate.lines:
        before = candidate.line_states.get(line.external_id)
        issued = (before.issued if before else 0) + decision.issued.get(line.external_id, 0)
        sold = 0 if decision.outcome == "cancelled" else candidate.ordered[line.external_id]
        approved = max(issued, 0 if is_off or decision.outcome == "held" else line.sku_quantity)
        listing = listing_id(candidate.order.account_id, line.variant_external_id or "")
        row: PrimitiveRow = (candidate.order.id, line.external_id, line.sku, listing, sold, approved, issued, iso(office.at))
        yield row, sold - (before.sold if before else 0)


def _upsert_lines(connection: Connection, rows: list[PrimitiveRow], decisions: Sequence[_Decision]) -> None:
    known = {(row.order_id, row.line_external_id): row for each in decisions for row in each.candidate.line_states.values()}
    insert_rows(connection, LINE_STATES, [row for row in rows if row[:2] not in known])
    changed = [row for row in rows if row[:2] in known and tuple(known[row[:2]])[2:7] != row[2:7]]  # pyright: ignore[reportArgumentType]
    update_rows(connection, LINE_STATES, changed)


def _state(decision: _Decision, office: _Office) -> dict[str, Any]:
    candidate = decision.candidate
    lifecycle = _lifecycle(decision)
    is_over = lifecycle in ("cancelled", "shipped")
    facts = replace(candidate.facts, lines=tuple(candidate.lines))
    return {
        "one": candidate.order.id, "to_lifecycle": lifecycle, "to_is_open": not is_over,
        "to_is_urgent": is_urgent(facts, office.file.rules), "to_reviewed_seq": candidate.order.fetch_seq, "to_changed_at": office.at,
    }  # fmt: skip


def _lifecycle(decision: _Decision) -> str:
    if decision.outcome in ("cancelled", "rejected"):
        return "cancelled"
    candidate, standing = decision.candidate, decision.standing
    goods = [line for line in candidate.lines if line.is_goods]
    left = [
        line
        for line in goods
        if line.sku and _issued(candidate, line.external_id) + decision.issued.get(line.external_id, 0) >= line.sku_quantity
    ]
    if len(left) == len(goods) and (goods or candidate.order.fulfilment_state == "fulfilled" or candidate.order.closed_at):
        return "shipped"
    if decision.outcome == "held":
        return "held"
    if left:
        return "part_shipped"
    if not goods:
        return "approved"
    return "allocated" if not standing.short else "part_allocated" if standing.reserved else "backordered"


def _is_news(decision: _Decision) -> bool:
    last = decision.candidate.last_review
    if last is None or last.fetch_seq != decision.candidate.order.fetch_seq or last.outcome != decision.outcome:
        return True
    return decision.outcome == "held" and last.reasons != _reasons(decision)


def _reasons(decision: _Decision) -> str:
    told = [{"rule": f.rule, "version": f.version, "says": f.says, "operands": dict(f.operands)} for f in decision.findings]
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _review_row(decision: _Decision, office: _Office) -> PrimitiveRow:
    candidate, last = decision.candidate, decision.candidate.last_review
    return (
        candidate.order.id, last.number + 1 if last else 1, iso(office.at), office.hub.actor.id, "rules", decision.outcome,
        candidate.order.fetch_seq, office.file.hash, _reasons(decision), None,
    )  # fmt: skip
