"""How EasyPost's trackers are asked for and read: each parcel's way, and nobody else's trouble."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.easypost import CONNECTOR
from connectors.easypost.connector import Settings
from connectors.easypost.mapping import STATE, read_tracker
from model.errors import ContractError, MalformedError, TransientError
from model.records.tracking import Parcel, Tracked, TrackingEvent, Untracked

NOW = datetime(2030, 5, 2, 9, tzinfo=UTC)
DETAIL: dict[str, Any] = {
    "message": "Arrived at Facility",
    "status": "in_transit",
    "status_detail": "arrived_at_facility",
    "datetime": "2030-05-01T10:00:00+02:00",
    "tracking_location": {"city": "HOUSTON", "state": "TX", "country": None, "zip": "77063"},
}


def tracker(code: str, /, **told: object) -> dict[str, Any]:
    made = {"id": f"trk_{code}", "tracking_code": code, "status": "in_transit", "created_at": "2030-05-01T08:00:00Z", "carrier": "USPS"}
    return made | {"tracking_details": [DETAIL]} | told


def read(**told: object) -> Tracked | None:
    return read_tracker(json.dumps(tracker("1Z", **told)).encode(), "1Z", {})


def events(*details: dict[str, Any]) -> tuple[TrackingEvent, ...]:
    told = read(tracking_details=list(details))
    return told.events if told else ()


@dataclass
class EasyPosts:
    """A remote that follows some parcels, makes trackers of others, and refuses what it is told to."""

    follows: Sequence[dict[str, Any]] = ()
    makes: dict[str, httpx.Response] = field(default_factory=dict[str, httpx.Response])
    most: int = 100
    asked: list[Any] = field(default_factory=list[Any])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        self.asked.append(sent.get("tracking_codes") or sent["tracker"])
        if not request.url.path.endswith("/batch"):
            return self.makes.get(sent["tracker"]["tracking_code"], httpx.Response(422))
        codes: list[str] = sent["tracking_codes"]
        if "BAD" in codes:
            return httpx.Response(422, json={"error": {"code": "TRACKER.INVALID_PARAMS"}})
        found = [each for each in self.follows if each["tracking_code"] in codes]
        return httpx.Response(200, json={"trackers": found[: self.most], "has_more": len(found) > self.most})

    def told(self, *parcels: Parcel | str, **settings: object) -> list[Tracked | Untracked]:
        """What is told of these parcels."""
        wiring = Wiring(httpx.MockTransport(self), Pause(sleep=lambda _: None), now=lambda: NOW)
        connector = CONNECTOR(Settings.model_validate({"api_key": "suite_key", **settings}), wiring)
        wanted = [Parcel(tracking_number=each) if isinstance(each, str) else each for each in parcels]
        return [answer for batch in connector.fetch_tracking(wanted) for answer in batch]


def numbers(told: list[Tracked | Untracked]) -> list[tuple[str, bool]]:
    """Each number told, and whether its way is."""
    return [(each.tracking_number, isinstance(each, Tracked)) for each in told]


def test_a_way_is_read_field_by_field() -> None:
    told = read(est_delivery_date="2030-05-03T00:30:00Z", carrier_detail={"est_delivery_date_local": "2030-05-02"})

    event = TrackingEvent(
        at=datetime(2030, 5, 1, 8, tzinfo=UTC),
        state="in_transit",
        message="Arrived at Facility",
        place="HOUSTON, TX",
        code="arrived_at_facility",
    )
    assert told == Tracked(tracking_number="1Z", events=(event,), expected_on=date(2030, 5, 2))


def test_without_a_local_day_the_day_of_the_instant_is_expected() -> None:
    told = read(est_delivery_date="2030-05-03T18:00:00Z", carrier_detail=None)

    assert told is not None
    assert told.expected_on == date(2030, 5, 3)


def test_every_documented_status_has_its_state() -> None:
    told = {word: [event.state for event in events(DETAIL | {"status": word})] for word in STATE}

    assert told == {
        "unknown": [],
        "pre_transit": ["announced"],
        "in_transit": ["in_transit"],
        "out_for_delivery": ["out_for_delivery"],
        "available_for_pickup": ["held"],
        "return_to_sender": ["returned"],
        "delivered": ["delivered"],
        "failure": ["failed"],
        "cancelled": ["failed"],
        "error": ["failed"],
    }


def test_a_failure_that_is_a_loss_is_told_as_one() -> None:
    states = [event.state for event in events(DETAIL | {"status": "failure", "status_detail": "lost"})]

    assert states == ["lost"]


def test_a_scan_without_words_or_place_is_told_by_its_status() -> None:
    (event,) = events({"status": "delivered", "datetime": "2030-05-01T08:00:00Z"})

    assert (event.message, event.place, event.code) == ("delivered", None, None)


@pytest.mark.parametrize("told", [{"tracking_details": []}, {"tracking_details": None}, {"status": "unknown", "tracking_details": []}])
def test_a_parcel_without_a_scan_is_not_known_yet(told: dict[str, Any]) -> None:
    assert read(**told) is None


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"status": "levitating"}, "status: 'levitating' is unknown"),
        ({"tracking_details": [DETAIL | {"status": "levitating"}]}, r"tracking_details\.0\.status"),
        ({"tracking_details": [DETAIL | {"datetime": "2030-05-01T10:00:00"}]}, "no offset"),
        ({"carrier_detail": {"est_delivery_date_local": "tomorrow"}}, "est_delivery_date_local: is not a date"),
    ],
)
def test_what_cannot_be_read_is_malformed_by_place(told: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(**told)


def test_a_word_that_the_account_translates_is_read() -> None:
    remote = EasyPosts([tracker("1Z1", status="levitating", tracking_details=[DETAIL | {"status": "levitating"}])])

    (told,) = remote.told("1Z1", statuses={"levitating": "in_transit"})

    assert isinstance(told, Tracked)


def test_what_is_followed_is_asked_for_at_once_and_the_rest_by_itself() -> None:
    remote = EasyPosts([tracker("1Z1")], {"1Z2": httpx.Response(201, json=tracker("1Z2"))})

    told = remote.told("1Z1", Parcel(tracking_number="1Z2", carrier="UPS"))

    assert numbers(told) == [("1Z1", True), ("1Z2", True)]
    assert remote.asked == [["1Z1", "1Z2"], {"tracking_code": "1Z2", "carrier": "UPS"}]


def test_carriers_are_named_in_easyposts_words() -> None:
    remote = EasyPosts(makes={"1Z2": httpx.Response(201, json=tracker("1Z2"))})

    remote.told(Parcel(tracking_number="1Z2", carrier="United States Postal Service"), carriers={"United States Postal Service": "USPS"})

    assert remote.asked[-1] == {"tracking_code": "1Z2", "carrier": "USPS"}


def test_one_bad_number_is_found_by_halves_and_told_by_its_code() -> None:
    refusal = httpx.Response(422, json={"error": {"code": "TRACKER.NO_CARRIER_FOR_CODE", "message": "Ida Sample"}})
    remote = EasyPosts([tracker(f"1Z{place}") for place in range(6)], {"BAD": refusal})

    told = remote.told("1Z0", "1Z1", "1Z2", "BAD", "1Z3", "1Z4", "1Z5")

    assert numbers(told) == [(number, number != "BAD") for number in ("1Z0", "1Z1", "1Z2", "BAD", "1Z3", "1Z4", "1Z5")]
    assert [each.reason for each in told if isinstance(each, Untracked)] == ["/v2/trackers: 422 TRACKER.NO_CARRIER_FOR_CODE"]


def test_a_batch_of_more_than_a_page_is_asked_for_in_halves() -> None:
    remote = EasyPosts([tracker(f"1Z{place}") for place in range(4)], most=2)

    told = remote.told("1Z0", "1Z1", "1Z2", "1Z3")

    assert numbers(told) == [(f"1Z{place}", True) for place in range(4)]
    assert remote.asked == [["1Z0", "1Z1", "1Z2", "1Z3"], ["1Z0", "1Z1"], ["1Z2", "1Z3"]]


def test_of_several_trackers_the_newest_of_the_parcels_own_carrier_is_believed() -> None:
    theirs = tracker("1Z1", carrier="UPS", created_at="2030-05-02T08:00:00Z", tracking_details=[DETAIL | {"status": "delivered"}])
    older = tracker("1Z1", created_at="2030-04-01T08:00:00Z", tracking_details=[DETAIL | {"status": "failure"}])
    remote = EasyPosts([theirs, older, tracker("1Z1")])

    (told,) = remote.told(Parcel(tracking_number="1Z1", carrier="USPS"))

    assert isinstance(told, Tracked)
    assert [event.state for event in told.events] == ["in_transit"]


def test_a_tracker_from_before_the_number_was_given_anew_is_not_believed() -> None:
    stamp = (NOW - timedelta(days=91)).isoformat()
    old = tracker("1Z1", created_at=stamp, tracking_details=[DETAIL | {"status": "delivered"}])
    remote = EasyPosts([old], {"1Z1": httpx.Response(201, json=tracker("1Z1"))})

    (told,) = remote.told("1Z1")

    assert isinstance(told, Tracked)
    assert [event.state for event in told.events] == ["in_transit"]


def test_a_number_written_otherwise_is_the_same_parcel() -> None:
    remote = EasyPosts(makes={"1z 1": httpx.Response(201, json=tracker("1Z1"))})

    told = remote.told("1z 1", "1Z1")

    assert numbers(told) == [("1z 1", True)]


@pytest.mark.parametrize("strange", [{"created_at": None}, {"created_at": "yesterday"}, {"carrier": 7}])
def test_a_tracker_of_nobody_knows_whom_spares_the_others(strange: dict[str, Any]) -> None:
    told = EasyPosts([tracker("1Z1", **strange), tracker("1Z2")]).told("1Z1", "1Z2")

    assert numbers(told) == [("1Z1", False), ("1Z2", True)]


def test_a_parcel_at_which_the_remote_fails_spares_the_others() -> None:
    remote = EasyPosts([tracker("1Z2")], {"1Z1": httpx.Response(500)})

    told = remote.told("1Z1", "1Z2")

    assert numbers(told) == [("1Z1", False), ("1Z2", True)]


@pytest.mark.parametrize(("status", "error"), [(429, TransientError), (402, ContractError)])
def test_what_is_no_matter_of_one_parcel_stops_the_following(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        EasyPosts(makes={"1Z1": httpx.Response(status)}).told("1Z1")
