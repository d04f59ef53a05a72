"""The flows of ledgers may be run again at any time; a check that finds something ends as a warning, with a way to check again."""

import asyncio
import subprocess
from collections.abc import Generator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from flows.check_ledger import check_ledger
from flows.ledgers_at_work import differences_text
from flows.push_vouchers import push_vouchers
from model.records.voucher import VoucherLine
from model.store import runs, vouchers
from model.store.database import Database
from model.store.vouchers import Entry, Signed
from operations.books.check_ledger import Checked
from operations.books.differences import Difference
from tests.company_money import company_in
from tests.contract.dialects import dialect_of
from tests.contract.remote import Remote
from tests.hubs import Home

pytestmark = pytest.mark.filterwarnings("default")  # Prefect's own

DAYS: dict[str, Any] = {"since": date(2026, 2, 1), "until": date(2026, 2, 28)}
XERO = """
[[ledgers]]
id = "books"
name = "Books"
entity = "acme"
connector = "xero"
zone = "UTC"
vouchers_from = 2026-01-01
allow_hosts = ["{host}"]
[ledgers.settings]
url = "http://{host}/api.xro/2.0"
token_url = "http://{host}/connect/token"
client_id = "suite-client"
client_secret = "env:XERO_SECRET"
tenant_id = "5d5ac3f0-0000-4000-8000-000000000001"
currency = "EUR"
"""


class Ledger(BaseHTTPRequestHandler):
    """The suite's make-believe ledger, over real HTTP."""

    remote: ClassVar[Remote]

    def do_GET(self) -> None:
        """Pass it on."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = f"https://shop.example.com{self.path}"
        answer = self.remote.handle_request(httpx.Request(self.command, url, headers=dict(self.headers), content=body))
        self.send_response(answer.status_code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def do_PUT(self) -> None:
        """The same."""
        self.do_GET()

    def do_POST(self) -> None:
        """The same."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name for it
        """Be quiet."""


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Home]:
    """A hub with two posted vouchers, whose ledger answers; in force for flows of this process."""
    Ledger.remote = Remote(dialect_of("xero"), {"": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ledger)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("XERO_SECRET", "suite_client_secret")
    made = company_in(tmp_path, more=XERO.format(host=f"127.0.0.1:{server.server_port}"))
    monkeypatch.setenv("ENTREPOT_HOME", str(made.path))
    made = Home(made.path, made.env | {"XERO_SECRET": "suite_client_secret"})
    made.entrepot("ledgers", "list")
    post(made, 2)
    yield made
    server.shutdown()
    server.server_close()


def post(home: Home, count: int) -> None:
    database, at = Database(f"sqlite:///{home.path / 'entrepot.db'}"), datetime(2026, 2, 10, tzinfo=UTC)
    lines = tuple(
        VoucherLine(account=code, currency="EUR", amount_minor=minor, base_minor=minor) for code, minor in (("1", 500), ("2", -500))
    )
    entries = [
        Entry(entity_id="acme", event="capture", source="person", source_id=str(number), version=1, rule_set="r", account_id=None,
              happened_on=at.date(), base_currency="EUR", memo="sale", lines=lines)
        for number in range(count)
    ]  # fmt: skip
    database.run(lambda c: [runs.meet_actor(c, each, each, at=at) for each in ("mia", "ben")])
    database.run(lambda c: vouchers.post(c, entries, Signed(maker_id="mia", checker_id="ben", at=at)))
    database.close()


def run(flow: Any, **parameters: object) -> State[Any]:  # noqa: ANN401
    return asyncio.run(flow(**parameters, return_state=True))


async def shown(key: str) -> list[str]:
    """What artifacts of a key say."""
    async with get_client() as client:
        return [str(each.data) for each in await client.read_artifacts() if each.key == key]


def test_pushed_twice_nothing_doubles_and_a_check_that_finds_something_is_a_warning(company: Home) -> None:
    pushed = [run(push_vouchers), run(push_vouchers)]
    agreed = run(check_ledger, **DAYS)
    made = Ledger.remote.account.effects
    references = [each.reference for each in made]
    del made[0]
    differs = run(check_ledger, ledger="books", **DAYS)

    assert [state.message for state in (*pushed, agreed) if state.name != "Completed"] == []
    assert sorted(references) == ["acme/2026-02/000001", "acme/2026-02/000002"]
    assert (differs.is_completed(), differs.name) == (True, "Warning")
    assert sorted("| missing |" in text for text in asyncio.run(shown("ledger-books"))) == [False, True]
    told: subprocess.CompletedProcess[str] = company.entrepot(
        "ledgers", "check", "--since", "2026-02-01", "--until", "2026-02-28", "--json", code=1
    )
    assert '"kind": "missing"' in told.stdout
    company.entrepot("run", "check_ledger", "--since", "2026-02-01", "--until", "2026-02-28", code=1)
    assert company.said("ledgers", "entries", "books", "--since", "2026-02-10", "--until", "2026-02-10")["entries"][0]["account"] == "1"


def test_a_difference_cannot_become_markup_and_leads_to_the_form_that_checks_again() -> None:
    hostile = Difference(kind="not_ours", about="<b>[x](http://evil)</b>", day=DAYS["since"], told="a | b\n# c")
    text = differences_text(Checked("books", **DAYS, differences=[hostile]), "http://prefect/deployments/1")

    assert "<b>" not in text
    assert "](http://evil" not in text
    assert "/run?parameters=%7B%22ledger%22%3A%22books%22%2C%22since%22%3A%222026-02-01%22%2C%22until%22%3A%222026-02-28%22%7D" in text
    assert "entrepot ledgers check --ledger books" in differences_text(Checked("books", **DAYS), None)
