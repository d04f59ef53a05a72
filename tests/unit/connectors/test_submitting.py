"""A command is sent once, its very bytes, and what its failure leaves open is told by the error."""

from collections.abc import Callable

import httpx
import pytest

from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Http, Pause
from model.errors import AuthError, HubError, RejectedError, TransientError

Answering = Callable[[httpx.Request], httpx.Response]


def status(code: int) -> Answering:
    return lambda _request: httpx.Response(code, headers={"retry-after": "9"})


def fails(error: Exception) -> Answering:
    def failing(_request: httpx.Request) -> httpx.Response:
        raise error

    return failing


def submitted(answer: Answering) -> tuple[list[httpx.Request], HubError | None]:
    """What left, and how it ended."""
    asked: list[httpx.Request] = []

    def noted(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    http = Http("https://ships.example.com/api/", transport=httpx.MockTransport(noted), pause=Pause(sleep=lambda _: None))
    try:
        http.submit("POST", "order", b'{"ref": "F1"}', {"X-Key": "k"})
    except HubError as error:
        return asked, error
    return asked, None


def test_a_command_leaves_once_as_it_was_written() -> None:
    asked, error = submitted(status(201))

    assert error is None
    assert [(each.method, each.url.path, each.content, each.headers["x-key"]) for each in asked] == [
        ("POST", "/api/order", b'{"ref": "F1"}', "k")
    ]


@pytest.mark.parametrize("answer", [status(429), fails(httpx.ConnectError("no")), fails(httpx.ConnectTimeout("no"))])
def test_what_did_certainly_nothing_is_told_apart(answer: Answering) -> None:
    asked, error = submitted(answer)

    assert type(error) is TurnedAwayError
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [status(503), status(500), fails(httpx.ReadTimeout("slow")), fails(httpx.WriteError("cut"))])
def test_what_may_have_been_done_is_neither_sent_again_nor_called_undone(answer: Answering) -> None:
    asked, error = submitted(answer)

    assert type(error) is TransientError
    assert len(asked) == 1


def test_a_wish_to_wait_is_handed_on() -> None:
    _, error = submitted(status(503))

    assert isinstance(error, TransientError)
    assert error.retry_after == 9


@pytest.mark.parametrize(("code", "kind"), [(401, AuthError), (422, RejectedError)])
def test_a_refusal_is_final(code: int, kind: type[HubError]) -> None:
    _, error = submitted(status(code))

    assert type(error) is kind
