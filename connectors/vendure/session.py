"""How requests prove who we are when there is no API key: a session, logged in when there is none or when the shop has ended it."""

from collections.abc import Generator

import httpx
from pydantic import SecretStr

from connectors.vendure.queries import LOGIN
from model.errors import AuthError

TOKEN = "vendure-auth-token"  # noqa: S105  the name of a header


class Session(httpx.Auth):
    """Logs in with the first request.

    A shop that has ended a session answers 200 with FORBIDDEN, which only the reader of the body sees; it then calls `renew`.
    """

    def __init__(self, username: str, password: SecretStr) -> None:
        self._username = username
        self._password = password
        self._token: str | None = None
        self._proven = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request, logging in before it where needed and once more where it is refused.

        A login that fails by its status (429, 503, …) is the answer to the request, so that it is treated like any other.
        """
        if self._token is None and not (yield from self._login(request)):
            return
        request.headers["authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code in {401, 403} and self.renew() and (yield from self._login(request)):
            request.headers["authorization"] = f"Bearer {self._token}"
            yield request

    def proven(self) -> None:
        """The session was good for an answer."""
        self._proven = True

    def renew(self) -> bool:
        """Forget a session that once was good, so that the next request logs in; False if it never was: logging in again is no help."""
        if not self._proven:
            return False
        self._token, self._proven = None, False
        return True

    def _login(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, bool]:
        variables = {"username": self._username, "password": self._password.get_secret_value()}
        response = yield httpx.Request("POST", request.url, json={"query": LOGIN, "variables": variables})
        self._token = response.headers.get(TOKEN) or None
        self._proven = False
        if self._token is None and response.is_success:
            raise AuthError("login: the shop refuses this user and password")
        return self._token is not None
