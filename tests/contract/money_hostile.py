"""Files of money that no bank and no processor would send, and what may be made of a good one."""

import gzip
from collections.abc import Iterator

from tests.contract.money_files import MoneyFile, amounts_in, with_amount

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{_LAUGHS}]>'.encode()
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
DEEP = 100_000
DIGITS = "9" * 100_000
STRANGE = (
    "", " ", "-", "NaN", "Infinity", "1e999999", "1E+400", "\u0663\u0664", "1_000", "0x10", "--5", "1.5.5", "1,2,3", "1'000", "$5",
    "5 EUR", "0.00001", "9" * 16, "9" * 40, DIGITS,
)  # fmt: skip
FLIPS = 60


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Files that have nothing to do with money, by name."""
    yield "nothing", b""
    yield "blank", b" \r\n \n"
    yield "every byte", bytes(range(256)) * 40
    yield "zeros", b"\0" * 10_000
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(100)
    yield "an archive", b"PK\x03\x04" + bytes(100)
    yield "an old sheet", b"\xd0\xcf\x11\xe0" + bytes(600)
    yield "packed", gzip.compress(b"x" * 1000)
    yield "JSON", b'{"lines": [1, 2.5]}'
    yield "deep JSON", b"[" * DEEP
    yield "a page for people", b"<!doctype html><html><p>Please sign in.</p></html>"
    yield "one long line", b"x" * 2**21
    yield "only line ends", b"\r\n" * 300_000
    yield "only commas", b"," * 300_000
    yield "only quotes", b'"' * 100_001
    yield "digits", DIGITS.encode()
    yield "a lone surrogate", b"\xed\xa0\x80"
    yield "cut UTF-16", b"\xff\xfe<\0D"
    yield "bomb", BOMB + b"<OFX>&l9;</OFX>"
    yield "deep", b"<OFX>" * DEEP
    yield "deep camt", b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">' + b"<a>" * DEEP
    yield "a tag without end", b":20:" + b"x\n" * 100_000


def spoilt(raw: bytes, file: MoneyFile) -> Iterator[tuple[str, bytes]]:
    """What may be made of a good file, by name."""
    middle = len(raw) // 2
    head = raw.find(b"?>", 0, 100)
    body = raw[head + 2 :] if head >= 0 else raw
    yield "NUL", raw[:middle] + b"\0" + raw[middle:]
    yield "binary within", raw[:middle] + bytes(range(128, 256)) + raw[middle:]
    yield "two bytes a letter, unsaid", raw.decode(file.encoding).encode("utf-16-be")
    yield "twice", raw + b"\n" + raw
    yield "something behind it", raw + b"\n<x>, :61: 16,"
    yield "entities before it", BOMB + body
    yield "an outside entity before it", OUTSIDE + body
    yield "megabytes behind it", raw + b" " * 2**22
    lines = raw.splitlines(keepends=True)
    yield "upside down", b"".join(reversed(lines))
    for place in range(len(lines)):
        yield f"line {place + 1} left out", b"".join([*lines[:place], *lines[place + 1 :]])
        yield f"line {place + 1} twice", b"".join([*lines[:place], lines[place], *lines[place:]])
    for place in range(0, len(raw), max(len(raw) // FLIPS, 1)):
        yield f"byte {place} of another", raw[:place] + bytes([raw[place] ^ 0x11]) + raw[place + 1 :]
    for place in range(len(amounts_in(raw, file))):
        for strange in STRANGE:
            yield f"amount {place}: {strange[:20]!r}", with_amount(raw, file, place, strange)
