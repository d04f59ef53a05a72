"""The generated quarter's books, a voucher a day, brought to a real Tryton while every fifth answer is lost: the same trial balance."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import distinct, func, select

from connectors._kit.http import Pause
from model.store import vouchers
from model.store.database import Database
from model.store.outbox import OUTBOX
from model.store.vouchers import LINES, VOUCHERS
from model.values.money import minor_units
from operations.books.ledger_verbs import push_vouchers
from operations.books.post import post_vouchers
from operations.books.rule_sets import template
from operations.money.money_verbs import Days
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Account, Ledger
from tests.conftest import StillClock
from tests.simulation.quarter_store import CONNECTORS, SINCE, UNTIL, Desk
from tests.simulation.quarter_world import build
from tests.simulation.test_quarter import LARGE, Quarter
from tests.simulation.test_quarter_books import with_rules
from tests.systems.booking import Losing
from tests.systems.tryton_books import COMPANY, PASSWORD, Books

ENTITY = "main"
SUMMED = ", ".join(f'"{account}"' for account in sorted(CONNECTORS))


def posted_quarter(count: int, home: Path, empty_store: bytes) -> Hub:
    """A quarter of so many orders in the books, a voucher a day, event and page of facts."""
    (home / "entrepot.db").write_bytes(empty_store)
    desk = Desk(Database(f"sqlite:///{home / 'entrepot.db'}"), home, StillClock())
    Quarter(desk).told(build(count).arrivals).run()
    body = template("international").replace("books_from = 2026-01-01", f"books_from = {SINCE}")
    hub = with_rules(desk.hub, body.replace("summarise = []", f"summarise = [{SUMMED}]"))
    assert [report.line for report in post_vouchers(hub) if report.problems] == []
    return hub


def with_ledger(hub: Hub, network: Losing, books: Books, home: Path) -> Hub:
    """The hub, with Tryton as its ledger, whose waits are none."""
    (home / "password").write_text(PASSWORD)
    settings = {"address": books.url, "database": books.database, "user": "hub", "password": "file:password", "company": COMPANY}
    told = {"id": "erp", "name": "ERP", "entity": ENTITY, "connector": "tryton", "zone": "UTC", "vouchers_from": SINCE}
    ledger = Ledger.model_validate(told | {"settings": settings})
    waited = [0.0]
    pause = Pause(sleep=lambda seconds: waited.append(waited.pop() + seconds), chance=lambda: 0, clock=lambda: waited[0])
    return replace(hub, file=replace(hub.file, ledgers=(ledger,)), transport=partial(_through, network), pause=pause)


def _through(network: Losing, _account: Account) -> Losing:
    return network


def open_accounts(books: Books, hub: Hub) -> None:
    """The chart that the hub books by, and the last month of the year before, opened again."""
    with hub.database.read() as connection:
        codes = sorted(connection.execute(select(distinct(LINES.c.account))).scalars())
    known = set(books.trial_balance())
    [kind] = books.call("model.account.account.search_read", [["code", "=", "1000"]], 0, None, None, ["type"])
    rows = [{"name": f"Account {code}", "code": code, "type": kind["type"], "company": 1} for code in codes if code not in known]
    books.call("model.account.account.create", rows)
    closed = books.call("model.account.period.search", [["start_date", ">=", on(SINCE)], ["state", "=", "close"]], 0, None, None)
    books.call("model.account.period.reopen", closed)


def on(day: date) -> dict[str, object]:
    """A day in Tryton's words."""
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def trial_balance(books: Books) -> Counter[str]:
    """Tryton's balances over both years, in minor units."""
    found = Counter[str]()
    for year in ("2025", "2026"):
        for code, balance in books.trial_balance(year).items():
            found[code] += minor_units(balance, "EUR")
    return found


def push_until_quiet(hub: Hub) -> None:
    """Push again and again, half an hour apart, until nothing waits."""
    assert isinstance(hub.clock, StillClock)
    states: dict[str, int] = {}
    for _ in range(400):
        reports = push_vouchers(hub, None, Days())
        hub.clock.move(minutes=30)
        with hub.database.read() as connection:
            states = dict(connection.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)).tuples().all())
        if states.keys() == {"done"} and reports[0].outcome == "done" and not reports[0].counts["written"]:
            return
    raise AssertionError(f"it never ends: {states}")


@pytest.mark.parametrize("count", [2_000, pytest.param(LARGE, marks=pytest.mark.prove)])
def test_tryton_has_the_quarters_trial_balance_to_the_minor_unit_and_no_voucher_twice(
    books: Books, count: int, tmp_path: Path, sqlite_template: bytes
) -> None:
    hub = posted_quarter(count, tmp_path, sqlite_template)
    chance = random.Random(count)  # noqa: S311  nothing secret
    network = Losing(lambda _body: chance.randrange(5) == 0)
    hub = with_ledger(hub, network, books, tmp_path)
    open_accounts(books, hub)
    before = trial_balance(books)

    push_until_quiet(hub)

    with hub.database.read() as connection:
        posted = connection.execute(select(func.count()).select_from(VOUCHERS)).scalar_one()
        ours = Counter[str]()
        for each in vouchers.balances(connection, ENTITY, UNTIL):
            ours[each.account] += each.base_minor
    assert network.lost > posted // 10
    after = trial_balance(books)
    assert {code: total - before[code] for code, total in after.items() if total != before[code]} == {
        code: total for code, total in ours.items() if total
    }
    entries = Counter(entry.reference for batch in books.connector().fetch_entries(SINCE, UNTIL) for entry in batch if entry.is_posted)
    entries.pop("", None)
    assert (len(entries), set(entries.values())) == (posted, {1})
