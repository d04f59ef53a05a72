"""Purchase orders as slices: one transaction set each, with where it came from, and with the changes that followed it.

A slice is a JSON object (`file`, `sha256`, `interchange`, `group`, `set`, `separators`, `text`, `changes`) or the bare interchange itself,
as it lies in a partner's folder. `text` is the set in an interchange of its own, one character a byte, so that nothing of it is lost.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from connectors._kit.x12.cutting import cut, numbers_in
from connectors._kit.x12.segments import MAX_BYTES, Segment, segments_of, separators_of
from model.errors import MalformedError, RejectedError

ORDER, CHANGE = "850", "860"
MAX_CHANGES: Final = 200
"""More changes than any order has; one more is refused instead of being applied for ever."""
_HEADS: Final = {"BEG": (3, 4), "BCH": (3, 4)}
"""Where orders and changes name the purchase order and its release."""
_LONGEST: Final = 60


class PurchaseSlice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One set, and the changes of it that were taken in, oldest first."""

    text: str
    changes: tuple[str, ...] = ()
    file: str = ""
    sha256: str = ""
    """Of the whole file, in hexadecimal digits."""
    interchange: str = ""
    group: str = ""
    set: str = ""
    separators: str = ""
    """Behind an element, a component and a segment."""

    @property
    def raw(self) -> bytes:
        """The set in an interchange of its own."""
        return _bytes_of(self.text)


def cut_850(name: str, raw: bytes) -> Iterator[bytes]:
    """A slice for each purchase order of a file, in order, and for what is none or cannot be cut, which reading then names.

    Changes (860) are left to `cut_860`. Nothing is raised: `name` is the file's, for people.
    """
    return _cut(name, raw, is_change=False)


def cut_860(name: str, raw: bytes) -> Iterator[bytes]:
    """A slice for each change of a purchase order."""
    return _cut(name, raw, is_change=True)


def _cut(name: str, raw: bytes, *, is_change: bool) -> Iterator[bytes]:
    digest = hashlib.sha256(raw).hexdigest()
    for piece in cut(raw):
        if (piece.kind == CHANGE) == is_change:
            interchange, group, number = numbers_in(piece.raw)
            told = PurchaseSlice(piece.raw.decode("latin-1"), (), name, digest, interchange, group, number, _separators(piece.raw))
            yield msgspec.json.encode(told)


def _separators(raw: bytes) -> str:
    try:
        found = separators_of(raw)
    except MalformedError:
        return ""
    return (found.element + found.component + found.segment).decode("latin-1")


def opened_slice(raw: bytes) -> PurchaseSlice:
    """The set of a slice, with its changes; MalformedError for an envelope that is none of ours."""
    if not raw.startswith(b"{"):
        return PurchaseSlice(raw.decode("latin-1"))
    if len(raw) > MAX_BYTES * 2:
        raise MalformedError(f"slice: {len(raw)} bytes, more than {MAX_BYTES * 2}")
    try:
        return msgspec.json.decode(raw, type=PurchaseSlice)
    except msgspec.DecodeError:
        raise MalformedError("slice: is no envelope of a transaction set") from None


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise MalformedError("slice: holds characters that are no bytes") from None


def identity_850(raw: bytes) -> str | None:
    """What names the order of a slice (an 850 or an 860) for ever: the sender, its number of the order, and of the release if it has one.

    Also out of a slice that cannot be read further; None where it cannot be told.
    """
    try:
        _, segments = segments_of(opened_slice(raw).raw)
    except MalformedError:
        return None
    header = next((each for each in segments if each.name in _HEADS), None)
    return order_name(segments[0].at(6), header) if header is not None else None


def order_name(sender: str, header: Segment) -> str | None:
    """The same, out of the segments that say it."""
    number, release = (header.at(place) for place in _HEADS[header.name])
    name = ":".join(filter(None, ("_".join(sender.split()), number, release)))
    return name if number and name.isprintable() and len(name) <= _LONGEST else None


def with_change(order: bytes, change: bytes) -> bytes | None:
    """The slice that tells an order and one more change of it; None where it tells that change already."""
    stored, text = opened_slice(order), opened_slice(change).text
    if text in stored.changes:
        return None
    if len(stored.changes) >= MAX_CHANGES:
        raise RejectedError(f"order: has been changed {MAX_CHANGES} times; ask for a new order")
    return msgspec.json.encode(msgspec.structs.replace(stored, changes=(*stored.changes, text)))


def wording(raw: bytes) -> str:
    """Names what the order of a slice says, whatever envelope and control numbers it comes in: 64 hexadecimal digits."""
    _, segments = segments_of(opened_slice(raw).raw)
    inside = [(each.name, *each.elements) for each in segments if each.name not in {"ISA", "GS", "ST", "SE", "GE", "IEA"}]
    return hashlib.sha256(msgspec.json.encode(inside)).hexdigest()
