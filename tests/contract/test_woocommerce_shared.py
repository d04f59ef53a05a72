"""WooCommerce payloads recorded by others, and the vendor's own index, where `../shared` is present."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connectors._kit import Wiring
from connectors.capabilities import StockTarget, Window
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.mapping import read_order
from connectors.woocommerce.mapping_refund import read_refund
from model.errors import MalformedError
from model.values.instant import instant

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SAMPLES = SHARED / "samples" / "woocommerce"
INDEX = SHARED / "specs" / "woocommerce" / "wc-v3-index.json"
RECORDINGS = ROOT / "connectors" / "woocommerce" / "recordings" / "orders.json"

IOS = "woocommerce-ios-responses"
UNREADABLE = {
    f"{IOS}/order-shipping-labels-without-data.json",
    f"{IOS}/order-with-deleted-refunds.json",
    f"{IOS}/order-with-line-item-attributes.json",
}
"""Files of orders that are no JSON (a comma before a closing bracket); the others that are none hold no order."""

REFUSED = {
    (f"{IOS}/order.json", "963"): "shipping_lines: parts sum to 13300, the order says 0 minor units",
    (f"{IOS}/order-alternative-types.json", "963"): "shipping_lines: parts sum to 13300, the order says 0 minor units",
    (f"{IOS}/orders-load-all.json", "963"): "shipping_lines: parts sum to 13300, the order says 0 minor units",
    (f"{IOS}/orders-load-all.json", "560"): 'payload: Detected duplicate key "tax_lines" at line 946 column 30',
}
"""One order, three times: its app's authors gave it shipping, a fee and a tax line that its totals do not know. One says a key twice."""

needs_shared = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples/woocommerce is absent")


def slices(raw: bytes, *needed: str) -> Iterator[bytes]:
    """The recorders' own bytes of each document that has these keys, wherever an answer wraps it."""
    inner: list[msgspec.Raw] = []
    match raw.lstrip()[:1]:
        case b"{":
            fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
            if set(needed) <= fields.keys():
                yield raw
                return
            inner = list(fields.values())
        case b"[":
            inner = msgspec.json.decode(raw, type=list[msgspec.Raw])
        case _:
            return
    for part in inner:
        yield from slices(bytes(part), *needed)


def readable() -> Iterator[Path]:
    """Every recorded file that is JSON."""
    for path in sorted(SAMPLES.rglob("*.json")):
        with contextlib.suppress(msgspec.DecodeError):
            msgspec.json.decode(path.read_bytes())
            yield path


def outcome(raw: bytes) -> str:
    """What becomes of one recorded order: `read`, or the reason of its refusal."""
    try:
        read_order(raw, {})
    except MalformedError as error:
        return str(error)
    return "read"


@cache
def outcomes() -> dict[tuple[str, str], str]:
    """What became of every recorded order, by file and id."""
    return {
        (path.relative_to(SAMPLES).as_posix(), str(WooCommerce.external_id_in(raw))): outcome(raw)
        for path in readable()
        for raw in slices(path.read_bytes(), "line_items", "currency", "status")
    }


@needs_shared
def test_every_recorded_order_is_read_or_refused_by_the_name_we_know() -> None:
    refused = {place: reason for place, reason in outcomes().items() if reason != "read"}

    assert refused == REFUSED
    assert len(outcomes()) - len(refused) == 19


@needs_shared
@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_a_recorded_file_that_is_no_json_is_refused_as_a_payload(name: str) -> None:
    with pytest.raises(MalformedError, match=r"^payload: "):
        read_order((SAMPLES / name).read_bytes(), {})


@needs_shared
def test_a_shop_whose_gift_cards_paid_most_of_an_order_agreed_on_the_whole() -> None:
    raw = json.dumps(json.loads((SAMPLES / IOS / "order-with-gift-cards.json").read_text("utf-8"))["data"]).encode()

    order = read_order(raw, {})

    assert order.total_minor == 2800
    assert [payment.amount_minor for payment in order.payments] == [2000, 400, 400]


@needs_shared
def test_every_recorded_refund_is_read_once_its_currency_is_told() -> None:
    refunds = [read_refund(raw, {"currency": "USD"}) for path in readable() for raw in slices(path.read_bytes(), "amount", "refunded_by")]

    assert {(refund.external_id, refund.order_external_id, refund.amount_minor) for refund in refunds} >= {
        ("562", "560", 2700),
        ("726", "723", 1000),
        ("60", "45", 1000),
    }


@needs_shared
def test_the_shops_index_knows_every_argument_we_send() -> None:
    seen: list[httpx.Request] = []

    def answering(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[], headers={"X-WP-Total": "0"})

    settings = {"url": "https://shop.example.com", "consumer_key": "k", "consumer_secret": "s"}
    connector: Any = connect("woocommerce", settings, Wiring(httpx.MockTransport(answering)))
    list(connector.fetch_orders(Window(instant("2026-03-01T00:00:00Z"), instant("2026-03-02T00:00:00Z")), None))
    endpoint = json.loads(INDEX.read_text("utf-8"))["routes"]["/wc/v3/orders"]["endpoints"][0]["args"]

    sent = dict(seen[0].url.params)

    # the index is of an older version; the documentation of Orders has these three
    assert set(sent) - {"modified_after", "modified_before", "dates_are_gmt"} <= set(endpoint)
    assert sent["orderby"] in endpoint["orderby"]["enum"]
    assert sent["status"] in endpoint["status"]["enum"]


@needs_shared
def test_our_recordings_have_the_fields_and_types_of_the_shops_schema() -> None:
    arguments = json.loads(INDEX.read_text("utf-8"))["routes"]["/wc/v3/orders"]["endpoints"][1]["args"]
    documented = json.loads((SAMPLES / "docs" / "orders" / "retrieve_an_order.json").read_text("utf-8"))
    newer = {"payment_url", "is_editable", "needs_payment", "needs_processing", "currency_symbol", "gift_cards"}

    for order in json.loads(RECORDINGS.read_text("utf-8")):
        assert set(order) - newer <= set(documented)
        assert set(documented) - {"_links"} <= set(order)
        assert order["currency"] in arguments["currency"]["enum"]
        assert order["status"] in arguments["status"]["enum"]


@needs_shared
def test_every_recorded_product_and_variation_is_read_as_a_listing_or_refused_for_a_product_that_its_recorder_left_out() -> None:
    documents = [raw for path in readable() for raw in slices(path.read_bytes(), "id", "manage_stock", "sku")]

    endings = Counter(listing_outcome(raw) for raw in documents)

    assert set(endings) == {"read", "_links.up: the variation names no product, and parent_id is absent"}
    assert endings["read"] >= 30


@needs_shared
def test_the_shops_index_knows_every_argument_and_field_of_listings_and_stock() -> None:
    seen: list[httpx.Request] = []

    def answering(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[], headers={"X-WP-Total": "0"})

    settings = {"url": "https://shop.example.com", "consumer_key": "k", "consumer_secret": "s"}
    connector: Any = connect("woocommerce", settings, Wiring(httpx.MockTransport(answering)))
    list(connector.fetch_listings(None))
    target = StockTarget(external_id="2", product_external_id="1", stock_external_id="2", quantity=3)
    list(connector.publish_stock([target]))
    routes = json.loads(INDEX.read_text("utf-8"))["routes"]
    listed, batch = routes["/wc/v3/products"]["endpoints"][0]["args"], routes["/wc/v3/products/(?P<product_id>[\\d]+)/variations/batch"]

    sent = dict(seen[0].url.params)

    assert set(sent) - {"_fields"} <= set(listed)
    assert sent["orderby"] in listed["orderby"]["enum"]
    assert seen[1].method in batch["endpoints"][0]["methods"]
    assert set(json.loads(seen[1].content)["update"][0]) - {"id"} <= set(batch["endpoints"][0]["args"])


def listing_outcome(raw: bytes) -> str:
    """What becomes of one recorded product or variation: `read`, or the reason of its refusal."""
    try:
        WooCommerce.read_listing(raw)
    except MalformedError as error:
        return str(error)
    return "read"
