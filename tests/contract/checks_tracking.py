"""What following parcels promises: each way as it was, in UTC, the same each time, and one parcel's trouble is nobody else's."""

from datetime import UTC

import pytest

from model.errors import AuthError, TransientError
from model.records.tracking import Parcel, Tracked, Untracked
from tests.contract import faults
from tests.contract.checks_failing import proofs_of
from tests.contract.faults import Fault, always, every_other
from tests.contract.remote import Remote
from tests.contract.stand_tracking import MANY, TrackingStand, number_of

NEWS_TO_ALL = "1Z999999"
"""A parcel of which nobody knows anything yet."""
STRANGE = "levitating"


def every_way_is_told(stand: TrackingStand) -> None:
    """Each parcel's states at their times, whether the vendor followed it before or not."""
    remote = stand.remote()
    told = stand.told(stand.link(remote), stand.parcels())
    assert set(told) == set(remote.ways.parcels)
    for number, way in remote.ways.parcels.items():
        tracked = told[number]
        assert isinstance(tracked, Tracked)
        assert {(event.state, event.at) for event in tracked.events} == set(way.events)


def every_event_is_in_utc(stand: TrackingStand) -> None:
    """A time without a zone, or in another one, would be told wrong by hours."""
    told = [each for each in stand.told(stand.link(), stand.parcels()).values() if isinstance(each, Tracked)]
    moments = [event.at for tracked in told for event in tracked.events]
    assert len(moments) > MANY
    assert {moment.tzinfo for moment in moments} == {UTC}


def told_twice_it_is_the_same(stand: TrackingStand) -> None:
    """A parcel of which nothing new is known is told in the same events, so that nothing is booked twice."""
    remote = stand.remote()
    link = stand.link(remote)
    first, again = stand.told(link, stand.parcels()), stand.told(link, stand.parcels())
    assert first == again == stand.told(stand.link(remote), stand.parcels())


def a_parcel_nobody_knows_is_left_out(stand: TrackingStand) -> None:
    """That nothing is known of it yet is no news, and no trouble either."""
    told = stand.told(stand.link(), [Parcel(tracking_number=NEWS_TO_ALL), *stand.parcels()])
    assert set(told) == {parcel.tracking_number for parcel in stand.parcels()}


def a_refused_parcel_spares_the_others(stand: TrackingStand) -> None:
    """One whose number the vendor does not take is told as such, and all others are told."""
    remote = stand.remote()
    way = remote.ways.parcels[number_of(MANY - 1)]
    way.is_refused, way.is_followed = True, False
    _spares_the_others(stand, remote, number_of(MANY - 1))


def an_unreadable_parcel_spares_the_others(stand: TrackingStand) -> None:
    """One of which the vendor says a word that nobody knows is told with the way out, and all others are told."""
    remote = stand.remote()
    remote.ways.parcels[number_of(3)].strange_word = STRANGE
    assert STRANGE in (reason := _spares_the_others(stand, remote, number_of(3)))
    assert "settings.statuses" in reason


def the_order_of_asking_means_nothing(stand: TrackingStand) -> None:
    """Who is asked for first is told no otherwise than who is asked for last."""
    parcels = stand.parcels()
    assert stand.told(stand.link(), parcels) == stand.told(stand.link(), parcels[::-1])


def a_parcel_asked_for_twice_is_told_once(stand: TrackingStand) -> None:
    """Orders share parcels; their way is one."""
    parcels = [*stand.parcels(), *stand.parcels()[::-1]]
    assert stand.told(stand.link(), parcels) == stand.told(stand.link(), stand.parcels())


def asking_about_no_parcel_asks_nothing(stand: TrackingStand) -> None:
    """No parcels, no requests."""
    link = stand.link()
    assert stand.batches(link, []) == []
    assert link.asked == []


def a_lost_answer_about_parcels_is_asked_for_again(stand: TrackingStand) -> None:
    """To ask again is harmless, also where asking begins the following."""
    for spoil in (faults.dropped, faults.cut, faults.for_people):
        remote = stand.remote()
        assert stand.told(stand.link(Fault(remote, spoil, every_other)), stand.parcels()) == stand.told(stand.link(), stand.parcels())


def an_outage_says_nothing_of_parcels(stand: TrackingStand) -> None:
    """That the vendor is down is no trouble of any parcel: nothing is told, and it is said that it may be asked again."""
    for spoil in (faults.status(503), faults.status(500), faults.unreachable):
        told: list[Tracked | Untracked] = []
        with pytest.raises(TransientError):
            told += stand.batches(stand.link(Fault(stand.remote(), spoil, always)), stand.parcels())
        assert told == []


def refused_credentials_stop_the_following(stand: TrackingStand) -> None:
    """A 401 is an operator's matter; nobody knocks sixty times."""
    link = stand.link(Fault(stand.remote(), faults.status(401), always))
    with pytest.raises(AuthError):
        stand.batches(link, stand.parcels())
    assert len(link.asked) == 1


def following_is_signed_and_tells_no_secret(stand: TrackingStand) -> None:
    """Every request proves by its headers who asks, and no address holds the proof."""
    link = stand.link()
    stand.batches(link, stand.parcels())
    assert link.secrets()
    for request in link.asked:
        proof = " ".join(proofs_of(request))
        assert all(secret in proof and secret not in str(request.url) for secret in link.secrets())


def _spares_the_others(stand: TrackingStand, remote: Remote, number: str) -> str:
    told = stand.told(stand.link(remote), stand.parcels())
    untold = told.pop(number, None)
    assert isinstance(untold, Untracked)
    assert set(told) == {parcel.tracking_number for parcel in stand.parcels()} - {number}
    assert all(isinstance(each, Tracked) for each in told.values())
    return untold.reason


TRACKING = (
    every_way_is_told,
    every_event_is_in_utc,
    told_twice_it_is_the_same,
    a_parcel_nobody_knows_is_left_out,
    a_refused_parcel_spares_the_others,
    an_unreadable_parcel_spares_the_others,
    the_order_of_asking_means_nothing,
    a_parcel_asked_for_twice_is_told_once,
    asking_about_no_parcel_asks_nothing,
    a_lost_answer_about_parcels_is_asked_for_again,
    an_outage_says_nothing_of_parcels,
    refused_credentials_stop_the_following,
    following_is_signed_and_tells_no_secret,
)
