"""Cut a page into the raw bytes of its records without decoding them, so that one unreadable record never costs its neighbours."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from model.errors import TransientError

P = TypeVar("P")

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}"]', re.DOTALL)
_OPENING = re.compile(rb"\s*\{")
_MEMBER = re.compile(rb'\s*("(?:[^"\\]++|\\.)*+")\s*:\s*("(?:[^"\\]++|\\.)*+"|[^\s"\[\]{},:]++|(?=[\[{]))', re.DOTALL)
_COMMA = re.compile(rb"\s*,")
_ID = re.compile(rb'"[^"\\\x00-\x20\x7f-\xff]{1,200}"|\d{1,20}')


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


def decoded(body: bytes, kind: type[P], where: str) -> P:
    """An answer that is no page of records; one that cannot be read as such is a TransientError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise TransientError(f"{where}: the answer is not readable") from error


def own_id(raw: bytes, name: bytes = b"id") -> str | None:
    """The id that a record tells of itself under `name`, text or whole number, also out of a slice that cannot be read further.

    Ids of what is nested in it are never taken. None where it tells none, none that could be one, or two.
    """
    key = b'"' + name + b'"'
    told = {value for found, value in _members(raw) if found == key}
    only = told.pop() if len(told) == 1 else b""
    return only.strip(b'"').decode() if _ID.fullmatch(only) else None


def member(raw: bytes, name: str) -> bytes | None:
    """The bytes of one member of the outermost object, also out of a slice that cannot be read further; None where it has none, or two."""
    key = f'"{name}"'.encode()
    told = [raw[start:end] for found, _value, start, end in _spans(raw) if found == key]
    return told[0] if len(told) == 1 else None


def enveloped(raw: bytes, name: str, **told: str | int | None) -> bytes:
    """A record's own bytes under a name, behind what is known of it besides; a slice of a connector's own form."""
    return msgspec.json.encode(told)[:-1] + b',"' + name.encode() + b'":' + raw + b"}"


def _members(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and values of the outermost object, as far as its members follow each other as they should; brackets stand as `b""`."""
    return ((name, value) for name, value, _start, _end in _spans(raw))


def _spans(raw: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
    """The same with the places where each value begins and ends."""
    opening = _OPENING.match(raw)
    place = opening.end() if opening else len(raw)
    while found := _MEMBER.match(raw, place):
        name, value = found.groups()
        end = found.end() if value else _behind_bracket(raw, found.end())
        yield name, value, found.start(2), end
        comma = _COMMA.match(raw, end)
        if comma is None:
            return
        place = comma.end()


def _behind_bracket(raw: bytes, start: int) -> int:
    """The place after the bracket that closes the one at `start`; the end where none does."""
    depth = 0
    for token in _BRACKET.finditer(raw, start):
        mark = token.group()
        if mark == b'"':
            break
        depth += (mark in (b"[", b"{")) - (mark in (b"]", b"}"))
        if depth == 0:
            return token.end()
    return len(raw)


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
