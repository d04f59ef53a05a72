"""Goods a location could not find: by `short` in rules/routing.toml they stay wanted from elsewhere, or are left out of the order."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from model.store.audit_trail import append
from model.store.catalogue import listed_factors
from model.store.fulfilments import LinePart
from model.store.reservations import kit_parts
from operations.manual_review import Correction, correct_order
from operations.review_batch import find_candidates, issued_of, open_office
from operations.runtime.hub import Hub
from operations.runtime.routing_file import read_routing_file


def follow_short_rule(
    connection: Connection, hub: Hub, order_id: str, missing: Mapping[LinePart, int], reason: str, key_id: str, *, at: datetime
) -> str | None:
    """Leave the missing goods out of the order where the rule says so; gives what that means, for people. The channel is not told."""
    if read_routing_file(hub.file).rules.short == "backorder":
        return None
    office = open_office(hub)
    [candidate] = find_candidates(connection, [order_id], office)
    factors = listed_factors(connection, order_id)
    made_of = kit_parts(connection, {line.sku for line in candidate.lines if line.sku})
    lines: dict[str, int] = {}
    for line in candidate.lines:
        short = [-(-missing.get((line.external_id, part), 0) * 1000 // needed) for part, needed in made_of[line.sku]] if line.sku else []
        if any(short):
            wanted = max(line.sku_quantity - max(short), issued_of(candidate, line.external_id))
            lines[line.external_id] = wanted * 1000 // factors.get(line.external_id, 1000)
    if not lines:
        return None
    correct_order(connection, candidate, Correction(lines=lines), reason, office, key_id)
    append(connection, hub.actor, "order left out", f"order {order_id}", {"lines": lines, "reason": reason}, at=at)
    return f"left out of the order by rule: line {', '.join(sorted(lines))}; refund it in the channel"
