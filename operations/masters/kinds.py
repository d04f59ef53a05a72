"""The kinds of master tables and their columns: what a file of each kind may hold, and what a first one looks like."""

from dataclasses import dataclass
from typing import get_args

from sqlalchemy import Table

from model.errors import ConfigError
from model.store.catalogue import INBOUND, KIT_PARTS, PRICES, SKU_MAP, SKUS
from model.store.customers import CUSTOMERS
from model.store.papers import SKU_TAX
from model.tables.catalogue import CustomerType
from operations.masters.cells import Cell
from operations.masters.columns import AMOUNT, CODE, CURRENCY, DAY, DAYS, EMAIL, FLAG, PHONE, QUANTITY, TEXT, Column, Form, one_of
from operations.masters.csv_file import write_csv


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table: its name is what the command line calls it."""

    name: str
    says: str
    table: Table
    """Where its rows are kept."""
    key: tuple[str, ...]
    """The columns that name a row; no two rows of a file have the same."""
    columns: tuple[Column, ...]
    shown_by: str = ""
    """The command that shows all its columns; empty: the template's."""

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def needed(name: str, example: str, form: Form = CODE) -> Column:
    """A column that has to be there, with something in every cell."""
    return Column(name, form, example, empty="refused", is_needed=True)


_KINDS = (
    Kind("skus", "what is sold, one row per variant", SKUS, ("code",), (
        needed("code", "MUG-RED"),
        Column("title", TEXT, "Mug, red", empty="kept"),
        Column("unit", CODE, "piece", empty="kept"),
        Column("is_tracked", FLAG, "yes", empty="kept"),
        Column("is_active", FLAG, "yes", empty="kept"),
        Column("low_at", QUANTITY, "10"),
        Column("surplus_at", QUANTITY, "500"),
        Column("lead_time_days", DAYS, "14"),
        Column("order_multiple", QUANTITY, "6"),
        Column("supplier", CODE, "Example Pottery"),
    )),
    Kind("kits", "what a kit is made of, one row per part", KIT_PARTS, ("kit", "part"), (
        needed("kit", "MUG-SET"),
        needed("part", "MUG-RED"),
        needed("quantity", "2", QUANTITY),
    )),
    Kind("map", "which SKU a listing sells", SKU_MAP, ("channel", "listing"), (
        needed("channel", "web"),
        needed("listing", "44012345678"),
        needed("sku", "MUG-RED"),
        Column("factor", QUANTITY, "1", empty="kept"),
    )),
    Kind("prices", "list prices per whole unit, before tax", PRICES, ("price_list", "sku", "valid_from"), (
        needed("price_list", "retail-eur"),
        needed("sku", "MUG-RED"),
        needed("valid_from", "2026-01-01", DAY),
        needed("currency", "EUR", CURRENCY),
        needed("amount", "9.90", AMOUNT),
    )),
    Kind("customers", "customers the hub knows by name", CUSTOMERS, ("id",), (
        needed("id", "C-1001"),
        Column("type", one_of(*get_args(CustomerType)), "wholesale", empty="kept"),
        Column("name", TEXT, "Example Trading", is_personal=True),
        Column("email", EMAIL, "orders@example.com", is_personal=True),
        Column("phone", PHONE, "+49 30 1234567", is_personal=True),
        Column("tax_number", CODE, "DE123456789", is_personal=True),
        Column("terms_days", DAYS, "30"),
        Column("credit_limit", AMOUNT, "5000.00"),
        Column("currency", CURRENCY, "EUR"),
        Column("is_on_hold", FLAG, "no", empty="kept"),
        Column("hold_reason", TEXT, ""),
        Column("price_list", CODE, "retail-eur"),
    )),
    Kind("inbound", "what is ordered and not yet there", INBOUND, ("id",), (
        needed("id", "PO-7001/1"),
        needed("sku", "MUG-RED"),
        needed("location", "main"),
        needed("quantity", "144", QUANTITY),
        needed("expected_on", "2026-03-01", DAY),
    )),
    Kind("tax_codes", "what a Chinese e-invoice wants to know of a SKU", SKU_TAX, ("sku",), (
        needed("sku", "MUG-RED"),
        needed("tax_code", "1080101000000000000"),
        Column("specification", TEXT, "350 ml"),
        Column("unit_name", TEXT, "个"),
    )),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _KINDS}


def find_kind(name: str) -> Kind:
    """The kind of that name; ConfigError lists the known ones."""
    if name not in KINDS:
        raise ConfigError(f"kind {name!r}: is unknown; use one of {', '.join(KINDS)}")
    return KINDS[name]


def template(kind: Kind) -> str:
    """A CSV file with all columns and one example row."""
    examples: list[Cell] = [column.example for column in kind.columns]
    return write_csv([column.name for column in kind.columns], [examples]).decode()
