"""Xero in its details: what is written, which refusals mean what, and journals of others."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command
from connectors.xero import CONNECTOR
from connectors.xero.connector import Settings
from connectors.xero.journals import TAX_ACCOUNT
from model.errors import AuthError, ConfigError, MalformedError, RejectedError, TransientError
from model.records.voucher import LedgerEntry
from tests.contract.vouchers import voucher, voucher_reference_of

NOW = datetime(2030, 5, 3, 12, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {
        "client_id": "suite",
        "client_secret": "suite_secret",
        "currency": "EUR",
        "accounts": {"1201": "090"},
        "tax_codes": {"S19": "OUTPUT2"},
    }
)
ID = "99cb8353-ce73-4a5d-8e0d-8b0edf86cfc4"
DAY = date(2030, 5, 2)
Json = dict[str, Any]


def xero(*answers: httpx.Response, settings: Settings = SETTINGS, asked: list[httpx.Request] | None = None) -> Any:  # noqa: ANN401  a connector of several abilities
    """The connector, given a token and then these answers."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/connect/token":
            return httpx.Response(200, json={"access_token": "a", "expires_in": 1800})
        if asked is not None:
            asked.append(request)
        return left.pop(0)

    waits: list[float] = []
    pause = Pause(sleep=waits.append, chance=lambda: 1, clock=lambda: sum(waits))
    return CONNECTOR(settings, Wiring(httpx.MockTransport(answer), pause, now=lambda: NOW))


def journals(*told: Json) -> httpx.Response:
    """A page of manual journals."""
    return httpx.Response(200, json={"ManualJournals": list(told)})


def journal(**changes: object) -> Json:
    """A manual journal as it is listed."""
    told: Json = {
        "ManualJournalID": ID,
        "Narration": "Depreciation",
        "Date": "/Date(1903910400000+0000)/",
        "Status": "POSTED",
        "LineAmountTypes": "NoTax",
        "JournalLines": [{"LineAmount": 100.1, "AccountCode": "090"}, {"LineAmount": -100.1, "AccountCode": "700"}],
    }
    return told | changes


def entries(*pages: httpx.Response) -> list[LedgerEntry]:
    """What is read of pages."""
    return [entry for batch in xero(*pages, journals()).fetch_entries(DAY, DAY) for entry in batch]


def command() -> Command:
    """The first voucher of the suite, written."""
    return Command(key="1" * 32, reference=voucher_reference_of(1), body=xero().write_voucher(voucher(1), "1" * 32))


def test_a_voucher_is_written_as_one_posted_journal_without_reckoned_tax() -> None:
    told = json.loads(xero().write_voucher(voucher(1), "1" * 32))["ManualJournals"]

    assert told == [
        {
            "Narration": "eu/2030-05/000001 Capture 1 of the day",
            "Date": "2030-05-02",
            "Status": "POSTED",
            "LineAmountTypes": "NoTax",
            "JournalLines": [
                {"LineAmount": 119.02, "AccountCode": "090"},
                {"LineAmount": -100.01, "AccountCode": "4400", "Description": 'Sales, "19 %" | tax OUTPUT2'},
                {"LineAmount": -19.01, "AccountCode": "3806", "Description": "VAT"},
            ],
        }
    ]


def test_foreign_amounts_stand_beside_what_is_booked() -> None:
    told = json.loads(xero().write_voucher(voucher(2), "1" * 32))["ManualJournals"][0]

    assert [(line["LineAmount"], line["Description"]) for line in told["JournalLines"]] == [(47.84, "USD 52.00"), (-47.84, "USD -52.00")]


def test_what_a_voucher_takes_back_is_told() -> None:
    told = json.loads(xero().write_voucher(replace(voucher(1), reverses="eu/2030-04/000009"), "1" * 32))["ManualJournals"][0]

    assert told["Narration"].endswith("(takes back eu/2030-04/000009)")


@pytest.mark.parametrize(
    ("changes", "told"), [({"base_currency": "USD"}, "reckoned in USD"), ({"memo": "x" * 4001}, "more than 4000 characters")]
)
def test_what_the_organisation_cannot_hold_is_refused(changes: Json, told: str) -> None:
    with pytest.raises(RejectedError, match=told):
        xero().write_voucher(replace(voucher(1), **changes), "1" * 32)


def test_the_key_goes_with_the_request_and_errors_are_asked_for_by_journal() -> None:
    asked: list[httpx.Request] = []

    receipt = xero(journals({"ManualJournalID": ID, "Status": "POSTED"}), asked=asked).submit_voucher(command())

    assert receipt.external_id == ID
    assert asked[0].headers["Idempotency-Key"] == "1" * 32
    assert asked[0].url.params["summarizeErrors"] == "false"


@pytest.mark.parametrize(
    ("made", "error", "told"),
    [
        ({"Status": "DRAFT", "ManualJournalID": ID}, RejectedError, "kept it as DRAFT"),
        ({"ManualJournalID": ID, "ValidationErrors": [{"Message": "no"}]}, TransientError, "both errors and a journal"),
        ({"ValidationErrors": [{"Message": "Account code '999' is not a valid code"}]}, RejectedError, "account 999: "),
        ({"ValidationErrors": [{"Message": "Bad day for 'Ida Sample'"}]}, RejectedError, "Bad day for …"),
        ({"StatusAttributeString": "ERROR"}, RejectedError, "without a reason"),
        ({}, TransientError, "names no journal"),
    ],
)
def test_each_answer_to_a_posting_has_its_meaning(made: Json, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told) as caught:
        xero(journals(made)).submit_voucher(command())

    assert "Ida" not in str(caught.value)


def test_an_answer_of_two_journals_leaves_it_open() -> None:
    with pytest.raises(TransientError, match="2 were answered"):
        xero(journals({}, {})).submit_voucher(command())


@pytest.mark.parametrize(("status", "is_there"), [("POSTED", True), ("VOIDED", True), ("DRAFT", False), ("DELETED", False)])
def test_what_was_posted_is_found_even_if_a_person_took_it_back_and_copies_are_not(status: str, *, is_there: bool) -> None:
    listed = journal(Narration=f"{voucher_reference_of(1)} Capture", Status=status)

    found = xero(journals(journal(JournalLines="torn"), listed), journals()).find_voucher(command())

    assert (found is not None) == is_there


def test_a_longer_reference_is_not_ours() -> None:
    listed = journal(Narration=f"{voucher_reference_of(1)}9 Capture")

    assert xero(journals(listed), journals()).find_voucher(command()) is None


def test_a_question_that_is_refused_says_nothing_of_the_voucher() -> None:
    with pytest.raises(TransientError, match="cannot be looked up"):
        xero(httpx.Response(400)).find_voucher(command())


@pytest.mark.parametrize("told", ["/Date(1903910400000+0000)/", "/Date(1903910400000)/", "2030-05-02T00:00:00", "2030-05-02"])
def test_a_day_is_read_in_each_of_its_forms(told: str) -> None:
    assert [entry.posted_on for entry in entries(journals(journal(Date=told)))] == [DAY]


@pytest.mark.parametrize("told", ["/Date(99999999999999999)/", "2030-02-30", "tomorrow", "/Date(999999999999999)/"])
def test_a_day_of_no_calendar_is_told_by_its_journal(told: str) -> None:
    with pytest.raises(MalformedError, match=ID):
        entries(journals(journal(Date=told)))


def test_tax_that_xero_reckoned_is_a_line_of_its_own() -> None:
    lines = [{"LineAmount": 119.0, "TaxAmount": 19.0, "AccountCode": "700"}, {"LineAmount": -119.0, "AccountCode": "090"}]

    [entry] = entries(journals(journal(LineAmountTypes="Inclusive", JournalLines=lines)))

    assert [(line.account, line.base_minor) for line in entry.lines] == [("700", 10000), ("1201", -11900), (TAX_ACCOUNT, 1900)]


def test_voided_and_deleted_journals_are_no_entries_and_blank_lines_no_lines() -> None:
    blank = [{"LineAmount": 0, "IsBlank": True}, *journal()["JournalLines"]]

    told = entries(journals(journal(Status="VOIDED"), journal(Status="DELETED"), journal(JournalLines=blank, ManualJournalID="x")))

    assert [(entry.external_id, len(entry.lines)) for entry in told] == [("x", 2)]


def test_a_journal_on_two_pages_is_one() -> None:
    assert len(entries(journals(journal()), journals(journal()))) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [{"LineAmount": 1e300, "AccountCode": "1"}],
        [{"LineAmount": 0.001, "AccountCode": "1"}],
        [{"LineAmount": True, "AccountCode": "1"}],
        [{"LineAmount": 1}],
        [{}],
        None,
    ],
)
def test_lines_that_make_no_sense_are_told_by_their_journal(lines: object) -> None:
    with pytest.raises(MalformedError, match=ID):
        entries(journals(journal(JournalLines=lines)))


def test_identifying_checks_the_currency() -> None:
    organisation = {"OrganisationID": "o", "Name": "Hub", "BaseCurrency": "EUR"}

    assert xero(httpx.Response(200, json={"Organisations": [organisation]})).identify().fingerprint == "o"
    with pytest.raises(ConfigError, match="base currency is USD"):
        xero(httpx.Response(200, json={"Organisations": [organisation | {"BaseCurrency": "USD"}]})).identify()
    with pytest.raises(AuthError):
        xero(httpx.Response(403)).identify()


def test_a_refresh_token_needs_a_file_and_a_tenant() -> None:
    with pytest.raises(ValueError, match="needs tenant_id and token_file"):
        Settings.model_validate({"client_id": "c", "client_secret": "s", "currency": "EUR", "refresh_token": "r"})


def test_the_tenant_is_named_where_there_is_one() -> None:
    asked: list[httpx.Request] = []
    settings = SETTINGS.model_copy(update={"tenant_id": "tenant"})

    list(xero(journals(), settings=settings, asked=asked).fetch_entries(DAY, DAY))

    assert asked[0].headers["xero-tenant-id"] == "tenant"
