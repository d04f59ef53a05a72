"""What a channel says left of an order that the hub did not send: nobody is asked to send it again."""

from collections.abc import Mapping

from sqlalchemy import Connection

from model.store.fulfilments import LinePart
from model.store.reservations import kit_parts
from model.store.review_facts import Candidate
from operations.review_batch import issued_of

Held = Mapping[LinePart, Mapping[str, int]]
"""What is held for an order by line and SKU: location to thousandths."""


def without_sent_elsewhere(connection: Connection, candidate: Candidate, parts: Held) -> Held:
    """What is held, less as much as the channel says left beyond what the hub's own book says."""
    beyond: dict[str, tuple[str, int]] = {}
    for line in candidate.lines:
        gone = candidate.gone_lines.get(line.external_id, 0) * line.sku_quantity // line.quantity if line.quantity else 0
        if line.sku and gone > issued_of(candidate, line.external_id):
            beyond[line.external_id] = (line.sku, gone - issued_of(candidate, line.external_id))
    if not beyond:
        return parts
    made_of = kit_parts(connection, {sku for sku, _ in beyond.values()})
    left: dict[LinePart, dict[str, int]] = {}
    for (line, sku), places in parts.items():
        sold, by = beyond.get(line, ("", 0))
        taken = by * dict(made_of.get(sold, ())).get(sku, 0) // 1000
        rest = dict(places)
        for place in sorted(rest):
            cut = min(rest[place], taken)
            rest[place] -= cut
            taken -= cut
        if kept := {place: count for place, count in rest.items() if count}:
            left[(line, sku)] = kept
    return left
