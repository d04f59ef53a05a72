"""Many small writes: each sent once, in order, under one account's rate limit; every answer is told, none is guessed.

Only what certainly did not reach the remote, or was turned away for haste (429, 503), is sent again. An answer that never came is an
error of that write alone: whoever asked reads back before it asks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors._kit.exchange import Answer
from model.errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One request that sets an absolute state, so that sending it twice does no harm."""

    method: str
    path: str
    body: object
    """What is sent as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the write at a place in the order they were given: an answer, or why there is none."""

    place: int
    answer: Answer | None
    error: HubError | None
