"""One HTTP exchange as the street sees it: a request, an answer, and how the answer misbehaves on the wire."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal, TypeAlias, cast
from urllib.parse import parse_qsl

Tree: TypeAlias = dict[str, object]
Behaviour: TypeAlias = Literal["plain", "refuse", "reset", "stall", "cut"]
Clock: TypeAlias = Callable[[], datetime]
PLAIN: Behaviour = "plain"
JSON_HEADERS = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. `path` is decoded, `query` is the raw query string, header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def parameters(self) -> dict[str, str]:
        """Gives the query's parameters; of a repeated `name[]` the values are joined by commas, as one `name`."""
        found: dict[str, str] = {}
        for key, value in parse_qsl(self.query, keep_blank_values=True):
            name = key.removesuffix("[]")
            found[name] = f"{found[name]},{value}" if name in found else value
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop answers. `behaviour` other than "plain" says what the transport does instead of sending it whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    behaviour: Behaviour = PLAIN


def dumps(value: object, *, ascii_only: bool = False) -> bytes:
    """Gives compact JSON bytes; `ascii_only` escapes every other letter as PHP does."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only).encode()


def answer_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Gives an answer with a JSON body."""
    return Answer(status, {**JSON_HEADERS, **(headers or {})}, dumps(value))


def tree_of(value: object) -> Tree:
    """Gives `value` as a JSON object, an empty one where it is anything else."""
    return cast("Tree", value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """Gives `value` as a JSON list, an empty one where it is anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def http_date(moment: datetime) -> str:
    """Gives `moment` in the form of the Date header (RFC 9110 §5.6.7)."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def replaced(
    answer: Answer,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    behaviour: Behaviour | None = None,
) -> Answer:
    """Gives the answer with these parts of it replaced."""
    return Answer(
        answer.status if status is None else status,
        answer.headers if headers is None else headers,
        answer.body if body is None else body,
        behaviour or answer.behaviour,
    )
