"""PayPal against its official specifications and the recorded samples, where `../shared` is present."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors._kit import enveloped
from connectors.capabilities import Record
from connectors.paypal import CONNECTOR
from connectors.paypal.searching import dispute_question, question
from model.errors import MalformedError
from model.records.settlement import SettlementLine
from model.rules.settlements import check_line
from tests.contract.remote import recordings

SHARED = Path(__file__).parents[3] / "shared"
SPECS = SHARED / "specs/paypal"
SAMPLES = SHARED / "samples/paypal"
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=31)

Json = dict[str, Any]
REFUSED = {"airbyte/list_disputes/01.json": "payment: the dispute names no transaction of ours"}
"""Its list names the buyer's transaction only; ours stands on the dispute's own page, of which there is no sample."""


def spec_of(name: str) -> Json:
    if not SPECS.exists():
        pytest.skip("the official specifications are in ../shared, which is absent")
    loaded: Json = json.loads((SPECS / f"{name}.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def reporting() -> Json:
    return spec_of("reporting_transactions_v1")


@pytest.fixture(scope="module")
def disputes() -> Json:
    return spec_of("customer_disputes_v1")


@pytest.fixture(scope="module")
def samples() -> Path:
    if not SAMPLES.exists():
        pytest.skip("the recorded samples are in ../shared, which is absent")
    return SAMPLES


def closed(schema: object) -> object:
    """The schema with unknown fields forbidden."""
    if isinstance(schema, list):
        return [closed(part) for part in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in cast("Json", schema).items()}
    return {"additionalProperties": False} | made if isinstance(made.get("properties"), dict) and "allOf" not in made else made


def problems_of(spec: Json, schema: Json, document: object) -> list[str]:
    whole = {**schema, "components": closed(spec["components"])}
    found: list[ValidationError] = list(Draft202012Validator(whole).iter_errors(cast("Any", document)))  # pyright: ignore[reportUnknownMemberType]
    return [f"{problem.json_path}: {problem.message[:200]}" for problem in found]


def parameters(spec: Json, path: str) -> dict[str, Json]:
    told: list[Json] = spec["paths"][path]["get"]["parameters"]
    named = [each if "$ref" not in each else spec["components"]["parameters"][each["$ref"].rpartition("/")[2]] for each in told]
    return {each["name"]: each for each in named}


@pytest.mark.parametrize("stream", ["balances", "payouts"])
def test_our_recorded_transactions_keep_to_the_specification(reporting: Json, stream: str) -> None:
    for recorded in recordings("paypal", stream):
        found = problems_of(reporting, {"$ref": "#/components/schemas/transaction_detail"}, recorded["transaction"])

        assert [problem for problem in found if "_date: " not in problem] == []  # the wire writes +0000 where the specification has +00:00


def test_our_recorded_disputes_keep_to_the_specification(disputes: Json) -> None:
    for recorded in recordings("paypal", "disputes"):
        assert problems_of(disputes, {"$ref": "#/components/schemas/dispute_info"}, recorded["dispute"]) == []


def test_a_wrong_recording_would_be_noticed(reporting: Json, disputes: Json) -> None:
    transaction, dispute = (cast("Json", recordings("paypal", stream)[0]) for stream in ("balances", "disputes"))

    assert problems_of(reporting, {"$ref": "#/components/schemas/transaction_detail"}, transaction["transaction"] | {"colour": "red"})
    assert problems_of(disputes, {"$ref": "#/components/schemas/dispute_info"}, dispute["dispute"] | {"dispute_state": "ODD"})


def test_the_questions_use_only_parameters_of_the_specifications_and_keep_to_them(reporting: Json, disputes: Json) -> None:
    asked = [
        (reporting, "/v1/reporting/transactions", question(START, END, 3, 500)),
        (disputes, "/v1/customer/disputes", dispute_question(START, END, 50, "AbC=")),
    ]

    for spec, path, query in asked:
        documented = parameters(spec, path)
        assert query.keys() <= documented.keys()
        assert [problem for name, value in query.items() for problem in problems_of(spec, documented[name]["schema"], value)] == []


def test_a_wrong_question_would_be_noticed(reporting: Json) -> None:
    documented = parameters(reporting, "/v1/reporting/transactions")

    assert problems_of(reporting, documented["page_size"]["schema"], 501) != []
    assert problems_of(reporting, documented["start_date"]["schema"], "2026-03-01") != []


def documents(samples: Path) -> Iterator[tuple[str, str, bytes]]:
    for path in sorted(samples.glob("airbyte*/transactions/*.json")):
        raw = path.read_bytes()
        told: Json = json.loads(raw)
        yield path.relative_to(samples).as_posix(), "balance", enveloped(raw, "transaction", id=told["transaction_info"]["transaction_id"])
    for path in sorted(samples.glob("airbyte*/list_disputes/*.json")):
        raw = path.read_bytes()
        told = json.loads(raw)
        ours = next((each.get("seller_transaction_id") for each in told["disputed_transactions"]), None)
        yield path.relative_to(samples).as_posix(), "dispute", enveloped(raw, "dispute", id=told["dispute_id"], payment=ours)


def test_every_sample_is_read_to_the_cent_or_refused_with_a_reason(samples: Path) -> None:
    reasons: dict[str, str] = {}
    records: list[Record] = []
    for name, kind, raw in documents(samples):
        try:
            records.append(CONNECTOR.kinds[kind].read(raw, {}))
        except MalformedError as error:
            reasons[name] = str(error)
    lines = [record for record in records if isinstance(record, SettlementLine)]

    assert reasons == REFUSED
    for line in lines:
        check_line(line)
    assert Counter((line.kind, line.gross_minor, line.net_minor) for line in lines) == {
        ("charge", 3011, 2894): 20,
        ("reserve_held", -6075, -6075): 1,
        ("reserve_released", 1025, 1025): 1,
    }
