"""Safety stock: what a channel holds back against sales elsewhere that it was not told of yet; computed, or as a person says.

For each SKU that a channel lists, the demand of all others out of the same stock over the time until it is told of a sale: the hub holds
back as much as that demand stays within with 99.9 per cent certainty. A channel that is ring-fenced, or told nothing, needs none.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from connectors import registry
from connectors.capabilities import StreamFacts
from model.rules.safety import most_demand
from model.store import accounts, safety_stock
from model.store.audit_trail import append
from model.store.lags import reading_lags, telling_lags
from model.store.safety_stock import Rivalry
from model.store.velocity import velocities
from model.values.quantity import thousandths
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from operations.runtime.schedule import Schedule
from operations.said import check_sku, reasoned, units
from operations.sales import sales_window
from operations.stock_policy import locations_of

CERTAINTY = 999_000
"""Millionths: once in a thousand such stretches of time, demand may be more."""
MEASURED = timedelta(days=7)
"""How far back the lags are measured."""
TELLING_S = 300
"""Taken for the time until a channel is told, while it was told too rarely to measure it."""
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Lags:
    """Seconds by channel: until its sales are stored here, and until it is told of what is stored."""

    reading: dict[str, int]
    telling: dict[str, int]
    measured: frozenset[tuple[str, str]]
    """Which of them were measured, as (kind, channel); the others are taken from the schedule."""

    def between(self, seller: str, told: str) -> int:
        """From a sale on one channel until another one is told."""
        return self.reading[seller] + self.telling[told]


def lags(hub: Hub, connection: Connection, at: datetime) -> Lags:
    """The lags of all channels: as measured, else as scheduled."""
    since = at - MEASURED
    reading, telling = reading_lags(connection, since), telling_lags(connection, since)
    measured = frozenset([*(("reading", each) for each in reading), *(("telling", each) for each in telling)])
    return Lags(
        {each.id: reading.get(each.id, _scheduled(each)) + _hidden(each) for each in hub.file.channels},
        {each.id: telling.get(each.id, TELLING_S) for each in hub.file.channels},
        measured,
    )


def _scheduled(channel: Channel) -> int:
    interval = Schedule.parse(channel.schedule).interval or timedelta(minutes=channel.stock.fresh_within_min)
    return interval // timedelta(seconds=1)


def _hidden(channel: Channel) -> int:
    """How long a source itself does not show its newest orders."""
    facts = getattr(registry.find(channel.connector), "order_stream", None)
    return facts.lag // timedelta(seconds=1) if isinstance(facts, StreamFacts) else 0


def refresh_safety(hub: Hub, channel: Channel) -> tuple[int, int]:
    """Bring a channel's computed numbers up to date; gives how many there are, and how many changed."""
    at = hub.clock.now()
    computed: dict[str, int] = {}
    if needs_safety(channel):
        with hub.database.read() as connection:
            found = safety_stock.rivalries(connection, sales_window(hub, at), channel.id)
            computed = held_back(hub, channel, found, lags(hub, connection, at))
    changed = hub.database.run(lambda connection: safety_stock.bring_up_to_date(connection, channel.id, computed, at=at))
    return len(computed), len(changed)


def needs_safety(channel: Channel) -> bool:
    """Whether a channel may sell what another one just sold."""
    return channel.stock.mode == "shared" and channel.stock.is_published


def held_back(hub: Hub, channel: Channel, found: Iterable[Rivalry], known: Lags) -> dict[str, int]:
    """By SKU, the thousandths that a channel holds back; of a kit, as many as its most contended part asks for."""
    shelf = set(locations_of(hub.file, channel))
    rivals = {each.id for each in hub.file.channels if shelf & set(locations_of(hub.file, each))}
    computed: dict[str, int] = {}
    for each in found:
        meanwhile: defaultdict[int, int] = defaultdict(int)
        for seller in rivals & each.sales.keys():
            for size, a_day in each.sales[seller].items():
                meanwhile[size] += a_day * known.between(seller, channel.id)
        quantity = -(-most_demand(meanwhile, 1, CERTAINTY) * 1000 // each.per_unit)
        if quantity:
            computed[each.sku] = max(quantity, computed.get(each.sku, 0))
    return computed


def say_safety(hub: Hub, sku: str, channel: Channel, quantity: str, reason: str) -> bool:
    """Let a person's number stand for a SKU on a channel, or give it back with `auto`; false where there was nothing to give back."""
    reasoned(reason)
    wanted = None if quantity == AUTO else units(quantity, also=f", or {AUTO}")
    at = hub.clock.now()

    def work(connection: Connection) -> bool:
        check_sku(connection, sku, may_be_kit=True)
        accounts.meet(connection, channel.id, channel.connector, channel.entity, at=at)
        if wanted is None:
            is_done = safety_stock.give_back(connection, channel.id, sku)
        else:
            safety_stock.set_manual(connection, channel.id, sku, wanted, at=at)
            is_done = True
        if is_done:
            details = {"channel": channel.id, "quantity": quantity, "reason": reason}
            append(connection, hub.actor, "stock safety", sku, details, at=at)
        return is_done

    is_done = hub.database.run(work)
    if wanted is None and is_done:
        refresh_safety(hub, channel)
    return is_done


def show_safety(hub: Hub, sku: str) -> list[dict[str, Any]]:
    """What each channel holds back of a SKU and why, how fast it sells there, and how long learning and telling take; in thousandths."""
    at = hub.clock.now()
    with hub.database.read() as connection:
        check_sku(connection, sku, may_be_kit=True)
        rows, known = safety_stock.stored(connection, sku), lags(hub, connection, at)
        speeds = {each.channel: each.velocity for each in velocities(connection, sales_window(hub, at), sku)}
    shown: list[dict[str, Any]] = []
    for channel in hub.file.channels:
        row, floor = rows.get(channel.id), thousandths(channel.stock.safety)
        by = "person" if row and row["is_manual"] else "sales" if row and row["quantity"] > floor else "hub.toml" if floor else "nobody"
        quantity = row["quantity"] if row and by in ("person", "sales") else floor
        lag = {"reading_s": known.reading[channel.id], "telling_s": known.telling[channel.id]}
        is_measured = {f"{kind}_is_measured": (kind, channel.id) in known.measured for kind in ("reading", "telling")}
        shown.append({"channel": channel.id, "safety": quantity, "by": by, "velocity": speeds.get(channel.id, 0), **lag, **is_measured})
    return shown
