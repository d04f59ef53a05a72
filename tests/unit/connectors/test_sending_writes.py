"""Many small writes are each sent once; what happened to each is told, and nothing is guessed."""

import gc
from collections.abc import Callable
from fractions import Fraction

import httpx
import pytest

from connectors._kit.http import ATTEMPTS, PATIENCE_S, Http, Pause
from connectors._kit.lanes import LOST_IN_A_ROW
from connectors._kit.writes import Write, Written
from connectors.capabilities import Rate
from model.errors import AuthError, ConfigError, ContractError, HubError, RejectedError, TransientError

FAST = Rate(Fraction(1_000_000), burst=100_000)


class Remote:
    """Answers writes to `/stock/N`; `faults` names what befalls each arrival of N, first to last, then all is well."""

    def __init__(self, faults: dict[int, list[Callable[[httpx.Request], httpx.Response]]] | None = None) -> None:
        self.faults = faults or {}
        self.arrived: list[int] = []
        self.naps: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.rpartition("/")[2])
        self.arrived.append(number)
        waiting = self.faults.get(number, [])
        return waiting.pop(0)(request) if waiting else httpx.Response(200, content=request.content)

    def http(self) -> Http:
        pause = Pause(sleep=self.naps.append, chance=lambda: 1, clock=lambda: 0.0)
        return Http("https://shop.example.com/api/", transport=httpx.MockTransport(self), pause=pause)

    def send(self, count: int, rate: Rate = FAST) -> list[Written]:
        return sorted(self.http().send_each(writes(count), rate), key=lambda written: written.place)


def writes(count: int) -> list[Write]:
    return [Write(method="PUT", path=f"stock/{number}", body={"level": number}, headers={"X-Key": f"k{number}"}) for number in range(count)]


def status(code: int, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(code, headers=named)


def fails(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def failing(_request: httpx.Request) -> httpx.Response:
        raise error

    return failing


def kinds(told: list[Written]) -> list[type[HubError] | None]:
    return [type(written.error) if written.error else None for written in told]


def test_every_write_is_sent_once_in_order_with_its_body_and_headers() -> None:
    asked: list[tuple[str, str, bytes, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, request.content, request.headers["x-key"]))
        return httpx.Response(200)

    http = Http("https://shop.example.com/api/", transport=httpx.MockTransport(answer), pause=Pause(sleep=lambda _: None))

    told = list(http.send_each(writes(3), FAST))

    assert asked == [("PUT", f"/api/stock/{n}", b'{"level":%d}' % n, f"k{n}") for n in range(3)]
    assert [(written.place, written.error) for written in told] == [(0, None), (1, None), (2, None)]


def test_an_answer_is_handed_over_whole() -> None:
    told = Remote().send(2)

    assert [written.answer.body for written in told if written.answer] == [b'{"level":0}', b'{"level":1}']


def test_nothing_to_send_sends_nothing() -> None:
    remote = Remote()

    assert remote.send(0) == []
    assert remote.arrived == []


@pytest.mark.parametrize("fault", [status(429), status(503), fails(httpx.ConnectError("no")), fails(httpx.ConnectTimeout("no"))])
def test_what_did_nothing_is_sent_again(fault: Callable[[httpx.Request], httpx.Response]) -> None:
    remote = Remote({1: [fault, fault]})

    told = remote.send(3)

    assert kinds(told) == [None, None, None]
    assert sorted(remote.arrived) == [0, 1, 1, 1, 2]


@pytest.mark.parametrize(
    "fault",
    [fails(httpx.ReadTimeout("slow")), fails(httpx.RemoteProtocolError("gone")), fails(httpx.WriteError("cut")), status(500), status(502)],
)
def test_what_may_have_been_written_is_not_sent_again(fault: Callable[[httpx.Request], httpx.Response]) -> None:
    remote = Remote({1: [fault]})

    told = remote.send(3)

    assert kinds(told) == [None, TransientError, None]
    assert remote.arrived == [0, 1, 2]


@pytest.mark.parametrize(("code", "error"), [(404, RejectedError), (422, RejectedError), (405, ContractError)])
def test_a_refusal_is_told_and_spares_the_neighbours(code: int, error: type[HubError]) -> None:
    remote = Remote({1: [status(code)]})

    assert kinds(remote.send(3)) == [None, error, None]
    assert remote.arrived == [0, 1, 2]


def test_refused_credentials_are_not_tried_again_for_the_rest() -> None:
    remote = Remote({1: [status(401)]})

    assert kinds(remote.send(5)) == [None, AuthError, AuthError, AuthError, AuthError]
    assert remote.arrived == [0, 1]


def test_a_wish_to_wait_is_granted() -> None:
    remote = Remote({0: [status(429, retry_after="7")]})

    assert kinds(remote.send(2)) == [None, None]
    assert sum(remote.naps) == pytest.approx(7)


def test_a_wish_beyond_patience_ends_the_sending() -> None:
    remote = Remote({1: [status(429, retry_after=str(PATIENCE_S + 1))]})

    told = remote.send(4)

    assert [error.retry_after for written in told if isinstance(error := written.error, TransientError)] == [PATIENCE_S + 1] * 3
    assert remote.arrived == [0, 1]


def test_a_remote_that_cannot_be_reached_is_not_tried_for_each_write() -> None:
    remote = Remote({0: [fails(httpx.ConnectError("no"))] * 99})

    assert [isinstance(written.error, TransientError) for written in remote.send(50)] == [True] * 50
    assert remote.arrived == [0] * ATTEMPTS


def test_a_remote_that_never_answers_is_left_alone_after_a_while() -> None:
    lost = fails(httpx.ReadTimeout("slow"))
    remote = Remote({number: [lost] for number in range(100)})

    assert kinds(remote.send(100)) == [TransientError] * 100
    assert remote.arrived == list(range(LOST_IN_A_ROW))


def test_lost_answers_among_good_ones_stop_nothing() -> None:
    lost = fails(httpx.ReadTimeout("slow"))
    remote = Remote({number: [lost] for number in range(100) if number % LOST_IN_A_ROW})

    told = remote.send(100)

    assert len(remote.arrived) == 100
    assert kinds(told).count(None) == 100 // LOST_IN_A_ROW


def test_a_forbidden_address_is_the_operators_business() -> None:
    remote = Remote({1: [fails(ConfigError("shop.example.com: resolves to a private address"))]})

    with pytest.raises(ConfigError, match="private"):
        remote.send(3)


def test_writes_keep_to_the_rate() -> None:
    remote = Remote()

    remote.send(11, Rate(Fraction(2), burst=1))

    assert sum(remote.naps) == pytest.approx(5)


def test_two_sendings_of_one_account_share_its_rate() -> None:
    remote = Remote()
    http, rate = remote.http(), Rate(Fraction(2), burst=1)

    list(http.send_each(writes(4), rate))
    list(http.send_each(writes(4), rate))

    assert sum(remote.naps) == pytest.approx(3.5)


def test_giving_up_leaves_the_rest_unsent_and_says_what_was_started() -> None:
    remote = Remote()
    sending = remote.http().send_each(writes(10), FAST)

    told = [next(sending).place, next(sending).place]

    assert told == remote.arrived == [0, 1]
    assert sending.started == 2


def test_writes_leave_nothing_to_the_garbage_collector() -> None:
    http = Remote().http()
    list(http.send_each(writes(10), FAST))
    gc.collect()
    gc.disable()

    try:
        list(http.send_each(writes(100), FAST))
        found = gc.collect()
    finally:
        gc.enable()

    assert found < 100  # a ring in each exchange would leave dozens of objects for each
