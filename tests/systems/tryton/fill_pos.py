"""Set up a shop with a till in an empty Tryton database, beside the books of `fill.py`.

Run by the Python that Tryton is installed in: `fill_pos.py CONFIG DATABASE PASSWORDFILE`.
"""

import sys
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

proteus: Any = import_module("proteus")  # Tryton's own client, which is not installed where our types are checked
books: Any = import_module("fill")  # beside this file
Model, Wizard = proteus.Model, proteus.Wizard
Record = Any

GOODS = (  # name, code, price with tax, price without, salable, kind, unit
    ("Mug small", "MUG-S", "11.90", "10.00", True, "goods", "Unit"),
    ("Mug large", "MUG-L", "14.28", "12.00", True, "goods", "Unit"),
    ("Engraving", "ENGRAVE", "5.00", "4.2017", True, "service", "Unit"),
    ("Clay", "CLAY", "3.99", "3.3529", False, "goods", "Unit"),
    ("Postcard", "", "1.19", "1.00", True, "goods", "Unit"),
    ("Clay, loose", "CLAY-KG", "3.49", "2.9328", True, "goods", "Kilogram"),
    ("Sticker", "STICKER", "0", "0", True, "goods", "Unit"),
)
READERS = "Hub reads tills"
TILL = ("Rosenhof Altstadt", "Rosenhof Markt")


def fill(database: str, settings: str, password: str) -> None:
    """Two tills, one whose prices have tax in them and one whose have not, paid in cash or by card; a clerk, and the hub's own user."""
    books.fill(database, settings, password)
    modules = Model.get("ir.module")
    modules.click(modules.find([("name", "=", "sale_point")]), "activate")
    Wizard("ir.module.activate_upgrade").execute("upgrade")
    company = Model.get("company.company").find([])[0]
    goods(company, revenue(company))
    tills(company)
    methods(company)
    users(company, password)


def revenue(company: Record) -> Record:
    """An account that sales may be booked on."""
    kind = Model.get("account.account.type")(name="revenue", statement="income", company=company)
    kind.revenue = True
    kind.save()
    account = Model.get("account.account")(name="Till sales", code="4010", type=kind, company=company)
    account.save()
    return account


def goods(company: Record, account: Record) -> None:
    """What is sold, taxed with 19 %."""
    category = Model.get("product.category")(name="Pottery", accounting=True)
    category.account_revenue = account
    category.customer_taxes.append(Model.get("account.tax").find([("company", "=", company.id)])[0])
    category.save()
    units = {unit.name: unit for unit in Model.get("product.uom").find([("name", "in", ["Unit", "Kilogram"])])}
    for name, code, gross, net, salable, kind, counted in GOODS:
        unit = units[counted]
        made = Model.get("product.template")(name=name, default_uom=unit, type=kind, salable=salable, account_category=category)
        made.gross_price, made.list_price = Decimal(gross), Decimal(net)
        made.products[0].suffix_code = code
        made.save()


def tills(company: Record) -> None:
    """One whose prices have tax in them, one whose have not."""
    places = Model.get("stock.location")
    [storage], [customer] = places.find([("code", "=", "STO")]), places.find([("code", "=", "CUS")])
    numbers, kinds = Model.get("ir.sequence.strict"), Model.get("ir.sequence.type")
    for place, name in enumerate(TILL):
        till = Model.get("sale.point")(name=name, company=company, tax_included=place == 0)
        till.journal = Model.get("account.journal").find([("type", "=", "revenue")], limit=1)[0]
        till.sequence = numbers(name=name, company=company, sequence_type=kinds.find([("name", "=", "POS")])[0], prefix=f"K{place + 1}-")
        till.sequence.save()
        till.storage_location, till.customer_location, till.return_location = storage, customer, storage
        till.save()


def methods(company: Record) -> None:
    """Cash and a card terminal."""
    accounts = {code: Model.get("account.account").find([("code", "=", code)])[0] for code in ("1000", "1201")}
    for name, code, is_cash in (("Cash", "1000", True), ("Terminal", "1201", False)):
        Model.get("sale.point.payment.method")(name=name, account=accounts[code], cash=is_cash, company=company).save()


def users(company: Record, password: str) -> None:
    """A clerk who sells and posts, and the hub, which may look at sales and change none."""
    readers()
    groups = {group.name: group for group in Model.get("res.group").find([])}
    may = {
        "clerk": ["POS", "POS Posting", "Sales Administrator", "Stock", "Product Administration", "Accounting"],
        "till": [READERS],
    }
    for login, names in may.items():
        user = Model.get("res.user")(name=login, login=login, password=password)
        user.companies.append(Model.get("company.company")(company.id))
        user.company = company
        for name in names:
            user.groups.append(Model.get("res.group")(groups[name].id))
        user.save()


def readers() -> None:
    """A group that may read tills and their sales, and no more; lines and payments go with the sale."""
    group = Model.get("res.group")(name=READERS)
    group.save()
    for model in ("sale.point", "sale.point.sale"):
        access = Model.get("ir.model.access")(model=model, group=group)
        access.perm_read, access.perm_write, access.perm_create, access.perm_delete = True, False, False, False
        access.save()


if __name__ == "__main__":
    fill(sys.argv[2], sys.argv[1], Path(sys.argv[3]).read_text("utf-8").strip())
