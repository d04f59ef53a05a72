"""What is stored of each kind, as the rows of a file that the same kind's import reads back unchanged."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Select, select

from model.store.catalogue import INBOUND, KIT_PARTS, PRICES, SKU_MAP, SKUS
from model.store.customers import PERSONAL, list_customers
from model.store.papers import SKU_TAX
from model.store.sealing import Sealer
from model.values.money import decimal_amount
from operations.masters.cells import Cell
from operations.masters.kinds import Kind

Stored = Mapping[str, Any]


def columns_shown(kind: Kind, sealer: Sealer | None) -> list[str]:
    """The columns of an export: without a sealer those that name people are left out, and importing the file leaves them as they are."""
    return [column.name for column in kind.columns if sealer or not column.is_personal]


def exported(kind: Kind, connection: Connection, sealer: Sealer | None) -> Iterator[list[Cell]]:
    """The rows of a kind, in the order of its keys."""
    columns = [kind.column(name) for name in columns_shown(kind, sealer)]
    for row in _ROWS[kind.name](connection, sealer):
        yield [column.form.show(row[column.name]) for column in columns]


def _of(query: Select[Any]) -> Callable[[Connection, Sealer | None], Iterator[Stored]]:
    def rows(connection: Connection, _sealer: Sealer | None) -> Iterator[Stored]:
        for row in connection.execution_options(yield_per=1000).execute(query).mappings():
            yield dict(row)

    return rows


def _prices(connection: Connection, _sealer: Sealer | None) -> Iterator[Stored]:
    query = select(PRICES).order_by(PRICES.c.price_list, PRICES.c.sku, PRICES.c.valid_from)
    for row in connection.execution_options(yield_per=1000).execute(query).mappings():
        yield {**row, "amount": decimal_amount(row["amount_minor"], row["currency"])}


def _customers(connection: Connection, sealer: Sealer | None) -> Iterator[Stored]:
    for row in list_customers(connection, None, sealer):
        limit = row["credit_limit_minor"]
        person = row["personal"] if sealer else dict.fromkeys(PERSONAL)
        yield {**row, **person, "credit_limit": None if limit is None else decimal_amount(limit, row["currency"])}


_ROWS: Mapping[str, Callable[[Connection, Sealer | None], Iterator[Stored]]] = {
    "skus": _of(select(SKUS).order_by(SKUS.c.code)),
    "kits": _of(select(KIT_PARTS).order_by(KIT_PARTS.c.kit, KIT_PARTS.c.part)),
    "map": _of(
        select(SKU_MAP.c.account_id.label("channel"), SKU_MAP.c.external_id.label("listing"), SKU_MAP.c.sku, SKU_MAP.c.factor)
        .order_by(SKU_MAP.c.account_id, SKU_MAP.c.external_id)
    ),
    "prices": _prices,
    "customers": _customers,
    "inbound": _of(
        select(INBOUND.c.id, INBOUND.c.sku, INBOUND.c.location_id.label("location"), INBOUND.c.quantity, INBOUND.c.expected_on)
        .where(INBOUND.c.state == "open").order_by(INBOUND.c.id)
    ),
    "tax_codes": _of(select(SKU_TAX).order_by(SKU_TAX.c.sku)),
}  # fmt: skip
