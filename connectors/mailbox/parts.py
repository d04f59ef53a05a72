"""A mail cut into its parts, within bounds whatever it says of itself; what is not whole is refused, never mended.

By the standard library's feed parser under its oldest policy, which only cuts: the newer ones parse every header, which hostile ones make
slow. Before it sees a mail its bounds are counted on the bytes, so that it meets nothing that it is slow or deep with.
"""

import email
import hashlib
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from typing import Final, NamedTuple, cast

from connectors.mailbox.slices import Part
from model.errors import MalformedError

MOST_PARTS: Final = 50
MOST_DEPTH: Final = 8
MOST_PART_BYTES: Final = 8 * 2**20
MOST_LINE: Final = 2 * 2**20
_MOST_DASHED: Final = 20_000
_MOST_HEAD: Final = 64 * 2**10
_LONGEST_CODED: Final = 2000
_BOUNDARY = re.compile(rb"boundary\s*\*?\d*\*?\s*=", re.IGNORECASE)
_DASHED = re.compile(rb"^--", re.MULTILINE)
_CHARSET = re.compile(
    r"us-ascii|utf-8|utf-16(?:le|be)?|iso-8859-\d{1,2}|windows-125\d|cp125\d|latin-?1|gbk|gb2312|gb18030|big5|shift_jis|euc-jp|euc-kr|koi8-[ru]"
)


class Leaf(NamedTuple):
    """One part that holds no other."""

    part: Part
    type: str
    """`text/html`."""
    charset: str
    is_attached: bool
    raw: bytes


def leaves_of(raw: bytes) -> list[Leaf]:
    """Every part of a mail that holds no other. MalformedError names the bound that is passed, or where the mail is not whole."""
    _check_bounds(raw)
    try:
        message = email.message_from_bytes(raw, policy=compat32)
        return list(_leaves(message, "", 0))
    except (MessageError, RecursionError, LookupError, ValueError) as error:  # what a hostile mail makes of the parser
        raise MalformedError(f"mail: is not whole ({type(error).__name__}); have it sent again") from None


def text_in(leaf: Leaf) -> str:
    """A text part as text. MalformedError where its character set is unknown, or is not the one it is written in."""
    charset = leaf.charset or "us-ascii"
    if not _CHARSET.fullmatch(charset):
        raise MalformedError(f"part {leaf.part.number}: is written in {charset[:30]!r}, which is not read; have it sent in UTF-8")
    try:
        text = leaf.raw.decode("utf-8" if charset == "us-ascii" else charset)  # UTF-8 that says to be ASCII is what many programs write
    except (UnicodeDecodeError, LookupError):
        raise MalformedError(f"part {leaf.part.number}: is no text in {charset}, as it says; have it sent again") from None
    if "\x00" in text:
        raise MalformedError(f"part {leaf.part.number}: holds a NUL character; have it sent again")
    return text


def _check_bounds(raw: bytes) -> None:
    end = raw.find(b"\n\n") if b"\r\n\r\n" not in raw else raw.find(b"\r\n\r\n")
    for what, found, most in (
        ("bytes of headers", end if end >= 0 else len(raw), _MOST_HEAD),
        ("boundaries", sum(1 for _ in _BOUNDARY.finditer(raw)), MOST_PARTS),
        ("lines that begin as boundaries do", sum(1 for _ in _DASHED.finditer(raw)), _MOST_DASHED),
        ("bytes in one line", max(map(len, raw.split(b"\n"))), MOST_LINE),
    ):
        if found > most:
            raise MalformedError(f"mail: has {found} {what}, more than {most}; have it sent again without them")
    if b"\x00" in raw:
        raise MalformedError("mail: holds a NUL character; have it sent again")


def _leaves(message: Message, number: str, depth: int) -> Iterator[Leaf]:
    if depth > MOST_DEPTH:
        raise MalformedError(f"part {number}: is nested more than {MOST_DEPTH} deep; have it sent again")
    _check_whole(message, number or "1")
    if not message.is_multipart():
        yield _leaf(message, number or "1")
        return
    if message.get_content_maintype() != "multipart":
        return  # a mail within a mail is somebody else's
    children = cast("list[Message]", message.get_payload())
    if len(children) > MOST_PARTS:
        raise MalformedError(f"part {number or '1'}: has {len(children)} parts, more than {MOST_PARTS}; have it sent again")
    for place, child in enumerate(children, 1):
        yield from _leaves(child, f"{number}.{place}" if number else str(place), depth + 1)


def _check_whole(message: Message, number: str) -> None:
    if message.defects:
        raise MalformedError(f"part {number}: is not whole as MIME ({type(message.defects[0]).__name__}); have it sent again")


def _leaf(message: Message, number: str) -> Leaf:
    payload = message.get_payload(decode=True)
    _check_whole(message, number)
    raw = payload if isinstance(payload, bytes) else b""
    if len(raw) > MOST_PART_BYTES:
        raise MalformedError(f"part {number}: has {len(raw)} bytes, more than {MOST_PART_BYTES}; have it sent in parts")
    name = _name_of(message, number)
    part = Part(number=number, name=name, sha256=hashlib.sha256(raw).hexdigest())
    is_attached = message.get_content_disposition() == "attachment" or bool(name)
    return Leaf(part, message.get_content_type(), (message.get_content_charset() or "").lower(), is_attached, raw)


def _decoded(name: str) -> str:
    """A name out of its encoded words; one that cannot be decoded is none that can be read."""
    if "=?" not in name or len(name) > _LONGEST_CODED:
        return name
    try:
        return str(make_header(decode_header(name)))
    except (MessageError, LookupError, ValueError):
        return "\x00"


def _name_of(message: Message, number: str) -> str:
    """The file's name without folders and signs that could harm; by RFC 2231, or by RFC 2047 as many programs write it."""
    found = _decoded(message.get_filename() or "")
    plain = found.replace("\\", "/").rpartition("/")[2]
    if not plain.isprintable() or len(plain) > 200:  # noqa: PLR2004  file systems take 255 bytes
        raise MalformedError(f"part {number}: its file name cannot be read; have it sent again")
    return plain
