"""Lies about patience, signatures and secrets."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import httpx
from tenacity import RetryCallState

from connectors._kit import ChannelSettings, Wiring
from connectors._kit.http import Pause
from tests.contract.lying import Send, on_the_wire, wired


class _Hasty(Pause):
    def before_retry(self, state: RetryCallState) -> float:  # noqa: ARG002  it does not listen
        return 0


def _refuse_to_wait(_seconds: float) -> None:
    raise AssertionError("will not wait")


@wired
def waits_for_nobody(_settings: ChannelSettings, wiring: Wiring) -> Wiring:
    return replace(wiring, pause=_Hasty(wiring.pause.sleep, wiring.pause.chance))


@wired
def asks_only_once(_settings: ChannelSettings, wiring: Wiring) -> Wiring:
    return replace(wiring, pause=Pause(_refuse_to_wait, wiring.pause.chance))


@on_the_wire
def believes_every_wish(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    answer = send(request)
    if "retry-after" in answer.headers:
        int(answer.headers["retry-after"])
    return answer


@on_the_wire
def overhears_long_wishes(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    answer = send(request)
    answer.headers.pop("retry-after", None)
    return answer


@on_the_wire
def leaves_the_trash_alone(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    if request.url.params.get("status") == "trash":
        request.url = request.url.copy_merge_params({"modified_after": "2000-01-01T00:00:00", "modified_before": "2000-01-01T00:00:00"})
    return send(request)


@on_the_wire
def looks_at_one_clock(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    for start, end in (("LastTrackingUpdateStartDate", "LastTrackingUpdateEndDate"), ("voidDateStart", "voidDateEnd")):
        if start in request.url.params:
            request.url = request.url.copy_merge_params({end: request.url.params[start]})
    return send(request)


@on_the_wire
def does_not_sign(send: Send, request: httpx.Request, secrets: list[str]) -> httpx.Response:
    for name in [name for name, value in request.headers.items() if name == "authorization" or "token" in name or value in secrets]:
        del request.headers[name]
    return send(_without_signature(request))


def _without_signature(request: httpx.Request) -> httpx.Request:
    told = parse_qsl(request.content.decode()) if "form-urlencoded" in request.headers.get("content-type", "") else []
    if "sign" not in dict(told):
        return request
    kept = urlencode([pair for pair in told if pair[0] != "sign"])
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return httpx.Request(request.method, request.url, headers=headers, content=kept)


@on_the_wire
def writes_its_secret_into_the_address(send: Send, request: httpx.Request, secrets: list[str]) -> httpx.Response:
    request.url = request.url.copy_merge_params({"key": secrets[0]})
    return send(request)
