"""Exchange: a return and an order of the hub's own that sends the buyer something else instead, linked to each other.

The replacement is an order like any other to review, stock and shipping. Its channel knows nothing of it: it costs nothing there, and a
difference in price is charged or refunded in the channel.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.records.order import Order, OrderLine
from model.store import landing, returns
from model.store.audit_trail import append
from model.store.catalogue import SKU_MAP, SKUS
from model.store.fulfilments import AnyRow
from model.store.order_rows import ORDERS, STATES, Reading, RowBatch
from model.store.review_facts import Candidate
from model.store.row_merge import insert_new
from model.store.sealing import Sealer
from model.values.instant import micros
from operations.returns.opening import begin_returns, the_return
from operations.review_batch import find_candidates, open_office
from operations.runtime.hub import Hub
from operations.said import units

KIND = "replacement"
"""The kind of payload that a replacement is kept as."""


def exchange(hub: Hub, reference: str, sends: Mapping[str, str]) -> str:
    """Make the order that sends these SKUs, in units, instead of what comes back; gives its row id. It is reviewed like any other."""
    office, at, sealer = open_office(hub), hub.clock.now(), hub.sealer()
    with hub.database.read() as connection:
        account_id = _account_of(connection, reference)
    key_id = sealer.key_for(hub.database, account_id, at)

    def work(connection: Connection) -> str:
        begin_returns(connection, hub)
        asked = the_return(connection, reference)
        before = _replacements(connection, reference, account_id)
        if asked.state == "cancelled" or any(each.lifecycle != "cancelled" for each in before):
            why = "is cancelled" if asked.state == "cancelled" else "has its replacement already"
            raise ConfigError(f"{reference}: {why}; see `entrepot return show {reference}`")
        [candidate] = find_candidates(connection, [asked.order_id], office)
        order = _replacement(connection, candidate, asked, sends, at)
        if before:
            number = len(before) + 1
            order = replace(order, external_id=f"{order.external_id}-{number}", number=f"{order.number}-{number}")
        order_id = _store(connection, hub, order, sealer, (account_id, key_id))
        returns.exchanged_by(connection, asked.id, order_id, at=at)
        append(connection, hub.actor, "return exchange", reference, {"order": order.external_id, "sends": dict(sends)}, at=at)
        return order_id

    return hub.database.run(work)


def _replacements(connection: Connection, reference: str, account_id: str) -> list[AnyRow]:
    """The replacements that were made for a return before, and where they stand."""
    o, s = ORDERS.c, STATES.c
    query = select(o.id, s.lifecycle).join(STATES, s.order_id == o.id)
    own = (o.account_id == account_id, o.external_id.startswith(f"entrepot:{reference}", autoescape=True), s.is_own)
    return list(connection.execute(query.where(*own)))


def _account_of(connection: Connection, reference: str) -> str:
    asked = the_return(connection, reference)
    return connection.execute(select(ORDERS.c.account_id).where(ORDERS.c.id == asked.order_id)).scalar_one()


def _replacement(connection: Connection, candidate: Candidate, asked: AnyRow, sends: Mapping[str, str], at: datetime) -> Order:
    original, facts = candidate.order, candidate.facts
    if facts.shipping is None:
        raise ConfigError(f"{asked.reference}: its order has no address to send a replacement to; amend the order first")
    lines = tuple(
        _line(connection, original.account_id, sku, units(count, place=f"--send {sku}", least=1), str(place))
        for place, (sku, count) in enumerate(sorted(sends.items()), 1)
    )
    if not lines:
        raise ConfigError("--send: names nothing; write SKU=UNITS, like CUP=1")
    people = [party for party in (facts.buyer, facts.shipping) if party is not None]
    return Order(
        external_id=f"entrepot:{asked.reference}", number=f"{original.number}-{asked.reference}", placed_at=at, updated_at=at,
        source_version=micros(at), currency=original.currency, total_minor=0, shipping_minor=0, tax_minor=0, charges_minor=0,
        discount_minor=0, shop_currency=original.shop_currency, shop_total_minor=0, payment_state="paid", fulfilment_state="unfulfilled",
        source_status=(("replaces", original.external_id),), lines=lines, parties=tuple(people), source_name=KIND,
        is_test=original.is_test,
    )  # fmt: skip


def _line(connection: Connection, account_id: str, sku: str, quantity: int, name: str) -> OrderLine:
    """A line that sells just this SKU, through a listing of the channel that does: so it maps as any other line."""
    m = SKU_MAP.c
    query = (
        select(m.external_id, SKUS.c.title, SKUS.c.unit)
        .join(SKUS, SKUS.c.code == m.sku)
        .where(m.account_id == account_id, m.sku == sku, m.factor == 1000)  # noqa: PLR2004  one for one
        .order_by(m.external_id)
    )
    listing = connection.execute(query).first()
    if listing is None:
        raise ConfigError(f"--send {sku!r}: no listing of {account_id} sells just this SKU; map one with `entrepot listings map`")
    is_typed = listing.external_id.startswith(("sku:", "title:"))
    return OrderLine(
        external_id=name, title=listing.external_id.removeprefix("title:") if is_typed else listing.title, quantity=quantity, total_minor=0,
        tax_minor=0, sku=listing.external_id.removeprefix("sku:") if listing.external_id.startswith("sku:") else None, unit=listing.unit,
        variant_external_id=None if is_typed else listing.external_id,
    )  # fmt: skip


def _store(connection: Connection, hub: Hub, order: Order, sealer: Sealer, account: tuple[str, str]) -> str:
    """Write the order with a payload of its own, as if it had been read."""
    account_id, key_id = account
    channel, at = hub.file.channel(account_id), hub.clock.now()
    told = {"order": order.external_id, "lines": [[line.title, line.quantity] for line in order.lines], "by": hub.actor.id}
    raw = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    raw_id = sealer.payload_name(account_id, KIND, raw)
    landed = landing.seal(sealer, key_id, raw_id, KIND, raw, order.external_id, 0)
    reading = Reading(
        account_id=account_id, zone=channel.trading_zone, cut_off=channel.cut_off, live_from=channel.history_until, run_id=KIND,
        mapping_version=KIND, at=at, key_id=key_id, sealer=sealer, stream=KIND,
    )  # fmt: skip
    landing.land(connection, [landed], {raw_id: "current"}, account_id=account_id, mapping_version=KIND, run_id=KIND, at=at)
    batch = RowBatch()
    order_id = batch.add_order(order, reading, raw_id, 1, is_own=True)
    insert_new(connection, batch)
    return order_id
