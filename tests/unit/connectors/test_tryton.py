"""What Tryton is asked, as a real one was; how its errors are told; and what is no answer of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command
from connectors.tryton import CONNECTOR
from connectors.tryton.connector import Settings
from model.errors import AuthError, ConfigError, ContractError, HubError, MalformedError, RejectedError, TransientError
from model.records.voucher import LedgerEntry, Voucher, VoucherLine
from tests.contract.vouchers import voucher

EXCHANGES = Path(__file__).parents[3] / "connectors/tryton/recordings/exchanges.jsonl"
RECORDED: list[dict[str, Any]] = [json.loads(line) for line in EXCHANGES.read_text("utf-8").splitlines()]
SETTINGS = {
    "address": "https://erp.example.com/",
    "database": "books",
    "user": "hub",
    "password": "…",
    "company": "Rosenhof GmbH",
    "parties": {"1400": "SHOPS"},
    "tax_codes": {"V19": "VAT 19"},
}
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
LOGIN = {"id": 1, "result": [4, "suite-session", None]}
COMPANY = {"id": 1, "result": [{"id": 1, "rec_name": "Rosenhof GmbH", "currency.": {"id": 1, "code": "EUR"}}]}
LONG = "You may not. " + "Mail keeper@example.com about it. " * 700

ERRORS: list[tuple[list[Any], type[HubError], str]] = [
    (["UserError", [LONG, "", [[["type", "!=", None]], {"type": "x" * 20_000}]]], RejectedError, "refused: You may not"),
    (["UserWarning", ["account.move-1", LONG, ""]], RejectedError, "wants a person to confirm: You may not"),
    (["LoginException", ["password_sms", LONG, "char"]], AuthError, "more than a user and a password"),
    (["ConcurrencyException", LONG], TransientError, "somebody changed it"),
    (["'account.move'", ""], ContractError, "the server failed: 'account.move'"),
    (["UserError", []], RejectedError, "refused: "),
    ([], ContractError, "the server failed: "),
    ([{"a": 1}, 7], ContractError, "the server failed: "),
]

Answering = Callable[[str, list[Any]], Any]


def tryton(answer: Answering, asked: list[str] | None = None) -> CONNECTOR:
    """The connector over a server that answers calls so: JSON, or a response of its own."""

    def answered(request: httpx.Request) -> httpx.Response:
        said = json.loads(request.content)
        (asked if asked is not None else []).append(said["method"])
        told = {"common.db.login": LOGIN, "model.company.company.search_read": COMPANY}.get(said["method"])
        told = answer(said["method"], said["params"]) or told
        return told if isinstance(told, httpx.Response) else httpx.Response(200, json=told)

    wiring = Wiring(httpx.MockTransport(answered), Pause(sleep=lambda _: None, chance=lambda: 0))
    return CONNECTOR(Settings.model_validate(SETTINGS), wiring)


def told(number: int, *lines: tuple[str, int, str, int], memo: str = "") -> Voucher:
    """The vouchers that were recorded."""
    written = tuple(VoucherLine(account=account, currency=currency, amount_minor=a, base_minor=b) for account, a, currency, b in lines)
    day = date(2026, 3, 3 if number > 1 else 2)
    return Voucher(
        voucher_id=str(number), entity="rec", period="2026-03", number=number, posted_on=day, happened_on=day, base_currency="EUR",
        event="capture", memo=memo, lines=written,
    )  # fmt: skip


def command(connector: CONNECTOR, ours: Voucher) -> Command:
    return Command(key="0" * 32, reference=ours.reference, body=connector.write_voucher(ours, "0" * 32))


def sales() -> Voucher:
    ours = told(1, ("1400", 11900, "EUR", 11900), ("4000", -10000, "EUR", -10000), ("2300", -1900, "EUR", -1900), memo="day's sales")
    first, second, third = ours.lines
    first = replace(first, memo="order 1001", dimensions=(("channel", "shop"),))
    return replace(ours, lines=(first, replace(second, tax_code="V19"), replace(third, tax_code="V19")))


def dollars() -> Voucher:
    return told(2, ("1000", 1005, "USD", 905), ("6100", -1005, "USD", -904), ("6900", 0, "EUR", -1))


def test_it_asks_what_a_real_tryton_was_asked_and_reads_what_that_answered() -> None:
    left = list(RECORDED)

    def replayed(request: httpx.Request) -> httpx.Response:
        exchange = left.pop(0)
        assert json.loads(request.content) == exchange["asked"]
        return httpx.Response(200, json=exchange["answer"], headers={"date": "Mon, 23 Nov 2026 18:58:00 GMT"})

    connector = CONNECTOR(Settings.model_validate(SETTINGS), Wiring(httpx.MockTransport(replayed)))
    identity = connector.identify()
    posted = [connector.submit_voucher(command(connector, ours)) for ours in (sales(), dollars())]
    with pytest.raises(RejectedError, match='field "Second Currency"'):
        connector.submit_voucher(command(connector, told(3, ("1201", 500, "EUR", 500), ("1010", -500, "EUR", -500))))
    plain = command(connector, told(4, ("1201", 500, "EUR", 500), ("4000", -500, "EUR", -500)))
    posted.append(connector.submit_voucher(plain))
    forged = json.loads(plain.body) | {"reference": "rec/2026-03/000005", "description": "rec/2026-03/000005 capture"}
    forged["lines"][0]["debit"] = "6.00"
    with pytest.raises(RejectedError, match="you must balance"):
        connector.submit_voucher(Command(key="0" * 32, reference="rec/2026-03/000005", body=json.dumps(forged).encode()))
    entries = [entry for batch in connector.fetch_entries(*MARCH) for entry in batch]

    assert identity.title == "Rosenhof GmbH"
    assert [entry.external_id for entry in entries] == [receipt.external_id for receipt in posted]
    assert [(entry.reference, entry.lines) for entry in entries[:2]] == [(ours.reference, ours.lines) for ours in (sales(), dollars())]


@pytest.mark.parametrize(("error", "kind", "says"), ERRORS)
def test_an_error_is_told_by_its_kind_and_cut_short(error: list[Any], kind: type[HubError], says: str) -> None:
    connector = tryton(lambda method, _params: {"id": 1, "error": error} if method.endswith(".create") else _found(method))

    with pytest.raises(kind) as caught:
        connector.submit_voucher(command(connector, dollars()))

    assert says in str(caught.value)
    assert len(str(caught.value)) < 500
    assert "example.com" not in str(caught.value)


def test_what_the_user_may_not_see_is_a_matter_of_settings_and_no_refusal_of_the_voucher() -> None:
    connector = tryton(lambda method, _params: {"id": 1, "error": ["UserError", ["No access.", "", None]]} if "move" in method else None)

    with pytest.raises(ConfigError, match="group Accounting"):
        connector.find_voucher(command(connector, dollars()))


def test_a_session_that_ended_is_opened_once_more_for_reading() -> None:
    asked: list[str] = []
    refusals = iter([False, True, False])
    connector = tryton(lambda method, _params: _entries([]) if "move" in method and not next(refusals) else _refusing(method), asked)

    for _ in range(2):
        assert list(connector.fetch_entries(*MARCH)) == []

    assert asked.count("common.db.login") == 2


def test_a_server_that_refuses_every_session_is_asked_for_no_third() -> None:
    asked: list[str] = []
    connector = tryton(lambda method, _params: _refusing(method, "company"), asked)

    with pytest.raises(AuthError):
        connector.find_voucher(command(connector, dollars()))

    assert asked.count("common.db.login") == 1


def test_a_command_is_not_sent_under_a_second_session() -> None:
    asked: list[str] = []
    connector = tryton(lambda method, _params: httpx.Response(401) if method.endswith(".create") else _found(method), asked)

    with pytest.raises(AuthError):
        connector.submit_voucher(command(connector, dollars()))

    assert [method for method in asked if method.endswith(".create")] == ["model.account.move.create"]


@pytest.mark.parametrize(
    "torn",
    [
        {"date": {"year": 2026, "month": 2, "day": 31}},
        {"date": {"year": 10**30, "month": 2, "day": 1}},
        {"state": "maybe"},
        {"lines.": "torn"},
        {"lines.": [{"id": 1, "debit": {"decimal": "1E+999999"}, "credit": {"decimal": "0"}, "account.": {"id": 1, "code": "1000"}}]},
        {"lines.": [{"id": 1, "debit": {"decimal": "NaN"}, "credit": {"decimal": "0"}, "account.": {"id": 1, "code": "1000"}}]},
        {"lines.": [{"id": 1, "debit": {"decimal": "1.001"}, "credit": {"decimal": "0"}, "account.": {"id": 1, "code": "1000"}}]},
        {"lines.": [{"id": 1, "debit": 1.5, "credit": {"decimal": "0"}, "account.": {"id": 1, "code": "1000"}}]},
        {
            "lines.": [
                {
                    "id": 1,
                    "debit": {"decimal": "1.00"},
                    "credit": {"decimal": "0"},
                    "account.": {"id": 1},
                    "second_currency.": {"id": 2, "code": "XXX"},
                    "amount_second_currency": {"decimal": "1"},
                }
            ]
        },
    ],
)
def test_a_move_that_cannot_be_read_is_named_behind_all_others(torn: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "id": 1,
        "date": {"year": 2026, "month": 3, "day": 2},
        "state": "posted",
        "description": "petty cash",
        "lines.": [],
    }
    connector = tryton(lambda method, _params: _entries([good | {"id": 7} | torn, good | {"id": 8}]) if "move" in method else None)
    entries: list[LedgerEntry] = []

    with pytest.raises(MalformedError, match=r"^account\.move 7: "):
        _gather(connector, entries)

    assert [entry.external_id for entry in entries] == ["8"]


def test_batches_that_do_not_move_on_end() -> None:
    move: dict[str, Any] = {"id": 7, "date": {"year": 2026, "month": 3, "day": 2}, "state": "posted", "lines.": []}
    connector = tryton(lambda method, _params: _entries([move] * 200) if "move" in method else None)

    with pytest.raises(TransientError, match="do not move on"):
        list(connector.fetch_entries(*MARCH))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"entity": "north shop"}, "its reference holds a space"),
        ({"memo": "a\x00b"}, "memo: holds a character"),
        ({"memo": "a\ud800"}, "memo: holds a character"),
        ({"lines": ()}, "has no lines"),
        ({"lines": (VoucherLine(account="1", currency="USD", amount_minor=1, base_minor=-1),) * 2}, "debit and credit differ"),
        ({"lines": tuple(VoucherLine(account="1", currency="USD", amount_minor=s, base_minor=-s) for s in (1, -1))}, "differ in sign"),
    ],
)
def test_what_no_ledger_could_keep_is_refused_as_it_is_written(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(RejectedError, match=says):
        tryton(lambda _method, _params: None).write_voucher(replace(voucher(1), **changed), "0" * 32)


def test_what_a_voucher_tells_beside_its_lines_stands_in_the_description() -> None:
    ours = replace(dollars(), happened_on=date(2026, 2, 28), reverses="rec/2026-02/000009", memo="  Büro\n部分 ")

    body = json.loads(tryton(lambda _method, _params: None).write_voucher(ours, "0" * 32))

    assert body["description"] == "rec/2026-03/000002 capture of 2026-02-28 reverses rec/2026-02/000009: Büro 部分"


@pytest.mark.parametrize("changed", [{"database": "../x"}, {"user": "a:b"}, {"company": ""}, {"address": "https://a:b@erp.example.com/"}])
def test_settings_that_could_mean_something_else_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(changed))):
        Settings.model_validate(SETTINGS | changed)


def _gather(connector: CONNECTOR, entries: list[LedgerEntry]) -> None:
    for batch in connector.fetch_entries(*MARCH):
        entries += batch


def _entries(moves: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": 1, "result": moves}


def _refusing(method: str, *refused: str) -> httpx.Response | None:
    return httpx.Response(401) if any(word in method for word in ("move", *refused)) else None


def _found(method: str) -> dict[str, Any] | None:
    """What is there for `dollars`, as was recorded; and no move yet."""
    if "account.move" in method:
        return {"id": 1, "result": []}
    return next((each["answer"] for each in RECORDED[12:] if each["asked"]["method"] == method), None)
