"""How late each stream's changes are seen, for people."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors import registry
from connectors.capabilities import OrderSource, PaymentSource, StreamFacts
from model.rules.lateness import BEYOND_S, overlap_of, quantile_s
from model.store.lateness import late_days
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel


def lateness_of(hub: Hub, channel: str | None) -> list[dict[str, Any]]:
    """Per stream: how many changes of the last four weeks were seen, how many late, how late, and how far back each reading begins.

    Spans are whole seconds. `p50_s` and `p99_s` are upper ends of buckets; None where nothing was counted, or where it is days.
    """
    chosen = [hub.file.channel(channel)] if channel is not None else hub.file.channels
    return [row for each in chosen for row in _rows(hub, each)]


def _rows(hub: Hub, channel: Channel) -> Iterator[dict[str, Any]]:
    today = hub.clock.now().date()
    for stream, facts in _streams(channel):
        with hub.database.read() as connection:
            days = late_days(connection, channel.id, stream, today)
        overlap = overlap_of(facts.overlap, days, today)
        quantiles = {f"p{per_cent}_s": quantile_s(days, per_cent) for per_cent in (50, 99)}
        yield {
            "channel": channel.id,
            "stream": stream,
            "changes": sum(each.count for each in days),
            "late": sum(each.count for each in days if each.longest_s),
            **{name: None if bucket == BEYOND_S else bucket for name, bucket in quantiles.items()},
            "longest_s": max((each.longest_s for each in days), default=None),
            "declared_s": overlap.declared // timedelta(seconds=1),
            "in_force_s": overlap.in_force // timedelta(seconds=1),
            "why": overlap.because,
        }


def _streams(channel: Channel) -> Iterator[tuple[str, StreamFacts]]:
    kind: Any = registry.find(channel.connector)
    if OrderSource in kind.__mro__:
        yield "orders", kind.order_stream
    if PaymentSource in kind.__mro__:
        yield "payments", kind.payment_stream
