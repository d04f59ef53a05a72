"""Sets that no partner should send, made of a good one."""

from collections.abc import Iterator, Mapping

from tests.contract.file_dialects import grown, joined, segments_of

LINES = 20_000
STRANGE = (
    "",
    " ",
    "x",
    "0",
    "-1",
    "1.5",
    "1e5",
    "NaN",
    "\u0661",
    "\u00b2",
    "00000000",
    "99999999",
    "9" * 40,
    "x" * 5000,
    "a>b",
    "\u00e9",
    "2",
)


def set_corpus(raw: bytes) -> Mapping[str, bytes]:
    """Hostile sets by name."""
    return {**dict(_bytes(raw)), **dict(_envelopes(raw))}


def strange_elements(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The set with each of its elements in turn exchanged for something it should not be, and each segment left out and doubled."""
    segments = segments_of(raw)
    for place, segment in enumerate(segments):
        where = f"segment {place + 1} {segment[0]}"
        yield f"{where}: left out", joined([*segments[:place], *segments[place + 1 :]])
        yield f"{where}: twice", joined([*segments[:place], segment, *segments[place:]])
        for number in range(1, len(segment)):
            for strange in STRANGE:
                other = [*segment[:number], strange, *segment[number + 1 :]]
                yield f"{where}, element {number:02}: {strange[:20]!r}", joined([*segments[:place], other, *segments[place + 1 :]])
            yield f"{where}, element {number:02}: the last", joined([*segments[:place], segment[:number], *segments[place + 1 :]])


def _bytes(raw: bytes) -> Iterator[tuple[str, bytes]]:
    good = raw.strip()
    yield "nothing", b""
    yield "blank", b" \n "
    yield "a page for people", b"<!doctype html><p>We will be back soon.</p>"
    yield "JSON", b'{"ISA":{}}'
    yield "cut", good[: len(good) // 2]
    yield "cut by one", good[:-1]
    yield "cut in the ISA", good[:60]
    yield "two interchanges", good + b"\n" + good
    yield "something behind it", good + b"x"
    yield "byte order mark within", good.replace(b"\nST*", b"\n\xef\xbb\xbfST*", 1)
    yield "raw NUL", good.replace(b"\nST*", b"\nST\x00*", 1)
    yield "two bytes a letter", good.decode().encode("utf-16-le")
    yield "megabytes", grown(good, "ZZZ*" + "x" * 5 * 2**20)
    yield "wrong terminator", good.replace(b"~", b"|", 1)


def _envelopes(raw: bytes) -> Iterator[tuple[str, bytes]]:
    segments = segments_of(raw)
    for name, number in (("SE", 1), ("SE", 2), ("GE", 1), ("GE", 2), ("IEA", 1), ("IEA", 2)):
        other = [[*each[:number], "77", *each[number + 1 :]] if each[0] == name else each for each in segments]
        yield f"{name}{number:02} of another", joined(other)
    for name in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
        yield f"without {name}", joined([each for each in segments if each[0] != name])
    yield "segments without end, uncounted", joined([*segments[:-3], *([["ZZZ", "1"]] * LINES), *segments[-3:]])
    yield "a set within a set", joined([*segments[:3], segments[2], *segments[3:]])
    yield "no name", joined([*segments[:3], ["", "1"], *segments[3:]])
