"""A hub with posted vouchers, and a ledger at the other end of its wire that may lose answers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from connectors._kit.http import Pause
from model.records.voucher import VoucherLine
from model.store import runs, vouchers
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.outbox import OUTBOX
from model.store.sealing import MasterKey
from model.store.vouchers import Entry, Signed
from operations.books.check_ledger import Checked, check_ledger
from operations.books.ledger_verbs import push_vouchers
from operations.money.money_verbs import Days
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.runtime.hub_accounts import Ledger
from operations.runtime.hub_file import HubFile, Person
from tests.company import ENTITY
from tests.conftest import StillClock
from tests.contract.dialects import dialect_of
from tests.contract.effects import Effect
from tests.contract.remote import Remote

DAY = date(2026, 2, 10)
BOOKS = Ledger.model_validate(
    {
        "id": "books", "name": "Books", "entity": "main", "connector": "xero", "zone": "Europe/Berlin", "vouchers_from": date(2026, 1, 1),
        "settings": {**dialect_of("xero").settings, "client_secret": "file:secret"},
    }
)  # fmt: skip


def line(account: str, minor: int, currency: str = "EUR", base: int | None = None) -> VoucherLine:
    """One line; the functional amount is the same unless it is given."""
    return VoucherLine(account=account, currency=currency, amount_minor=minor, base_minor=minor if base is None else base)


SALE = (line("1201", 500), line("4400", -500))


@dataclass
class Wire(httpx.BaseTransport):
    """Lets every request through, and loses the answers to so many that make something."""

    remote: Remote
    loses: int = 0
    made: list[bytes] = field(default_factory=list[bytes])
    is_other: bool = False
    """Whether another organisation answers."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on."""
        answer = self.remote.handle_request(request)
        if self.is_other:
            return httpx.Response(answer.status_code, content=answer.content.replace(b"b2c885a9", b"00000000"))
        if request.method == "PUT":
            self.made.append(request.content)
            if self.loses:
                self.loses -= 1
                raise httpx.ReadTimeout("the answer is lost", request=request)
        return answer


class Desk:
    """The hub, its ledger, and ways to post and to look."""

    def __init__(self, database: Database, home: Path, clock: StillClock, *ledgers: Ledger) -> None:
        (home / "secret").write_text("suite_client_secret")
        self.database, self.clock = database, clock
        self.remote = Remote(dialect_of("xero"), {"": []})
        self.wire = Wire(self.remote)
        people = (Person(id="mia", name="Mia"), Person(id="ben", name="Ben"))
        file = HubFile(home / "hub.toml", "", None, (ENTITY,), people, (), ledgers=ledgers or (BOOKS,))
        self.waited = 0.0
        pause = Pause(sleep=self._wait, chance=lambda: 0, clock=lambda: self.waited)
        self.hub = Hub(file, database, MasterKey.in_file(home / "key"), Actor("mia", "Mia"), clock, lambda _: self.wire, pause)
        database.run(lambda c: [runs.meet_actor(c, each.id, each.name, at=clock.at) for each in people])

    def _wait(self, seconds: float) -> None:
        self.waited += seconds

    def post(self, name: str, *lines: VoucherLine, day: date = DAY, reverses: str | None = None, base: str = "EUR") -> str:
        """A posted voucher of these lines; gives its row id."""
        entry = Entry(
            entity_id="main", event="reversal" if reverses else "capture", source="person", source_id=name, version=1, rule_set="r",
            account_id=None, happened_on=day, base_currency=base, memo=name, lines=lines or SALE, reverses_id=reverses,
        )  # fmt: skip
        signed = Signed(maker_id="mia", checker_id="ben", at=self.clock.at)
        return self.database.run(lambda c: vouchers.post(c, [entry], signed))[0]

    def push(self) -> list[Report]:
        return push_vouchers(self.hub, None, Days())

    def push_until_quiet(self) -> None:
        """Push until nothing waits, minutes apart."""
        for _ in range(12):
            self.push()
            self.clock.move(minutes=10)

    def commands(self) -> list[Any]:
        """What the outbox has, in the order of its chains."""
        with self.database.read() as c:
            return list(c.execute(select(OUTBOX).order_by(OUTBOX.c.made_at, OUTBOX.c.seq)))

    def booked(self) -> list[str]:
        """References of what the ledger has, in the order it was made."""
        return [each.reference for each in self.remote.account.effects]

    def change(self, place: int, **kept: object) -> None:
        """Somebody changes an entry in the ledger."""
        effects = self.remote.account.effects
        told = {f'"@{name}"'.encode(): json.dumps(value).encode() for name, value in kept.items()}
        effects[place] = replace(effects[place], kept={**effects[place].kept, **told})

    def add(self, narration: str, lines: Iterable[tuple[str, str]], day: date = DAY) -> None:
        """Somebody books something in the ledger."""
        made = self.remote.account.effects
        copy = made[0]
        told = [{"AccountCode": account, "LineAmount": json.loads(amount), "TaxAmount": 0} for account, amount in lines]
        stamp = int((day - date(1970, 1, 1)).total_seconds()) * 1000
        kept = {
            b'"@day"': json.dumps(str(day)).encode(), b'"@date"': f'"/Date({stamp}+0000)/"'.encode(),
            b'"@narration"': json.dumps(narration).encode(), b'"@lines"': json.dumps(told).encode(),
        }  # fmt: skip
        made.append(Effect(copy.command, narration, f"99cb8353-0000-4000-8000-{1001 + len(made):012}", "", {**copy.kept, **kept}))

    def check(self, since: date = date(2026, 2, 1), until: date = date(2026, 2, 28)) -> Checked:
        return check_ledger(self.hub, BOOKS, since, until)

    def kinds(self) -> list[tuple[str, str]]:
        """Kinds of differences, and what they are about."""
        return [(each.kind, each.about) for each in self.check().differences]
