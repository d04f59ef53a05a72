"""Derived ids: the same fact gets the same row id on every read, so children are written without reading ids back."""

import hashlib

_NAMESPACE = bytes.fromhex("5b0d6f6c1e9a5c1f9f0e7f6a2d3c4b5a")


def derive_id(*parts: str) -> str:
    """A version-5 UUID (RFC 9562) over the parts, as 32 hexadecimal digits; parts are length-prefixed so none can run into the next."""
    name = "".join(f"{len(part)}:{part}" for part in parts).encode()
    digest = hashlib.sha1(_NAMESPACE + name, usedforsecurity=False).hexdigest()
    return f"{digest[:12]}5{digest[13:16]}{'89ab'[int(digest[16], 16) & 3]}{digest[17:32]}"
