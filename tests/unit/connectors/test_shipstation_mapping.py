"""What ShipStation's orders and labels tell, what of it is refused, and what its clock means."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors.shipstation import CONNECTOR
from connectors.shipstation.clock import moment, stretch, version, written
from connectors.shipstation.connector import Settings
from model.errors import MalformedError
from model.records.advice import Freight, ShipmentAdvice
from tests.contract.dialects import Json
from tests.contract.remote import put

RECORDINGS = Path(__file__).parents[3] / "connectors/shipstation/recordings"
ORDERS, LABELS = (json.loads((RECORDINGS / f"{name}.json").read_text("utf-8")) for name in ("orders", "shipments"))
LEFT, VOIDED, BACK = LABELS[0], LABELS[3], LABELS[5]
STATUSES = {"currency": "CAD"}
"""What the settings say."""
PUT_BACK = datetime(2026, 11, 1, 9, tzinfo=UTC)
"""When the Pacific clocks of that night are put back from two to one."""


def read(kind: str, document: Json, **changes: Json) -> ShipmentAdvice:
    """The advice of a document, with other things under some paths (`__` for a dot)."""
    for path, value in changes.items():
        document = put(document, path.replace("__", "."), value)
    advice = CONNECTOR.kinds[kind].read(json.dumps(document).encode(), STATUSES)
    assert isinstance(advice, ShipmentAdvice)
    return advice


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("awaiting_payment", "on_hold", "awaiting_payment"),
        ("awaiting_shipment", "accepted", None),
        ("pending_fulfillment", "working", "pending_fulfillment"),
        ("on_hold", "on_hold", "on_hold"),
        ("rejected_fulfillment", "on_hold", "rejected_fulfillment"),
        ("shipped", "shipped", None),
        ("cancelled", "cancelled", None),
    ],
)
def test_an_order_tells_its_state_and_never_the_last_word(status: str, state: str, reason: str | None) -> None:
    advice = read("order", ORDERS[0], orderStatus=status)

    assert (advice.state, advice.reason, advice.is_final, advice.shipments) == (state, reason, False, ())


def test_a_part_of_an_order_that_is_cancelled_does_not_cancel_the_whole() -> None:
    advice = read("order", ORDERS[0], orderStatus="cancelled", advancedOptions__mergedOrSplit=True)

    assert (advice.state, advice.reason) == ("on_hold", "merged or split, and cancelled")


def test_a_label_tells_one_parcel_with_its_cost_in_the_accounts_currency() -> None:
    advice = read("shipment", LEFT)

    [parcel] = advice.shipments
    assert (advice.external_id, advice.reference, parcel.external_id) == ("shipment-418000201", "FO-2026-000102", "418000201")
    assert [(line.sku, line.quantity, line.line_reference) for line in parcel.lines] == [("MUG-BLUE", 1000, "1"), ("TEA-SENCHA", 3000, "2")]
    assert (parcel.carrier, parcel.tracking_numbers) == ("USPS", ("SS0000000201US",))
    assert parcel.freight == Freight(amount_minor=641, currency="CAD")


def test_the_currency_of_the_settings_reaches_the_reading() -> None:
    told = {"api_key": "k", "api_secret": "s", "store_id": 7, "currency": "CAD", "statuses": {"held": "on_hold"}}

    connector = CONNECTOR(Settings.model_validate(told), Wiring(httpx.MockTransport(lambda _: httpx.Response(500))))

    assert connector.settings.statuses == {"held": "on_hold", "currency": "CAD"}


def test_a_voided_label_takes_its_parcel_back() -> None:
    advice = read("shipment", VOIDED)

    assert (advice.shipments, advice.voided, advice.state) == ((), ("418000204",), "accepted")
    assert advice.source_version > read("shipment", VOIDED, voided=False, voidDate=None).source_version


def test_a_label_for_the_way_back_is_no_parcel_that_left() -> None:
    assert (read("shipment", BACK).shipments, read("shipment", BACK).voided) == ((), ())


def test_the_key_counts_and_the_number_where_there_is_none() -> None:
    number = read("shipment", LEFT, orderKey=None, orderNumber="FO-9")

    assert (read("shipment", LEFT, orderNumber="1042-2").reference, number.reference) == ("FO-2026-000102", "FO-9")


@pytest.mark.parametrize(
    ("made", "day", "left"),
    [
        ("2026-03-02T23:30:00.0000000", "2026-03-02", "2026-03-03T07:30:00+00:00"),
        ("2026-03-02T23:30:00.0000000", "2026-03-03", "2026-03-03T07:30:00+00:00"),
        ("2026-03-02T00:30:00.0000000", "2026-03-01", "2026-03-01T20:00:00+00:00"),
        ("2026-03-02T00:30:00.0000000", "2026-03-01T00:00:00.0000000", "2026-03-01T20:00:00+00:00"),
        ("2026-07-02T09:30:00.0000000", None, "2026-07-02T16:30:00+00:00"),
    ],
)
def test_a_parcel_left_when_its_label_was_made_or_on_a_day_before_that(made: str, day: str | None, left: str) -> None:
    [parcel] = read("shipment", LEFT, createDate=made, shipDate=day).shipments

    assert parcel.shipped_at == datetime.fromisoformat(left)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"shipmentItems": None}, "shipmentItems: tell no goods"),
        ({"shipmentItems__0__sku": None}, r"shipmentItems\.0\.sku: is missing"),
        ({"shipmentItems__1__orderItemId": 903}, r"shipmentItems\.1: the item stands there twice"),
        ({"orderKey": None, "orderNumber": ""}, "orderKey: is missing, and so is orderNumber"),
        ({"shipDate": "soon"}, "date: is not an ISO 8601 date"),
        ({"shipmentCost": 6.415}, "amount: has more decimal places"),
        ({"shipmentCost": "6.41"}, "shipmentCost"),
        ({"voided": None}, "voided"),
    ],
)
def test_what_tells_no_parcel_is_refused_by_its_place(changes: dict[str, Json], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read("shipment", LEFT, **changes)


def test_adjustments_and_nothing_are_no_goods() -> None:
    [parcel] = read("shipment", LEFT, shipmentItems__0__adjustment=True).shipments

    assert [line.sku for line in parcel.lines] == ["TEA-SENCHA"]
    with pytest.raises(MalformedError, match="tell no goods"):
        read("shipment", LEFT, shipmentItems__0__quantity=0, shipmentItems__1__quantity=0)


def test_an_id_is_that_of_a_label_or_else_of_an_order() -> None:
    told: list[Any] = [ORDERS[0], LEFT, {"shipmentId": [], "orderId": 5}]

    assert [CONNECTOR.external_id_in(json.dumps(each).encode()) for each in told] == ["731000101", "shipment-418000201", None]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-15T08:00:00.0000000", "2026-01-15T16:00:00+00:00"),
        ("2026-07-15T08:00:00.0000000", "2026-07-15T15:00:00+00:00"),
        ("2026-07-15T08:00:00Z", "2026-07-15T08:00:00+00:00"),
        ("2026-11-01T01:30:00.0000000", "2026-11-01T08:30:00+00:00"),
    ],
)
def test_times_are_pacific_winter_and_summer(text: str, utc: str) -> None:
    assert moment(text) == datetime.fromisoformat(utc)


def test_versions_never_go_back_where_the_clock_does() -> None:
    before, first, second, after = (version(f"2026-11-01T{each}") for each in ("00:59:59", "01:50:00", "01:10:00", "02:00:00"))

    assert before < first == second < after
    assert version("2026-11-02T01:10:00") < version("2026-11-02T01:50:00")


def test_an_order_is_dated_by_the_vendors_clock() -> None:
    assert written(datetime(2026, 7, 15, 15, 0, 59, 999_999, tzinfo=UTC)) == "2026-07-15T08:00:59"


@pytest.mark.parametrize("hours", [-3, -1, 0, 1, 3])
@pytest.mark.parametrize("span", [timedelta(seconds=1), timedelta(minutes=30), timedelta(days=2)])
def test_a_stretch_on_the_vendors_clock_leaves_nothing_out(hours: int, span: timedelta) -> None:
    start = PUT_BACK + timedelta(hours=hours) - timedelta(minutes=10)

    low, high = stretch(start, start + span)

    inside = [start + span * step / 50 for step in range(51)]
    assert [at for at in inside if not low < written(at) < high] == []


def test_a_stretch_is_hardly_wider_than_it_must_be() -> None:
    noon = datetime(2026, 7, 15, 19, tzinfo=UTC)

    assert stretch(noon, noon + timedelta(seconds=1)) == ("2026-07-15T11:59:59", "2026-07-15T12:00:03")
