"""WordPress's `_fields` parameter: an answer with only the named top-level fields."""

import json
from collections.abc import Sequence

from sandbox.exchange import dumps, tree_of


def only_fields(bodies: Sequence[bytes], names: str) -> Sequence[bytes]:
    """Gives the bodies with the comma-separated top-level fields only; all of them where none is named."""
    wanted = {name.strip().split(".")[0] for name in names.split(",") if name.strip()}
    return [_only(body, wanted) for body in bodies] if wanted else bodies


def _only(body: bytes, wanted: set[str]) -> bytes:
    whole = tree_of(json.loads(body))
    return dumps({name: value for name, value in whole.items() if name in wanted}, ascii_only=True)
