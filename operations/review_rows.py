"""Write decisions down: line by line, on the order, in its reviews where they are news, and on what channels may still sell."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, update

from model.rules.review import LineFacts, is_urgent
from model.store.bulk import PrimitiveRow, insert_rows, update_rows
from model.store.catalogue import LINE_STATES, listing_id
from model.store.exposure import count_sold
from model.store.order_rows import STATES
from model.store.review_facts import REVIEWS
from model.store.tracking import deliver
from model.tables.reviews import ReviewOutcome
from model.values.instant import iso
from operations.review_batch import Decision, Office, has_left, is_in_hand, issued_of


def write_down(connection: Connection, decisions: Sequence[Decision], office: Office) -> list[ReviewOutcome | None]:
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
    deliver(connection, [each["one"] for each in states if each["to_lifecycle"] == "shipped"], at=office.at)
    news = [each for each in decisions if office.word or _is_news(each)]
    insert_rows(connection, REVIEWS, [_review_row(each, office) for each in news])
    return [each.outcome if each in news else None for each in decisions]


def _line_states(decision: Decision, office: Office) -> Iterator[tuple[PrimitiveRow, int]]:
    """Each line's state, and by how much more of it was sold than was counted before."""
    candidate = decision.candidate
    is_off = decision.outcome in ("cancelled", "rejected")
    for line in candidate.lines:
        before = candidate.line_states.get(line.external_id)
        issued = (before.issued if before else 0) + decision.issued.get(line.external_id, 0)
        released, returned = (max(before.released, issued), before.returned) if before else (issued, 0)
        sold = 0 if decision.outcome == "cancelled" or candidate.state.is_own else candidate.ordered[line.external_id]
        approved = max(released, 0 if is_off or decision.outcome == "held" else line.sku_quantity)
        row: PrimitiveRow = (
            candidate.order.id, line.external_id, line.sku, listing_id(candidate.order.account_id, line.listing), sold, approved,
            released, issued, returned, iso(office.at),
        )  # fmt: skip
        yield row, sold - (before.sold if before else 0)


def _upsert_lines(connection: Connection, rows: list[PrimitiveRow], decisions: Sequence[Decision]) -> None:
    known = {(row.order_id, row.line_external_id): row for each in decisions for row in each.candidate.line_states.values()}
    insert_rows(connection, LINE_STATES, [row for row in rows if row[:2] not in known])
    changed = [row for row in rows if row[:2] in known and tuple(known[row[:2]])[2:9] != row[2:9]]  # pyright: ignore[reportArgumentType]
    update_rows(connection, LINE_STATES, changed)


def _state(decision: Decision, office: Office) -> dict[str, Any]:
    candidate = decision.candidate
    lifecycle = _lifecycle(decision)
    is_over = lifecycle in ("cancelled", "shipped") and not any(is_in_hand(candidate, line.external_id) for line in candidate.lines)
    facts = replace(candidate.facts, lines=tuple(candidate.lines))
    has_arrived = lifecycle == "shipped" and candidate.state.lifecycle == "delivered"
    return {
        "one": candidate.order.id, "to_lifecycle": "delivered" if has_arrived else lifecycle, "to_is_open": not is_over,
        "to_is_urgent": is_urgent(facts, office.file.rules), "to_reviewed_seq": candidate.order.fetch_seq, "to_changed_at": office.at,
    }  # fmt: skip


def _lifecycle(decision: Decision) -> str:
    if decision.outcome in ("cancelled", "rejected"):
        return "cancelled"
    candidate = decision.candidate
    wanted = [line for line in candidate.lines if line.is_goods or line.takes_stock]
    left = [line for line in wanted if _is_gone(decision, line)]
    if len(left) == len(wanted) and (wanted or candidate.order.fulfilment_state == "fulfilled" or candidate.order.closed_at):
        return "shipped"
    if decision.outcome == "held":
        return "held"
    if left or any(_issued(decision, line) for line in wanted):
        return "part_shipped"
    return _holding(decision, wanted)


def _holding(decision: Decision, wanted: Sequence[LineFacts]) -> str:
    """How far an approved order is of which nothing has left."""
    standing, counted = decision.standing, [line for line in wanted if line.takes_stock]
    if not wanted:
        return "approved"
    if standing.short:
        return "part_allocated" if standing.reserved else "backordered"
    states = decision.candidate.line_states
    is_asked = counted and all(
        line.external_id in states and states[line.external_id].released >= line.sku_quantity for line in counted
    )  # fmt: skip
    return "released" if is_asked else "allocated"


def _is_gone(decision: Decision, line: LineFacts) -> bool:
    """Whether all of a line has left: out of our stock, or, where nothing is counted, by the channel's word."""
    if not line.takes_stock:
        return has_left(decision.candidate, line.external_id)
    return line.sku is not None and _issued(decision, line) >= line.sku_quantity


def _issued(decision: Decision, line: LineFacts) -> int:
    return issued_of(decision.candidate, line.external_id) + decision.issued.get(line.external_id, 0)


def _is_news(decision: Decision) -> bool:
    last = decision.candidate.last_review
    if last is None or last.outcome != decision.outcome or last.basis != decision.candidate.basis:
        return True
    return decision.outcome == "held" and last.reasons != _reasons(decision)


def _reasons(decision: Decision) -> str:
    told = [{"rule": f.rule, "version": f.version, "says": f.says, "operands": dict(f.operands)} for f in decision.findings]
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _review_row(decision: Decision, office: Office) -> PrimitiveRow:
    candidate, last, word = decision.candidate, decision.candidate.last_review, office.word
    return (
        candidate.order.id, last.number + 1 if last else 1, iso(office.at), office.hub.actor.id, word.kind if word else "rules",
        decision.outcome, candidate.order.fetch_seq, office.file.hash, _reasons(decision), word.reason if word else None, candidate.basis,
    )  # fmt: skip
