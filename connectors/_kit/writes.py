"""Many small writes: each sent once, in order, under one account's rate limit; every answer is told, none is guessed.

Only what certainly did not reach the remote, or was turned away for haste (429, 503), is sent again. An answer that never came is an
error of that write alone: whoever asked reads back before it asks again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from connectors._kit.exchange import Answer
from model.errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One request that sets an absolute state, so that sending it twice does no harm."""

    method: str
    path: str
    body: object
    """What is sent as JSON; bytes are sent as they are, to be dressed by who signs them."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    check: Callable[[Answer], object] | None = None
    """Raises what a remote says with status 200 that others say by the status: that it turns the write away, refuses it or the account."""


class Content(TypedDict, total=False):
    """How httpx is told what a request carries."""

    content: bytes
    json: object


def content_of(body: object) -> Content:
    """Bytes as they are, anything else as JSON."""
    return {"content": body} if isinstance(body, bytes) else {"json": body}


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the write at a place in the order they were given: an answer, or why there is none."""

    place: int
    answer: Answer | None
    error: HubError | None
