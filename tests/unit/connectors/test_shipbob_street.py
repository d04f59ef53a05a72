"""The ShipBob connector on the make-believe street: whatever goes wrong on the way, each order is shipped once, and told as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.capabilities import Receipt
from model.errors import RejectedError
from tests.unit.connectors.warehouse_town import MINUTE, OPENING, Town, patiently, units_shipped, units_told
from tests.unit.connectors.warehouse_town import town as town_of

SETTINGS = {
    "address": "http://street.example.com/shipbob/2026-01/",
    "token": "street-shipbob-token",
    "channel_id": 441200,
    "page_size": 10,
}


def town(home: Path, faults: str) -> Town:
    """The street where ShipBob is."""
    return town_of(home, faults, "shipbob", SETTINGS)


@pytest.mark.parametrize("faults", ["none", "all", "read_timeout_after,status_503_after", "cut_body", "status_500_after,status_503"])
def test_each_order_is_shipped_once_whatever_answer_is_lost(tmp_path: Path, faults: str) -> None:
    here = town(tmp_path, faults)
    commands = [here.command(number) for number in range(1, 41)]

    receipts = [patiently(lambda each=each: here.carrier.submit_shipment(each)) for each in commands for _ in range(2)]
    here.street.calm()
    found = [here.carrier.find_shipment(each) for each in commands]
    here.wait(120 * MINUTE)
    told, shipped = here.told(), units_shipped(here.street)
    here.street.close()

    assert [each and each.external_id for each in found] == [receipt.external_id for receipt in receipts[::2]]
    by_reference = {advice.reference: advice.external_id for advice in told.values()}
    assert [by_reference[command.reference] for command in commands] == [receipt.external_id for receipt in receipts[1::2]]
    assert {advice.is_final for advice in told.values()} == {True}
    assert units_told(told) == shipped


def test_what_is_told_while_time_passes_misses_nothing_under_every_fault(tmp_path: Path) -> None:
    here = town(tmp_path, "all")

    heard = here.heard(60)
    shipped, met = units_shipped(here.street), here.street.hits.total()
    here.street.close()

    assert met
    assert units_told(heard) == shipped
    assert {advice.is_final for advice in heard.values()} == {True}


@pytest.mark.parametrize("faults", ["none", "all", "read_timeout_after"])
def test_what_is_called_back_in_time_does_not_leave(tmp_path: Path, faults: str) -> None:
    here = town(tmp_path, faults)
    commands = [here.command(number) for number in range(1, 13)]
    receipts = [patiently(lambda each=each: here.carrier.submit_shipment(each)) for each in commands]
    wishes = [
        replace(command, body=here.carrier.write_cancel(command.reference, receipt.external_id if number % 2 else None, "k"))
        for number, (command, receipt) in enumerate(zip(commands, receipts, strict=True))
    ]

    answers = [patiently(lambda each=each: here.carrier.submit_cancel(each)) for each in wishes[:6]]
    here.street.calm()
    found = [here.carrier.find_cancel(each) for each in wishes]
    here.wait(120 * MINUTE)
    with pytest.raises(RejectedError):
        here.carrier.submit_cancel(wishes[6])
    told, left = here.told(), {reference for reference, _number, _sku in units_shipped(here.street)}
    here.street.close()

    assert [answer.external_id for answer in answers] == [receipt.external_id for receipt in receipts[:6]]
    assert found == [Receipt(receipt.external_id, is_repeat=True) for receipt in receipts[:6]] + [None] * 6
    assert {command.reference for command in commands[:6]} == {each.reference for each in told.values() if each.state == "cancelled"}
    assert left == {command.reference for command in commands[6:]}


def test_an_order_that_the_warehouse_refuses_is_rejected_and_not_there(tmp_path: Path) -> None:
    here = town(tmp_path, "none")
    here.street.refuse_orders("BAG-TOTE-NAT")

    with pytest.raises(RejectedError, match="order: 422"):
        here.carrier.submit_shipment(here.command(1))
    found = here.carrier.find_shipment(here.command(1))
    here.street.close()

    assert found is None


def test_the_street_says_who_it_is_and_what_time(tmp_path: Path) -> None:
    here = town(tmp_path, "none")

    identity = here.connector.identify()
    here.street.close()

    assert (identity.fingerprint, identity.title, identity.now) == ("441200", "Street hub", OPENING)
