"""Customers: what names them is sealed under keys of their own, found again by exact e-mail or phone through blind indexes."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Table, func, or_, select

from model.store.bulk import among, primitive
from model.store.master_rows import Fields
from model.store.sealing import Sealer, normalised_email, normalised_phone
from model.tables.catalogue import CustomerRow

CUSTOMERS = cast("Table", CustomerRow.__table__)
KEYS = "customers"
"""Whose data keys seal them: no channel account's."""
PERSONAL = ("name", "email", "phone", "tax_number")

Shown = dict[str, Any]

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(dict[str, str | None]).decode


def load_customers(connection: Connection, sealer: Sealer, ids: Sequence[str]) -> list[Fields]:
    """These customers as they are stored, opened."""
    rows = connection.execute(select(CUSTOMERS).where(among(connection, CUSTOMERS.c.id, ids))).mappings().all()
    return [{**_primitives(row), **opened(connection, sealer, dict(row))} for row in rows]


def opened(connection: Connection, sealer: Sealer, row: Shown) -> dict[str, str | None]:
    """Name, e-mail, phone and tax number of a stored row."""
    sealer.make_ready(connection, row["key_id"])
    told = _decode(sealer.unseal(row["personal"], key_id=row["key_id"], place=_place(row["id"])))
    return {name: told.get(name) for name in PERSONAL}  # rows of before a field was there lack it


def sealing(sealer: Sealer, key_id: str) -> Callable[[Fields], Fields]:
    """How the fields of a customer become its row, sealed under a key that is in force."""

    def sealed(fields: Fields) -> Fields:
        person = {name: cast("str | None", fields.get(name)) for name in PERSONAL}
        email, phone = person["email"], person["phone"]
        return {
            **{name: value for name, value in fields.items() if name not in PERSONAL},
            "email_index": sealer.index("email", normalised_email(email)) if email else None,
            "phone_index": sealer.index("phone", normalised_phone(phone)) if phone else None,
            "personal": sealer.seal(_encode(person), key_id=key_id, place=_place(str(fields["id"]))),
            "key_id": key_id,
        }

    return sealed


def find_customers(connection: Connection, sealer: Sealer, reference: str) -> list[str]:
    """Ids of the customers with that id, e-mail address or phone number."""
    named = [CUSTOMERS.c.id == reference]
    if "@" in reference:
        named.append(CUSTOMERS.c.email_index == sealer.index("email", normalised_email(reference)))
    elif not any(letter.isalpha() for letter in reference):
        named.append(CUSTOMERS.c.phone_index == sealer.index("phone", normalised_phone(reference)))
    return list(connection.execute(select(CUSTOMERS.c.id).where(or_(*named)).order_by(CUSTOMERS.c.id)).scalars())


def count_customers(connection: Connection) -> int:
    """How many customers there are."""
    return connection.execute(select(func.count()).select_from(CUSTOMERS)).scalar_one()


def list_customers(connection: Connection, limit: int | None, sealer: Sealer | None = None) -> Iterator[Shown]:
    """Customers by id; people are masked unless a sealer is given to open them."""
    for row in connection.execute(select(CUSTOMERS).order_by(CUSTOMERS.c.id).limit(limit)).mappings().all():
        yield _shown(connection, dict(row), sealer)


def show_customer(connection: Connection, customer_id: str, sealer: Sealer | None) -> Shown:
    """One customer."""
    row = connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.id == customer_id)).mappings().one()
    return _shown(connection, dict(row), sealer)


def hold(connection: Connection, customer_id: str, reason: str | None, *, at: datetime) -> bool:
    """Put a customer on hold for a reason, or release it with None; whether that changed anything."""
    row = CUSTOMERS
    stands = connection.execute(select(row.c.is_on_hold, row.c.hold_reason).where(row.c.id == customer_id)).one()
    if tuple(stands) == (reason is not None, reason):
        return False
    changed = row.update().where(row.c.id == customer_id).values(is_on_hold=reason is not None, hold_reason=reason, changed_at=at)
    connection.execute(changed)
    return True


def _shown(connection: Connection, row: Shown, sealer: Sealer | None) -> Shown:
    kept = {name: value for name, value in row.items() if name not in {"personal", "key_id", "email_index", "phone_index"}}
    if sealer is None:
        return kept | {"personal": "sealed"}
    return kept | {"personal": opened(connection, sealer, row)}


def _primitives(row: Any) -> Fields:  # noqa: ANN401  SQLAlchemy's own mapping
    return {name: primitive(value) for name, value in row.items()}


def _place(customer_id: str) -> str:
    return f"customer|{customer_id}"
