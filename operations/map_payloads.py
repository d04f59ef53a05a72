"""Translate recorded payloads without any account: one canonical JSON line per record, unreadable ones named."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from connectors import registry
from connectors._kit.slices import split_page
from connectors.capabilities import PayloadKind, Record
from model.errors import ConfigError, HubError, MalformedError, RejectedError
from model.records.settlement import Settlement
from model.records.statement import Statement
from model.rules.card_numbers import scrub_card_numbers
from model.values.instant import iso
from model.values.quantity import decimal_quantity


@dataclass(frozen=True, slots=True)
class Mapped:
    """One payload's outcome: its canonical form, or the reason why it could not be read."""

    place: str
    record: dict[str, Any] | None
    reason: str | None


def map_file(connector: str, kind: str, path: Path) -> Iterator[Mapped]:
    """Every payload of a file: one document, an array, JSON lines, or the vendor's envelope around either."""
    found = registry.find(connector)
    if kind not in found.kinds:
        raise ConfigError(f"kind {kind!r}: {connector} reads {', '.join(found.kinds)}")
    reader, raw = found.kinds[kind], read_bytes(path)
    for number, payload in enumerate(documents(raw, reader.envelopes), 1):
        yield _mapped(reader, payload, f"{path.name} #{number}", found.external_id_in(payload))


def read_bytes(path: Path) -> bytes:
    """What a file holds; a ConfigError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a recorded payload") from None


def _mapped(reader: PayloadKind, payload: bytes, place: str, external_id: str | None) -> Mapped:
    named = f"{place} ({external_id})" if external_id else place
    try:
        return Mapped(named, canonical(reader.read(scrub_card_numbers(payload)[0], {})), None)
    except (MalformedError, RejectedError) as error:
        return Mapped(named, None, str(error))


_RAW = msgspec.json.Decoder(msgspec.Raw)
_RAW_MAP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def documents(raw: bytes, envelopes: Sequence[str]) -> Iterator[bytes]:
    """The payloads in a file, as raw bytes; text that is no JSON at all is one unreadable document."""
    text = raw.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        whole = bytes(_RAW.decode(text))
    except msgspec.DecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.strip()[:1] == b"{" and line.strip()[-1:] == b"}" for line in lines):
            yield from (line.strip() for line in lines)
        elif text[:1] == b"[":
            yield from _salvaged(text)
        else:
            yield text
        return
    yield from _unwrapped(whole, envelopes)


def _salvaged(text: bytes) -> Sequence[bytes]:
    try:
        return split_page(text, _RAW_LIST, list, array=b"", where="file")[1]
    except HubError:
        return (text,)


def _unwrapped(whole: bytes, envelopes: Sequence[str]) -> Iterator[bytes]:
    if whole[:1] == b"[":
        for each in _RAW_LIST.decode(whole):
            yield from _unwrapped(bytes(each), envelopes)
        return
    for path in sorted(envelopes, key=len, reverse=True):
        inner = _at(whole, path)
        if inner is not None:
            yield from _unwrapped(inner, envelopes)
            return
    yield whole


def _at(whole: bytes, path: str) -> bytes | None:
    """The raw value under a dotted path, if it is an object or an array."""
    for key in path.split("."):
        if whole[:1] != b"{":
            return None
        inner = _RAW_MAP.decode(whole).get(key)
        if inner is None:
            return None
        whole = bytes(inner)
    return whole if whole[:1] in {b"{", b"["} else None


_MONEY = re.compile(r"^(\w+)_minor$")
_OTHER = ("shop", "presented")
"""Amounts that have a currency of their own beside the record's."""


def canonical(record: Record | Settlement | Statement) -> dict[str, Any]:
    """A record as JSON for people and tests: money as `{"minor", "currency"}`, instants as ISO text, quantities as decimal text."""
    shaped = _shaped(dataclasses.asdict(record), getattr(record, "currency", ""))
    return {"record": type(record).__name__.lower(), **shaped}


def _shaped(fields: dict[str, Any], currency: str) -> dict[str, Any]:
    own = cast("str", fields.get("currency", currency))
    shaped: dict[str, Any] = {}
    for name, value in fields.items():
        money = _MONEY.match(name)
        if money:
            unit = cast("str", next((fields[f"{first}_currency"] for first in _OTHER if name.startswith(f"{first}_")), own))
            short = {"shipping": "shipping_total", "tax": "tax_total", "charges": "charges_total", "discount": "discount_total"}
            key = short.get(money.group(1), money.group(1)) if "lines" in fields and "number" in fields else money.group(1)
            shaped[key] = {"minor": value, "currency": unit}
        elif name == "quantity":
            shaped[name] = decimal_quantity(value)
        else:
            shaped[name] = _plain(value, own)
    return shaped


def _plain(value: Any, currency: str) -> Any:  # noqa: ANN401  any field of a record
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return _shaped(cast("dict[str, Any]", value), currency)
    if isinstance(value, tuple):
        return [_plain(each, currency) for each in cast("tuple[Any, ...]", value)]
    return value
