"""How a request proves who asks: the shop's session and our application's key stand in the form, and a signature over all of it.

Names and values stand one behind the other in the order of the names. `md5` wraps them in the secret; the two HMACs are keyed with it.
A signature is of one moment (Taobao refuses one that is ten minutes off), so each attempt is signed anew.
Source: https://open.taobao.com/doc.htm?docId=101617
"""

import hmac
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from hashlib import md5, sha256
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

import httpx
from pydantic import SecretStr

from connectors.taobao.words import written_time

Method = Literal["md5", "hmac", "hmac-sha256"]

_FORM: Final = "application/x-www-form-urlencoded;charset=utf-8"


def signature(told: Mapping[str, str], secret: str, method: Method) -> str:
    """The signature over names and values, in capital hexadecimal digits."""
    text = "".join(f"{name}{told[name]}" for name in sorted(told)).encode()
    key = secret.encode()
    if method == "md5":
        return md5(key + text + key, usedforsecurity=False).hexdigest().upper()
    return hmac.new(key, text, sha256 if method == "hmac-sha256" else md5).hexdigest().upper()


class Signed(httpx.Auth):
    """Completes a form by who asks and when, and signs it."""

    requires_request_body = True

    def __init__(self, app_key: str, secret: SecretStr, session: SecretStr, method: Method, now: Callable[[], datetime]) -> None:
        self._app_key, self._secret, self._session = app_key, secret, session
        self._method: Method = method
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The same request with all that Taobao wants of every one."""
        told = dict(parse_qsl(request.content.decode(), keep_blank_values=True)) | {
            "app_key": self._app_key,
            "session": self._session.get_secret_value(),
            "timestamp": written_time(self._now()),
            "format": "json",
            "v": "2.0",
            "sign_method": self._method,
        }
        told["sign"] = signature(told, self._secret.get_secret_value(), self._method)
        headers = {name: value for name, value in request.headers.items() if name not in {"content-length", "content-type"}}
        yield httpx.Request(
            request.method,
            request.url,
            headers={**headers, "content-type": _FORM},
            content=urlencode(told).encode(),
            extensions=request.extensions,
        )
