"""Whom the papers of orders are made out to."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.records.invoice import PaperBuyer
from model.store.bulk import among
from model.store.buyers import AnyRow, known_customers
from model.store.customers import opened
from model.store.order_rows import PARTIES
from model.store.sealing import Sealer

ROLES = ("billing", "buyer", "shipping")
"""Whom an invoice is made out to: the first of these who is named."""


def buyers_of(connection: Connection, order_ids: Sequence[str], sealer: Sealer) -> dict[str, tuple[PaperBuyer | None, AnyRow | None]]:
    """By order: whom its papers are made out to, None where that was erased, and the customer of the master who bought."""
    people: defaultdict[str, dict[str, AnyRow]] = defaultdict(dict)
    for row in connection.execute(select(PARTIES).where(among(connection, PARTIES.c.order_id, sorted(order_ids)))):
        people[row.order_id][row.role] = row
    index = {order_id: (roles["buyer"].email_index, roles["buyer"].phone_index) for order_id, roles in people.items() if "buyer" in roles}
    customers = known_customers(connection, index) if index else {}
    found: dict[str, tuple[PaperBuyer | None, AnyRow | None]] = {}
    for order_id in order_ids:
        customer = customers.get(order_id)
        buyer = _opened(connection, [people[order_id][role] for role in ROLES if role in people[order_id]], sealer)
        found[order_id] = (buyer and replace(buyer, tax_number=_tax_number(connection, customer, sealer)), customer)
    return found


def _tax_number(connection: Connection, customer: AnyRow | None, sealer: Sealer) -> str | None:
    """The tax number that the customer master has for who bought."""
    if customer is None:
        return None
    try:
        sealed = {"id": customer.id, "key_id": customer.key_id, "personal": customer.personal}
        return opened(connection, sealer, sealed)["tax_number"]
    except ConfigError:
        return None


def _opened(connection: Connection, rows: Sequence[AnyRow], sealer: Sealer) -> PaperBuyer | None:
    """The first who has a name, with the address of the first who has one."""
    told: list[dict[str, Any]] = []
    for row in rows:
        try:
            sealer.make_ready(connection, row.key_id)
        except ConfigError:
            return None
        told.append(json.loads(sealer.unseal(row.personal, key_id=row.key_id, place=f"order_party|{row.order_id}|{row.role}")))
        told[-1]["country"] = told[-1].get("country") or row.country
    nobody: dict[str, Any] = {}
    named = next((each for each in told if each.get("name") or each.get("company")), nobody)
    housed = next((each for each in told if each.get("street") or each.get("city")), named)
    return PaperBuyer(
        name=named.get("name"), company=named.get("company"), street=tuple(housed.get("street") or ()), postcode=housed.get("postcode"),
        city=housed.get("city"), region=housed.get("region"), country=housed.get("country"),
    )  # fmt: skip
