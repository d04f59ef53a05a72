"""Base of the shapes a remote sends: the fields we use, validated once from the bytes, with strangers ignored."""

import re
from decimal import Decimal
from typing import Annotated, TypeVar

import jiter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.errors import MalformedError

MAX_BYTES = 4 * 2**20
"""Bytes of one record; a real order of a thousand lines is below one MiB."""

_QUOTED = re.compile(r'"(.*)"', re.DOTALL)
_FIELD_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Amount = Annotated[Decimal, Field(max_digits=24, allow_inf_nan=False)]
"""A decimal amount in major units, as text or number; bounded so that no conversion of it is slow."""


class Payload(BaseModel):
    """A remote object, as far as the mapping needs it."""

    model_config = ConfigDict(frozen=True, extra="ignore", cache_strings="keys", hide_input_in_errors=True)


P = TypeVar("P", bound=BaseModel)


def read_payload(kind: type[P], raw: bytes) -> P:
    """Validate one raw slice, or a MalformedError that names the place and the reason, never the value.

    What JSON parsers quietly accept is refused first: duplicate keys (which of the two is meant?), NaN, lone surrogates, NUL,
    numbers without end, depth without end.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"payload: {len(raw)} bytes, more than {MAX_BYTES}")
    if _ESCAPED_NUL.search(raw) if b"\\u0000" in raw else b"\x00" in raw:
        raise MalformedError("payload: holds a NUL character")
    try:
        fields = jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys", float_mode="decimal")
        return kind.model_validate(fields)
    except ValidationError as error:
        raise MalformedError(_first_places(error)) from None
    except ValueError as error:
        raise MalformedError(f"payload: {_without_values(str(error))}") from None


def _first_places(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    places = [f"{'.'.join(map(str, problem['loc'])) or 'payload'}: {problem['msg'].lower()}" for problem in problems[:3]]
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""  # noqa: PLR2004  three tell the story
    return "; ".join(places) + more


def _without_values(message: str) -> str:
    """What the parser says: kind and place, and of a duplicate key its name, unless it is none that a vendor would give a field."""
    return _QUOTED.sub(lambda quoted: quoted[0] if _FIELD_NAME.fullmatch(quoted[1]) else "…", message)[:200]
