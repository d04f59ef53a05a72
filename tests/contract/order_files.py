"""Where a connector that reads files of orders is put to the test: its recordings, a folder of the suite's, and what may happen to it.

What is known of the recordings beside themselves stands in `recordings/order_files.toml`: the account's settings for each, how many orders
it tells and what they sum to, and one order that is spoilt by exchanging a text.
"""

import dataclasses
import io
import json
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from connectors import registry
from connectors._kit import Wiring
from connectors._kit.base import unwired
from connectors._kit.folders import FileSeen, Folders
from connectors.capabilities import RawPage, Window
from model.records.order import Order
from tests.contract.dialects import CONNECTORS, Told
from tests.contract.stand import Kind

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=2), NOW)
FOLDER = "out"
MOST_TOUCHES = 400


class OrderFile(Told):
    """One recorded file."""

    name: str
    orders: int
    total: int
    stem: str
    """What the numbers of its orders begin with; others of the same length make other orders."""
    spoil: tuple[str, str]
    """What to exchange so that one order cannot be read."""
    spoilt: str
    place: str
    """What the refusal names."""
    has_workbook: bool = False
    """Whether the same comes as XLSX."""
    settings: Mapping[str, Any]


class OrderFileDialect(Told):
    """All that is known of a connector's recordings."""

    persons: tuple[str, ...]
    files: tuple[OrderFile, ...]


def names() -> tuple[str, ...]:
    """The connectors that read files of orders and have a suite of their own."""
    return tuple(name for name in registry.names() if (CONNECTORS / name / "recordings" / "order_files.toml").is_file())


@cache
def dialect_of(name: str) -> OrderFileDialect:
    """What a connector's folder tells."""
    return OrderFileDialect.model_validate(tomllib.loads((CONNECTORS / name / "recordings" / "order_files.toml").read_text("utf-8")))


@dataclass
class Shelf(Folders):
    """The connector's folders, which the world touches as well."""

    honest: Folders
    asked: list[str] = field(default_factory=list[str])
    before: Callable[[str, str], None] = lambda _verb, _name: None

    def files_in(self, folder: str) -> list[FileSeen]:
        """Passes it on."""
        self._touched("list", folder)
        return self.honest.files_in(folder)

    def read(self, folder: str, seen: FileSeen) -> bytes | None:
        """Passes it on."""
        self._touched("read", seen.name)
        return self.honest.read(folder, seen)

    def has(self, folder: str, name: str) -> bool:
        """Passes it on."""
        self._touched("look", name)
        return self.honest.has(folder, name)

    def publish(self, folder: str, name: str, body: bytes) -> None:
        """Passes it on."""
        self._touched("publish", name)
        self.honest.publish(folder, name, body)

    def close(self) -> None:
        """Passes it on."""
        self.honest.close()

    def _touched(self, verb: str, name: str) -> None:
        self.asked.append(verb)
        assert len(self.asked) <= MOST_TOUCHES, "touches files for ever"
        self.before(verb, name)


@dataclass
class OrderFileStand:
    """One connector class under test with one of its recordings."""

    name: str
    file: OrderFile
    kind: Kind

    @property
    def raw(self) -> bytes:
        """The recording."""
        return (CONNECTORS / self.name / "recordings" / self.file.name).read_bytes()

    @property
    def persons(self) -> tuple[str, ...]:
        """Who must not be told in reasons."""
        return dialect_of(self.name).persons

    @property
    def others(self) -> tuple[OrderFile, ...]:
        """The other recordings."""
        return tuple(each for each in dialect_of(self.name).files if each.name != self.file.name)

    def golden(self) -> list[Any]:
        """What the recording maps to, as kept."""
        kept = (CONNECTORS / self.name / "recordings" / "expected" / f"{self.file.name}.jsonl").read_text("utf-8")
        return [json.loads(line) for line in kept.splitlines()]

    def variant(self, number: int) -> bytes:
        """The recording with other order numbers."""
        return self.raw.replace(self.file.stem.encode(), self.numbered(number).encode())

    def numbered(self, number: int) -> str:
        """What the numbers of a variant begin with."""
        return f"{self.file.stem[:-1]}{number}"

    def ids(self, *variants: int) -> set[str]:
        """The ids that variants tell."""
        numbers = [each["external_id"] for each in self.golden()]
        return {number.replace(self.file.stem, self.numbered(variant), 1) for variant in variants for number in numbers}

    def connector(self, **more: Any) -> Any:  # noqa: ANN401  a connector of unknown abilities
        """The connector with the settings of the recording; nothing is behind its address."""
        return self.kind(self.kind.settings_type.model_validate({"address": "/nowhere", **self.file.settings, **more}), unwired())

    def slices(self, raw: bytes | None = None, name: str = "", at: datetime = WINDOW.start) -> list[bytes]:
        """A file cut."""
        body = self.raw if raw is None else raw
        seen = FileSeen(int(at.timestamp()), name or self.file.name, len(body))
        return list(self.connector().cut(seen, body))

    def read(self, raw: bytes) -> Order:
        """A slice translated, by the words of the account."""
        source = self.connector()
        order = source.kinds["order"].read(raw, source.settings.statuses)
        assert isinstance(order, Order)
        return order

    def read_all(self, slices: Sequence[bytes]) -> list[Order]:
        """Slices translated."""
        return [self.read(raw) for raw in slices]


@dataclass
class Partner:
    """A folder into which a partner puts files, and the connector that looks into it."""

    stand: OrderFileStand
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="orders-")))

    def __post_init__(self) -> None:
        (self.root / FOLDER).mkdir(exist_ok=True)

    def drop(self, name: str, body: bytes, at: datetime = WINDOW.start) -> Path:
        """A file appears, modified at that time."""
        path = self.root / FOLDER / name
        path.write_bytes(body)
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path

    def looked_at(self, **more: Any) -> tuple[Any, Shelf]:  # noqa: ANN401  a connector of unknown abilities
        """A new connector, and its shelf."""
        told = {"address": str(self.root), "page_files": 2, **self.stand.file.settings, **more}
        settings = self.stand.kind.settings_type.model_validate(told)
        connector: Any = self.stand.kind(settings, Wiring(unwired().transport, now=lambda: NOW))
        connector.folders = Shelf(connector.folders)
        return connector, connector.folders

    def pages(self, resume: str | None = None, window: Window = WINDOW) -> Iterator[RawPage]:
        """The pages of the window, read by a new connector."""
        connector, _shelf = self.looked_at()
        return connector.fetch_orders(window, resume)

    def ids(self, resume: str | None = None, window: Window = WINDOW) -> set[str | None]:
        """The ids of all slices."""
        return {self.stand.kind.external_id_in(raw) for page in self.pages(resume, window) for raw in page.slices}


def as_kept(order: Order) -> Any:  # noqa: ANN401  JSON
    """A record as the golden files keep it."""
    return json.loads(json.dumps(dataclasses.asdict(order), default=str))


def as_workbook(raw: bytes) -> bytes:
    """A CSV as XLSX with all cells as text."""
    import csv  # noqa: PLC0415  only here

    from openpyxl import Workbook  # noqa: PLC0415  takes long to import

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate(csv.reader(io.StringIO(raw.decode())), 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place, text or None)
            cell.data_type = "s" if text else "n"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
