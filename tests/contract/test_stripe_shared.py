"""Stripe against its official specification and the recorded samples, where `../shared` is present."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors.capabilities import Window
from connectors.stripe import CONNECTOR
from connectors.stripe.connector import DISPUTES, PAYOUTS
from connectors.stripe.lists import Listed, bare_line, created_in, line_query, window_query
from model.errors import MalformedError
from model.records.settlement import SettlementLine
from model.rules.settlements import check_line
from tests.contract.remote import recordings

SHARED = Path(__file__).parents[3] / "shared"
SPEC = SHARED / "specs/stripe/stripe-openapi3-2022-11-15.json"
FIXTURES = SHARED / "specs/stripe/fixtures3.json"
SAMPLES = SHARED / "samples/stripe"
WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))

Json = dict[str, Any]

REFUSED = {"dj-stripe/payout_custom_bank_account.json": "payout.amount: input should be a valid integer"}
"""That library writes amounts as decimals, in major units; Stripe does not."""


@pytest.fixture(scope="module")
def spec() -> Json:
    if not SPEC.exists():
        pytest.skip("the official specification is in ../shared, which is absent")
    loaded: Json = json.loads(SPEC.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def samples() -> Path:
    if not SAMPLES.exists():
        pytest.skip("the recorded samples are in ../shared, which is absent")
    return SAMPLES


def closed(schema: object) -> object:
    """The schema with unknown fields forbidden, and with null where it says `nullable` as OpenAPI 3.0 does."""
    if isinstance(schema, list):
        return [closed(part) for part in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    known = cast("Json", schema)
    made = {key: closed(value) for key, value in known.items()}
    made = {"additionalProperties": False} | made if isinstance(known.get("properties"), dict) and "type" in known else made
    return {"anyOf": [made, {"type": "null"}]} if known.get("nullable") is True else made


@pytest.fixture(scope="module")
def components(spec: Json) -> Json:
    return cast("Json", closed(spec["components"]))


def problems_of(components: Json, name: str, document: Json) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    found: list[ValidationError] = list(Draft202012Validator(schema).iter_errors(document))  # pyright: ignore[reportUnknownMemberType]
    return [f"{problem.json_path}: {problem.message[:200]}" for problem in found]


@pytest.mark.parametrize(
    ("stream", "part", "schema"),
    [("payouts", "payout", "payout"), ("balances", "line", "balance_transaction"), ("disputes", "dispute", "dispute")],
)
def test_our_recordings_keep_to_the_specification(components: Json, stream: str, part: str, schema: str) -> None:
    for recorded in recordings("stripe", stream):
        document = cast("Json", recorded[part])
        if isinstance(document.get("source"), dict):  # cut to the fields that are read
            document = document | {"source": document["source"]["id"]}

        found = [problem for problem in problems_of(components, schema, document) if not problem.startswith("$.evidence:")]  # likewise

        assert found == []


def test_a_wrong_recording_would_be_noticed(components: Json) -> None:
    payout = cast("Json", recordings("stripe", "payouts")[0]["payout"])

    assert problems_of(components, "payout", payout | {"amount": "1.00"}) != []
    assert problems_of(components, "payout", payout | {"colour": "red"}) != []


@pytest.mark.parametrize("listed", [*PAYOUTS, *DISPUTES, Listed("balance", "balance_transactions", line_query("po_1"), bare_line)])
def test_the_queries_of_lists_use_only_parameters_of_the_specification(spec: Json, listed: Listed) -> None:
    documented = {parameter["name"]: parameter for parameter in spec["paths"][f"/v1/{listed.path}"]["get"]["parameters"]}
    query = listed.query | window_query(WINDOW) | {"limit": 100, "starting_after": "x"}

    assert {name.partition("[")[0] for name in query} <= documented.keys()
    ends = documented["created"]["schema"]["anyOf"][0]["properties"]
    assert {name.partition("[")[2].rstrip("]") for name in query if name.startswith("created")} <= ends.keys()
    assert listed.path != "events" or "wildcard" in documented["type"]["description"]


def test_every_documented_word_is_known(spec: Json) -> None:
    schemas = spec["components"]["schemas"]

    for status in schemas["dispute"]["properties"]["status"]["enum"]:
        read("dispute", cast("Json", recordings("stripe", "disputes")[0]["dispute"]) | {"status": status})
    for status in ("paid", "pending", "in_transit", "canceled", "failed"):
        assert f"`{status}`" in schemas["payout"]["properties"]["status"]["description"]
        read("payout", cast("Json", recordings("stripe", "payouts")[0]["payout"]) | {"status": status})


def read(kind: str, document: Json) -> object:
    """A document of Stripe's own as our connector wraps it, read."""
    raw = json.dumps(document).encode()
    return CONNECTOR.kinds[kind].read(bare_line(raw) if kind == "balance" else created_in(kind)(raw), {})


def kind_of(document: Json) -> str | None:
    return {"balance_transaction": "balance", "payout": "payout", "dispute": "dispute"}.get(str(document.get("object")))


def documents(samples: Path) -> Iterator[tuple[str, Json]]:
    for path in sorted((*samples.glob("airbyte/*/*.json"), *samples.glob("dj-stripe/*.json"))):
        document: Json = json.loads(path.read_text("utf-8"))
        yield path.relative_to(samples).as_posix(), document
        for line in document.get("balance_transactions") or ():
            yield f"{path.relative_to(samples).as_posix()}#{line['id']}", line


def test_every_sample_is_read_to_the_cent_or_refused_with_a_reason(samples: Path) -> None:
    reasons: dict[str, str] = {}
    lines: list[SettlementLine] = []
    count = 0
    for name, document in documents(samples):
        kind = kind_of(document)
        if kind is None:
            continue
        count += 1
        try:
            record = read(kind, document)
        except MalformedError as error:
            reasons[name] = str(error)
            continue
        lines += [record] if isinstance(record, SettlementLine) else []

    assert reasons == REFUSED
    assert (count, len(lines)) == (12, 6)
    for line in lines:
        check_line(line)
    assert {line.kind for line in lines} == {"charge", "dispute", "dispute_won"}


def test_stripes_own_fixtures_are_read() -> None:
    if not FIXTURES.exists():
        pytest.skip("the official fixtures are in ../shared, which is absent")
    resources: Json = json.loads(FIXTURES.read_text("utf-8"))["resources"]

    found = {
        name: read(kind, resources[name])
        for name, kind in (("balance_transaction", "balance"), ("payout", "payout"), ("dispute", "dispute"))
    }

    assert all(found.values())
