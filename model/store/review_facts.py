"""What the review must know of many orders at once: a handful of statements for a batch, people opened on the way."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, and_, func, select

from model.records.order import FieldSource, Party
from model.rules.review import LineFacts, OrderFacts
from model.store.bulk import among
from model.store.buyers import customers_of
from model.store.catalogue import LINE_STATES, PRICES, SKU_MAP, SKUS, listing_id, listing_of
from model.store.duplicates import duplicates_of
from model.store.order_rows import ADJUSTMENTS, FIELD_SOURCES, FULFILMENT_LINES, FULFILMENTS, LINES, ORDERS, PARTIES, PAYMENTS, STATES
from model.store.reservations import RESERVATIONS
from model.store.sealing import Sealer
from model.tables.reviews import OrderAmendmentRow, OrderReviewRow

REVIEWS = cast("Table", OrderReviewRow.__table__)
AMENDMENTS = cast("Table", OrderAmendmentRow.__table__)

AnyRow = Row[tuple[Any, ...]]


@dataclass(slots=True)
class Candidate:
    """One order with all that decides about it."""

    order: AnyRow
    state: AnyRow
    lines: list[LineFacts]
    line_states: dict[str, AnyRow]
    last_review: AnyRow | None
    amendment: dict[str, Any]
    facts: OrderFacts
    price_list: str | None
    ordered: dict[str, int]
    """Line to the thousandths of listed units that the channel sold."""
    gone_lines: dict[str, int] = field(default_factory=dict[str, int])
    """Line to the thousandths of it that the channel says have left."""
    has_expired: bool = False
    """Whether it once held stock that was given up, as nobody paid."""
    basis: str = ""
    """What a decision rests on, as JSON: lines, total, address, amendment. While it is the same, a person's word stands."""
    address_hash: str | None = None
    """Keyed hash of the address as the channel tells it."""
    accepted: frozenset[str] = frozenset()
    """Rules whose findings a person accepted for this basis."""
    was_rejected: bool = False
    """Whether the last word a person said of it was no."""
    note: str | None = None
    """What the buyer asks for."""


def candidates(connection: Connection, order_ids: Sequence[str], sealer: Sealer, price_lists: Mapping[str, str | None]) -> list[Candidate]:
    """The orders with these ids, locked, in the order of their ids, as the review sees them.

    The lock comes first: whoever stores a change of an order waits for it, so what is read behind it is what is decided about.
    """
    ids = sorted(order_ids)
    locked = select(STATES).where(among(connection, STATES.c.order_id, ids)).order_by(STATES.c.order_id).with_for_update()
    states = {row.order_id: row for row in connection.execute(locked)}
    orders = _by(connection, ORDERS, "id", ids)
    parties = _parties(connection, ids, sealer)
    mapped = _mapped(connection, orders, lines := _all_by(connection, LINES, "order_id", ids))
    reviews = _all_by(connection, REVIEWS, "order_id", ids)
    amended_by = last_amendments(connection, ids)
    amendments = {order_id: _opened(connection, row, sealer) for order_id, row in amended_by.items()}
    line_states = _all_by(connection, LINE_STATES, "order_id", ids)
    payments, adjustments = _all_by(connection, PAYMENTS, "order_id", ids), _all_by(connection, ADJUSTMENTS, "order_id", ids)
    sources = _all_by(connection, FIELD_SOURCES, "order_id", ids)
    indexes = {order_id: people.index for order_id, people in parties.items()}
    customers = customers_of(connection, indexes)
    doubles = duplicates_of(connection, orders, indexes)
    gone, expired = _gone(connection, ids), _expired(connection, ids)
    found: list[Candidate] = []
    for order_id in ids:
        order, people, amended = orders[order_id], parties.get(order_id, _People()), amendments.get(order_id, {})
        customer, list_of_customer = customers.get(order_id, (None, None))
        own_lines = [_line(line, mapped, order, amended) for line in lines.get(order_id, [])]
        told = sorted(reviews.get(order_id, ()), key=lambda row: row.number)
        said = next((row for row in reversed(told) if row.kind in ("approve", "reject")), None)
        basis = _basis(order, lines.get(order_id, []), people, amended_by.get(order_id))
        facts = replace(
            _facts(order, payments.get(order_id, []), adjustments.get(order_id, [])), buyer=people.by_role.get("buyer"),
            shipping=_amended(people, amended), customer=customer, duplicates=tuple(doubles.get(order_id, ())),
            sources=tuple(FieldSource(path=row.path, place=row.place, confidence=row.confidence) for row in sources.get(order_id, ())),
        )  # fmt: skip
        found.append(
            Candidate(
                order, states[order_id], own_lines, {row.line_external_id: row for row in line_states.get(order_id, [])},
                told[-1] if told else None, amended, facts, list_of_customer or price_lists.get(order.account_id),
                {line.external_id: line.quantity for line in lines.get(order_id, [])}, gone.get(order_id, {}),
                order_id in expired, basis, people.digests.get("shipping"), _accepted(said, basis),
                said is not None and said.kind == "reject", people.note,
            )
        )  # fmt: skip
    _add_prices(connection, found)
    return found


def _facts(order: AnyRow, payments: Sequence[AnyRow], adjustments: Sequence[AnyRow]) -> OrderFacts:
    """What the order itself says, without its people and lines."""
    paid = [each for each in payments if each.status == "succeeded" and each.removed_at is None and each.currency == order.currency]
    return OrderFacts(
        channel_id=order.account_id, external_id=order.external_id, placed_at=order.placed_at, currency=order.currency,
        total_minor=order.total_minor, shop_currency=order.shop_currency, shop_total_minor=order.shop_total_minor,
        payment_state=order.payment_state, fulfilment_state=order.fulfilment_state, is_disputed=order.is_disputed,
        captured_minor=sum(each.amount_minor for each in paid if each.kind in ("sale", "capture")), authorized_minor=_authorized(paid),
        tags=tuple(json.loads(order.tags)), source_name=order.source_name,
        shipping_titles=tuple(each.title for each in adjustments if each.kind == "shipping"),
    )  # fmt: skip


def _by(connection: Connection, table: Table, column: str, ids: Sequence[str]) -> dict[str, AnyRow]:
    return {getattr(row, column): row for row in connection.execute(select(table).where(among(connection, table.c[column], ids)))}


def _all_by(connection: Connection, table: Table, column: str, ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(select(table).where(among(connection, table.c[column], ids))):
        found[getattr(row, column)].append(row)
    return found


def last_amendments(connection: Connection, ids: Sequence[str]) -> dict[str, AnyRow]:
    """The correction in force, by order."""
    c = AMENDMENTS.c
    rows = connection.execute(select(AMENDMENTS).where(among(connection, c.order_id, ids)).order_by(c.order_id, c.number))
    return {row.order_id: row for row in rows}


@dataclass(slots=True)
class _People:
    by_role: dict[str, Party] = field(default_factory=dict[str, Party])
    index: tuple[str | None, str | None] = (None, None)
    """Blind indexes of the buyer's e-mail and telephone."""
    digests: dict[str, str] = field(default_factory=dict[str, str])
    """Keyed hashes of what is sealed, by role."""
    note: str | None = None


def _parties(connection: Connection, ids: Sequence[str], sealer: Sealer) -> dict[str, _People]:
    found: defaultdict[str, _People] = defaultdict(_People)
    for order_id, rows in _all_by(connection, PARTIES, "order_id", ids).items():
        for row in rows:
            sealer.make_ready(connection, row.key_id)
            told: dict[str, Any] = json.loads(sealer.unseal(row.personal, key_id=row.key_id, place=f"order_party|{order_id}|{row.role}"))
            found[order_id].note = told.pop("note", None) or found[order_id].note
            told |= {"role": row.role, "external_id": row.external_id, "street": tuple(told["street"])}
            found[order_id].by_role[row.role] = Party(**told)
            found[order_id].digests[row.role] = row.personal_digest
            if row.role == "buyer" or found[order_id].index == (None, None):
                found[order_id].index = (row.email_index, row.phone_index)
    return found


def _opened(connection: Connection, row: AnyRow, sealer: Sealer) -> dict[str, Any]:
    sealer.make_ready(connection, row.key_id)
    opened: dict[str, Any] = json.loads(sealer.unseal(row.sealed, key_id=row.key_id, place=f"order_amendment|{row.order_id}|{row.number}"))
    return opened


def _amended(people: _People, amended: Mapping[str, Any]) -> Party | None:
    """Where it goes: as a person corrected it, unless the buyer has changed the address since."""
    party, told = people.by_role.get("shipping"), amended.get("shipping")
    if not told or amended.get("shipping_was") != people.digests.get("shipping"):
        return party
    known: dict[str, Any] = {name: getattr(party, name) for name in Party.__dataclass_fields__} if party else {"role": "shipping"}
    known |= told | ({"street": tuple(told["street"])} if "street" in told else {})
    return Party(**known)


def _basis(order: AnyRow, lines: Sequence[AnyRow], people: _People, amendment: AnyRow | None) -> str:
    told = {
        "lines": {line.external_id: [listing_of(line), line.quantity, line.total_minor] for line in lines if line.quantity},
        "total": [order.total_minor, order.currency],
        "address": people.digests.get("shipping"),
        "amendment": amendment.number if amendment else 0,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _accepted(said: AnyRow | None, basis: str) -> frozenset[str]:
    """What a person's last word accepted, if it was a yes and the order is still about the same."""
    if said is None or said.kind == "reject" or said.basis != basis:
        return frozenset()
    return frozenset(reason["rule"] for reason in json.loads(said.reasons))


def _mapped(connection: Connection, orders: Mapping[str, AnyRow], lines: Mapping[str, list[AnyRow]]) -> dict[str, AnyRow]:
    """What listings sell, by the derived listing id."""
    wanted = {listing_id(orders[order_id].account_id, listing_of(line)) for order_id, some in lines.items() for line in some}
    m = SKU_MAP.c
    query = select(m.listing_id, m.sku, m.factor, SKUS.c.is_tracked).join(SKUS, SKUS.c.code == m.sku)
    return {row.listing_id: row for row in connection.execute(query.where(among(connection, m.listing_id, sorted(wanted))))}


def _line(line: AnyRow, mapped: Mapping[str, AnyRow], order: AnyRow, amended: Mapping[str, Any]) -> LineFacts:
    sells = mapped.get(listing_id(order.account_id, listing_of(line)))
    quantity = min(line.quantity, amended.get("lines", {}).get(line.external_id, line.quantity))
    return LineFacts(
        external_id=line.external_id, quantity=quantity, total_minor=line.total_minor, sku=sells.sku if sells else None,
        sku_quantity=quantity * sells.factor // 1000 if sells else 0, unit=line.unit, discount_minor=line.discount_minor,
        listing=listing_of(line),
        requires_shipping=line.requires_shipping, is_gift_card=line.is_gift_card, is_tracked=sells.is_tracked if sells else True,
    )  # fmt: skip


def _authorized(payments: Sequence[AnyRow]) -> int:
    """What is authorised and neither captured nor voided since; a capture that names no authorisation may be of any."""
    left = {each.external_id: each.amount_minor for each in payments if each.kind == "authorization"}
    unnamed = 0
    for each in payments:
        if each.kind == "void" and each.parent_external_id in left:
            left[each.parent_external_id] = 0
        elif each.kind == "capture" and each.parent_external_id in left:
            left[each.parent_external_id] -= each.amount_minor
        elif each.kind in ("capture", "void"):
            unnamed += each.amount_minor
    return max(0, sum(max(0, amount) for amount in left.values()) - unnamed)


def _gone(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """What left by the channel's own account, per line."""
    f, v = FULFILMENTS.c, FULFILMENT_LINES.c
    query = (
        select(v.order_id, v.line_external_id, func.sum(v.quantity).label("quantity"))
        .join(FULFILMENTS, and_(f.order_id == v.order_id, f.external_id == v.fulfilment_external_id))
        .where(among(connection, v.order_id, ids), f.removed_at.is_(None), f.status.in_(("shipped", "delivered")))
        .group_by(v.order_id, v.line_external_id)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for order_id, line, quantity in connection.execute(query):
        found[order_id][line] = int(quantity)
    return found


def _expired(connection: Connection, ids: Sequence[str]) -> set[str]:
    c = RESERVATIONS.c
    return set(connection.execute(select(c.order_id).where(among(connection, c.order_id, ids), c.state == "expired").distinct()).scalars())


def _add_prices(connection: Connection, found: Sequence[Candidate]) -> None:
    """Put what the price lists say beside each line."""
    wanted = {each.price_list for each in found if each.price_list}
    skus = sorted({line.sku for each in found for line in each.lines if line.sku}) if wanted else []
    c = PRICES.c
    rows = connection.execute(
        select(PRICES).where(among(connection, c.sku, skus), c.price_list.in_(wanted)).order_by(c.valid_from)
    ).all() if skus else ()  # fmt: skip
    for each in found:
        prices = {
            row.sku: row.amount_minor
            for row in rows
            if row.price_list == each.price_list and row.currency == each.order.currency and row.valid_from <= each.order.business_date
        }
        each.lines = [_priced(line, prices) for line in each.lines]


def _priced(line: LineFacts, prices: Mapping[str, int]) -> LineFacts:
    return replace(line, list_price_minor=prices.get(line.sku)) if line.sku else line
