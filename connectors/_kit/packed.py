"""Files that come packed: GZIP and ZIP, unpacked within bounds whatever their headers promise."""

import io
import zipfile
import zlib
from typing import Final, NamedTuple

from connectors._kit.sheets import MOST_BYTES
from model.errors import MalformedError

MOST_MEMBERS: Final = 20
_CHUNK: Final = 2**16
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
_AS_GZIP: Final = 16 + zlib.MAX_WBITS


class Member(NamedTuple):
    """One file; the name of what came unpacked is empty."""

    name: str
    raw: bytes


def unpacked(raw: bytes) -> tuple[Member, ...]:
    """The files in a GZIP or ZIP, or the bytes themselves. MalformedError where it is broken, locked, or too much to be a bill."""
    if raw.startswith(_GZIP):
        return (Member("", _inflated(raw)),)
    if raw.startswith(_ZIP):
        return _members(raw)
    return (Member("", raw),)


def _inflated(raw: bytes) -> bytes:
    """Every member of a GZIP, one behind the other."""
    parts: list[bytes] = []
    room = MOST_BYTES
    try:
        while raw:
            if len(parts) == MOST_MEMBERS:
                raise MalformedError(f"file: is more than {MOST_MEMBERS} GZIPs in a row")
            inflater = zlib.decompressobj(_AS_GZIP)
            parts.append(inflater.decompress(raw, room + 1))
            room -= len(parts[-1])
            if room < 0:
                raise MalformedError(f"file: unpacks to more than {MOST_BYTES} bytes")
            if not inflater.eof:
                raise MalformedError("file: its GZIP breaks off")
            raw = inflater.unused_data
    except zlib.error:
        raise MalformedError("file: is not whole as GZIP") from None
    return b"".join(parts)


def _members(raw: bytes) -> tuple[Member, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw), metadata_encoding="gbk") as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > MOST_MEMBERS:
                raise MalformedError(f"file: holds {len(members)} files, more than {MOST_MEMBERS}")
            room, found = MOST_BYTES, list[Member]()
            for each in members:
                found.append(Member(each.filename, _read(archive, each, room)))
                room -= len(found[-1].raw)
            return tuple(found)
    except _BROKEN:
        raise MalformedError("file: is not whole as ZIP, or is locked") from None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    with archive.open(member) as file:
        parts: list[bytes] = []
        while part := file.read(_CHUNK):
            parts.append(part)
            room -= len(part)
            if room < 0:
                raise MalformedError(f"file: unpacks to more than {MOST_BYTES} bytes")
        return b"".join(parts)


def glimpse(raw: bytes, size: int = 4096) -> bytes:
    """The first bytes of a file, of a GZIP what they unpack to; empty where it is broken."""
    if not raw.startswith(_GZIP):
        return raw[:size]
    try:
        return zlib.decompressobj(_AS_GZIP).decompress(raw[: 4 * size], size)
    except zlib.error:
        return b""


def names_in(raw: bytes) -> tuple[str, ...]:
    """The names of the files in a ZIP; none where it is no whole ZIP."""
    if not raw.startswith(_ZIP):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(raw), metadata_encoding="gbk") as archive:
            return tuple(archive.namelist()[:MOST_MEMBERS])
    except _BROKEN:
        return ()
