"""How PayPal knows us: client id and secret are changed for an access token, which the other requests bear.

The token lives as long as the connector. One that has expired meanwhile is refused (401) and changed for another once.
"""

from collections.abc import Generator

import httpx
import msgspec

from model.errors import TransientError

PATH = "v1/oauth2/token"
REFUSED = 401


class _Token(msgspec.Struct):
    access_token: str


class ClientCredentials(httpx.Auth):
    """OAuth 2.0 client credentials (RFC 6749 §4.4). A token request that fails stands for the request that needed it."""

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self._url = f"{base_url}{PATH}"
        self._basic = httpx.BasicAuth(client_id, client_secret)
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Ask for a token where there is none, then for what is wanted."""
        is_fresh = self._token is None
        if self._token is None:
            told = yield from self._ask()
            if not told.is_success:
                return
            self._token = _token_in(told)
        answer = yield self._signed(request, self._token)
        if answer.status_code != REFUSED or is_fresh:
            return
        self._token = None
        told = yield from self._ask()
        if told.is_success:
            self._token = _token_in(told)
            yield self._signed(request, self._token)

    def _ask(self) -> Generator[httpx.Request, httpx.Response, httpx.Response]:
        asked = httpx.Request("POST", self._url, data={"grant_type": "client_credentials"})
        return (yield next(self._basic.auth_flow(asked)))

    def _signed(self, request: httpx.Request, token: str) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {token}"
        return request


def _token_in(answer: httpx.Response) -> str:
    try:
        return msgspec.json.decode(answer.read(), type=_Token).access_token
    except msgspec.DecodeError as error:
        raise TransientError(f"{PATH}: the answer is not readable") from error
