"""A shop on a marketplace with a bank: the home folder, and the files that both put into it."""

import os
from pathlib import Path

from tests.hubs import Home, home_in

HUB = """
[[entities]]
id = "acme"
name = "Acme"
currency = "EUR"
country = "DE"
zone = "UTC"

[[people]]
id = "mia"
name = "Mia"
{mia}
[[people]]
id = "ben"
name = "Ben"
{ben}
[[processors]]
id = "market"
name = "Marketplace"
entity = "acme"
connector = "amazon_settlement"
zone = "UTC"
payouts_from = 2026-01-01T00:00:00Z
[processors.settings]
address = "{home}/market"

[[banks]]
id = "hausbank"
name = "Hausbank"
entity = "acme"
connector = "bank_files"
zone = "UTC"
statements_from = 2026-01-01T00:00:00Z
[banks.settings]
address = "{home}/bank"
account = "DE02"
currency = "EUR"
balances = "none"
[banks.settings.csv]
columns = {{booked_on = "day", amount = "amount", reference = "reference", text = "text", bank_reference = "number"}}
{more}"""
RULES = 'owner = "ben"\nsigner = "mia"\ntwo_people_above = 1\n'
SETTLEMENT = """settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\t\
order-id\tmerchant-order-id\tadjustment-id\tshipment-id\tmarketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\t\
posted-date-time\torder-item-code\tmerchant-order-item-id\tmerchant-adjustment-item-id\tsku\tquantity-purchased\tpromotion-id
77001\t2026-02-01 00:00:00 UTC\t2026-02-15 00:00:00 UTC\t2026-02-16 00:00:00 UTC\t20.00\tEUR{blank}
77001\t\t\t\t\t\tServiceFee\t\t\t\t\t\tCost of Advertising\tTransactionTotalAmount\t-5.00\t\t2026-02-10\t2026-02-10 09:00:00 UTC{tail}
77001\t\t\t\t\t\tother-transaction\t\t\t\t\t\tother-transaction\tPrevious Reserve Amount Balance\t25.00\t\t2026-02-11\t\
2026-02-11 09:00:00 UTC{tail}
""".replace("{blank}", "\t" * 18).replace("{tail}", "\t" * 6)
STATEMENT = "day,amount,reference,text,number\n2026-02-17,20.00,77001,AMAZON 77001,n1\n2026-02-17,-7.50,,Rent of Mrs Someone,n2\n"


def company_in(path: Path, *, mia: str = "", ben: str = "", more: str = "") -> Home:
    """The home with hub.toml, rules and one file from either side."""
    home = home_in(path)
    (path / "hub.toml").write_text(HUB.format(home=path, mia=mia, ben=ben, more=more))
    (path / "rules").mkdir()
    (path / "rules" / "reconciliation.toml").write_text(RULES)
    for folder, name, text in (("market", "settlement.txt", SETTLEMENT), ("bank", "statement.csv", STATEMENT)):
        (path / folder / "out").mkdir(parents=True)
        put(path / folder / "out" / name, text)
    return home


def put(path: Path, text: str) -> None:
    """A file that nobody writes to any more."""
    path.write_text(text)
    os.utime(path, (1_770_000_000, 1_770_000_000))
