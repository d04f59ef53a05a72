"""Whether a request is signed as its vendor wants it, by a reckoning of our own."""

import hmac
from urllib.parse import parse_qsl

import httpx
from pydantic import BaseModel, SecretStr

from tests.contract.dialects import Signature


def is_signed(form: Signature, settings: BaseModel, request: httpx.Request) -> bool:
    """Whether the signature is right, and all other secrets of the settings stand in what it signs."""
    told = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    signature = told.pop(form.at, "")
    secrets = {
        name: value.get_secret_value() for name in type(settings).model_fields if isinstance(value := getattr(settings, name), SecretStr)
    }
    key = secrets.pop(form.secret)
    text = "".join(name + value for name, value in sorted(told.items()))
    right = hmac.new(key.encode(), text.encode(), form.digest).hexdigest().upper()
    return signature == right and set(secrets.values()) <= set(told.values()) and key not in request.content.decode()
