"""The ShipStation connector on the make-believe street: whatever goes wrong on the way, each order is shipped once, and told as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.capabilities import Receipt
from model.errors import RejectedError
from tests.unit.connectors.warehouse_town import MINUTE, OPENING, Town, patiently, units_shipped, units_told
from tests.unit.connectors.warehouse_town import town as town_of

SETTINGS = {
    "address": "http://street.example.com/shipstation/",
    "api_key": "street-shipstation-key",
    "api_secret": "street-shipstation-secret",
    "store_id": 61700,
    "page_size": 10,
}


def town(home: Path, faults: str) -> Town:
    """The street where ShipStation is."""
    return town_of(home, faults, "shipstation", SETTINGS)


@pytest.mark.parametrize("faults", ["none", "all", "read_timeout_after,status_503_after", "cut_body", "status_500_after,status_503"])
def test_each_order_is_shipped_once_whatever_answer_is_lost(tmp_path: Path, faults: str) -> None:
    here = town(tmp_path, faults)
    commands = [here.command(number) for number in range(1, 41)]

    made = [patiently(lambda each=each: here.again(each)) for each in commands for _ in range(2)]
    here.street.calm()
    here.wait(120 * MINUTE)
    told, shipped = here.told(), units_shipped(here.street)
    here.street.close()

    orders = {each.reference: each.external_id for each in told.values() if not each.external_id.startswith("shipment-")}
    assert made[::2] == made[1::2] == [orders[command.reference] for command in commands]
    assert units_told(told) == shipped
    assert {reference for reference, _number, _sku in shipped} == {command.reference for command in commands}


def test_an_order_sent_again_while_it_is_open_is_the_same_order(tmp_path: Path) -> None:
    here = town(tmp_path, "none")

    first, second = (here.carrier.submit_shipment(here.command(1)) for _ in range(2))
    here.wait(120 * MINUTE)
    parcels = {parcel["reference"] for parcel in here.street.truth()["parcels"]}
    with pytest.raises(RejectedError, match="orders/createorder: 400"):
        here.carrier.submit_shipment(here.command(1))
    here.street.close()

    assert first == second
    assert parcels == {"FO-000001"}


def test_what_is_told_while_time_passes_misses_nothing_under_every_fault(tmp_path: Path) -> None:
    here = town(tmp_path, "all")

    heard = here.heard(60)
    shipped, met = units_shipped(here.street), here.street.hits.total()
    here.street.close()

    assert met
    assert units_told(heard) == shipped
    assert any(advice.voided for advice in heard.values())


@pytest.mark.parametrize("faults", ["none", "all", "read_timeout_after"])
def test_what_is_called_back_in_time_does_not_leave(tmp_path: Path, faults: str) -> None:
    here = town(tmp_path, faults)
    commands = [here.command(number) for number in range(1, 13)]
    made = [patiently(lambda each=each: here.again(each)) for each in commands]
    wishes = [replace(each, body=here.carrier.write_cancel(each.reference, None, "k")) for each in commands]

    answers = [patiently(lambda each=each: here.carrier.submit_cancel(each)) for each in wishes[:6]]
    here.street.calm()
    found = [here.carrier.find_cancel(each) for each in wishes]
    here.wait(120 * MINUTE)
    with pytest.raises(RejectedError, match="too late"):
        here.carrier.submit_cancel(wishes[6])
    told, left = here.told(), {reference for reference, _number, _sku in units_shipped(here.street)}
    here.street.close()

    assert [answer.external_id for answer in answers] == made[:6]
    assert found == [Receipt(external_id, is_repeat=True) for external_id in made[:6]] + [None] * 6
    assert {each.reference for each in told.values() if each.state == "cancelled"} == {command.reference for command in commands[:6]}
    assert left == {command.reference for command in commands[6:]}


def test_an_order_that_the_warehouse_refuses_is_rejected_and_not_there(tmp_path: Path) -> None:
    here = town(tmp_path, "none")
    here.street.refuse_orders("BAG-TOTE-NAT")

    with pytest.raises(RejectedError, match="orders/createorder: 400"):
        here.carrier.submit_shipment(here.command(1))
    found = here.carrier.find_shipment(here.command(1))
    here.street.close()

    assert found is None


def test_the_street_says_who_it_is_and_what_time(tmp_path: Path) -> None:
    here = town(tmp_path, "none")

    identity = here.connector.identify()
    here.street.close()

    assert (identity.fingerprint, identity.title, identity.now) == ("61700", "Street hub", OPENING)
