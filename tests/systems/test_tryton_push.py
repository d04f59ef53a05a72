"""Vouchers that the hub posted, brought to a real Tryton by the real outbox while every fifth answer is lost: each is there once."""

import random
from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors._kit.http import Pause
from model.records.voucher import Voucher
from model.store import runs, vouchers
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.outbox import OUTBOX
from model.store.sealing import MasterKey
from model.store.vouchers import Entry, Signed
from model.values.money import minor_units
from operations.books.check_ledger import check_ledger
from operations.books.ledger_verbs import push_vouchers
from operations.money.money_verbs import Days
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger
from operations.runtime.hub_file import HubFile
from reconciliation.vouchers.posting import reversed_lines
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.systems.booking import Losing, random_vouchers, read_back
from tests.systems.tryton_books import COMPANY, PASSWORD, Books

MANY, REVERSED = 120, 20
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


class Office:
    """A hub whose one ledger is Tryton, behind a network that loses answers."""

    def __init__(self, books: Books, database: Database, home: Path, clock: StillClock) -> None:
        (home / "password").write_text(PASSWORD)
        chance = random.Random(23)  # noqa: S311  nothing secret
        self.network = Losing(lambda _body: chance.randrange(5) == 0)
        settings = {"address": books.url, "database": books.database, "user": "hub", "password": "file:password", "company": COMPANY}
        settings |= {"tax_codes": {"V19": "VAT 19"}, "parties": {"1400": "SHOPS"}}
        named = {"id": "erp", "name": "ERP", "entity": "main", "connector": "tryton", "zone": "UTC"}
        self.ledger = Ledger.model_validate({**named, "vouchers_from": YEAR[0], "settings": settings})
        file = HubFile(home / "hub.toml", "", None, (ENTITY,), (), (), ledgers=(self.ledger,))
        waited = [0.0]
        pause = Pause(sleep=lambda seconds: waited.append(waited.pop() + seconds), chance=lambda: 0, clock=lambda: waited[0])
        master = MasterKey.in_file(home / "key")
        self.hub = Hub(file, database, master, Actor("mia", "Mia"), clock, lambda _: self.network, pause)
        self.clock, self.database = clock, database

    def post(self, told: list[Voucher], *, takes_back: dict[str, str]) -> dict[str, str]:
        """Post vouchers as the hub does; gives their row ids by name."""
        entries = [
            Entry(entity_id="main", event="reversal" if each.voucher_id in takes_back else "capture", source="person",
                  source_id=each.voucher_id, version=1, rule_set="r", account_id=None, happened_on=each.posted_on, base_currency="EUR",
                  memo=each.memo, lines=each.lines, reverses_id=takes_back.get(each.voucher_id))
            for each in told
        ]  # fmt: skip
        signed = Signed(maker_id="mia", checker_id="ben", at=self.clock.at)
        self.database.run(lambda c: [runs.meet_actor(c, each, each, at=self.clock.at) for each in ("mia", "ben")])
        ids = self.database.run(lambda c: vouchers.post(c, entries, signed))
        return {each.voucher_id: row_id for each, row_id in zip(told, ids, strict=True)}

    def push_until_quiet(self) -> None:
        """Push again and again, half an hour apart, until nothing waits."""
        for _ in range(60):
            reports = push_vouchers(self.hub, None, Days())
            self.clock.move(minutes=30)
            if self.states().keys() == {"done"} and reports[0].outcome == "done":
                return
        raise AssertionError(f"it never ends: {self.states()}")

    def states(self) -> Counter[str]:
        with self.database.read() as connection:
            return Counter(dict(connection.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)).tuples().all()))


@pytest.fixture
def office(books: Books, tmp_path: Path, sqlite_template: bytes, clock: StillClock) -> Generator[Office]:
    path = tmp_path / "entrepot.db"
    path.write_bytes(sqlite_template)
    database = Database(f"sqlite:///{path}")
    yield Office(books, database, tmp_path, clock)
    database.close()


def test_what_the_hub_posted_is_in_tryton_once_and_the_balances_are_equal_to_the_minor_unit(books: Books, office: Office) -> None:
    told = list(random_vouchers(MANY, seed=31))
    posted = office.post(told, takes_back={})
    backs = [replace(each, voucher_id=f"back {each.voucher_id}", lines=reversed_lines(each.lines)) for each in told[:REVERSED]]
    office.post(backs, takes_back={f"back {each.voucher_id}": posted[each.voucher_id] for each in told[:REVERSED]})
    before = {code: minor_units(balance, "EUR") for code, balance in books.trial_balance().items()}

    office.push_until_quiet()
    again = push_vouchers(office.hub, None, Days())

    entries = [entry for entry in read_back(books.connector()) if entry.reference]
    assert office.network.lost > MANY // 2
    assert office.states() == {"done": MANY + REVERSED}
    assert Counter(entry.reference for entry in entries if entry.is_posted).most_common(1)[0][1] == 1
    assert len({entry.reference for entry in entries if entry.is_posted}) == MANY + REVERSED
    with office.database.read() as connection:
        ours = Counter[str]()
        for each in vouchers.balances(connection, "main", YEAR[1]):
            ours[each.account] += each.base_minor
    after = {code: minor_units(balance, "EUR") for code, balance in books.trial_balance().items()}
    assert {code: total - before[code] for code, total in after.items() if total != before[code]} == {
        code: total for code, total in ours.items() if total
    }
    assert "0 written" in again[0].line or again[0].outcome == "failed"  # who answers may be lost, too

    office.network.loses = lambda _body: False
    found = check_ledger(office.hub, office.ledger, *YEAR)
    assert (found.vouchers, [each for each in found.differences if each.kind != "draft"]) == (MANY + REVERSED, [])
