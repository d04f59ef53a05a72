"""Purchase orders as slices: one transaction set each, with where it came from, and with the changes that followed it.

A slice is a JSON object (`file`, `sha256`, `interchange`, `group`, `set`, `separators`, `text`, `changes`) or the bare interchange itself,
as it lies in a partner's folder. `text` is the set in an interchange of its own, one character a byte, so that nothing of it is lost.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

from connectors._kit.x12.cutting import begun_by, cut, numbers_in
from connectors._kit.x12.segments import MAX_BYTES, segments_of, separators_of
from model.errors import MalformedError, RejectedError

ORDER, CHANGE = "850", "860"
MAX_CHANGES: Final = 200
"""More changes than any order has; one more is refused instead of being applied for ever."""
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
        begun = begun_by(opened_slice(raw).raw)
    except MalformedError:
        return None
    if begun is None or begun[1][0] not in {"BEG", "BCH"}:
        return None
    _, number, release = (*begun[1][2:5], "", "", "")[:3]
    return order_name(begun[0], number, release)


def order_name(sender: str, number: str, release: str) -> str | None:
    """The same, out of what says it; a colon in it would make two orders one."""
    parts = ("_".join(sender.split()), number, release)
    name = ":".join(filter(None, parts))
    is_plain = name.isascii() and name.isprintable() and not any(":" in part for part in parts) and len(name) <= _LONGEST
    return name if number and is_plain else None


def with_change(order: bytes, change: bytes) -> bytes | None:
    """The slice that tells an order and one more change of it; None where it tells that change already."""
    stored, text = opened_slice(order), opened_slice(change).text
    if text in stored.changes:
        return None
    if len(stored.changes) >= MAX_CHANGES:
        raise RejectedError(f"order: has been changed {MAX_CHANGES} times; ask for a new order")
    return msgspec.json.encode(msgspec.structs.replace(stored, changes=(*stored.changes, text)))


def merge_850(stored: bytes | None, raw: bytes) -> bytes | None:
    """An order told again: the same words are nothing new, one that replaces or cancels it (BEG01 is 05, 01) is kept in its place.

    RejectedError for a number that comes again with other content: which of the two is meant only the buyer knows.
    """
    if stored is None:
        return raw
    if wording(stored) == wording(raw):
        return None
    if _purpose(raw) in {"05", "01"} and _told(raw) >= _told(stored):
        return raw
    raise RejectedError("BEG, element 03: this number was told before with other content; ask the buyer which holds, or for a change (860)")


def merge_860(stored: bytes | None, raw: bytes) -> bytes | None:
    """A change of an order that is known; RejectedError for one of an order that nobody told."""
    if stored is None:
        raise RejectedError("BCH, element 03: is a change of an order that is not known; it is read again when the order comes")
    return with_change(stored, raw)


def _purpose(raw: bytes) -> str:
    return next((each.at(1) for each in segments_of(opened_slice(raw).raw)[1] if each.name == "BEG"), "")


def _told(raw: bytes) -> str:
    """Day and time of the group; they sort as text."""
    group = segments_of(opened_slice(raw).raw)[1][1]
    return f"{group.at(4):>08}{group.at(5)}"


def wording(raw: bytes) -> str:
    """Names what the order of a slice says, whatever envelope and control numbers it comes in: 64 hexadecimal digits."""
    _, segments = segments_of(opened_slice(raw).raw)
    inside = [(each.name, *each.elements) for each in segments if each.name not in {"ISA", "GS", "ST", "SE", "GE", "IEA"}]
    return hashlib.sha256(msgspec.json.encode(inside)).hexdigest()
