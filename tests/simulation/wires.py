"""What lies between hub and street: time that passes with each exchange, and a stale cache that repeats old answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx

TapeMode = Literal["off", "record", "play"]
_Key = tuple[str, str, str, bytes]
_Kept = tuple[int, list[tuple[str, str]], bytes]


@dataclass(slots=True)
class Tape:
    """Answers of an earlier reading, given again to the very same questions, as a lagging cache before the shop would do."""

    mode: TapeMode = "off"
    kept: dict[_Key, _Kept] = field(default_factory=dict[_Key, _Kept])
    played: int = 0

    def answer(self, request: httpx.Request, live: Callable[[], httpx.Response]) -> httpx.Response:
        """The live answer, or the kept one where the tape plays and knows the question."""
        key = _key(request)
        if self.mode == "play" and key in self.kept:
            self.played += 1
            status, headers, body = self.kept[key]
            return httpx.Response(status, headers=headers, content=body)
        response = live()
        if self.mode == "record" and response.is_success:
            self.kept[key] = response.status_code, response.headers.multi_items(), response.read()
        return response


def _key(request: httpx.Request) -> _Key:
    asked = sorted((name, value) for name, value in request.url.params.multi_items() if not name.startswith("oauth_"))
    return request.method, request.url.path, repr(asked), request.read()


@dataclass(slots=True)
class Wire(httpx.BaseTransport):
    """The street behind a wire: `on_exchange` runs before each question reaches it."""

    street: httpx.BaseTransport
    tape: Tape
    on_exchange: Callable[[], None]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The street's answer, or the tape's."""
        self.on_exchange()
        return self.tape.answer(request, lambda: self.street.handle_request(request))
