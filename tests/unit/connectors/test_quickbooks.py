"""QuickBooks Online in its details: which currency an entry has, which refusals mean what, and entries of others."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command
from connectors.quickbooks import CONNECTOR
from connectors.quickbooks.connector import Settings
from connectors.quickbooks.entries import TAX_ACCOUNT
from connectors.quickbooks.posting import document_number, one_rate
from model.errors import AuthError, ConfigError, MalformedError, RejectedError, TransientError
from model.records.voucher import LedgerEntry, Voucher, VoucherLine
from tests.contract.vouchers import voucher, voucher_reference_of

NOW = datetime(2030, 5, 3, 12, tzinfo=UTC)
WORDS: dict[str, Any] = {
    "client_id": "suite",
    "client_secret": "suite_secret",
    "refresh_token": "suite_refresh",
    "realm_id": "123",
    "currency": "EUR",
    "multicurrency": True,
    "accounts": {"1201": "35"},
    "tax_codes": {"S19": "5"},
}
DAY = date(2030, 5, 2)
Json = dict[str, Any]


def quickbooks(*answers: httpx.Response, asked: list[httpx.Request] | None = None, **changes: object) -> Any:  # noqa: ANN401  a connector of several abilities
    """The connector, given a token and then these answers."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/v1/tokens/bearer":
            return httpx.Response(200, json={"access_token": "a", "refresh_token": "suite_refresh", "expires_in": 3600})
        if asked is not None:
            asked.append(request)
        return left.pop(0)

    waits: list[float] = []
    pause = Pause(sleep=waits.append, chance=lambda: 1, clock=lambda: sum(waits))
    settings = Settings.model_validate(WORDS | changes)
    return CONNECTOR(settings, Wiring(httpx.MockTransport(answer), pause, now=lambda: NOW))


def written(ours: Voucher, **changes: Any) -> Json:  # noqa: ANN401  settings
    """A voucher as it leaves."""
    told: Json = json.loads(quickbooks(**changes).write_voucher(ours, "1" * 32))
    return told


def page(*told: Json) -> httpx.Response:
    """A page of journal entries."""
    return httpx.Response(200, json={"QueryResponse": {"JournalEntry": list(told)} if told else {}, "time": "now"})


def line(side: str, amount: object, account: str = "35") -> Json:
    """A line as it is shown."""
    detail = {"PostingType": side, "AccountRef": {"value": account, "name": "Bank"}}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def entry(**changes: object) -> Json:
    """A journal entry as it is shown."""
    lines = [line("Debit", 100.1), line("Credit", 100.1, "79")]
    told: Json = {"Id": "8", "TxnDate": "2030-05-02", "Line": lines, "TxnTaxDetail": {}}
    return told | changes


def entries(*pages: httpx.Response) -> list[LedgerEntry]:
    """What is read of pages."""
    return [one for batch in quickbooks(*pages, page()).fetch_entries(DAY, DAY) for one in batch]


def command() -> Command:
    """The first voucher of the suite, written."""
    return Command(key="1" * 32, reference=voucher_reference_of(1), body=quickbooks().write_voucher(voucher(1), "1" * 32))


def abroad(*amounts: tuple[int, int], currency: str = "USD") -> Voucher:
    """A voucher of one foreign currency: original and functional minor units of each line."""
    lines = (VoucherLine(account="1", currency=currency, amount_minor=amount, base_minor=base) for amount, base in amounts)
    return replace(voucher(1), lines=tuple(lines))


def test_a_voucher_at_home_is_written_with_its_reference_as_number_and_note() -> None:
    told = written(voucher(1))

    assert (told["DocNumber"], told["PrivateNote"]) == ("eu/2030-05/000001", "eu/2030-05/000001 Capture 1 of the day")
    assert [(each["Amount"], each["JournalEntryLineDetail"]["PostingType"]) for each in told["Line"]] == [
        (119.02, "Debit"),
        (100.01, "Credit"),
        (19.01, "Credit"),
    ]
    assert told["Line"][0]["JournalEntryLineDetail"]["AccountRef"] == {"value": "35"}
    assert told["Line"][1]["Description"] == 'Sales, "19 %" | tax 5'
    assert not {"CurrencyRef", "ExchangeRate", "GlobalTaxCalculation"} & told.keys()


def test_one_foreign_currency_at_one_rate_is_posted_in_it() -> None:
    told = written(voucher(2))

    assert (told["CurrencyRef"], told["ExchangeRate"]) == ({"value": "USD"}, 0.92)
    assert [each["Amount"] for each in told["Line"]] == [52, 52]


OFF_BY_ONE = replace(
    voucher(1),
    lines=(*abroad((100, 92), (-100, -93)).lines, VoucherLine(account="2", currency="EUR", amount_minor=0, base_minor=1)),
)


@pytest.mark.parametrize(("ours", "changes"), [(voucher(3), {}), (voucher(2), {"multicurrency": False}), (OFF_BY_ONE, {})])
def test_what_no_one_rate_says_is_posted_whole_at_home_with_its_original_amounts(ours: Voucher, changes: Json) -> None:
    told = written(ours, **changes)

    assert "CurrencyRef" not in told
    assert len(told["Line"]) == len(ours.lines)
    signed = [each["Amount"] * (1 if each["JournalEntryLineDetail"]["PostingType"] == "Debit" else -1) for each in told["Line"]]
    assert [round(amount * 100) for amount in signed] == [each.base_minor for each in ours.lines]
    assert "USD " in told["Line"][0]["Description"]


def test_a_company_abroad_is_told_to_reckon_no_tax() -> None:
    assert written(voucher(1), outside_us=True)["GlobalTaxCalculation"] == "NotApplicable"


@pytest.mark.parametrize(
    ("ours", "rate"),
    [
        (abroad((5000, 4600), (-5000, -4600)), "0.92"),
        (abroad((333, 307), (667, 615), (-1000, -922)), "0.922"),
        (abroad((10_000, 65), (-10_000, -65), currency="JPY"), "0.000065"),
        (abroad((1, 1_000_000), (-1, -1_000_000)), "1000000"),
        (abroad((1000, 900), (-1000, -900), *[(1, 1), (-1, -1)] * 6), "0.9"),
        (abroad((0, 0)), None),
        (abroad((100, 92), (-100, -94)), None),
        (abroad((100, 0), (-100, 0)), None),
        (abroad((0, 1), (0, -1)), None),
    ],
)
def test_a_rate_says_every_functional_amount_to_the_minor_unit_or_is_none(ours: Voucher, rate: str | None) -> None:
    found = one_rate(ours)

    assert found == (None if rate is None else Decimal(rate))
    assert "E" not in str(found)


@pytest.mark.parametrize(
    ("reference", "number"),
    [("eu/2030-05/000001", "eu/2030-05/000001"), ("europe/2030-05/000001", "europe/2030-05/000001")],
)
def test_a_short_reference_is_its_own_number(reference: str, number: str) -> None:
    assert document_number(reference) == number


def test_long_references_have_numbers_of_their_own_that_fit() -> None:
    references = [
        f"{entity}/2030-05/{number:06}" for entity in ("germany", "germane", "eu") for number in (1, 2, 1_000_001, 1_000_002, 99_999_999)
    ]

    numbers = [document_number(reference) for reference in references]

    assert len(set(numbers)) == len(references)
    assert max(map(len, numbers)) <= 21
    assert numbers[0].endswith("/2030-05/000001")


@pytest.mark.parametrize(
    ("changes", "told"), [({"base_currency": "USD"}, "reckoned in USD"), ({"memo": "x" * 4001}, "more than 4000 characters")]
)
def test_what_the_company_cannot_hold_is_refused(changes: Json, told: str) -> None:
    with pytest.raises(RejectedError, match=told):
        written(replace(voucher(1), **changes))


def fault(status: int, code: str, kind: str = "ValidationFault") -> httpx.Response:
    """A refusal that quotes what was sent."""
    error = {"Message": "no", "Detail": "Ida Sample", "code": code, "element": ""}
    return httpx.Response(status, json={"Fault": {"Error": [error], "type": kind}, "time": "now"})


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (fault(400, "6210"), RejectedError, "books are closed"),
        (fault(200, "6210"), RejectedError, "books are closed"),
        (fault(200, "2500"), RejectedError, "account is not known"),
        (fault(400, "6140"), RejectedError, "number is there already"),
        (fault(400, "9999"), RejectedError, "9999 QuickBooks refuses it"),
        (fault(400, "3200"), AuthError, "credentials refused"),
        (fault(200, "3200", "AuthenticationFault"), AuthError, "credentials refused"),
        (fault(200, "10000", "SystemFault"), TransientError, "SystemFault 10000"),
        (httpx.Response(200, json={"time": "now"}), TransientError, "names no entry"),
    ],
)
def test_each_answer_to_a_posting_has_its_meaning(answer: httpx.Response, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told) as caught:
        quickbooks(answer).submit_voucher(command())

    assert "Ida" not in str(caught.value)


def test_the_key_and_the_minor_version_go_with_the_request() -> None:
    asked: list[httpx.Request] = []

    quickbooks(httpx.Response(200, json={"JournalEntry": {"Id": "8"}}), asked=asked).submit_voucher(command())

    assert dict(asked[0].url.params) == {"minorversion": "75", "requestid": "1" * 32}
    assert asked[0].url.path == "/v3/company/123/journalentry"


@pytest.mark.parametrize(
    ("changes", "is_there"),
    [
        ({"PrivateNote": "eu/2030-05/000001 Capture"}, True),
        ({"DocNumber": "eu/2030-05/000001"}, True),
        ({"PrivateNote": "eu/2030-05/0000019 Capture"}, False),
        ({}, False),
    ],
)
def test_an_entry_is_known_again_by_its_note_or_its_number(changes: Json, *, is_there: bool) -> None:
    found = quickbooks(page(entry(Id="7", Line="torn"), entry(**changes)), page()).find_voucher(command())

    assert (found is not None) == is_there


@pytest.mark.parametrize("answer", [fault(200, "4000"), fault(400, "4000")])
def test_a_question_that_is_refused_says_nothing_of_the_voucher(answer: httpx.Response) -> None:
    with pytest.raises(TransientError, match="cannot be looked up"):
        quickbooks(answer).find_voucher(command())


def test_an_entry_in_a_foreign_currency_is_read_at_its_rate() -> None:
    [told] = entries(page(entry(CurrencyRef={"value": "USD"}, ExchangeRate=0.9155)))

    assert [(each.account, each.currency, each.amount_minor, each.base_minor) for each in told.lines] == [
        ("1201", "USD", 10010, 9164),
        ("79", "USD", -10010, -9164),
    ]


def test_lines_of_words_only_are_none() -> None:
    told = entries(page(entry(Line=[{"DetailType": "DescriptionOnly", "Description": "see file"}, *entry()["Line"]])))

    assert [len(each.lines) for each in told] == [2]


def test_tax_that_quickbooks_reckoned_is_a_line_of_its_own() -> None:
    [told] = entries(page(entry(Line=[line("Debit", 119), line("Credit", 100)], TxnTaxDetail={"TotalTax": 19})))

    assert [(each.account, each.base_minor) for each in told.lines][-1] == (TAX_ACCOUNT, -1900)


@pytest.mark.parametrize(
    "changes",
    [
        {"Line": [line("Debit", 119), line("Credit", 100)]},
        {"Line": [line("Debit", 1e300)]},
        {"Line": [line("Sideways", 1)]},
        {"Line": [{"Amount": 1, "DetailType": "JournalEntryLineDetail"}]},
        {"CurrencyRef": {"value": "USD"}},
        {"CurrencyRef": {"value": "USD"}, "ExchangeRate": 0},
        {"CurrencyRef": {"value": "USD"}, "ExchangeRate": 1e-20},
        {"CurrencyRef": {"value": "XXX"}, "ExchangeRate": 1},
        {"TxnDate": "2030-02-30"},
    ],
)
def test_what_makes_no_sense_is_told_by_its_entry(changes: Json) -> None:
    with pytest.raises(MalformedError, match="JournalEntry 8"):
        entries(page(entry(**changes)))


def test_identifying_checks_the_currencies() -> None:
    def preferences(home: str, *, is_multi: bool) -> httpx.Response:
        told = {"CurrencyPrefs": {"HomeCurrency": {"value": home}, "MultiCurrencyEnabled": is_multi}}
        return httpx.Response(200, json={"Preferences": told})

    assert quickbooks(preferences("EUR", is_multi=True)).identify().fingerprint == "123"
    with pytest.raises(ConfigError, match="home currency is USD"):
        quickbooks(preferences("USD", is_multi=True)).identify()
    with pytest.raises(ConfigError, match="multicurrency"):
        quickbooks(preferences("EUR", is_multi=False)).identify()
