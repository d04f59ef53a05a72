"""Questions about stored orders, for people: lists, one order with everything around it, and its history."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Connection, RowMapping, Select, Table, func, or_, select

from model.store.order_rows import (
    ADJUSTMENTS,
    FIELD_SOURCES,
    FULFILMENT_LINES,
    FULFILMENTS,
    LINES,
    ORDERS,
    PARTIES,
    PAYMENTS,
    REFUNDS,
    RETURNS,
    STATES,
)
from model.store.review_facts import REVIEWS
from model.store.sealing import Sealer
from model.tables.orders import LIFECYCLE, OrderChangeRow

__all__ = ["LIFECYCLE", "count_orders", "find_order_ids", "list_orders", "review_queue", "show_order"]

HISTORY = cast("Table", OrderChangeRow.__table__)
Shown = dict[str, Any]

_LISTED = (
    ORDERS.c.account_id, ORDERS.c.external_id, ORDERS.c.number, ORDERS.c.placed_at, ORDERS.c.updated_at, ORDERS.c.total_minor,
    ORDERS.c.currency, ORDERS.c.payment_state, ORDERS.c.fulfilment_state, ORDERS.c.return_state, STATES.c.lifecycle,
    STATES.c.accounting, STATES.c.is_history,
)  # fmt: skip


def count_orders(connection: Connection, channel: str | None, lifecycle: str | None = None) -> int:
    """How many orders are stored, of one channel or of all, standing anywhere or in one place."""
    query = _of(select(func.count()).select_from(ORDERS), channel)
    return connection.execute(
        _standing(query.join(STATES, STATES.c.order_id == ORDERS.c.id), lifecycle) if lifecycle else query
    ).scalar_one()


def list_orders(connection: Connection, channel: str | None, limit: int | None, lifecycle: str | None = None) -> Iterator[Shown]:
    """Orders, newest first, a thousand at a time from the database."""
    query = _standing(_of(select(*_LISTED).join(STATES, STATES.c.order_id == ORDERS.c.id), channel), lifecycle)
    query = query.order_by(ORDERS.c.placed_at.desc(), ORDERS.c.id).limit(limit)
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        yield _listed(row)


def review_queue(connection: Connection, channel: str | None, limit: int | None) -> list[Shown]:
    """Orders that are held, urgent first, then by the time they were placed, each with the reasons of its last review."""
    every = REVIEWS.alias()
    newest = select(func.max(every.c.number)).where(every.c.order_id == ORDERS.c.id).correlate(ORDERS).scalar_subquery()
    query = select(*_LISTED, STATES.c.is_urgent, REVIEWS.c.reasons, REVIEWS.c.at).join(STATES, STATES.c.order_id == ORDERS.c.id)
    query = query.join(REVIEWS, (REVIEWS.c.order_id == ORDERS.c.id) & (REVIEWS.c.number == newest))
    query = _standing(_of(query, channel), "held").order_by(STATES.c.is_urgent.desc(), ORDERS.c.placed_at, ORDERS.c.id).limit(limit)
    return [
        _listed(row) | {"is_urgent": row["is_urgent"], "held_since": row["at"], "reasons": json.loads(row["reasons"])}
        for row in connection.execute(query).mappings()
    ]


def _listed(row: RowMapping) -> Shown:
    return {
        "channel": row["account_id"],
        "external_id": row["external_id"],
        "number": row["number"],
        "placed_at": row["placed_at"],
        "updated_at": row["updated_at"],
        "total": {"minor": row["total_minor"], "currency": row["currency"]},
        "states": {
            "lifecycle": row["lifecycle"],
            "payment": row["payment_state"],
            "fulfilment": row["fulfilment_state"],
            "return": row["return_state"],
            "accounting": row["accounting"],
        },
        "is_history": row["is_history"],
    }


def find_order_ids(connection: Connection, channel: str | None, reference: str) -> Sequence[str]:
    """Row ids of the orders with that external id or number."""
    query = _of(select(ORDERS.c.id), channel).where(or_(ORDERS.c.external_id == reference, ORDERS.c.number == reference))
    return list(connection.execute(query).scalars())


def show_order(connection: Connection, order_id: str, sealer: Sealer | None) -> Shown:
    """One order with lines, money, goods, people and history; people are masked unless a sealer is given to open them."""
    header = connection.execute(select(ORDERS).where(ORDERS.c.id == order_id)).mappings().one()
    shown: Shown = {"channel": header["account_id"], **header}
    for name in ("source_status", "tags"):
        shown[name] = json.loads(shown[name])
    state = connection.execute(select(STATES).where(STATES.c.order_id == order_id)).mappings().one()
    shown["states"] = {
        "lifecycle": state["lifecycle"], "payment": header["payment_state"], "fulfilment": header["fulfilment_state"],
        "return": header["return_state"], "accounting": state["accounting"],
    }  # fmt: skip
    shown["is_history"] = state["is_history"]
    for name, table in (
        ("lines", LINES), ("adjustments", ADJUSTMENTS), ("sources", FIELD_SOURCES), ("payments", PAYMENTS), ("refunds", REFUNDS),
        ("fulfilments", FULFILMENTS), ("fulfilment_lines", FULFILMENT_LINES), ("returns", RETURNS),
    ):  # fmt: skip
        shown[name] = [dict(row) for row in connection.execute(select(table).where(table.c.order_id == order_id)).mappings()]
    shown["parties"] = [
        _party(connection, dict(row), sealer)
        for row in connection.execute(select(PARTIES).where(PARTIES.c.order_id == order_id)).mappings()
    ]
    shown["reviews"] = _reviews(connection, order_id)
    history = select(HISTORY).where(HISTORY.c.order_id == order_id).order_by(HISTORY.c.fetch_seq)
    shown["history"] = [{"at": header["first_seen_at"], "run_id": header["first_run_id"], "changes": {"order": [None, "added"]}}]
    shown["history"] += [
        {"at": row["at"], "run_id": row["run_id"], "changes": json.loads(row["changes"])} for row in connection.execute(history).mappings()
    ]
    return shown


def _reviews(connection: Connection, order_id: str) -> list[Shown]:
    """Every decision, with what had changed since the one before."""
    rows = connection.execute(select(REVIEWS).where(REVIEWS.c.order_id == order_id).order_by(REVIEWS.c.number)).mappings().all()
    before: Shown = {}
    shown: list[Shown] = []
    for row in rows:
        basis: Shown = json.loads(row["basis"])
        shown.append(
            {
                "at": row["at"], "actor": row["actor_id"], "kind": row["kind"], "outcome": row["outcome"], "note": row["note"],
                "reasons": json.loads(row["reasons"]), "changes": _differences(before, basis) if before else {}, "rules": row["rules_hash"],
            }
        )  # fmt: skip
        before = basis
    return shown


def _differences(before: Shown, after: Shown) -> Shown:
    """Lines and facts that differ, as `[before, after]`; of an address only that it does."""
    lines = {f"line {line}": [before["lines"].get(line), after["lines"].get(line)] for line in sorted({*before["lines"], *after["lines"]})}
    pairs = lines | {name: [before[name], after[name]] for name in ("total", "amendment")}
    pairs["address"] = ["as before", "changed"] if before["address"] != after["address"] else [None, None]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _standing(query: Select[Any], lifecycle: str | None) -> Select[Any]:
    return query.where(STATES.c.lifecycle == lifecycle) if lifecycle else query


def _party(connection: Connection, row: Shown, sealer: Sealer | None) -> Shown:
    shown: Shown = {"role": row["role"], "country": row["country"], "external_id": row["external_id"]}
    if sealer is None:
        return shown | {"personal": "sealed"}
    sealer.make_ready(connection, row["key_id"])
    place = f"order_party|{row['order_id']}|{row['role']}"
    return shown | {"personal": json.loads(sealer.unseal(row["personal"], key_id=row["key_id"], place=place))}


def _of(query: Select[Any], channel: str | None) -> Select[Any]:
    return query.where(ORDERS.c.account_id == channel) if channel else query
