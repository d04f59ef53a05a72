"""What recordings map to: `python -m tests.contract.golden NAME` writes a connector's golden files anew, to be read over line by line.

Each line of `recordings/expected/orders.jsonl` is the record of one recorded order, in its order.
"""

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.capabilities import PayloadKind
from tests.contract.dialects import Json
from tests.contract.remote import CONNECTORS, recordings


def kinds_recorded(folder: Path) -> Iterator[tuple[str, PayloadKind]]:
    """The recorded payload files of a folder by stem, with the kind that reads them: `orders` by `order`."""
    source: Any = registry.find(folder.name)
    kinds = {"listing": PayloadKind(lambda raw, _statuses: source.read_listing(raw)), **source.kinds}
    for path in sorted((folder / "recordings").glob("*.json")):
        yield path.stem, kinds[path.stem.removesuffix("s")]


def golden(kind: PayloadKind, payloads: list[dict[str, Json]]) -> list[Json]:
    """What a kind makes of payloads, as the golden files keep it."""
    read = [kind.read(json.dumps(payload).encode(), {}) for payload in payloads]
    return [json.loads(json.dumps(dataclasses.asdict(record), default=str)) for record in read]


def write(folder: Path) -> list[Path]:
    """A connector's golden files, made anew from its recordings; gives those whose lines changed."""
    changed: list[Path] = []
    for name, kind in kinds_recorded(folder):
        path = folder / "recordings" / "expected" / f"{name}.jsonl"
        records = golden(kind, recordings(folder.name, name))
        if not path.exists() or [json.loads(line) for line in path.read_text("utf-8").splitlines()] != records:
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in records), "utf-8")
            changed.append(path)
    return changed


def main(names: Sequence[str]) -> None:
    """Write them and say which lines to read over."""
    for path in (path for name in names for path in write(CONNECTORS / registry.find(name).manifest.name)):
        print(f"{path} is written anew: read over each line of it")  # noqa: T201  what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
