"""Cut a page into the raw bytes of its records without decoding them, so that one unreadable record never costs its neighbours."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from model.errors import TransientError

P = TypeVar("P")

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def split_page(
    body: bytes,
    decoder: msgspec.json.Decoder[P],
    records: Callable[[P], Sequence[msgspec.Raw]],
    *,
    array: bytes,
    where: str,
) -> tuple[P, tuple[bytes, ...]]:
    """The page's envelope and the raw slices of its record array.

    `decoder` reads the envelope and leaves the records raw, `records` picks them out of it; `array` is the key before the array
    (`b"orders"`), or empty when the page is the array itself, for the slower cut of a page that holds an unreadable record.
    A page that is cut off, or no JSON at all, is a TransientError: it is asked for again and nothing of it is used.
    """
    try:
        page = decoder.decode(body)
        return page, tuple(bytes(raw) for raw in records(page))
    except msgspec.ValidationError as error:
        raise TransientError(f"{where}: the page has another shape than expected: {error}") from error
    except msgspec.DecodeError:
        start = _array_start(body, array, where)
    slices, end = _cut_by_brackets(body, start, where)
    try:
        return decoder.decode(body[: start + 1] + b"]" + body[end:]), slices
    except msgspec.DecodeError as error:
        raise TransientError(f"{where}: the page is not readable JSON") from error


def _array_start(body: bytes, array: bytes, where: str) -> int:
    match = re.search(rb'"' + re.escape(array) + rb'"\s*:\s*\[' if array else rb"\A\s*\[", body)
    if match is None:
        raise TransientError(f"{where}: the page is not readable JSON")
    return match.end() - 1


def _cut_by_brackets(body: bytes, start: int, where: str) -> tuple[tuple[bytes, ...], int]:
    """Slices between the commas of the array at `start`, whatever stands in them, and the place after its closing bracket."""
    slices: list[bytes] = []
    depth, begin = 0, start + 1
    for token in _TOKEN.finditer(body, start):
        mark = token.group()
        depth += (mark in (b"[", b"{")) - (mark in (b"]", b"}"))
        if depth == 0 or (depth == 1 and mark == b","):
            piece = body[begin : token.start()].strip()
            slices += [piece] if piece else []
            begin = token.end()
        if depth == 0:
            return tuple(slices), token.end()
    raise TransientError(f"{where}: the page ends in the middle")
