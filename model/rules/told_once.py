"""Orders that come as documents without versions: a document tells its order once, and another one that says otherwise is held.

Such an order's `source_version` is a fingerprint of everything it says, and negative, as no clock's version is. The same document read
again, under whatever name, has the same one; what a person decided to take instead has a version of its own, which is greater.
"""

import hashlib
from dataclasses import replace

from model.records.order import Order

_BITS = 62


def told_once(order: Order) -> Order:
    """The order with the fingerprint of what it says for its version."""
    said = repr(replace(order, source_version=0))
    return replace(order, source_version=-1 - (int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big") >> (64 - _BITS)))


def says_otherwise(version: int, stored: int) -> bool:
    """Whether a document of this version says something else than what is stored, and nothing says which of them counts."""
    return version < 0 and version != stored
