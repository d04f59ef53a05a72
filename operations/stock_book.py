"""Move stock by hand and say why: receipts, issues, corrections, transfers, damage; and explain what a channel may sell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.store import runs
from model.store.audit_trail import append
from model.store.catalogue import BACKORDERS, LISTINGS
from model.store.corrections import correct
from model.store.exposure import SHOWN
from model.store.relocation import relocate
from model.store.reservations import RESERVATIONS
from model.store.stock_levels import LEVELS, Move, move
from model.tables.stock import MovementKind
from model.values.ids import derive_id
from model.values.quantity import decimal_quantity
from operations.runtime.hub import Hub
from operations.said import check_sku, named, reasoned, units
from operations.stock_policy import counted_location, meet_locations

KINDS: Mapping[str, tuple[MovementKind, Mapping[str, int]]] = {
    "receive": ("receipt", {"on_hand": 1}),
    "issue": ("issue", {"on_hand": -1}),
    "adjust": ("adjust", {"on_hand": 1}),
    "return": ("return", {"on_hand": 1}),
    "damage": ("damage", {"damaged": 1}),
    "repair": ("repair", {"damaged": -1}),
    "hold": ("hold", {"held": 1}),
    "unhold": ("unhold", {"held": -1}),
}
"""Deed to movement and what it changes; only an adjustment may be negative."""
CORRECTIONS = ("adjust", "damage", "hold")
"""Movements that say how things are, whatever is promised."""
OPERANDS = frozenset(("on_hand", "held_back", "reserved", "unrouted", "inbound", "per_unit", "share"))
"""Of the formula, those in thousandths; the others are whole listed units."""
_NAME = "deed, like delivery 7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a person does to stock. `reference` names it: the same deed with the same reference is done once."""

    kind: str
    sku: str
    location: str
    quantity: str
    reference: str
    reason: str | None = None


def do(hub: Hub, deed: Deed) -> bool:
    """Do it; false when it was done before. A correction below what is promised turns the youngest reservations into backorders."""
    kind, changes = KINDS[deed.kind]
    named(deed.reference, _NAME)
    quantity = units(deed.quantity, least=None if deed.kind == "adjust" else 1)
    if quantity == 0:
        raise ConfigError("quantity 0: adjusts nothing; write by how much there is more or less, like 2 or -2")
    if quantity < 0:
        reasoned(deed.reason)
    moved = Move(
        id=derive_id("deed", deed.kind, deed.sku, deed.location, deed.reference), sku=deed.sku, location=deed.location, kind=kind,
        reference=deed.reference, reason=deed.reason, **{name: sign * quantity for name, sign in changes.items()},
    )  # fmt: skip

    def work(connection: Connection) -> bool:
        _check(connection, hub, deed.sku, deed.location)
        is_new = (correct if kind in CORRECTIONS else move)(connection, [moved], at=hub.clock.now(), actor_id=hub.actor.id) > 0
        if is_new:
            details = {"at": deed.location, "quantity": deed.quantity}
            append(connection, hub.actor, f"stock {deed.kind}", deed.sku, details, at=hub.clock.now())
        return is_new

    return hub.database.run(work)


def transfer(hub: Hub, sku: str, quantity: str, places: tuple[str, str], reference: str) -> bool:
    """Carry free stock from one location to another; false when it was done before."""
    named(reference, _NAME)
    _check_two(places)
    count = units(quantity, least=1)

    def work(connection: Connection) -> bool:
        _check(connection, hub, sku, *places)
        ids = [derive_id("transfer", sku, *places, reference, end) for end in ("out", "in")]
        both = [
            Move(id=ids[0], sku=sku, location=places[0], kind="transfer_out", on_hand=-count, reference=reference),
            Move(id=ids[1], sku=sku, location=places[1], kind="transfer_in", on_hand=count, reference=reference),
        ]
        is_new = move(connection, both, at=hub.clock.now(), actor_id=hub.actor.id) > 0
        if is_new:
            details = {"from": places[0], "to": places[1], "quantity": quantity}
            append(connection, hub.actor, "stock transfer", sku, details, at=hub.clock.now())
        return is_new

    return hub.database.run(work)


def relocate_order(hub: Hub, order_id: str, sku: str, places: tuple[str, str], reason: str) -> int:
    """Hold what an order holds of a SKU at another location instead; gives the thousandths that moved."""
    reasoned(reason)
    _check_two(places)

    def work(connection: Connection) -> int:
        _check(connection, hub, sku, *places)
        at, actor = hub.clock.now(), hub.actor
        moved = relocate(connection, order_id, sku, places, at=at, actor_id=actor.id)
        if moved:
            details = {"order": order_id, "from": places[0], "to": places[1], "quantity": decimal_quantity(moved), "reason": reason}
            append(connection, actor, "stock relocate", sku, details, at=at)
        return moved

    return hub.database.run(work)


def _check_two(places: tuple[str, str]) -> None:
    if places[0] == places[1]:
        raise ConfigError(f"FROM and TO: are both {places[0]!r}; name two locations")


def _check(connection: Connection, hub: Hub, sku: str, *locations: str) -> None:
    """Make sure that the store knows who acts and where, and that the hub counts the SKU there."""
    at = hub.clock.now()
    meet_locations(connection, hub.file, at=at)
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
    for location in locations:
        counted_location(hub.file, location)
    check_sku(connection, sku)


def show(connection: Connection, sku: str) -> dict[str, Any]:
    """Where a SKU lies, who holds it, and who waits for it; in thousandths. ConfigError where it is none, or a kit."""
    check_sku(connection, sku)
    r, b = RESERVATIONS.c, BACKORDERS.c
    held = select(r.order_id, r.location_id, r.kind, r.quantity, r.made_at, r.expires_at).where(r.sku == sku, r.state == "live")
    waits = select(b.order_id, b.location_id, b.quantity, b.made_at).where(b.sku == sku, b.state == "open")
    return {
        "sku": sku,
        "levels": [
            dict(row) for row in connection.execute(select(LEVELS).where(LEVELS.c.sku == sku).order_by(LEVELS.c.location_id)).mappings()
        ],
        "reservations": [dict(row) for row in connection.execute(held.order_by(r.made_at)).mappings()],
        "backorders": [dict(row) for row in connection.execute(waits.order_by(b.made_at)).mappings()],
    }


def explain(connection: Connection, sku: str, channel: str | None) -> list[dict[str, Any]]:
    """Why listings of a SKU show what they show: the operands of the formula, what was sent and when, and what was seen.

    Quantities of stock are thousandths, but for those in `formula`; ConfigError where there is no such SKU.
    """
    check_sku(connection, sku, may_be_kit=True)
    c = SHOWN.c
    query = select(LISTINGS.c.external_id, LISTINGS.c.title, *SHOWN.c).join(LISTINGS, LISTINGS.c.id == c.listing_id).where(c.sku == sku)
    query = query.where(c.account_id == channel) if channel else query
    rows = [dict(row) for row in connection.execute(query.order_by(c.account_id)).mappings()]
    return [row | {"formula": formula(row)} for row in rows]


def formula(row: Mapping[str, Any]) -> str:
    """The computation in words, in units."""
    told = {name: decimal_quantity(row[name]) for name in OPERANDS}
    part = f" of {row['scarcest']}" if row["scarcest"] else ""
    free = f"({told['on_hand']} on hand - {told['held_back']} held back - {told['reserved']} reserved - {told['unrouted']} waited for"
    bounds = f"share {told['share']} - safety {row['safety']}, ends at {row['end_when']}"
    most = "" if row["max_listed"] is None else f", at most {row['max_listed']}"
    return f"{free} + {told['inbound']} promised{part}) / {told['per_unit']} = {row['base']}; {bounds}{most} = {row['desired']}"
