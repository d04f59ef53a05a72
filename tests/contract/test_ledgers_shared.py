"""Xero and QuickBooks Online against their official specifications and others' recordings, where `../shared` is present."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import Element

import httpx
import pytest
import yaml
from defusedxml.ElementTree import fromstring
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors._kit.base import unwired
from connectors.quickbooks.connector import QuickBooks, Settings
from connectors.xero.connector import SCOPES
from model.records.voucher import LedgerEntry
from tests.contract.dialects import dialect_of
from tests.contract.stand_commands import CommandStand, requests_of
from tests.contract.stand_vouchers import VoucherStand
from tests.contract.stands import stands
from tests.contract.vouchers import voucher

SHARED = Path(__file__).parents[2].parent / "shared"
XERO = SHARED / "specs/xero/xero_accounting.yaml"
EXAMPLES = SHARED / "samples/xero/spec-examples"
INTUIT = [SHARED / "specs/quickbooks-online" / name for name in ("IntuitBaseTypes.xsd", "Finance.xsd")]
RECORDED = SHARED / "samples/quickbooks-online/airbyte/journal_entries"
XS = "{http://www.w3.org/2001/XMLSchema}"
ABSENT = "the official specifications are in ../shared, which is absent"
LEDGERS = {(stand.name, stand.stream.name): stand for stand in stands() if isinstance(stand, VoucherStand)}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Json:
    if not XERO.exists():
        pytest.skip(ABSENT)
    loaded: Json = yaml.load(XERO.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return loaded


@pytest.fixture(scope="module")
def finance() -> dict[str, Element]:
    """Intuit's types by name."""
    if not all(path.exists() for path in INTUIT):
        pytest.skip(ABSENT)
    return {str(each.get("name")): each for path in INTUIT for each in fromstring(path.read_bytes()) if each.get("name")}


def requests(name: str, part: str) -> list[httpx.Request]:
    """What a posting and looking for it send to a part of the API."""
    stand = LEDGERS[name, "vouchers"]
    assert isinstance(stand, CommandStand)
    return [request for request in requests_of(stand) if request.url.path.endswith(part)]


def closed(spec: Json, schema: object) -> Json:
    """The schema with what it refers to put in, and unknown fields forbidden."""
    known = cast("Json", schema)
    if "$ref" in known:
        return closed(spec, spec["components"]["schemas"][str(known["$ref"]).rpartition("/")[2]])
    made: Json = {key: known[key] for key in ("type", "enum", "required") if key in known}
    if "properties" in known:
        made |= {"properties": {name: closed(spec, part) for name, part in known["properties"].items()}, "additionalProperties": False}
    return made | ({"items": closed(spec, known["items"])} if "items" in known else {})


def problems(spec: Json, document: Json) -> list[str]:
    """What of a document is not as Xero's schema of manual journals says."""
    schema = closed(spec, {"$ref": "#/components/schemas/ManualJournals"})
    found: list[ValidationError] = list(Draft202012Validator(schema).iter_errors(document))  # pyright: ignore[reportUnknownMemberType]
    return [f"{problem.json_path}: {problem.message[:200]}" for problem in found]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_journal_that_we_ask_for_is_a_request_of_xeros_specification(spec: Json, number: int) -> None:
    body = json.loads(LEDGERS["xero", "vouchers"].command(number).body)

    assert problems(spec, body) == []


@pytest.mark.parametrize(
    "wrong", [{"Status": "SENT"}, {"LineAmountTypes": "None"}, {"JournalLines": [{"LineAmount": "1"}]}, {"DocNumber": "1"}]
)
def test_a_wrong_journal_would_be_noticed(spec: Json, wrong: Json) -> None:
    body = json.loads(LEDGERS["xero", "vouchers"].command(1).body)

    assert problems(spec, {"ManualJournals": [body["ManualJournals"][0] | wrong]}) != []


def test_what_we_ask_xero_beside_the_body_is_documented(spec: Json) -> None:
    operations = spec["paths"]["/ManualJournals"]

    for request in requests("xero", "/ManualJournals"):
        told = [spec["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
                for each in operations[request.method.lower()]["parameters"]]  # fmt: skip
        assert set(request.url.params) <= {each["name"] for each in told if each["in"] == "query"}
        assert request.method != "PUT" or "Idempotency-Key" in {each["name"] for each in told if each["in"] == "header"}


def test_the_scopes_we_ask_xero_for_are_there_and_enough(spec: Json) -> None:
    wanted = {("/ManualJournals", "put"), ("/ManualJournals", "get"), ("/Organisation", "get")}

    for path, method in wanted:
        allowed = {scope for each in spec["paths"][path][method]["security"] for scope in each["OAuth2"]}
        assert allowed & set(SCOPES.split()), f"{method} {path}"


def test_the_make_believe_xero_shows_journals_as_the_specification_does(spec: Json) -> None:
    stand = LEDGERS["xero", "entries"]
    remote = stand.remote()
    stand.post(remote, (1, 2, 3))

    answer = httpx.Client(base_url="https://x.example.com", transport=remote).get("/ManualJournals").json()

    envelope = {name: value for name, value in answer.items() if name in {"ManualJournals", "pagination"}}
    assert len(envelope["ManualJournals"]) == 3
    assert problems(spec, envelope) == []


def read_by(name: str, answer: bytes) -> list[LedgerEntry]:
    """What a connector reads of one page, with an empty one behind it."""
    pages = [answer, b"{}" if name == "quickbooks" else b'{"ManualJournals":[]}']
    stand = LEDGERS[name, "entries"]

    def outside(request: httpx.Request) -> httpx.Response:
        return stand.remote().handle_request(request) if request.method == "POST" else httpx.Response(200, content=pages.pop(0))

    return stand.read_entries(stand.link(httpx.MockTransport(outside)), date(2000, 1, 1), date(2040, 1, 1))


def test_xeros_own_example_of_a_journal_is_read() -> None:
    path = EXAMPLES / "getManualJournal-200.json"
    if not path.exists():
        pytest.skip(ABSENT)

    [entry] = read_by("xero", path.read_bytes())

    assert (entry.reference, entry.is_posted, entry.posted_on) == (None, True, date(2019, 3, 12))
    assert [(line.account, line.base_minor) for line in entry.lines] == [("429", 100_00), ("4400", -100_00)]


def recorded() -> list[Path]:
    """Others' recordings of journal entries; one that is absent where there are none, to be skipped by name."""
    return sorted(RECORDED.glob("*.json")) or [RECORDED / "01.json"]


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.stem)
def test_others_recordings_of_quickbooks_are_read(path: Path) -> None:
    if not path.exists():
        pytest.skip(ABSENT)
    told: Json = json.loads(path.read_text("utf-8"))
    told["ExchangeRate"] = 1

    [entry] = read_by("quickbooks", json.dumps({"QueryResponse": {"JournalEntry": [told]}}).encode())

    assert (entry.external_id, entry.reference) == (told["Id"], None)
    assert len(entry.lines) == len(told["Line"])
    assert sum(line.amount_minor for line in entry.lines) == 0
    assert {line.currency for line in entry.lines} == {told["CurrencyRef"]["value"]}


def members(finance: dict[str, Element], name: str) -> dict[str, str]:
    """The members of one of Intuit's types, and of those it extends: names and types."""
    if name == "ReferenceType":
        return {"value": "xs:string", "name": "xs:string"}
    if name not in finance:
        return {}
    base = next((str(each.get("base")) for each in finance[name].iter(f"{XS}extension")), "")
    own = {str(each.get("name") or each.get("ref")): str(each.get("type")) for each in finance[name].iter(f"{XS}element")}
    return (members(finance, base) if base else {}) | own


def strays(finance: dict[str, Element], kind: str, document: Json) -> Iterator[str]:
    """What of a document is no member of its type, or no word of its enumeration."""
    known = members(finance, kind)
    for name, value in document.items():
        if name not in known:
            yield f"{kind}.{name}"
        for each in cast("list[object]", value) if isinstance(value, list) else [cast("object", value)]:
            if isinstance(each, dict):
                yield from strays(finance, known.get(name, ""), cast("Json", each))
            elif (allowed := words(finance, known.get(name, ""))) and each not in allowed:
                yield f"{kind}.{name}: {each}"


def words(finance: dict[str, Element], kind: str) -> set[str | None]:
    """The words of an enumeration."""
    return {each.get("value") for each in finance[kind].iter(f"{XS}enumeration")} if kind in finance else set()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_entry_that_we_ask_for_is_made_of_intuits_members_and_words(finance: dict[str, Element], number: int) -> None:
    settings = Settings.model_validate({**dialect_of("quickbooks").settings, "outside_us": True})

    body = json.loads(QuickBooks(settings, unwired()).write_voucher(voucher(number), f"{number:032x}"))

    assert list(strays(finance, "JournalEntry", body)) == []
    assert len(body["DocNumber"]) <= 21


@pytest.mark.parametrize(
    "wrong", [{"Narration": "x"}, {"GlobalTaxCalculation": "None"}, {"Line": [{"DetailType": "Journal"}]}, {"CurrencyRef": {"code": "EUR"}}]
)
def test_a_wrong_entry_would_be_noticed(finance: dict[str, Element], wrong: Json) -> None:
    assert list(strays(finance, "JournalEntry", wrong)) != []


def test_the_make_believe_quickbooks_shows_entries_of_intuits_members(finance: dict[str, Element]) -> None:
    stand = LEDGERS["quickbooks", "entries"]
    remote = stand.remote()
    stand.post(remote, (1, 2, 3))

    answer = httpx.Client(base_url="https://x.example.com", transport=remote).get("/v3/company/1/query").json()

    shown = answer["QueryResponse"]["JournalEntry"]
    assert len(shown) == 3
    assert [stray for each in shown for stray in strays(finance, "JournalEntry", without_nulls(each))] == []


def without_nulls(document: Json) -> Json:
    """A document without what it does not say."""
    return {name: value for name, value in document.items() if value is not None and name not in {"domain", "sparse"}}
