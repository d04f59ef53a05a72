"""Payloads that no remote should send, made of a good one by the places its shape names. Each must end in MalformedError, and soon."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from tests.contract.dialects import Json, Shape
from tests.contract.documents import at, steps
from tests.contract.remote import put

MARK = "@hostile@"
OTHER_CURRENCY = "CHF"
DEPTH = 50_000
LINES = 10_000
DIGITS = 5_000
BYTES = 5 * 2**20

Record = dict[str, Json]


def corpus(record: Record, shape: Shape) -> Mapping[str, bytes]:
    """Hostile payloads by name."""
    makers = (_shapes, _times, _amounts, _lines) if shape.amount else (_shapes, _times, _lines)
    made = {name: raw for make in makers for name, raw in make(record, shape)}
    return {**dict(_bytes(record, shape.id)), **made, **dict(_texts(record, shape.text))}


def listing_corpus(record: Record, text: str, name: str) -> Mapping[str, bytes]:
    """Hostile listings by name; `text` is the path of a text for people, `name` what the vendor calls the id."""
    strange: tuple[Json, ...] = (None, True, [], {}, [{"id": []}])
    top = {f"id {value!r}": dumped({**record, name: value}) for value in strange}
    return {**dict(_bytes(record, name)), **dict(_texts(record, text)), **top, "without id": dumped(_without(record, name))}


def dumped(record: Json) -> bytes:
    """A record as a remote sends it."""
    return json.dumps(record, ensure_ascii=False).encode()


def _bytes(record: Record, name: str) -> Iterator[tuple[str, bytes]]:
    key = f'"{name}"'.encode()
    good = dumped(record)
    yield "nothing", b""
    yield "blank", b"  "
    yield "null", b"null"
    yield "list", b"[" + good + b"]"
    yield "text", b'"order"'
    yield "empty object", b"{}"
    yield "cut", good[: len(good) // 2]
    yield "cut by one", good[:-1]
    yield "two documents", good + good
    yield "no UTF-8", good.replace(key, b'"\xff":1,' + key, 1)
    yield "byte order mark", b"\xef\xbb\xbf" + good
    yield "duplicate key", good.replace(key, key + b':"twice",' + key, 1)
    yield "deep lists", good[:-1] + b',"deep":' + b"[" * DEPTH + b"]" * DEPTH + b"}"
    yield "deep objects", good[:-1] + b',"deep":' + b'{"a":' * DEPTH + b"1" + b"}" * DEPTH + b"}"
    yield "megabytes", good[:-1] + b',"long":"' + b"x" * BYTES + b'"}'
    yield "unknown field NaN", good[:-1] + b',"extra":NaN}'


def _shapes(record: Record, shape: Shape) -> Iterator[tuple[str, bytes]]:
    top = {steps(path)[0] for path in (shape.id, shape.updated[0], shape.currency, shape.status, shape.lines) if path}
    for name in sorted(top - set(shape.optional)):
        yield f"without {name}", dumped({key: value for key, value in record.items() if key != name})
        yield f"{name} null", dumped({**record, name: None})
    for name in sorted(top):
        yield f"{name} of another shape", dumped({**record, name: [{"id": []}]})
        yield f"{name} true", dumped({**record, name: True})


def _times(record: Record, shape: Shape) -> Iterator[tuple[str, bytes]]:
    for text in ("", "yesterday", "0000-00-00T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z"):
        yield f"time {text!r}", dumped(put(record, shape.updated[0], text))


def _amounts(record: Record, shape: Shape) -> Iterator[tuple[str, bytes]]:
    told = str(at(record, shape.amount))
    bare = {
        "NaN": "NaN", "Infinity": "Infinity", "-Infinity": "-Infinity", "1e400": "1e400", "true": "true", "null": "null", "[]": "[]",
        "5,000 digits": "9" * DIGITS, "5,000 digits as text": f'"{"9" * DIGITS}"', "5,000 places": f'"{told}.{"0" * DIGITS}1"',
        "tiny": '"1e-999999"', "huge": '"1e999999"', "NaN as text": '"NaN"', "sNaN as text": '"sNaN"', "Infinity as text": '"Infinity"',
        "empty text": '""', "comma": f'"{told},5"', "underscore": f'"{told[0]}_{told[1:]}"', "Arabic digits": '"\u0661\u0662"',
        "over int64": str(2**63), "hexadecimal": '"0x10"',
    }  # fmt: skip
    marked = dumped(put(record, shape.amount, MARK)).decode()
    if shape.amount in shape.optional:
        del bare["null"]
    for name, value in bare.items():
        yield f"amount {name}", marked.replace(f'"{MARK}"', value).encode()
    yield "currency of nowhere", dumped(put(record, shape.currency, "ZZZ"))
    yield "currency empty", dumped(put(record, shape.currency, ""))
    yield "currency in other letters", dumped(put(record, shape.currency, "USD" if shape.small_letters else "usd"))


def _texts(record: Record, text: str) -> Iterator[tuple[str, bytes]]:
    marked = dumped(put(record, text, MARK))
    yield "escaped NUL", marked.replace(MARK.encode(), rb"a\u0000b")
    yield "raw NUL", marked.replace(MARK.encode(), b"a\x00b")
    yield "lone surrogate", marked.replace(MARK.encode(), rb"\ud83d")
    yield "surrogates the wrong way round", marked.replace(MARK.encode(), rb"\ude00\ud83d")
    yield "raw line break", marked.replace(MARK.encode(), b"a\nb")


def _lines(record: Record, shape: Shape) -> Iterator[tuple[str, bytes]]:
    if not shape.lines:
        return
    place = f"{shape.lines}.0.{shape.quantity}"
    lines = cast("list[Json]", at(record, shape.lines))
    quantity = at(record, place)
    as_sent: Callable[[int | str], Json] = str if isinstance(quantity, str) else lambda value: value
    yield "quantity negative", dumped(put(record, place, as_sent(-1)))
    yield "quantity true", dumped(put(record, place, True))  # noqa: FBT003  the very thing
    yield "quantity null", dumped(put(record, place, None))
    yield "quantity of many digits", dumped(put(record, place, as_sent(10**40)))
    yield "quantity no number", dumped(put(record, place, "two"))
    yield "quantity NaN", dumped(put(record, place, MARK)).replace(f'"{MARK}"'.encode(), b"NaN")
    yield "lines without end", dumped(put(record, shape.lines, lines * LINES))
    yield "one line told in two ways", dumped(put(record, shape.lines, [*lines, put(lines[0], shape.quantity, as_sent(77))]))
    yield "lines gone", dumped(put(record, shape.lines, []))
    yield "line null", dumped(put(record, shape.lines, [None]))
    if shape.amount:
        yield "total of one unit more", dumped(put(record, shape.amount, _one_more(at(record, shape.amount))))


def _one_more(amount: Json) -> Json:
    if isinstance(amount, int):
        return amount + 1
    text = str(amount)
    return f"{text[:-1]}{(int(text[-1]) + 1) % 10}"


def currency_swaps(record: Record, shape: Shape) -> Mapping[str, bytes]:
    """The record with one of its currency codes, each alone, exchanged for another real one."""
    code = str(at(record, shape.currency))
    other = OTHER_CURRENCY.lower() if shape.small_letters else OTHER_CURRENCY
    return {
        f"{path}: {other} for {code}": dumped(put(record, path, other))
        for path in _paths(record, code)
        if "urrency" in steps(path)[-1] or path == shape.currency
    }


STRANGE: tuple[Json, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "-1", "1e5000", "NaN", "\u0661", "9999-12-31T23:59:59+00:00", "x" * 5000,
    [], [None], [[]], [{}], {}, {"id": None}, {"amount": None},
)  # fmt: skip


def strange_fields(record: Record) -> Iterator[tuple[str, bytes]]:
    """The record with each of its fields, however deep, in turn exchanged for something it should not be, and left out."""
    for path in _every_path(record):
        marked = dumped(put(record, path, MARK)).split(f'"{MARK}"'.encode())
        for strange in STRANGE:
            yield f"{path}: {repr(strange)[:20]}", dumped(strange).join(marked)
        yield f"{path}: left out", dumped(_without(record, path))


def numbers(record: Record) -> Iterator[str]:
    """Where a whole number stands in the record."""
    return (path for path in _every_path(record) if type(at(record, path)) is int)


def _every_path(record: Json, prefix: str = "") -> Iterator[str]:
    steps = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for step, child in steps:
        path = f"{prefix}.{step}".removeprefix(".")
        yield path
        yield from _every_path(child, path)


def _paths(record: Json, value: str, prefix: str = "") -> Iterator[str]:
    steps = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for step, child in steps:
        path = f"{prefix}.{step}".removeprefix(".")
        if child == value:
            yield path
        yield from _paths(child, value, path)


def _without(record: Json, path: str) -> Json:
    return _left_out(record, steps(path))


def _left_out(record: Json, path: Sequence[str]) -> Json:
    step, *rest = path
    if isinstance(record, list):
        place = int(step)
        return record[:place] + ([_left_out(record[place], rest)] if rest else []) + record[place + 1 :]
    assert isinstance(record, dict), path
    return {key: _left_out(child, rest) if key == step else child for key, child in record.items() if rest or key != step}
