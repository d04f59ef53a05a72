"""`entrepot books deposits` on the command line: real processes on a hub of its own."""

import json
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from model.records.voucher import VoucherLine
from model.store import vouchers
from model.store.audit_trail import Actor
from model.store.vouchers import Entry, Signed
from operations.books.rule_sets import conclude, propose, template
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings
from tests.company_money import company_in
from tests.unit.operations.book_desk import SINCE


def test_deposits_need_rules_and_are_listed_with_what_they_are_worth(tmp_path: Path) -> None:
    home = company_in(tmp_path)
    refused = home.entrepot("books", "deposits", code=1).stderr
    with open_hub(Settings(home=home.path)) as hub:
        proposed = propose(replace(hub, actor=Actor("mia", "Mia")), "acme", template("international"), SINCE, "the books begin")
        conclude(replace(hub, actor=Actor("ben", "Ben")), proposed, is_approved=True)
        hub.database.run(lambda connection: deposit(connection, hub, proposed))

    text, [shown] = home.entrepot("books", "deposits").stdout, json.loads(home.entrepot("books", "deposits", "--json").stdout)["deposits"]

    assert "has no approved posting rules" in refused
    assert text.splitlines()[1].split()[:6] == ["web", "1001", "12.00", "EUR", "12.00", "EUR"]
    assert text.splitlines()[-1] == "account 2100 is worth 12.00 EUR"
    assert (shown["order_id"], shown["amount"], shown["since"]) == ("1001", {"minor": 1200, "currency": "EUR"}, "2026-01-01")
    assert "no deposit is open" in home.entrepot("books", "deposits", "--until", "2025-12-31").stdout


def deposit(connection: Connection, hub: Hub, rule_set: str) -> None:
    """A voucher that bears an order the hub does not know."""
    bears = (("channel", "web"), ("order", "1001"))
    lines = tuple(
        VoucherLine(account=account, currency="EUR", amount_minor=minor, base_minor=minor, dimensions=bears)
        for account, minor in (("1122.web.EUR", 1200), ("2100", -1200))
    )
    entry = Entry(
        entity_id="acme", event="capture", source="payment", source_id="0" * 32, version=1, rule_set=rule_set, account_id=None,
        happened_on=SINCE, base_currency="EUR", memo="opening", lines=lines,
    )  # fmt: skip
    vouchers.post(connection, [entry], Signed(maker_id="mia", checker_id="ben", at=hub.clock.now()))
