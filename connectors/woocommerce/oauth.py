"""OAuth 1.0a without tokens ("one-legged", HMAC-SHA256): how WooCommerce wants to be asked over plain http.

Source: WooCommerce REST API v3, "Authentication over HTTP"; RFC 5849 §3.4. The shop reads the parameters from the query string.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Generator
from urllib.parse import quote

import httpx


class OneLegged(httpx.Auth):
    """Signs each request; `now` gives seconds since 1970 and `nonce` a text that is never used twice."""

    def __init__(
        self,
        key: str,
        secret: str,
        *,
        now: Callable[[], float] = time.time,  # noqa: TID251  the door itself: whoever tests or simulates hands in another clock
        nonce: Callable[[], str] = secrets.token_hex,
    ) -> None:
        self._key = key
        self._secret = secret
        self._now = now
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with its signature in the query."""
        params = [(name, value) for name, value in request.url.params.multi_items() if not name.startswith("oauth_")]
        params += [
            ("oauth_consumer_key", self._key),
            ("oauth_nonce", self._nonce()),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", str(int(self._now()))),
        ]
        address = str(request.url.copy_with(query=None, fragment=None))
        params.append(("oauth_signature", signature(request.method, address, params, self._secret)))
        request.url = request.url.copy_with(query="&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in params).encode())
        yield request


def signature(method: str, address: str, params: list[tuple[str, str]], secret: str) -> str:
    """Base64 of the HMAC-SHA256 over method, address and sorted parameters (RFC 5849 §3.4.1); the key is the secret and `&`."""
    normalised = "&".join(f"{name}={value}" for name, value in sorted((_escaped(name), _escaped(value)) for name, value in params))
    base = f"{method.upper()}&{_escaped(address)}&{_escaped(normalised)}"
    digest = hmac.new(f"{_escaped(secret)}&".encode(), base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _escaped(text: str) -> str:
    """Percent-encoding of RFC 3986, which leaves only letters, digits and `-._~` as they are."""
    return quote(text, safe="-._~")
