"""Several writes are under way at once: none is lost, none is sent twice, and whoever stops knows what was started."""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from fractions import Fraction

import httpx
import pytest

from connectors._kit.http import Http
from connectors._kit.lanes import LOST_IN_A_ROW, UNREAD_ANSWERS, Sending
from connectors._kit.writes import Write
from connectors.capabilities import Rate
from model.errors import AuthError, ConfigError, HubError, RejectedError, TransientError

FAST = Rate(Fraction(1_000_000), burst=100_000)
LANES = 8


class Remote:
    """Counts what arrives on every lane; `answering` answers it."""

    def __init__(self, answering: Callable[[int], httpx.Response] = lambda _: httpx.Response(200)) -> None:
        self.answering: Callable[[int], httpx.Response] = answering
        self.arrived: Counter[int] = Counter()
        self.opened = 0
        self.lock = threading.Lock()

    def transport(self) -> httpx.MockTransport:
        self.opened += 1
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.rpartition("/")[2])
        with self.lock:
            self.arrived[number] += 1
        return self.answering(number)

    def http(self) -> Http:
        return Http("https://shop.example.com/", transport=httpx.MockTransport(self.answer), lanes=LANES, another=self.transport)


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def http(remote: Remote) -> Generator[Http]:
    with closing(remote.http()) as http:
        yield http


def writes(count: int) -> list[Write]:
    return [Write(method="PUT", path=f"stock/{number}", body={"level": number}) for number in range(count)]


def errors(sending: Sending) -> list[type[HubError] | None]:
    told = sorted(sending, key=lambda written: written.place)
    assert [written.place for written in told] == list(range(len(told)))
    return [type(written.error) if written.error else None for written in told]


def lanes_at_work() -> int:
    """Threads that are more than about to end."""
    lanes = [thread for thread in threading.enumerate() if thread.name.startswith("lane")]
    for thread in lanes:
        thread.join(1)
    return sum(thread.is_alive() for thread in lanes)


def fail(error: Exception) -> httpx.Response:
    raise error


def test_every_write_arrives_once_and_is_answered_once(remote: Remote, http: Http) -> None:
    assert errors(http.send_each(writes(2000), FAST)) == [None] * 2000
    assert remote.arrived == dict.fromkeys(range(2000), 1)


def test_as_many_are_under_way_at_once_as_there_are_lanes(remote: Remote, http: Http) -> None:
    meeting = threading.Barrier(LANES, timeout=20)
    remote.answering = lambda _: (meeting.wait(), httpx.Response(200))[1]

    assert errors(http.send_each(writes(3 * LANES), FAST)) == [None] * 3 * LANES


def test_lanes_are_opened_as_they_are_needed_and_kept(remote: Remote, http: Http) -> None:
    slow = Rate(Fraction(200), burst=1)
    list(http.send_each(writes(20), slow))
    after_the_first = remote.opened
    list(http.send_each(writes(20), slow))

    assert 1 <= after_the_first <= 3
    assert remote.opened <= after_the_first + 1


def test_a_refused_write_costs_no_other_lane_its_answer(remote: Remote, http: Http) -> None:
    remote.answering = lambda number: httpx.Response(422 if number % 3 == 0 else 200)

    assert errors(http.send_each(writes(300), FAST)) == [RejectedError, None, None] * 100


def test_what_was_turned_away_is_sent_again_by_the_same_lane(remote: Remote, http: Http) -> None:
    remote.answering = lambda number: httpx.Response(
        429 if remote.arrived[number] == 1 and number == 5 else 200, headers={"retry-after": "0"}
    )

    assert errors(http.send_each(writes(50), FAST)) == [None] * 50
    assert remote.arrived[5] == 2


def test_refused_credentials_stop_all_lanes(remote: Remote, http: Http) -> None:
    remote.answering = lambda number: httpx.Response(401 if number >= 10 else 200)

    found = errors(http.send_each(writes(1000), FAST))

    assert found == [None] * 10 + [AuthError] * 990
    assert len(remote.arrived) <= 10 + LANES


def test_a_remote_that_never_answers_is_left_alone(remote: Remote, http: Http) -> None:
    remote.answering = lambda _: fail(httpx.ReadTimeout("slow"))

    assert errors(http.send_each(writes(1000), FAST)) == [TransientError] * 1000
    assert len(remote.arrived) <= LOST_IN_A_ROW + LANES


def test_a_lane_that_breaks_ends_the_sending_after_the_answers_of_the_others(remote: Remote, http: Http) -> None:
    meeting = threading.Barrier(LANES, timeout=20)
    remote.answering = lambda number: (meeting.wait(), fail(ConfigError("private")) if number == 3 else httpx.Response(200))[1]
    told: list[int] = []

    with pytest.raises(ConfigError, match="private"):
        told.extend(written.place for written in http.send_each(writes(LANES), FAST))

    assert sorted(told) == [number for number in range(LANES) if number != 3]


def test_whoever_stops_knows_what_was_started(remote: Remote, http: Http) -> None:
    sending = http.send_each(writes(5000), FAST)
    for _ in range(10):
        next(sending)

    sending.close()

    assert remote.arrived == dict.fromkeys(range(sending.started), 1)
    assert lanes_at_work() == 0


def test_letting_go_of_the_answers_stops_the_lanes(remote: Remote, http: Http) -> None:
    def interrupted() -> None:
        for written in http.send_each(writes(5000), FAST):
            if written.place > 10:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert lanes_at_work() == 0
    assert len(remote.arrived) <= 11 + UNREAD_ANSWERS + 2 * LANES


def test_a_rest_of_the_account_does_not_hold_up_whoever_stops(remote: Remote, http: Http) -> None:
    remote.answering = lambda number: httpx.Response(429 if number == 5 else 200, headers={"retry-after": "20"})
    sending = http.send_each(writes(100), FAST)
    for _ in range(5):
        next(sending)

    sending.close()

    assert lanes_at_work() == 0


def test_nobody_sends_ahead_of_a_reader_who_is_slow(http: Http) -> None:
    sending = http.send_each(writes(5000), FAST)
    next(sending)
    for _ in range(50):
        threading.Event().wait(0.002)

    assert sending.started <= 1 + UNREAD_ANSWERS + 2 * LANES
    sending.close()


def test_nothing_to_send_opens_nothing(remote: Remote, http: Http) -> None:
    assert list(http.send_each([], FAST)) == []
    assert remote.opened == 0
