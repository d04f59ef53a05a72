"""Square against its official specification and the recorded samples, where `../shared` is present."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors.capabilities import StockTarget, Window
from connectors.square import CONNECTOR, payouts, words_money
from connectors.square.connector import list_query, search_body
from connectors.square.listings import KINDS
from connectors.square.listings import search_body as catalogue_body
from connectors.square.paging import Place
from connectors.square.stock import HELD, SELLABLE, change_body, counts_body
from model.errors import MalformedError
from model.records.order import Order
from model.records.settlement import SettlementLine

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SPEC = SHARED / "specs/square/api.json"
SAMPLES = SHARED / "samples/square"
RECORDINGS = ROOT / "connectors/square/recordings"
WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=1))

Json = dict[str, Any]


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
    """The schema with unknown fields forbidden; what it refers to on other hosts is left open."""
    if isinstance(schema, list):
        return [closed(part) for part in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    known = cast("Json", schema)
    if str(known.get("$ref", "")).startswith("http"):
        return {}
    made = {key: closed(value) for key, value in known.items()}
    return {"additionalProperties": False} | made if "properties" in known else made


def check(spec: Json, name: str, document: Json) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": closed(spec["components"])}
    problems: list[ValidationError] = list(Draft202012Validator(schema).iter_errors(document))  # pyright: ignore[reportUnknownMemberType]
    assert [f"{problem.json_path}: {problem.message[:200]}" for problem in problems] == []


@pytest.mark.parametrize("cursor", [None, "some-cursor"])
def test_the_order_search_is_a_request_of_the_specification(spec: Json, cursor: str | None) -> None:
    body = search_body(Place((("L1",),), "2026-03-01T00:00:00.000Z", cursor), WINDOW)

    check(spec, "SearchOrdersRequest", body)
    check(spec, "SearchOrdersRequest", body | {"return_entries": True, "limit": 1000})


def test_a_wrong_order_search_would_be_noticed(spec: Json) -> None:
    body = search_body(Place((("L1",),), "2026-03-01T00:00:00.000Z"), WINDOW)

    with pytest.raises(AssertionError):
        check(spec, "SearchOrdersRequest", body | {"locations": ["L1"]})


def test_the_batch_lookup_is_a_request_of_the_specification(spec: Json) -> None:
    check(spec, "BatchRetrieveOrdersRequest", {"order_ids": ["A", "B"]})


@pytest.mark.parametrize(
    ("path", "sorting"), [("payments", "ListPaymentsRequestSortField"), ("refunds", "ListPaymentRefundsRequestSortField")]
)
def test_the_queries_of_lists_use_only_parameters_of_the_specification(spec: Json, path: str, sorting: str) -> None:
    documented = {parameter["name"] for parameter in spec["paths"][f"/v2/{path}"]["get"]["parameters"]}
    query = list_query(Place((("L1",),), "2026-03-01T00:00:00.000Z", "c"), WINDOW)

    assert set(query) <= documented
    assert query["sort_field"] in spec["components"]["schemas"][sorting]["enum"]


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("orders", "Order"),
        ("payments", "Payment"),
        ("refunds", "PaymentRefund"),
        ("listings", "CatalogObject"),
        ("payouts", "Payout"),
        ("disputes", "Dispute"),
    ],
)
def test_our_recordings_keep_to_the_specification(spec: Json, file: str, schema: str) -> None:
    for recorded in json.loads((RECORDINGS / f"{file}.json").read_text("utf-8")):
        check(spec, schema, recorded)


def test_our_entries_keep_to_the_specification_but_for_a_type_of_our_own(spec: Json) -> None:
    entries = json.loads((RECORDINGS / "balances.json").read_text("utf-8"))
    known = [entry for entry in entries if entry["type"] != "STARDUST"]

    assert len(known) == len(entries) - 1
    for entry in known:
        check(spec, "PayoutEntry", entry)


@pytest.mark.parametrize(
    ("part", "path"), [("payouts", "/v2/payouts"), ("entries", "/v2/payouts/{payout_id}/payout-entries"), ("disputes", "/v2/disputes")]
)
def test_the_queries_of_money_use_only_parameters_of_the_specification(
    spec: Json, part: Literal["payouts", "entries", "disputes"], path: str
) -> None:
    documented = {parameter["name"] for parameter in spec["paths"][path]["get"]["parameters"]}

    assert set(payouts.list_query(payouts.Place(part, ("L1",), "c", ("po_1",)), WINDOW)) <= documented


def test_every_type_of_an_entry_and_every_status_is_known(spec: Json) -> None:
    def words(name: str) -> set[str]:
        return set(spec["components"]["schemas"][name]["enum"])

    assert words("ActivityType") - set(words_money.ENTRIES) == {"OTHER", "PAYOUT"}
    assert set(words_money.ENTRIES) <= words("ActivityType")
    assert set(words_money.PAYOUT_STATUS) == words("PayoutStatus")
    assert set(words_money.DISPUTE_STATUS) == words("DisputeState")


def test_the_documented_money_is_read_or_refused_with_a_reason(samples: Path) -> None:
    refused: list[str] = []
    read: list[object] = []
    for kind in ("payout", "balance", "dispute"):
        for raw in enveloped(samples, kind):
            try:
                read.append(CONNECTOR.kinds[kind].read(raw, {}))
            except MalformedError as error:
                refused.append(f"{kind}: {error}")

    # one documented event shows a payout's time of change in 1970, another one a dispute as it was called before: `dispute_id`, and no `id`
    assert refused == ["payout: instant: lies outside 1990 to 2200", "dispute: id: field required"]
    lines = [record for record in read if isinstance(record, SettlementLine)]
    assert [(line.kind, line.gross_minor, line.net_minor) for line in lines] == [("refund", -50, -48), ("charge", 100, 81)]
    assert len(read) > len(lines)


def wrapped(document: Json, path: str) -> list[Json]:
    """What stands in a document under a dotted path, one or many."""
    found: Json | list[Json] | None = document
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    return [found] if isinstance(found, dict) else []


def enveloped(samples: Path, kind: str) -> list[bytes]:
    files = [path for path in sorted((samples / "doc-examples").glob("*.json")) if "Request" not in path.name]
    documents = [json.loads(path.read_text("utf-8")) for path in files]
    paths = CONNECTOR.kinds[kind].envelopes
    return [json.dumps(found).encode() for document in documents for path in paths for found in wrapped(document, path)]


@pytest.mark.parametrize(("kind", "folder", "expected"), [("order", "orders", 7), ("payment", "payments", 6), ("refund", "refunds", 4)])
def test_every_recorded_document_becomes_a_record(samples: Path, kind: str, folder: str, expected: int) -> None:
    plain = [path.read_bytes() for path in sorted((samples / "airbyte" / folder).glob("*.json"))]

    records = [CONNECTOR.kinds[kind].read(raw, {}) for raw in plain + enveloped(samples, kind)]

    assert len(records) == expected


def test_the_documented_discounted_and_taxed_order_keeps_every_cent(samples: Path) -> None:
    example = json.loads((samples / "doc-examples/CreateOrderResponse.json").read_text("utf-8"))["order"]

    order = CONNECTOR.kinds["order"].read(json.dumps(example).encode(), {})

    assert isinstance(order, Order)
    assert [line.total_minor for line in order.lines] == [1599, 4400]
    assert (order.tax_minor, order.discount_minor, order.total_minor) == (510, 333, 6176)


def test_documented_order_events_are_signals(samples: Path) -> None:
    events = enveloped(samples, "order-webhook")

    assert len(events) == 2
    for raw in events:
        with pytest.raises(MalformedError, match="signal"):
            CONNECTOR.kinds["order-webhook"].read(raw, {})


def test_the_catalogues_requests_are_those_of_the_specification(spec: Json) -> None:
    check(spec, "SearchCatalogObjectsRequest", catalogue_body(None))
    check(spec, "SearchCatalogObjectsRequest", catalogue_body("some-cursor"))


def test_the_counts_requests_are_those_of_the_specification(spec: Json) -> None:
    targets = [StockTarget(external_id="V", product_external_id=None, stock_external_id="V", quantity=4, key=key) for key in ("", "k1")]
    states = set(spec["components"]["schemas"]["InventoryState"]["enum"])
    body = change_body(targets, "L1", "2026-03-01T00:00:00.000Z")

    check(spec, "BatchRetrieveInventoryCountsRequest", counts_body("L1", ["V"], (SELLABLE, *HELD), "some-cursor"))
    check(spec, "BatchChangeInventoryRequest", body)
    assert {SELLABLE, *HELD} <= states
    assert len(str(body["idempotency_key"])) <= 128


def test_a_wrong_count_would_be_noticed(spec: Json) -> None:
    with pytest.raises(AssertionError):
        check(spec, "BatchChangeInventoryRequest", {"idempotency_key": "k", "changes": [{"type": "PHYSICAL_COUNT", "count": {}}]})


def test_every_type_of_item_of_the_specification_has_its_kind(spec: Json) -> None:
    types = set(spec["components"]["schemas"]["CatalogItemProductType"]["enum"])

    assert types - set(KINDS) == {"REGULAR", "FOOD_AND_BEV"}


def test_recorded_variations_become_listings(samples: Path) -> None:
    items = [json.loads(path.read_text("utf-8")) for path in sorted((samples / "airbyte/items").glob("*.json"))]
    variations = [variation for item in items for variation in item["item_data"]["variations"]]

    found = [CONNECTOR.read_listing(json.dumps(variation).encode()) for variation in variations]

    assert [(listing.title, listing.is_tracked, listing.kind) for listing in found] == [("Regular", False, "goods")] * len(variations)
    assert variations
