"""Amazon at the edges: access, haste, tokens, catalogues of many SKUs, what is never set, and what is told once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.amazon import CONNECTOR
from connectors.amazon.connector import Settings
from connectors.amazon.notices import confirmation, package_reference
from connectors.capabilities import Command, StockTarget, Window
from model.errors import AuthError, ConfigError, ContractError, RejectedError, TransientError
from model.records.fulfilment import NoticeLine, ShipmentNotice
from tests.contract.dialects import dialect_of
from tests.contract.remote import recordings

Json = dict[str, Any]
Answerer = Callable[[httpx.Request], httpx.Response]

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
SETTINGS = dict(dialect_of("amazon").settings)
GRANTED = {"access_token": "granted", "expires_in": 3600, "token_type": "bearer"}
DATE = {"Date": "Tue, 10 Mar 2026 12:00:00 GMT"}


class Amazon:
    """The connector before a remote that answers as it is told, and what it asked and waited for."""

    def __init__(self, answer: Answerer, **settings: object) -> None:
        self.asked: list[httpx.Request] = []
        self.waits: list[float] = []
        self._answer = answer
        pause = Pause(sleep=self.waits.append, chance=lambda: 1, clock=lambda: sum(self.waits))
        wiring = Wiring(httpx.MockTransport(self._answered), pause, now=lambda: NOW)
        self.connector = CONNECTOR(Settings.model_validate({**SETTINGS, **settings}), wiring)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.example.com":
            return httpx.Response(200, json=GRANTED)
        self.asked.append(request)
        return self._answer(request)


def answers(*bodies: Json | int) -> Answerer:
    """These answers in their order, the last for ever; a number is a status without a body."""
    left = list(bodies)

    def answer(_request: httpx.Request) -> httpx.Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(body, headers=DATE) if isinstance(body, int) else httpx.Response(200, json=body, headers=DATE)

    return answer


def order_at(moment: str, order_id: str) -> Json:
    return {"orderId": order_id, "lastUpdatedTime": moment}


def test_access_is_asked_for_in_the_form() -> None:
    forms: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        forms.append(request.content.decode())
        return httpx.Response(200, json=GRANTED if "auth" in request.url.path else {"orders": []})

    connector = CONNECTOR(Settings.model_validate(SETTINGS), Wiring(httpx.MockTransport(answer), now=lambda: NOW))
    list(connector.fetch_orders(WINDOW, None))

    assert forms[0] == (
        "grant_type=refresh_token&refresh_token=suite-refresh-secret&client_id=amzn1.suite&client_secret=suite-client-secret"
    )


def test_requests_bear_the_token_and_no_word_before_it() -> None:
    amazon = Amazon(answers({"orders": []}))

    list(amazon.connector.fetch_orders(WINDOW, None))

    assert [request.headers["x-amz-access-token"] for request in amazon.asked] == ["granted"]
    assert "authorization" not in amazon.asked[0].headers


def test_a_refused_refresh_token_is_the_operators_matter() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": "invalid_grant"})

    connector = CONNECTOR(Settings.model_validate(SETTINGS), Wiring(httpx.MockTransport(answer), now=lambda: NOW))
    with pytest.raises(AuthError, match="connect the account anew"):
        list(connector.fetch_orders(WINDOW, None))


def test_an_order_search_turned_away_comes_back_when_its_plan_allows() -> None:
    amazon = Amazon(answers(429))

    with pytest.raises(TransientError) as caught:
        list(amazon.connector.fetch_orders(WINDOW, None))

    assert caught.value.retry_after == 180


def test_buyers_are_not_asked_for_where_the_application_may_not() -> None:
    asked: list[set[str]] = []
    for settings in ({}, {"buyers": False}):
        amazon = Amazon(answers({"orders": []}), **settings)
        list(amazon.connector.fetch_orders(WINDOW, None))
        asked.append(set(amazon.asked[0].url.params["includedData"].split(",")))

    assert asked[0] - asked[1] == {"BUYER", "RECIPIENT"}


def test_pages_in_order_go_on_from_the_last_time_and_not_by_token() -> None:
    first = [order_at("2026-03-09T13:00:00Z", "1"), order_at("2026-03-09T14:00:00Z", "2")]
    amazon = Amazon(answers({"orders": first, "pagination": {"nextToken": "T"}}, {"orders": first[1:]}))

    list(amazon.connector.fetch_orders(WINDOW, None))

    assert amazon.asked[1].url.params["lastUpdatedAfter"] == "2026-03-09T14:00:00.000Z"
    assert "paginationToken" not in amazon.asked[1].url.params


def test_pages_in_no_order_are_followed_by_token_with_all_filters() -> None:
    first = [order_at("2026-03-09T14:00:00Z", "2"), order_at("2026-03-09T13:00:00Z", "1")]
    amazon = Amazon(answers({"orders": first, "pagination": {"nextToken": "T"}}, {"orders": []}))

    list(amazon.connector.fetch_orders(WINDOW, None))
    before, after = (dict(request.url.params) for request in amazon.asked)

    assert after == {**before, "paginationToken": "T"}


def test_a_token_that_expired_is_given_up_for_its_place_in_time() -> None:
    unsorted = [order_at("2026-03-09T14:00:00Z", "2"), order_at("2026-03-09T13:00:00Z", "1")]
    resume = next(Amazon(answers({"orders": unsorted, "pagination": {"nextToken": "T"}})).connector.fetch_orders(WINDOW, None)).resume
    amazon = Amazon(answers(400, {"orders": []}))

    list(amazon.connector.fetch_orders(WINDOW, resume))

    assert ["paginationToken" in request.url.params for request in amazon.asked] == [True, False]


def test_empty_pages_with_new_tokens_are_followed_for_a_while_only() -> None:
    turns = iter(range(1000))

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"payload": {"transactions": [], "nextToken": f"T{next(turns)}"}}, headers=DATE)

    amazon = Amazon(answer)
    with pytest.raises(TransientError, match="empty pages in a row"):
        list(amazon.connector.fetch_refunds(WINDOW, None))
    assert len(amazon.asked) == 101


def transaction(kind: str, name: str, *related: str) -> Json:
    told = [{"relatedIdentifierName": each, "relatedIdentifierValue": "X"} for each in related]
    return {"transactionId": name, "transactionType": kind, "postedDate": "2026-03-09T13:00:00Z", "relatedIdentifiers": told}


def test_only_refunds_are_read_and_a_release_is_not_the_refund_once_more() -> None:
    told = [
        transaction("Shipment", "S"),
        transaction("Refund", "R", "ORDER_ID", "RELEASE_TRANSACTION_ID"),
        transaction("Refund", "L", "ORDER_ID", "DEFERRED_TRANSACTION_ID"),
    ]
    amazon = Amazon(answers({"payload": {"transactions": told}}, {"order": {"orderItems": []}}))

    found = [
        json.loads(raw)["transaction"]["transactionId"] for page in amazon.connector.fetch_refunds(WINDOW, None) for raw in page.slices
    ]

    assert found == ["R"]


def test_the_order_of_a_refund_is_asked_for_once_and_in_its_turn() -> None:
    told = [transaction("Refund", f"R{number}", "ORDER_ID") for number in range(40)]
    for number, each in enumerate(told):
        each["relatedIdentifiers"][0]["relatedIdentifierValue"] = f"112-{number // 2 if number < 8 else number}"
    amazon = Amazon(answers({"payload": {"transactions": told}}, {"order": {"orderItems": []}}))

    slices = [raw for page in amazon.connector.fetch_refunds(WINDOW, None) for raw in page.slices]

    assert len(slices) == 40
    assert len(amazon.asked) == 1 + 36
    assert amazon.waits == [2.0] * 6


def test_orders_asked_for_by_id_keep_to_the_rate_that_amazon_bears() -> None:
    amazon = Amazon(answers({"order": {"orderId": "1"}}))

    amazon.connector.fetch_orders_by_id([f"112-{number}" for number in range(33)])

    assert len(amazon.asked) == 33
    assert sum(amazon.waits) >= 4


def test_an_id_that_is_none_of_amazons_is_not_put_into_an_address() -> None:
    amazon = Amazon(answers({"order": {}}))

    with pytest.raises(RejectedError):
        amazon.connector.fetch_orders_by_id(["../../sellers"])
    assert amazon.asked == []


@pytest.mark.parametrize(("store", "named"), [(None, "A1SUITESELLER@New name"), ("Old name", "A1SUITESELLER@Old name")])
def test_a_renamed_store_stays_the_same_shop_if_its_former_name_is_set(store: str | None, named: str) -> None:
    told = {"payload": [{"marketplace": {"id": "ATVPDKIKX0DER"}, "storeName": "New name"}]}

    identity = Amazon(answers(told), store=store).connector.identify()

    assert (identity.fingerprint, identity.title) == (named, "New name")


def test_a_marketplace_of_another_region_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(ConfigError, match="does not sell in ATVPDKIKX0DER"):
        Amazon(answers({"payload": [{"marketplace": {"id": "A1F83G8C2ARO7P"}, "storeName": "UK"}]})).connector.identify()


def sku_at(sku: str, made: str) -> Json:
    return {"sku": sku, "summaries": [{"createdDate": made}]}


def test_a_catalogue_of_more_than_a_thousand_skus_is_asked_for_anew_by_time() -> None:
    first = {"numberOfResults": 1500, "items": [sku_at("A", "2026-01-01T00:00:00Z")]}
    amazon = Amazon(answers(first, {"numberOfResults": 1, "items": [sku_at("B", "2026-01-02T00:00:00Z")]}))

    found = [json.loads(raw)["sku"] for page in amazon.connector.fetch_listings(None) for raw in page.slices]

    assert found == ["A", "B"]
    assert amazon.asked[1].url.params["createdAfter"] == "2026-01-01T00:00:00.000Z"


def test_a_catalogue_that_leads_no_further_is_not_taken_for_whole() -> None:
    stuck = {"numberOfResults": 1500, "items": [sku_at("A", "2026-01-01T00:00:00Z")]}

    with pytest.raises(ContractError, match="shows 1 of 1500 rows"):
        list(Amazon(answers(stuck)).connector.fetch_listings(None))


def target(sku: str, quantity: int = 4) -> StockTarget:
    return StockTarget(external_id=sku, product_external_id=None, stock_external_id=sku, quantity=quantity)


def shop_of(*rows: Json) -> Answerer:
    """A remote with these listings that accepts every patch."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            return httpx.Response(200, json={"sku": "?", "status": "ACCEPTED", "submissionId": "1"}, headers=DATE)
        if "identifiers" not in request.url.params:
            return httpx.Response(200, json=rows[0], headers=DATE)
        return httpx.Response(200, json={"numberOfResults": len(rows), "items": rows}, headers=DATE)

    return answer


def level(sku: str, channel: str, product_type: str = "MUG") -> Json:
    return {
        "sku": sku,
        "summaries": [{"productType": product_type}],
        "fulfillmentAvailability": [{"fulfillmentChannelCode": channel, "quantity": 3}],
    }


def test_stock_that_amazon_ships_is_never_set() -> None:
    amazon = Amazon(shop_of(level("OURS", "DEFAULT"), level("THEIRS", "AMAZON_NA")))

    told = [answer for batch in amazon.connector.publish_stock([target("OURS"), target("THEIRS")]) for answer in batch]

    assert {answer.external_id: answer.fate for answer in told} == {"OURS": "told", "THEIRS": "refused"}
    assert [request.url.path.rpartition("/")[2] for request in amazon.asked if request.method == "PATCH"] == ["OURS"]


def test_a_quantity_is_merged_so_that_handling_times_stay() -> None:
    amazon = Amazon(shop_of(level("OURS", "DEFAULT", "APRON")))

    list(amazon.connector.publish_stock([target("OURS", 0)]))

    assert json.loads(amazon.asked[-1].content) == {
        "productType": "APRON",
        "patches": [
            {
                "op": "merge",
                "path": "/attributes/fulfillment_availability",
                "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 0}],
            }
        ],
    }


@pytest.mark.parametrize("sku", ["A/B 7", "50% off", "Ü-1", "a,b", "../x?y=1#z"])
def test_any_sku_is_named_whole_in_an_address(sku: str) -> None:
    amazon = Amazon(shop_of(level(sku, "DEFAULT")))

    told = [answer.fate for batch in amazon.connector.publish_stock([target(sku)]) for answer in batch]
    patched = next(request for request in amazon.asked if request.method == "PATCH")

    assert told == ["told"]
    assert patched.url.path == f"/listings/2021-08-01/items/A1SUITESELLER/{sku}"
    assert patched.url.raw_path.count(b"/") == 5
    assert set(patched.url.params) == {"marketplaceIds"}


def test_a_submission_that_is_invalid_is_refused_with_its_codes_and_no_prose() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        issues = [{"code": "90220", "message": "Ida said", "severity": "ERROR"}, {"code": "1", "message": "", "severity": "INFO"}]
        told = {"sku": "OURS", "status": "INVALID", "submissionId": "1", "issues": issues}
        found = {"numberOfResults": 1, "items": [level("OURS", "DEFAULT")]}
        return httpx.Response(200, json=told if request.method == "PATCH" else found, headers=DATE)

    told = [each for batch in Amazon(answer).connector.publish_stock([target("OURS")]) for each in batch]

    assert [(each.fate, each.reason) for each in told] == [("refused", "listings: INVALID 90220")]


def test_what_amazon_counts_itself_has_no_level() -> None:
    amazon = Amazon(shop_of(level("OURS", "DEFAULT"), level("THEIRS", "AMAZON_NA"), level("KNOWS-NO-COUNT", "DEFAULT")))
    listings = [CONNECTOR.read_listing(json.dumps(level(sku, "DEFAULT")).encode()) for sku in ("OURS", "THEIRS", "GONE")]

    seen = {each.external_id: each.sellable for batch in amazon.connector.fetch_stock(listings) for each in batch}

    assert seen == {"OURS": 3, "THEIRS": None}


NOTICE = ShipmentNotice(
    reference="FO-000001",
    order_external_id="112-0000001-0000001",
    shipped_at=NOW,
    lines=(NoticeLine(line_external_id="11200000000011", quantity=2000),),
    carrier="UPS",
    tracking_numbers=("1Z1", "1Z2"),
)


def order_with(status: str = "UNSHIPPED", by: str = "MERCHANT", *packages: Json) -> Json:
    channel = {"channelName": "AMAZON", "marketplaceId": "A1F83G8C2ARO7P"}
    fulfilment = {"fulfillmentStatus": status, "fulfilledBy": by}
    return {"order": {"orderId": "112", "salesChannel": channel, "fulfillment": fulfilment, "packages": list(packages)}}


def submitted(amazon: Amazon, notice: ShipmentNotice = NOTICE) -> bool:
    """Whether the notice had been told before."""
    command = Command(key="0" * 32, reference=notice.reference, body=amazon.connector.write_notice(notice, "0" * 32))
    return amazon.connector.submit_shipment_notice(command).is_repeat


def test_a_notice_names_the_orders_own_marketplace_and_whole_units() -> None:
    amazon = Amazon(answers(order_with(), 204))

    assert not submitted(amazon)
    assert json.loads(amazon.asked[1].content) == {
        "marketplaceId": "A1F83G8C2ARO7P",
        "packageDetail": {
            "packageReferenceId": package_reference(NOTICE),
            "carrierCode": "UPS",
            "trackingNumber": "1Z1",
            "shipDate": "2026-03-10T12:00:00Z",
            "orderItems": [{"orderItemId": "11200000000011", "quantity": 2}],
        },
    }


def test_our_number_of_a_package_is_a_positive_number_of_its_own() -> None:
    numbers = {package_reference(replace(NOTICE, reference=f"FO-{number}")) for number in range(500)}

    assert len(numbers) == 500
    assert all(number.isdigit() and int(number) > 0 for number in numbers)


@pytest.mark.parametrize(
    "package", [{"packageReferenceId": package_reference(NOTICE)}, {"packageReferenceId": "1", "trackingNumber": "1Z1"}]
)
def test_a_package_with_our_number_or_our_parcels_was_told_before(package: Json) -> None:
    amazon = Amazon(answers(order_with("SHIPPED", "MERCHANT", package)))

    assert submitted(amazon)
    assert [request.method for request in amazon.asked] == ["GET"]


@pytest.mark.parametrize(("status", "by", "reason"), [("CANCELLED", "MERCHANT", "is cancelled"), ("UNSHIPPED", "AMAZON", "by Amazon")])
def test_what_is_over_or_amazons_is_not_told(status: str, by: str, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        submitted(Amazon(answers(order_with(status, by))))


@pytest.mark.parametrize(
    ("carrier", "told"),
    [
        ("usps", {"carrierCode": "USPS"}),
        ("My post", {"carrierCode": "Royal Mail"}),
        ("Bike courier", {"carrierCode": "Other", "carrierName": "Bike courier"}),
        (None, {"carrierCode": "Other", "carrierName": "Other"}),
    ],
)
def test_carriers_are_told_by_code_by_translation_or_by_name(carrier: str | None, told: Json) -> None:
    body: Any = confirmation(replace(NOTICE, carrier=carrier), "X", {"My post": "Royal Mail"})

    assert {name: value for name, value in body["packageDetail"].items() if name.startswith("carrier")} == told


def test_half_a_piece_cannot_be_told() -> None:
    with pytest.raises(RejectedError, match="whole units only"):
        submitted(Amazon(answers(order_with())), replace(NOTICE, lines=(NoticeLine(line_external_id="1", quantity=500),)))


def test_an_answer_with_something_in_it_is_not_amazons() -> None:
    with pytest.raises(TransientError):
        submitted(Amazon(answers(order_with(), {"status": "ok"})))


def test_recorded_orders_are_told_apart_by_their_ids() -> None:
    names = ("orders", "order-refunds", "listings")
    ids = [CONNECTOR.external_id_in(json.dumps(each).encode()) for name in names for each in recordings("amazon", name)]

    assert len(set(ids)) == len(ids)
    assert None not in ids
