"""WooCommerce is told of goods that left: beside the order, without losing what stands there, and complete with the last parcel."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Receipt
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.mapping import read_order
from model.errors import AuthError, ContractError, HubError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice
from model.records.order import Order
from tests.noticing import LEFT, command, notice

Json = dict[str, Any]
OURS, TRACKED = "_entrepot_shipment_S-1", "_wc_shipment_tracking_items"
RECORDING = Path(__file__).parents[3] / "connectors" / "woocommerce" / "recordings" / "orders.json"
THEIRS = {"tracking_provider": "ups", "tracking_number": "1Z0", "tracking_id": "theirs", "date_shipped": 1700000000}


def as_it_should_be(shop: "Shop", request: httpx.Request) -> httpx.Response:
    sent = json.loads(request.content)
    shop.status = sent.get("status", shop.status)
    shop.meta |= {entry["key"]: entry["value"] for entry in sent["meta_data"]}
    return httpx.Response(200, json=shop.order())


@dataclass
class Shop:
    """One order of a shop."""

    status: str = "processing"
    meta: Json = field(default_factory=lambda: {"_theirs": "kept"})
    takes: Callable[["Shop", httpx.Request], httpx.Response] = as_it_should_be
    asked: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.takes(self, request) if request.method == "PUT" else httpx.Response(200, json=self.order())

    def order(self) -> Json:
        entries = [{"id": at, "key": key, "value": value} for at, (key, value) in enumerate(self.meta.items(), 90)]
        return {"id": 7, "status": self.status, "meta_data": entries}

    @property
    def changes(self) -> list[Json]:
        return [json.loads(request.content) for request in self.asked if request.method == "PUT"]


def woo(shop: Shop) -> WooCommerce:
    settings = {"url": "https://shop.example.com", "consumer_key": "ck", "consumer_secret": "cs"}
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector = connect("woocommerce", settings, Wiring(httpx.MockTransport(shop.answer), pause))
    assert isinstance(connector, WooCommerce)
    return connector


def told(shop: Shop, left: ShipmentNotice) -> Receipt:
    connector = woo(shop)
    return connector.submit_shipment_notice(command(connector, left))


def meta(change: Json) -> Json:
    return {entry["key"]: entry["value"] for entry in change["meta_data"]}


def test_the_update_keeps_the_notice_lists_the_parcels_and_completes_the_order() -> None:
    shop = Shop()
    left = notice("7", {"12": 1500}, carrier="DHL", tracking_numbers=("JD01", "JD02"), tracking_urls=("https://t.example/1",))

    receipt = told(shop, left)

    [change] = shop.changes
    first, second = meta(change)[TRACKED]
    assert (receipt, change["status"]) == (Receipt("91"), "completed")
    assert meta(change)[OURS] == woo(shop).write_notice(left, "k").decode()
    assert first == {
        "tracking_provider": "",
        "custom_tracking_provider": "DHL",
        "custom_tracking_link": "https://t.example/1",
        "tracking_number": "JD01",
        "date_shipped": str(int(LEFT.timestamp())),
        "tracking_id": first["tracking_id"],
    }
    assert (second["tracking_number"], second["custom_tracking_link"]) == ("JD02", "")
    assert first["tracking_id"] != second["tracking_id"]
    assert [request.method for request in shop.asked] == ["GET", "PUT"]
    assert {request.url.path for request in shop.asked} == {"/wp-json/wc/v3/orders/7"}


def test_a_part_leaves_the_state_alone_and_a_parcel_without_a_number_the_list() -> None:
    shop = Shop()

    told(shop, notice("7", {"12": 1000}, is_last=False))

    assert "status" not in shop.changes[0]
    assert set(meta(shop.changes[0])) == {OURS}


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        ([THEIRS], [THEIRS]),
        ({"0": THEIRS, "2": {"tracking_number": "1Z9"}}, [THEIRS, {"tracking_number": "1Z9"}]),
        ([], []),
        ("", []),
        (None, []),
    ],
)
def test_parcels_of_others_stay_in_the_list(there: object, kept: list[Json]) -> None:
    shop = Shop(meta={TRACKED: there})

    told(shop, notice("7", {"12": 1000}, tracking_numbers=("JD01",)))

    parcels = meta(shop.changes[0])[TRACKED]
    assert parcels[:-1] == kept
    assert parcels[-1]["tracking_number"] == "JD01"


@pytest.mark.parametrize("there", ["JD00", [1, 2], {"a": "b"}, 7])
def test_what_is_no_list_of_parcels_is_left_alone(there: object) -> None:
    shop = Shop(meta={TRACKED: there})

    told(shop, notice("7", {"12": 1000}, tracking_numbers=("JD01",)))

    assert shop.meta[TRACKED] == there
    assert OURS in shop.meta


def test_a_second_update_after_a_lost_answer_replaces_our_own_parcel() -> None:
    shop = Shop()
    left = notice("7", {"12": 1000}, tracking_numbers=("JD01",))
    told(shop, left)
    del shop.meta[OURS]

    told(shop, left)

    assert [parcel["tracking_number"] for parcel in shop.meta[TRACKED]] == ["JD01"]
    assert shop.changes[0]["meta_data"] == shop.changes[1]["meta_data"]


@pytest.mark.parametrize(
    ("status", "is_last", "is_told"),
    [
        ("completed", True, True),
        ("refunded", True, True),
        ("picked-up", True, True),
        ("processing", False, True),
        ("processing", True, False),
        ("on-hold", True, False),
    ],
)
def test_a_notice_is_told_once_it_stands_beside_the_order_and_the_state_has_followed(status: str, *, is_last: bool, is_told: bool) -> None:
    shop = Shop(status, {OURS: "{}"})
    connector = woo(shop)
    left = command(connector, notice("7", {"12": 1000}, is_last=is_last))

    found, receipt = connector.find_notice(left), connector.submit_shipment_notice(left)

    assert (found is not None, receipt.is_repeat, len(shop.changes)) == (is_told, is_told, not is_told)


@pytest.mark.parametrize("status", ["completed", "refunded", "picked-up"])
def test_a_state_that_nothing_is_to_follow_is_not_changed(status: str) -> None:
    shop = Shop(status)

    told(shop, notice("7", {"12": 1000}))

    assert "status" not in shop.changes[0]


@pytest.mark.parametrize("status", ["cancelled", "failed", "trash"])
def test_an_order_that_is_over_is_refused_and_not_revived(status: str) -> None:
    shop = Shop(status)

    with pytest.raises(RejectedError, match=status):
        told(shop, notice("7", {"12": 1000}))

    assert shop.changes == []


def answers(status: int, body: object) -> Callable[[Shop, httpx.Request], httpx.Response]:
    return lambda _shop, _request: httpx.Response(status, json=body)


def loses(shop: Shop, request: httpx.Request) -> httpx.Response:
    as_it_should_be(shop, request)
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("takes", "kind"),
    [
        (answers(400, {"code": "rest_invalid_param"}), RejectedError),
        (answers(401, {"code": "woocommerce_rest_cannot_edit"}), AuthError),
        (answers(429, {}), TurnedAwayError),
        (answers(503, {}), TransientError),
        (answers(200, []), TransientError),
        (answers(200, {"id": 7, "status": "completed", "meta_data": []}), ContractError),
        (loses, TransientError),
    ],
)
def test_failures_are_told_by_what_they_leave_open_and_sent_once(
    takes: Callable[[Shop, httpx.Request], httpx.Response], kind: type[HubError]
) -> None:
    shop = Shop(takes=takes)

    with pytest.raises(kind) as failed:
        told(shop, notice("7", {"12": 1000}))

    assert type(failed.value) is kind
    assert len(shop.changes) == 1


def test_a_lost_answer_is_found_again() -> None:
    shop = Shop(takes=loses)
    connector = woo(shop)
    left = command(connector, notice("7", {"12": 1000}))
    with pytest.raises(TransientError):
        connector.submit_shipment_notice(left)

    found = connector.find_notice(left)

    assert found == Receipt("91", is_repeat=True)


def test_an_order_the_shop_does_not_know_is_refused() -> None:
    gone = httpx.MockTransport(lambda _: httpx.Response(404, json={"code": "woocommerce_rest_shop_order_invalid_id"}))
    settings = {"url": "https://shop.example.com", "consumer_key": "ck", "consumer_secret": "cs"}
    connector = connect("woocommerce", settings, Wiring(gone))
    assert isinstance(connector, WooCommerce)

    with pytest.raises(RejectedError, match="invalid_id"):
        connector.submit_shipment_notice(command(connector, notice("7", {"12": 1000})))


def test_a_name_that_is_no_order_id_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(RejectedError, match="no order id"):
        woo(Shop()).write_notice(notice("7/notes", {"12": 1000}), "k")


def recorded(**changes: object) -> bytes:
    document: Json = json.loads(RECORDING.read_text("utf-8"))[0]
    return json.dumps(document | changes).encode()


def read(raw: bytes) -> Order:
    return read_order(raw, {})


def test_what_was_told_is_read_back_as_fulfilments_of_the_order() -> None:
    left = notice("7", {"12": 1500}, carrier="DHL", tracking_numbers=("JD01",), tracking_urls=("https://t.example/1",))
    beside = [{"id": 1, "key": OURS, "value": woo(Shop()).write_notice(left, "k").decode()}, {"id": 2, "key": "_other", "value": "{}"}]

    part, ended = (read(recorded(status=status, meta_data=beside)) for status in ("processing", "completed"))

    [parcel] = part.fulfilments
    assert (parcel.external_id, parcel.status, parcel.created_at) == ("S-1", "shipped", LEFT)
    assert (parcel.carrier, parcel.tracking_numbers, parcel.tracking_urls) == ("DHL", ("JD01",), ("https://t.example/1",))
    assert [(line.line_external_id, line.quantity) for line in parcel.lines] == [("12", 1500)]
    assert (part.fulfilment_state, ended.fulfilment_state) == ("part_fulfilled", "fulfilled")


@pytest.mark.parametrize("value", ["", "{}", None, {"a": 1}, "[]"])
def test_what_somebody_wrote_over_a_notice_is_no_fulfilment_and_no_reason_to_refuse_the_order(value: object) -> None:
    order = read(recorded(status="processing", meta_data=[{"id": 1, "key": OURS, "value": value}]))

    assert (order.fulfilments, order.fulfilment_state) == ((), "unfulfilled")
