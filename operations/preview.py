"""A dry run: read a channel's window and tell what a pull would do, writing nothing at all."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select

from connectors._kit.base import Connector
from connectors.capabilities import RawPage, Record, Window
from model.errors import HubError, MalformedError, RejectedError
from model.records.advice import WarehouseRecord
from model.rules.card_numbers import scrub_card_numbers
from model.store import cursors, landing
from model.store.cursors import StreamCursor
from model.store.order_rows import ADVICES, ORDERS, PAYMENTS, RETURNS, advice_kind
from model.store.pages import source_version
from model.store.runs import Counts
from model.values.ids import derive_id
from operations.pull import PullOutcome, StreamSource, Wanted, next_window, streams_of
from operations.read_pages import mapping_version
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account

_ROW_KINDS = {"Order": ("order", ORDERS), "Payment": ("payment", PAYMENTS), "Return": ("return", RETURNS)}
"""Record types to the words their row ids are derived from; partners' are told apart by their kind of advice."""


def preview_channel(hub: Hub, channel: Account, wanted: Wanted) -> list[PullOutcome]:
    """What a pull of the window would find, stream by stream."""
    outcomes: list[PullOutcome] = []
    started = hub.clock.now()
    try:
        with hub.connected(channel) as connector:
            now = connector.identify().now
            for stream in streams_of(connector):
                outcome = PullOutcome(channel.id, stream.name, "done", "dry run: nothing was written")
                outcomes.append(outcome)
                for window in _windows(hub, channel, stream, wanted, min(wanted.until or now, now - stream.facts.lag)):
                    for page in stream.fetch(window, None):
                        outcome.counts.add(_judge(hub, channel, connector, page))
                outcome.elapsed_ms = int((hub.clock.now() - started).total_seconds() * 1000)
    except HubError as error:
        outcomes.append(PullOutcome(channel.id, "orders", "failed", str(error), error=error))
    return outcomes


def _windows(hub: Hub, channel: Account, stream: StreamSource, wanted: Wanted, horizon: datetime) -> Iterator[Window]:
    with hub.database.read() as connection:
        stored = cursors.load(connection, channel.id, stream.name, wanted.scope)
    orders_from = channel.read_from
    cursor = stored or StreamCursor(channel.id, stream.name, wanted.scope, wanted.since or orders_from)
    while window := next_window(cursor, stream.facts, orders_from, horizon, is_rerun=wanted.scope != cursors.OWN):
        yield window
        cursor = cursor.opened(window.start, window.end).after_page(None)


def _judge(hub: Hub, channel: Account, connector: Connector[Any], page: RawPage) -> Counts:
    counts = Counts()
    sealer = hub.sealer()
    raw_ids = [sealer.payload_name(channel.id, page.kind, raw) for raw in page.slices]
    version = mapping_version(connector)
    with hub.database.read() as connection:
        known = landing.known(connection, raw_ids)
        for raw_id, raw in zip(raw_ids, page.slices, strict=True):
            if known.get(raw_id, ("", ""))[:2] == ("current", version):
                counts.unchanged += 1
                continue
            try:
                record = connector.kinds[page.kind].read(scrub_card_numbers(raw)[0], connector.settings.statuses)
            except (MalformedError, RejectedError):
                counts.quarantined += 1
                continue
            table, row_id = _row_of(channel, record)
            stored = connection.execute(select(table.c.source_version).where(table.c.id == row_id)).scalar_one_or_none()
            counts.new += stored is None
            counts.superseded += stored is not None and stored > source_version(record)
            counts.changed += stored is not None and stored <= source_version(record)
    return counts


def _row_of(channel: Account, record: Record) -> tuple[Table, str]:
    name = type(record).__name__
    if name in _ROW_KINDS:
        kind, table = _ROW_KINDS[name]
        return table, derive_id(channel.id, kind, record.external_id)
    return ADVICES, derive_id(channel.id, "advice", advice_kind(cast("WarehouseRecord", record)), record.external_id)
