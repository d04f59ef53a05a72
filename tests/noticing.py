"""Notices as the outbox would give them, and a dispatcher in small: sent, looked for where the answer was lost, sent again."""

from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.capabilities import Command, FulfilmentSink, Receipt
from model.errors import TransientError
from model.records.fulfilment import NoticeLine, ShipmentNotice

LEFT = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"


def notice(order: str, lines: Mapping[str, int], reference: str = "S-1", **told: object) -> ShipmentNotice:
    """A notice that so many thousandths of lines of an order left."""
    carried = tuple(NoticeLine(line_external_id=line, quantity=quantity) for line, quantity in lines.items())
    return ShipmentNotice(reference=reference, order_external_id=order, shipped_at=LEFT, lines=carried, **told)  # pyright: ignore[reportArgumentType]


def command(sink: FulfilmentSink, told: ShipmentNotice) -> Command:
    """The command of a notice."""
    return Command(key=KEY, reference=told.reference, body=sink.write_notice(told, KEY))


def dispatched(sink: FulfilmentSink, told: Command) -> Receipt:
    """The receipt, however many answers are lost on the way."""
    for _ in range(40):
        try:
            return sink.find_notice(told) or sink.submit_shipment_notice(told)
        except TransientError:
            continue
    raise AssertionError("the notice is never told")
