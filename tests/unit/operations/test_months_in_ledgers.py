"""A closed month with its valuation of foreign accounts is a file that ledgers take, and read as the trial balance says."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors._kit import Wiring
from connectors._kit.http import Pause
from model.store import vouchers
from operations.books import views
from operations.books.closing import close_month
from operations.books.post import open_desk
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.contract.remote import NOW
from tests.contract.voucher_readers import READERS
from tests.unit.operations.books_desk import adjustment, by, match, open_books, post

READ_BY = {"beancount": "beancount", "hledger": "hledger", "voucher_csv": "csv"}


@pytest.mark.parametrize("name", READ_BY)
def test_a_month_with_its_valuation_is_read_back_as_it_is_in_the_books(hub: Hub, tmp_path: Path, clock: StillClock, name: str) -> None:
    desk = open_books(hub, tmp_path, clock)
    match(desk)
    desk.lines(adjustment("usd", 10_000, "USD"))
    post(desk)
    assert close_month(by(desk, "mia"), "main", "2026-03").revaluation is not None
    rules = open_desk(desk.hub, desk.hub.file.entity("main")).rule_sets[-1].rules
    with desk.hub.database.read() as connection:
        told = vouchers.posted(connection, "main", "2026-03", 0, 100)
    chart = [rules.account(code) for code in sorted({line.account for voucher in told for line in voucher.lines})]
    wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
    ledger: Any = registry.connect(name, {"address": "/nowhere"}, wiring)

    read = READERS[READ_BY[name]](b"".join(ledger.write_vouchers(told, chart)))

    amounts: Counter[tuple[str, str]] = Counter()
    for line in (line for voucher in read for line in voucher.lines):
        amounts[line.account, line.currency] += line.amount_minor
    stands = {(row["account"], row["currency"]): row["debit_minor"] for row in views.trial_balance(desk.hub, "main")["accounts"]}
    assert [voucher.reference for voucher in read] == [voucher.reference for voucher in told]
    assert dict(amounts) == stands
    assert stands["1120.stripe.USD", "EUR"] == 500
