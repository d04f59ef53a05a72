"""Statements of banks: what each form says of a line, and each guard at what it guards against."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors._kit import Wiring
from connectors.bank_files import CONNECTOR
from connectors.bank_files.settings import Settings
from model.errors import MalformedError, RejectedError
from model.records.statement import Statement, StatementLine
from tests.contract.money_files import money_dialect_of, recorded_file

CSV = {"account": "77-1", "currency": "EUR", "balances": "none", "csv": {"columns": {"booked_on": "Day", "amount": "Amount"}}}


def read(raw: bytes | str, **settings: Any) -> tuple[Statement, ...]:  # noqa: ANN401  as hub.toml has it
    nowhere: Any = None
    connector = CONNECTOR(Settings.model_validate({"address": "/nowhere", **settings}), Wiring(nowhere))
    return connector.read_statements("file", raw if isinstance(raw, bytes) else raw.encode())


def recorded(name: str, **settings: Any) -> list[StatementLine]:  # noqa: ANN401  as hub.toml has it
    file = next(each for each in money_dialect_of("bank_files").files if each.name == name)
    return [line for each in read(recorded_file("bank_files", name), **{**file.settings, **settings}) for line in each.lines]


def mt940(*moved: str, opening: str = "C260301EUR10,", closing: str = "C260302EUR11,", account: str = "NL1") -> str:
    return "\n".join([":20:S", f":25:{account}", ":28C:1/1", f":60F:{opening}", *moved, f":62F:{closing}", "-"])


def camt(change: tuple[str, str]) -> bytes:
    raw = recorded_file("bank_files", "statement.camt053.xml").decode()
    assert change[0] in raw
    return raw.replace(*change).encode()


def csv(rows: str, **form: Any) -> list[StatementLine]:  # noqa: ANN401  as hub.toml has it
    columns = form.pop("columns", CSV["csv"]["columns"])  # type: ignore[index]
    settings = {"account": "77-1", "currency": "EUR", "balances": form.pop("balances", "none"), "csv": {"columns": columns, **form}}
    return [line for each in read(rows, **settings) for line in each.lines]


def test_camt_tells_who_paid_what_for_and_what_the_bank_kept() -> None:
    first, _fee, _same, batch, reversal, nothing = recorded("statement.camt053.xml")

    assert (first.reference, first.bank_reference, first.fee_minor) == ("PO-2001", "0302-04", 35)
    assert (first.counterparty, first.counterparty_account) == ("Harbour Payments", "IE29AIBK93115212345678")
    assert (first.booked_on, first.value_on, first.raw_kind) == (date(2026, 3, 2), date(2026, 3, 3), "PMNT/RCDT/ESCT")
    assert (batch.amount_minor, batch.reference, batch.counterparty) == (9990, None, "Café Nørd")
    assert all(f"PO-200{number}" in batch.text and f"order 200{number}" in batch.text for number in (2, 3, 4))
    assert (reversal.amount_minor, nothing.amount_minor) == (-9990, 0)


def test_mt940_tells_who_paid_in_german_and_in_dutch() -> None:
    dutch, fee, taken_back, german, *_fees = recorded("statement.sta")

    assert (dutch.reference, dutch.counterparty, dutch.fee_minor) == ("PO-3000", "HARBOUR PAYMENTS", 50)
    assert "Settlement Müller" in dutch.text
    assert (dutch.booked_on, dutch.value_on) == (date(2026, 2, 3), date(2026, 2, 3))
    assert (fee.value_on, fee.amount_minor, taken_back.amount_minor) == (date(2026, 2, 28), -2050, 50)
    assert (german.reference, german.counterparty, german.counterparty_account) == ("PO-3001", "HARBOUR PAYMENTS", "DE02100100100006820101")
    assert "PAYOUT PO-3001 HARBOUR PAYMENTS" in german.text


def test_bai2_tells_text_across_its_lines_and_value_days() -> None:
    payout, *_rest, check = recorded("overlap.bai2")

    assert (payout.bank_reference, payout.reference) == ("BR-88", "PO-5001")
    assert payout.text == "HARBOUR PAYMENTS PAYOUT PO-5001, NET OF FEES"
    assert (check.value_on, check.amount_minor) == (date(2026, 2, 11), -17500)


def test_ofx_tells_plain_text_of_what_is_escaped() -> None:
    assert [line.counterparty for line in recorded("card.ofx")] == ["BOXES & TAPE", "BOXES & TAPE"]
    assert "PAYOUT PO-4001 & FEES" in recorded("checking.ofx")[1].text


def test_equal_lines_of_a_day_keep_their_ids_when_one_more_comes() -> None:
    one = csv("Day,Amount\n2026-01-05,-0.50\n")
    two = csv("Day,Amount\n2026-01-05,-0.50\n2026-01-05,-0.50\n")

    assert two[0].external_id == one[0].external_id
    assert len({line.external_id for line in two}) == 2


def test_a_line_of_another_account_or_currency_is_another_line() -> None:
    rows = "Day,Amount\n2026-01-05,5\n"
    told = [read(rows, **{**CSV, **other})[0].lines[0].external_id for other in ({}, {"account": "77-2"}, {"currency": "USD"})]

    assert len(set(told)) == 3


def test_an_entry_day_belongs_to_the_nearest_year() -> None:
    told = read(mt940(":61:2601011231C1,NTRFNONREF"))

    assert told[0].lines[0].booked_on == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        (":61:260230X1,NTRF", "line 5: movement: is not as MT940 writes it"),
        (":61:261331C1,NTRF", "line 5: date: there is no such day"),
        (":61:2602020230C1,NTRF", "line 5: date: there is no such day"),
        (":61:260202C1,2,3NTRF", "line 5: amount: is not as MT940 writes it, 1234,5"),
        (":61:260202C1,234NTRF", "line 5: amount: has more decimal places than EUR knows"),
        (":77:x", "line 5: has a field that MT940 does not know"),
    ],
)
def test_a_movement_that_cannot_be_read_names_its_line(moved: str, reason: str) -> None:
    with pytest.raises(MalformedError) as refused:
        read(mt940(moved))

    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (mt940(opening="C260301USD10,"), "opens in one currency and closes in another"),
        (mt940() + "\n:61:260202C1,NTRF", "line 7: stands outside of a statement"),
        (mt940() + "\n:86:x", "line 7: stands outside of a statement"),
        (mt940().replace("-", "") + ":61:260202C1,NTRF", "line 6: is a movement behind the closing balance"),
        (mt940(account=" "), "names no account"),
        (mt940(opening="C260301EUR10.00"), "line 4: balance: is not as MT940 writes it"),
        (camt((">BOOK<", ">HOLD<")), "statement 1, entry 1: is neither booked nor pending"),
        (camt((">CRDT<", ">CREDIT<")), "statement 1, balance 1: is neither CRDT nor DBIT"),
        (camt(("250.00", "2_50")), "statement 1, entry 1: amount: is not a number"),
        (camt(("99.90000", "99.90001")), "statement 1, entry 4: amount: has more decimal places than EUR knows"),
        (camt(("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", "")), "statement 1, entry 1: date: is missing, or no ISO date"),
        (camt(("?>", "?><!DOCTYPE d>")), "file: declares a document type, entities or an encoding that no statement needs"),
        (camt(("<AddtlNtryInf>", "<a>" * 80)), "is too deep"),
        (b"<OFX>" + b"<A>" * 40 + b"</A></OFX>", "line 1: is too deep"),
        (b"<OFX><!DOCTYPE x></OFX>", "file: declares a document type"),
        (b"<OFX></STMTRS></OFX>", "line 1: closes what is not open"),
        (b"PK\x03\x04", "file: is an Excel workbook"),
        (mt940().encode("utf-16")[:-1], "is not utf-16, as the file begins"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(raw: bytes | str, reason: str) -> None:
    with pytest.raises(MalformedError) as refused:
        read(raw)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "settings", "reason"),
    [
        (mt940(), {}, "opening 1000 and lines 0 do not give closing 1100"),
        (mt940(":61:260302C1,NTRF"), {"account": ["NL2"]}, "is of the account …NL1, which is not among settings.account"),
        (mt940(":61:260302C1,NTRF"), {"currency": "USD"}, "is in EUR, the account in USD"),
        (mt940().replace(":62F:C260302EUR11,\n", ""), {}, "states no closing balance"),
        (camt(('<Amt Ccy="EUR">250.00', '<Amt Ccy="USD">250.00')), {}, "entry 1: is in USD, its statement in EUR"),
        (camt(("BkToCstmrStmt", "BkToCstmrAcctRpt")), {}, "is camt.052"),
        (recorded_file("bank_files", "checking.ofx"), {}, "states no opening balance"),
        (recorded_file("bank_files", "report.bai2").replace(b"02,ENTREPOT,121000000,1", b"02,ENTREPOT,121000000,4"), {}, "a test"),
        (recorded_file("bank_files", "report.bai2").replace(b"16,165,120000", b"16,165,120001"), {}, "line 10: states"),
    ],
)
def test_a_file_that_is_not_the_accounts_or_does_not_add_up_is_refused(raw: bytes | str, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(RejectedError) as refused:
        read(raw, **settings)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "form", "reason"),
    [
        ("Day,Amount\n05.01.2026,1\n", {}, "line 2: date: is not as settings.csv says"),
        ("Day,Amount\n0026-01-05,1\n", {}, "line 2: date: lies outside 1990 to 2199"),
        ("Day,Amount\n2026-01-05\n", {}, "line 2: has 1 cells, not 2"),
        ("Day,Amount\n2026-01-05,1,2\n", {}, "line 2: has 3 cells, not 2"),
        ("Day,Amount,Amount\n2026-01-05,1,2\n", {}, "line 1: names the column Amount twice"),
        ('Day,Amount\n2026-01-05,"1\n', {}, "file: has a quotation mark that is never closed"),
        ('Day,Amount\n2026-01-05,"12,34"\n', {"grouping": ","}, "line 2: amount: is not as settings.csv says"),
        ("Day,Amount\n2026-01-05,1.234\n", {}, "line 2: amount: has more decimal places than EUR knows"),
        (
            "Day,In,Out\n2026-01-05,1,1\n",
            {"columns": {"booked_on": "Day", "credit": "In", "debit": "Out"}},
            "comes in and goes out at once",
        ),
        ("Day,In,Out\n2026-01-05,,\n", {"columns": {"booked_on": "Day", "credit": "In", "debit": "Out"}}, "neither comes in nor goes out"),
        ("Day,In,Out\n2026-01-05,,-1\n", {"columns": {"booked_on": "Day", "credit": "In", "debit": "Out"}}, "below zero"),
        (
            "Day,Amount,Mark\n2026-01-05,1,X\n",
            {"columns": {"booked_on": "Day", "amount": "Amount", "sign": "Mark"}, "debit_words": "D"},
            "line 2: sign: is none of",
        ),
    ],
)
def test_a_row_that_cannot_be_read_names_its_line(rows: str, form: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedError) as refused:
        csv(rows, **form)

    assert reason in str(refused.value)


RUNNING = {"columns": {"booked_on": "Day", "amount": "Amount", "balance": "Saldo"}, "balances": "running"}


def test_running_balances_show_a_missing_row() -> None:
    with pytest.raises(RejectedError, match="line 3: the balance before it"):
        csv("Day,Amount,Saldo\n2026-01-05,1,1\n2026-01-07,1,3\n", **RUNNING)


def test_balances_that_add_up_in_either_order_are_not_guessed() -> None:
    rows = "Day,Amount,Saldo\n2026-01-05,5,5\n2026-01-05,-5,0\n"
    with pytest.raises(RejectedError, match=r"settings\.csv\.order"):
        csv(rows, **RUNNING)

    assert [line.amount_minor for line in csv(rows, **RUNNING, order="newest_first")] == [-500, 500]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({**CSV, "account": ()}, "account: name the one"),
        ({**CSV, "currency": None}, "currency: name the one"),
        ({**CSV, "balances": "file"}, "csv.opening, csv.closing"),
        ({**CSV, "balances": "running"}, "csv.columns.balance"),
        ({"balances": "running"}, "only a CSV has running ones"),
        ({"encoding": "rot13"}, "is not an encoding"),
        ({"currency": "DEM"}, "is not a current ISO 4217 code"),
        ({**CSV, "csv": {"columns": {"booked_on": "Day"}}}, "either it or credit and debit"),
        ({**CSV, "csv": {"columns": {"booked_on": "Day", "amount": "A"}, "header": False}}, "are numbers from 1"),
        ({**CSV, "csv": {"columns": {"booked_on": "Day", "amount": "A"}, "decimal": ",", "grouping": ","}}, "also the decimal mark"),
    ],
)
def test_settings_that_leave_something_open_are_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings.model_validate({"address": "/nowhere", **settings})


def test_identifying_looks_into_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    nowhere: Any = None
    wiring = Wiring(nowhere, now=lambda: date(2026, 1, 1))  # type: ignore[arg-type,return-value]

    told = CONNECTOR(Settings.model_validate({"address": str(tmp_path)}), wiring).identify()

    assert told.fingerprint.endswith("/out")
