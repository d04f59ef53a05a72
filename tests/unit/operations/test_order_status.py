"""A buyer learns where an order is by its number and address, or by a token, and nothing about a person."""

import json
from pathlib import Path

import pytest

from model.errors import RejectedError
from model.store.database import Database
from operations.order_status import status_by_email, status_by_token, status_token
from operations.returns.opening import Asked, open_return
from tests.conftest import StillClock
from tests.unit.operations.shipping_desk import Desk
from tests.unit.operations.test_tracking_parcels import hear, shipped

EMAIL = "ada@example.com"


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    """Ten pots in the 3PL's place."""
    desk = Desk(database, tmp_path, clock)
    desk.lay("pot", 10)
    return desk


def test_number_and_address_or_a_token_show_parcels_and_returns_and_no_person(desk: Desk) -> None:
    order, shipment, number = shipped(desk)
    hear(desk, shipment, number, "in_transit")
    reference = open_return(desk.hub, order, Asked())

    shown = status_by_email(desk.hub, "#1001", EMAIL.upper())
    by_token = status_by_token(desk.hub, status_token(desk.hub, order))

    assert shown == by_token
    assert (shown["status"], shown["parcels"][0]["status"], shown["parcels"][0]["tracking_number"]) == ("shipped", "in_transit", number)
    assert [each["reference"] for each in shown["returns"]] == [reference]
    text = json.dumps(shown, default=str).lower()
    assert [word for word in ("ada", "example", "berlin", "10115", "road", "1000", "eur") if word in text] == []


@pytest.mark.parametrize(("number", "email"), [("#1001", "bob@example.com"), ("#9999", EMAIL), ("", EMAIL), ("#1001", "")])
def test_an_unknown_order_and_a_wrong_address_are_told_alike(desk: Desk, number: str, email: str) -> None:
    shipped(desk)

    with pytest.raises(RejectedError, match="no order is known by this number and address"):
        status_by_email(desk.hub, number, email)


def test_only_the_hubs_own_token_opens_an_order(desk: Desk) -> None:
    order, *_ = shipped(desk)
    token = status_token(desk.hub, order)

    for wrong in ("", token[:-1], token[:32] + "0" * 32, "0" * 64, token + "0"):
        with pytest.raises(RejectedError, match="no order is known"):
            status_by_token(desk.hub, wrong)
