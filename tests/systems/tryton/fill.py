"""Set up the books of a make-believe company in an empty Tryton database.

Run by the Python that Tryton is installed in: `fill.py CONFIG DATABASE PASSWORDFILE`.
"""

import datetime as dt
import sys
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

proteus: Any = import_module("proteus")  # Tryton's own client, which is not installed where our types are checked
Model, Wizard, config = proteus.Model, proteus.Wizard, proteus.config
Record = Any

CURRENCIES = (("Euro", "EUR", 2), ("US Dollar", "USD", 2), ("Yen", "JPY", 0), ("Bahraini Dinar", "BHD", 3))
ACCOUNTS = (  # code, name, statement, kind of the type
    ("1201", "Stripe clearing", "balance"),
    ("1202", "PayPal clearing", "balance"),
    ("1000", "Bank", "balance"),
    ("2300", "VAT payable", "balance"),
    ("4000", "Sales", "income"),
    ("4090", "Refunds", "income"),
    ("6100", "Fees", "income"),
    ("6900", "Exchange differences", "income"),
)


def fill(database: str, settings: str, password: str) -> None:
    """Modules, a company in euro, accounts with codes, a year of months of which January is closed, and a bookkeeper."""
    session = config.set_trytond(database=database, user="admin", config_file=settings)
    model = Model.get
    modules = model("ir.module")
    modules.click(modules.find([("name", "=", "account")]), "activate")
    Wizard("ir.module.activate_upgrade").execute("upgrade")
    euro = None
    for name, code, digits in CURRENCIES:
        made = model("currency.currency")(name=name, symbol=code, code=code, digits=digits, rounding=Decimal(1).scaleb(-digits))
        made.save()
        euro = euro or made
    company = company_of("Rosenhof GmbH", euro)
    admin = model("res.user")(session.user)
    admin.companies.append(company)
    admin.company = company
    admin.save()
    session._context = model("res.user").get_preferences(True, session.context)  # noqa: FBT003  Tryton's own
    chart(company)
    year(company)
    users(company, password)


def company_of(name: str, euro: Record) -> Record:
    """A company by this name."""
    party = Model.get("party.party")(name=name)
    party.save()
    company = Model.get("company.company")(party=party, currency=euro)
    company.save()
    return company


def chart(company: Record) -> None:
    """A small chart: accounts to post on, one that wants parties, one that only sums, and one that is closed."""
    types, accounts = Model.get("account.account.type"), Model.get("account.account")
    kinds: dict[str, Record] = {}
    for statement in ("balance", "income"):
        kinds[statement] = types(name=statement, statement=statement, company=company)
        if statement == "balance":
            kinds[statement].assets = True
        kinds[statement].save()
    for code, name, statement in ACCOUNTS:
        accounts(name=name, code=code, type=kinds[statement], company=company).save()
    dollars = Model.get("currency.currency").find([("code", "=", "USD")])[0]
    accounts(name="Bank in dollars", code="1010", type=kinds["balance"], company=company, second_currency=dollars).save()
    accounts(name="Customers", code="1400", type=kinds["balance"], company=company, party_required=True).save()
    accounts(name="Everything", code="9", company=company).save()
    closed = accounts(name="Old", code="1999", type=kinds["balance"], company=company)
    closed.save()
    closed.end_date = dt.date(2025, 12, 31)
    closed.save()
    vat = Model.get("account.tax.group")(name="VAT", code="VAT", kind="sale")
    vat.save()
    tax = Model.get("account.tax")(name="VAT 19", description="VAT 19 %", type="percentage", rate=Decimal("0.19"), company=company)
    tax.group = vat
    tax.invoice_account = tax.credit_note_account = accounts.find([("code", "=", "2300")])[0]
    tax.save()
    customers = Model.get("party.party")(name="Customers of the shops", code="SHOPS")
    customers.save()


def year(company: Record) -> None:
    """2026 in twelve open months; 2025's are closed."""
    sequences, kinds = Model.get("ir.sequence.strict"), Model.get("ir.sequence.type")
    for name in ("2025", "2026"):
        numbers = sequences(name=name, sequence_type=kinds.find([("name", "=", "Account Move")])[0], company=company)
        numbers.save()
        days = (dt.date(int(name), 1, 1), dt.date(int(name), 12, 31))
        made = Model.get("account.fiscalyear")(name=name, start_date=days[0], end_date=days[1], company=company, move_sequence=numbers)
        made.save()
        made.click("create_period")
        if name == "2025":
            for period in Model.get("account.period").find([("fiscalyear", "=", made.id)]):
                period.click("close")


def users(company: Record, password: str) -> None:
    """The bookkeeper that the hub is, and somebody who may do nothing with books."""
    groups = Model.get("res.group").find([("name", "in", ["Accounting", "Account", "Accounting Administration"])])
    for login, may in (("hub", True), ("visitor", False)):
        user = Model.get("res.user")(name=login, login=login, password=password)
        user.companies.append(Model.get("company.company")(company.id))
        user.company = company
        for group in groups if may else ():
            user.groups.append(Model.get("res.group")(group.id))
        user.save()


if __name__ == "__main__":
    fill(sys.argv[2], sys.argv[1], Path(sys.argv[3]).read_text("utf-8").strip())
