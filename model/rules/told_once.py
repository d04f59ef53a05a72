"""Orders that come as documents without versions: a document tells its order once, and another one that says otherwise is held.

Such an order's `source_version` is a fingerprint of everything it says, and negative, as no clock's version is. The same document read
again, under whatever name, has the same one; what a person decided to take instead has a version of its own, which is greater.
"""

import hashlib
from dataclasses import fields, is_dataclass, replace
from typing import Final, cast

from model.records.order import Order

_BITS = 62
SILENT: Final = frozenset({"source_version", "sources"})
"""Fields that say nothing about the order: the fingerprint itself, and where it was read."""


def told_once(order: Order) -> Order:
    """The order with the fingerprint of what it says for its version."""
    said = repr(_said(order))
    return replace(order, source_version=-1 - (int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big") >> (64 - _BITS)))


def _said(value: object) -> object:
    """What a record says, without what it leaves out, so that a field which a later version of the hub adds changes no fingerprint."""
    if is_dataclass(value):
        told = ((each.name, getattr(value, each.name), each.default) for each in fields(value) if each.name not in SILENT)
        return [(name, _said(part)) for name, part, default in told if part != default]
    return [_said(part) for part in cast("tuple[object, ...]", value)] if isinstance(value, tuple) else value


def says_otherwise(version: int, stored: int) -> bool:
    """Whether a document of this version says something else than what is stored, and nothing says which of them counts."""
    return version < 0 and version != stored
