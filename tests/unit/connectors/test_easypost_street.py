"""The EasyPost connector on the make-believe street: whatever goes wrong on the way, each label is paid for once and each way is told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Command, Receipt
from connectors.easypost import CONNECTOR
from connectors.registry import connect
from model.errors import RejectedError, TransientError
from model.records.tracking import Parcel, Tracked, Untracked
from sandbox.street import Street
from tests.contract.stand_commands import label_request

OPENING = datetime(2030, 5, 1, 12, tzinfo=UTC)
MANY = 40


@dataclass
class Town:
    """A street, its clock, and the connector."""

    street: Street
    connector: CONNECTOR
    moments: list[datetime]

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.moments.append(self.moments[-1] + span)

    def command(self, number: int, service: str = "USPS Priority") -> Command:
        """The label of this number."""
        request = replace(label_request(number, service), decided_at=self.moments[-1])
        return Command(key=f"{number:032x}", reference=request.reference, body=self.connector.write_label(request, "k"))

    def have(self, command: Command) -> Receipt:
        """The command carried out as its class allows: left open, it is looked for twice behind the lag before it is sent again."""
        for _ in range(60):
            try:
                return self.connector.submit_label(command)
            except TurnedAwayError:
                continue
            except TransientError:
                if found := self._found(command):
                    return found
        raise AssertionError("never ends")

    def _found(self, command: Command) -> Receipt | None:
        found: list[Receipt | None] = []
        while len(found) < 2 and not any(found):
            self.wait(self.connector.label_command.read_lag)
            found += attempt(lambda: [self.connector.find_label(command)])
        return found[-1]

    def told(self, parcels: list[Parcel]) -> list[Tracked | Untracked]:
        """What is told of parcels."""
        return [answer for batch in self.connector.fetch_tracking(parcels) for answer in batch]


def attempt(look: Callable[[], list[Receipt | None]]) -> list[Receipt | None]:
    """What was found, nothing where the remote was in trouble."""
    try:
        return look()
    except TransientError:
        return []


def town(home: Path, faults: str = "none") -> Town:
    moments = [OPENING]
    street = Street(home, orders=3, seed=11, faults=faults, clock=lambda: moments[-1])
    settings = {"address": "http://street.example.com/easypost/v2/", "api_key": "street-easypost-key"}
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector = connect("easypost", settings, Wiring(street.transport(), pause, now=lambda: moments[-1]))
    assert isinstance(connector, CONNECTOR)
    return Town(street, connector, moments)


@pytest.mark.parametrize(
    "faults", ["none", "mild", "all", "read_timeout_after,cut_body,status_503_after", "late_rows,connection_reset_after"]
)
def test_every_label_is_paid_for_once(tmp_path: Path, faults: str) -> None:
    place = town(tmp_path, faults)

    receipts = {number: place.have(place.command(number)).external_id for number in range(1, MANY + 1)}

    paid = place.street.truth()["labels"]
    assert Counter(label["reference"] for label in paid) == Counter({label_request(number).reference: 1 for number in range(1, MANY + 1)})
    assert {label["shipment"] for label in paid} == set(receipts.values())
    assert {label["service"] for label in paid} == {"USPS Priority"}
    place.street.close()


def test_what_was_bought_is_read_as_it_was_sold(tmp_path: Path) -> None:
    place = town(tmp_path)
    receipt = place.have(place.command(1))

    label = place.connector.fetch_label(receipt.external_id)

    (paid,) = place.street.truth()["labels"]
    assert (label.external_id, label.tracking_number) == (paid["shipment"], paid["tracking_number"])
    assert (label.cost.amount_minor, label.cost.currency, label.file_format) == (paid["cents"], "USD", "PDF")
    place.street.close()


def test_a_service_that_the_street_does_not_sell_pays_nothing(tmp_path: Path) -> None:
    place = town(tmp_path)

    with pytest.raises(RejectedError, match="offered are UPS Ground, USPS Express, USPS GroundAdvantage, USPS Priority"):
        place.have(place.command(1, "USPS Teleport"))

    assert place.street.truth()["labels"] == []
    place.street.close()


@pytest.mark.parametrize("faults", ["none", "mild", "read_timeout_after,cut_body"])
def test_every_parcel_is_told_on_its_way_and_at_its_end(tmp_path: Path, faults: str) -> None:
    place = town(tmp_path, faults)
    labels = [place.connector.fetch_label(place.have(place.command(number)).external_id) for number in range(1, 11)]
    parcels = [Parcel(tracking_number=label.tracking_number, carrier=label.carrier) for label in labels]
    others = [Parcel(tracking_number="STREET01"), Parcel(tracking_number="not a number"), Parcel(tracking_number="0000777")]
    place.told([*parcels, *others])

    place.wait(timedelta(hours=6))
    told = place.told([*others, *parcels])

    tracked = {each.tracking_number: each for each in told if isinstance(each, Tracked)}
    assert set(tracked) == {"STREET01", *(parcel.tracking_number for parcel in parcels)}
    assert {way.events[0].state for way in tracked.values()} == {"announced"}
    assert {way.events[-1].state for way in tracked.values()} <= {"delivered", "returned"}
    assert [each.tracking_number for each in told if isinstance(each, Untracked)] == ["not a number"]
    place.street.close()
