"""What the rows of each kind would change, checked against each other and against what is stored; nothing is written here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from sqlalchemy import Connection, Table

from model.errors import MalformedError
from model.store import catalogue
from model.store.bulk import Primitive
from model.store.catalogue import INBOUND, KIT_PARTS, PRICES, SKU_MAP, SKUS
from model.store.customers import CUSTOMERS, load_customers
from model.store.master_rows import Fields, Proposed, propose, stored_fields
from model.store.papers import SKU_TAX
from model.store.sealing import Sealer
from model.values.money import minor_units
from operations.masters.columns import Value
from operations.masters.rows import MasterRow, Reading, Wrong

ONE = 1000
"""Thousandths."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a plan may look at."""

    connection: Connection
    sealer: Sealer
    actor_id: str
    channels: frozenset[str]
    """The channel accounts of hub.toml."""


@dataclass(slots=True)
class Plan:
    """What would be written, and what is wrong."""

    table: Table
    proposals: list[Proposed] = field(default_factory=list[Proposed])
    removed: list[Fields] = field(default_factory=list[Fields])
    touches: set[str] = field(default_factory=set[str])
    """SKUs whose availability changes."""
    wrong: list[Wrong] = field(default_factory=list[Wrong])

    def refuse(self, row: MasterRow, column: str, reason: str) -> None:
        """Leave a row out."""
        self.wrong.append(Wrong(row.number, column, reason))


def plan_skus(desk: Desk, reading: Reading) -> Plan:
    """SKUs: the unit stands as long as there is stock in it."""
    plan = Plan(SKUS)
    codes = [row.text("code") for row in reading.rows]
    stocked = catalogue.in_stock(desk.connection, codes)
    stored = stored_fields(desk.connection, SKUS, "code", codes)
    there = {each["code"] for each in stored}
    given = [_fields(row) if row.text("code") in there else {"title": row.text("code"), **_fields(row)} for row in reading.rows]
    for row, proposed in zip(reading.rows, propose(SKUS, given, stored, _FRESH_SKU), strict=True):
        low, surplus = proposed.new["low_at"], proposed.new["surplus_at"]
        if proposed.new["order_multiple"] == 0:
            plan.refuse(row, "order_multiple", "is zero; leave it empty or write what orders come in multiples of")
        elif isinstance(low, int) and isinstance(surplus, int) and surplus <= low:
            plan.refuse(row, "surplus_at", "is not above low_at; raise it")
        elif proposed.alters("unit") and row.text("code") in stocked:
            plan.refuse(row, "unit", "cannot change while there is stock in it; give the new unit a SKU of its own")
        else:
            plan.proposals.append(proposed)
            plan.touches |= {row.text("code")} if proposed.alters("unit", "is_tracked", "is_active") else set()
    return plan


_FRESH_SKU: Fields = {
    "unit": "piece", "is_tracked": True, "is_active": True, "low_at": None, "surplus_at": None, "lead_time_days": None,
    "order_multiple": None, "supplier": None,
}  # fmt: skip


def plan_kits(desk: Desk, reading: Reading) -> Plan:
    """Kits: a kit that the rows name is changed as a whole or not at all; parts that they do not name leave it."""
    plan = Plan(KIT_PARTS)
    _check_kits(desk, reading.rows, plan)
    refused = {wrong.row for wrong in plan.wrong}
    broken = {row.text("kit") for row in reading.rows if row.number in refused} | {values.get("kit") for values in reading.left}
    kept: list[MasterRow] = []
    for row in reading.rows:
        if row.text("kit") not in broken and None not in broken:  # None: a row that does not even say which kit it belongs to
            kept.append(row)
        elif row.number not in refused:
            plan.refuse(row, "kit", "is left as it is, because another row of it is wrong; mend that one")
    stored = stored_fields(desk.connection, KIT_PARTS, "kit", sorted({row.text("kit") for row in kept}))
    plan.proposals = propose(KIT_PARTS, [_fields(row) for row in kept], stored, {})
    named = {(row.text("kit"), row.text("part")) for row in kept}
    plan.removed = [each for each in stored if (each["kit"], each["part"]) not in named]
    plan.touches = {str(each["kit"]) for each in (*plan.removed, *(p.new for p in plan.proposals if p.is_changed))}
    return plan


def _check_kits(desk: Desk, rows: Sequence[MasterRow], plan: Plan) -> None:
    kits = {row.text("kit") for row in rows}
    both = kits | {row.text("part") for row in rows}
    known = catalogue.known_skus(desk.connection, both)
    are_kits = kits | catalogue.kits_among(desk.connection, both)
    stocked = catalogue.in_stock(desk.connection, kits)
    elsewhere = {part for part, within in catalogue.kits_with(desk.connection, kits).items() if within - kits}
    for row in rows:
        kit, part = row.text("kit"), row.text("part")
        if kit not in known or part not in known:
            plan.refuse(row, "kit" if kit not in known else "part", _NO_SKU)
        elif part in are_kits:
            plan.refuse(row, "part", "is a kit itself; name its parts")
        elif kit in elsewhere:
            plan.refuse(row, "kit", "is a part of another kit; take it out there first")
        elif kit in stocked:
            plan.refuse(row, "kit", "has stock, inbound or open orders of its own; clear them, or give the kit a new SKU")
        elif row.values["quantity"] == 0:
            plan.refuse(row, "quantity", "is zero; take the row out")


def plan_map(desk: Desk, reading: Reading) -> Plan:
    """The SKU map: a listing may be mapped before it was read."""
    plan = Plan(SKU_MAP)
    known = catalogue.known_skus(desk.connection, [row.text("sku") for row in reading.rows])
    good: list[MasterRow] = []
    for row in reading.rows:
        if row.text("channel") not in desk.channels:
            plan.refuse(row, "channel", f"is not in hub.toml; known are {', '.join(sorted(desk.channels)) or 'none yet'}")
        elif row.text("sku") not in known:
            plan.refuse(row, "sku", _NO_SKU)
        elif row.values.get("factor") == 0:
            plan.refuse(row, "factor", "is zero; write how many units one listed unit takes")
        else:
            good.append(row)
    given: list[Fields] = [
        {
            "listing_id": catalogue.listing_id(row.text("channel"), row.text("listing")), "account_id": row.text("channel"),
            "external_id": row.text("listing"), "mapped_by": desk.actor_id, **_fields(row, "sku", "factor"),
        }
        for row in good
    ]  # fmt: skip
    stored = stored_fields(desk.connection, SKU_MAP, "listing_id", [str(each["listing_id"]) for each in given])
    plan.proposals = propose(SKU_MAP, given, stored, {"factor": ONE})
    for proposed in plan.proposals:
        if proposed.is_changed:
            plan.touches |= {str(each["sku"]) for each in (proposed.old, proposed.new) if each}
    return plan


def plan_prices(desk: Desk, reading: Reading) -> Plan:
    """Prices: one currency per list, amounts exact to its smallest unit."""
    plan = Plan(PRICES)
    known = catalogue.known_skus(desk.connection, [row.text("sku") for row in reading.rows])
    currencies = catalogue.list_currencies(desk.connection, [row.text("price_list") for row in reading.rows])
    given: list[Fields] = []
    for row in reading.rows:
        currency = row.text("currency")
        amount = _minor(row.values["amount"], currency)
        if row.text("sku") not in known:
            plan.refuse(row, "sku", _NO_SKU)
        elif isinstance(amount, str):
            plan.refuse(row, "amount", amount)
        elif currencies.setdefault(row.text("price_list"), currency) != currency:
            reason = f"is not {currencies[row.text('price_list')]}, the list's own; give each currency a list of its own"
            plan.refuse(row, "currency", reason)
        else:
            given.append({**_fields(row, "price_list", "sku", "valid_from", "currency"), "amount_minor": amount})
    stored = stored_fields(desk.connection, PRICES, "price_list", sorted(currencies))
    plan.proposals = propose(PRICES, given, stored, {})
    return plan


def plan_customers(desk: Desk, reading: Reading) -> Plan:
    """Customers: a limit has a currency, a hold has a reason."""
    plan = Plan(CUSTOMERS)
    stored = load_customers(desk.connection, desk.sealer, [row.text("id") for row in reading.rows])
    fresh: Fields = {
        "type": "retail", "name": None, "email": None, "phone": None, "tax_number": None, "terms_days": None,
        "credit_limit_minor": None, "currency": None, "is_on_hold": False, "hold_reason": None, "price_list": None,
    }  # fmt: skip
    before = {str(each["id"]): each for each in stored}
    kept: list[Fields] = []
    for row in reading.rows:
        fields = _customer(plan, row, before.get(row.text("id"), fresh))
        kept += [fields] if fields else []
    plan.proposals = propose(CUSTOMERS, kept, stored, fresh)
    return plan


def _customer(plan: Plan, row: MasterRow, stands: Fields) -> Fields | None:
    fields = {name: value for name, value in _fields(row).items() if name != "credit_limit"}
    currency = cast("str | None", fields.get("currency", stands["currency"]))
    limit = row.values.get("credit_limit")
    if "credit_limit" not in row.values and stands["credit_limit_minor"] is not None and currency != stands["currency"]:
        plan.refuse(row, "currency", "changes, so the credit limit has to be said anew; add credit_limit")
        return None
    if limit is not None and currency is None:
        plan.refuse(row, "credit_limit", "has no currency; fill in currency")
        return None
    if "credit_limit" in row.values:
        minor = None if limit is None else _minor(limit, str(currency))
        if isinstance(minor, str):
            plan.refuse(row, "credit_limit", minor)
            return None
        fields["credit_limit_minor"] = minor
    if not fields.get("is_on_hold", stands["is_on_hold"]):
        fields["hold_reason"] = None
    elif not fields.get("hold_reason", stands["hold_reason"]):
        plan.refuse(row, "hold_reason", "is empty for a customer on hold; say why")
        return None
    return fields


def plan_inbound(desk: Desk, reading: Reading) -> Plan:
    """What is on its way: to a location that is known, of a SKU that is no kit, and not changed any more once it is there."""
    plan = Plan(INBOUND)
    skus = [row.text("sku") for row in reading.rows]
    known, kits = catalogue.known_skus(desk.connection, skus), catalogue.kits_among(desk.connection, skus)
    locations = catalogue.known_locations(desk.connection)
    given: list[Fields] = [
        {**_fields(row, "id", "sku", "quantity", "expected_on"), "location_id": row.text("location")} for row in reading.rows
    ]
    stored = stored_fields(desk.connection, INBOUND, "id", [row.text("id") for row in reading.rows])
    for row, proposed in zip(reading.rows, propose(INBOUND, given, stored, {"received": 0, "state": "open"}), strict=True):
        received = proposed.new["received"]
        if row.text("sku") not in known:
            plan.refuse(row, "sku", _NO_SKU)
        elif row.text("sku") in kits:
            plan.refuse(row, "sku", "is a kit and has no stock of its own; name its parts")
        elif row.text("location") not in locations:
            plan.refuse(row, "location", f"is no stock location; known are {', '.join(sorted(locations)) or 'none yet'}")
        elif row.values["quantity"] == 0:
            plan.refuse(row, "quantity", "is zero; take the row out")
        elif proposed.is_changed and proposed.new["state"] != "open":
            plan.refuse(row, "id", f"is {proposed.new['state']} already; use a new id")
        elif proposed.alters("sku", "location_id") and received:
            plan.refuse(row, "id", "was received in part; only its quantity and its day may change")
        elif isinstance(received, int) and cast("int", proposed.new["quantity"]) < received:
            plan.refuse(row, "quantity", "is less than was received already; raise it")
        else:
            plan.proposals.append(proposed)
            plan.touches |= {str(each["sku"]) for each in (proposed.old, proposed.new) if each} if proposed.is_changed else set()
    return plan


_NO_SKU = "is no SKU yet; import it under skus first"


def plan_tax_codes(desk: Desk, reading: Reading) -> Plan:
    """Tax codes of SKUs, of 19 digits."""
    plan = Plan(SKU_TAX)
    known = catalogue.known_skus(desk.connection, [row.text("sku") for row in reading.rows])
    given: list[Fields] = []
    for row in reading.rows:
        if row.text("sku") not in known:
            plan.refuse(row, "sku", _NO_SKU)
        elif not _TAX_CODE.fullmatch(row.text("tax_code")):
            plan.refuse(row, "tax_code", "is not of 19 digits; write it as the tax authority lists it, as text")
        else:
            given.append(_fields(row))
    stored = stored_fields(desk.connection, SKU_TAX, "sku", [str(each["sku"]) for each in given])
    plan.proposals = propose(SKU_TAX, given, stored, {"specification": None, "unit_name": None})
    return plan


_TAX_CODE = re.compile(r"[0-9]{19}")

PLANS: Mapping[str, Callable[[Desk, Reading], Plan]] = {
    "skus": plan_skus, "kits": plan_kits, "map": plan_map, "prices": plan_prices, "customers": plan_customers, "inbound": plan_inbound,
    "tax_codes": plan_tax_codes,
}  # fmt: skip


def _fields(row: MasterRow, *names: str) -> dict[str, Primitive]:
    return {name: cast("Primitive", value) for name, value in row.values.items() if not names or name in names}


def _minor(amount: Value, currency: str) -> int | str:
    """Minor units, or why there are none."""
    try:
        return minor_units(cast("Decimal", amount), currency)
    except MalformedError as error:
        return f"{str(error).partition(': ')[2]}; mend it"
