"""Each flow of money may be run again over the same days, and nothing doubles; each break leads to the form that runs it again."""

import asyncio
import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from flows.import_statements import import_statements
from flows.money_at_work import breaks_table, plain_text, rerun_link
from flows.pull_payouts import pull_payouts
from flows.reconcile_money import reconcile_money
from flows.report_money import report_money
from model.store.database import Database
from tests.company_money import company_in
from tests.contract.remote import CONNECTORS
from tests.hubs import Home

pytestmark = pytest.mark.filterwarnings("default")  # Prefect's own

FEBRUARY: dict[str, Any] = {"since": date(2026, 2, 1), "until": date(2026, 2, 28)}
MAY: dict[str, Any] = {"since": date(2026, 5, 1), "until": date(2026, 5, 31)}
TABLES = {
    "payout": "*", "settlement_line": "*", "settlement_fee": "*", "settlement": "*", "bank_statement": "*", "statement_line": "*",
    "money_match": "id, account_id, pass_name, left_minor, right_minor, matched_at", "money_match_member": "*",
    "money_break": "id, kind, state, amount_minor, first_seen_at", "sign_off": "*", "money_reminder": "*", "dispute": "*",
}  # fmt: skip
STRIPE = """
[[processors]]
id = "stripe"
name = "Stripe"
entity = "acme"
connector = "stripe"
zone = "UTC"
payouts_from = 2026-04-25T00:00:00Z
allow_hosts = ["{host}"]
[processors.settings]
url = "http://{host}"
api_key = "env:STRIPE_KEY"
"""


def recorded(name: str) -> list[dict[str, Any]]:
    """What the provider's connector was recorded with."""
    return json.loads((CONNECTORS / "stripe" / "recordings" / f"{name}.json").read_text())


class Payer(BaseHTTPRequestHandler):
    """Answers like the provider, from the recordings."""

    payouts: ClassVar = [each["payout"] for each in recorded("payouts")]
    lines: ClassVar = recorded("balances")

    def do_GET(self) -> None:
        """One page of what was made in the window, or of a payout's lines."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        lines = [each["line"] for each in self.lines if each["payout"] == asked.get("payout", each["payout"])]
        listed = {"payouts": self.payouts, "balance_transactions": lines}.get(parts.path.rpartition("/")[2], [])
        first, end = int(asked.get("created[gte]", 0)), int(asked.get("created[lt]", 2**40))
        found = [each for each in listed if first <= each["created"] < end]
        body = {"id": "acct_1"} if parts.path.endswith("account") else {"object": "list", "data": found, "has_more": False}
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name for it
        """Be quiet."""


@contextmanager
def payer() -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Payer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Home]:
    """A hub with a marketplace and a bank that tell by file, and a provider that is asked; in force for flows of this process."""
    with payer() as host:
        made = company_in(tmp_path, more=STRIPE.format(host=host))
        monkeypatch.setenv("ENTREPOT_HOME", str(made.path))
        monkeypatch.setenv("STRIPE_KEY", "sk_live_x")
        yield made


def run(flow: Any, **parameters: object) -> State[Any]:  # noqa: ANN401
    return asyncio.run(flow(**parameters, return_state=True))


def rows_of(home: Home) -> dict[str, list[str]]:
    database = Database(f"sqlite:///{home.path / 'entrepot.db'}")
    with database.read() as connection:
        found = {name: sorted(map(str, connection.exec_driver_sql(f"SELECT {columns} FROM {name}"))) for name, columns in TABLES.items()}  # noqa: S608
    database.close()
    return found


def reports_of(home: Home) -> dict[str, bytes]:
    folder = home.path / "reports"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def artifacts() -> dict[str, str]:
    async with get_client() as client:
        return {str(each.key): str(each.data) for each in await client.read_artifacts()}


def test_every_flow_of_money_may_be_run_twice_over_the_same_days_and_nothing_doubles(company: Home) -> None:
    flows: list[tuple[Any, dict[str, Any]]] = [
        (pull_payouts, {"account": "stripe", **MAY}), (import_statements, {}), (reconcile_money, FEBRUARY), (report_money, FEBRUARY),
    ]  # fmt: skip
    first = [run(flow, **asked) for flow, asked in flows]
    before, reports = rows_of(company), reports_of(company)

    second = [run(flow, **asked) for flow, asked in flows]

    assert [state.message for state in first + second if not state.is_completed()] == []
    assert [name for name in ("payout", "settlement_line", "statement_line", "money_match", "money_break") if not before[name]] == []
    assert rows_of(company) == before
    assert {name for name in reports if name.endswith(".html")} >= {"2026-02-01_2026-02-28/market.en.html"}
    assert reports_of(company).keys() == reports.keys()
    assert [flow.retries for flow, _asked in flows] == [0] * len(flows)
    assert company.said("audit") == {"findings": []}


@pytest.mark.usefixtures("company")
def test_breaks_and_the_tables_of_reports_are_shown() -> None:
    run(import_statements)
    run(reconcile_money, account="hausbank", **FEBRUARY)
    run(report_money, account="hausbank", **FEBRUARY)

    shown = asyncio.run(artifacts())

    assert "bank\\_line\\_unexplained" in shown["breaks-hausbank"]
    assert "\\-7.50 EUR" in shown["breaks-hausbank"]
    assert "entrepot run reconcile_money --account hausbank --since 2026-02-17 --until 2026-02-17" in shown["breaks-hausbank"]
    assert [key for key in shown if key.startswith("report-hausbank-")]
    assert "Someone" not in json.dumps(shown)  # what the bank prints may be a person


def test_a_link_opens_the_form_filled_in() -> None:
    link = rerun_link("http://127.0.0.1:4200/deployments/deployment/17", "hausbank", date(2026, 2, 17))

    page, _, asked = link.partition("?parameters=")
    assert page == "http://127.0.0.1:4200/deployments/deployment/17/run"
    assert json.loads(unquote(asked)) == {"account": "hausbank", "since": "2026-02-17", "until": "2026-02-17"}
    assert "%25" not in link  # the page decodes once more by itself


def test_what_came_from_outside_cannot_become_markup() -> None:
    name = "po_1](javascript:x) | <img src=x onerror=y>\n# big `code`"
    row = {
        "account": "a", "kind": "ambiguous", "about": name, "day": date(2026, 2, 17), "age_days": 1, "state": "open", "owner": None,
        "at_risk": {"minor": 1, "currency": "JPY"}, "mend": "Look.",
    }  # fmt: skip

    table = breaks_table([row], "http://ui")

    assert len(table.splitlines()) == 3
    assert "<img" not in table
    assert re.search(r"(?<!\\)\]\((?!http://ui/)", table) is None
    assert plain_text("a|b") == "a\\|b"


def test_a_table_of_many_breaks_says_how_many_it_leaves_out() -> None:
    row = {
        "account": "a", "kind": "ambiguous", "about": "x", "day": date(2026, 2, 17), "age_days": 1, "state": "open", "owner": None,
        "at_risk": {"minor": 1, "currency": "JPY"}, "mend": "Look.",
    }  # fmt: skip

    assert "… and 2 more" in breaks_table([row] * 502, None)
    assert breaks_table([], None) == "No break is open."
