"""The make-believe vendors take notices as the real ones do: who would do it twice does it twice, who compares compares."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from connectors import registry
from tests.contract.remote import Remote
from tests.contract.stand import STREAMS
from tests.contract.stand_commands import CommandStand

NOTICES = next(stream for stream in STREAMS if stream.name == "notices")


def stand_of(name: str) -> CommandStand:
    return CommandStand(name, NOTICES, registry.find(name))


def sent_of(stand: CommandStand, remote: Remote, number: int = 1) -> httpx.Request:
    """The first request that commanded, of one notice told."""
    link = stand.link(remote)
    stand.submit(link, stand.command(number))
    return stand.sent(link)[0]


def sent_anew(request: httpx.Request, **changes: object) -> httpx.Request:
    """The request with other things at the top of its body."""
    body: dict[str, Any] = json.loads(request.content)
    return httpx.Request(request.method, request.url, content=json.dumps(body | changes))


@pytest.mark.parametrize(("name", "effects"), [("medusa", 2), ("shopify", 2), ("square", 1), ("vendure", 2), ("woocommerce", 1)])
def test_the_same_request_once_more_does_what_the_class_says(name: str, effects: int) -> None:
    stand = stand_of(name)
    remote = stand.remote()
    request = sent_of(stand, remote)

    answer = remote.handle_request(request)

    assert answer.status_code == 200
    assert len(stand.done(remote, stand.command(1))) == effects


def test_square_refuses_a_change_of_another_version_and_remembers_keys() -> None:
    stand = stand_of("square")
    remote = stand.remote()
    request = sent_of(stand, remote)
    told = json.dumps(remote.account.documents["7001"])

    known = remote.handle_request(request)
    stale = remote.handle_request(sent_anew(request, idempotency_key="another"))

    assert known.json()["order"]["version"] == 5
    assert (stale.status_code, stale.json()["errors"][0]["code"]) == (409, "VERSION_MISMATCH")
    assert json.dumps(remote.account.documents["7001"]) == told


@dataclass
class Moved(httpx.BaseTransport):
    """A remote whose order somebody else changes just before the first change of ours arrives."""

    remote: Remote
    others: httpx.Request
    is_moved: bool = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and not self.is_moved:
            self.is_moved = True
            self.remote.handle_request(self.others)
        return self.remote.handle_request(request)


def test_square_is_told_again_where_the_order_moved_meanwhile() -> None:
    stand = stand_of("square")
    remote, command = stand.remote(), stand.command(1)
    link = stand.link(Moved(remote, sent_of(stand, stand.remote(), 3)))

    receipt = stand.submit(link, command)

    assert [json.loads(request.content)["order"]["version"] for request in stand.sent(link)] == [4, 5]
    assert stand.done(remote, command) == [receipt.external_id]
    assert len(stand.done(remote, stand.command(3))) == 1


def test_square_keeps_what_others_wrote_beside_the_mark() -> None:
    stand = stand_of("square")
    remote = stand.remote()

    sent_of(stand, remote)

    document: Any = remote.account.documents["7001"]
    first, second = document["fulfillments"]
    assert first["metadata"] == {"theirs": "kept", "entrepot_FO-000001": "FO-000001"}
    assert first["shipment_details"]["recipient"] == {"customer_id": "CUSTOMER1"}
    assert (first["state"], second["state"]) == ("COMPLETED", "RESERVED")


def test_woocommerce_keeps_what_others_wrote_and_is_completed_by_the_last() -> None:
    stand = stand_of("woocommerce")
    remote = stand.remote()

    sent_of(stand, remote, 1)
    begun: Any = remote.account.documents["7001"]
    sent_of(stand, remote, 3)

    ended: Any = remote.account.documents["7001"]
    meta = {entry["key"]: entry["value"] for entry in ended["meta_data"]}
    numbers = [parcel["tracking_number"] for parcel in meta["_wc_shipment_tracking_items"]]
    assert numbers == ["1Z0", "1Z-FO-000001", "2Z-FO-000001", "1Z-FO-000003", "2Z-FO-000003"]
    assert meta["_of_others"] == {"a": 1}
    assert (begun["status"], ended["status"]) == ("processing", "completed")


def test_vendure_shows_a_fulfilment_as_pending_until_it_is_moved() -> None:
    stand = stand_of("vendure")
    remote = stand.remote()
    link = stand.link(remote)
    added = sent_of(stand, stand.remote())
    remote.handle_request(added)

    found = stand.find(link, stand.command(1))
    receipt = stand.submit(link, stand.command(1))

    assert found is None
    assert [b"MoveFulfilment" in request.content for request in stand.sent(link)] == [True]
    assert stand.done(remote, stand.command(1)) == [receipt.external_id]
