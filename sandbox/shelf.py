"""Where the street keeps its world: one SQLite file, and an index in memory so that a page is a few slices of it."""

import json
import sqlite3
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, TypeVar, cast

Selected = TypeVar("Selected")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lives (
    channel TEXT NOT NULL, number INTEGER NOT NULL, created_ms INTEGER NOT NULL, deeds TEXT NOT NULL,
    steps_done INTEGER NOT NULL, due_ms INTEGER, PRIMARY KEY (channel, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lives_due ON lives (due_ms) WHERE due_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS wares (
    place INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL, status TEXT NOT NULL,
    truth TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS baskets (
    channel TEXT NOT NULL, number INTEGER NOT NULL, ware INTEGER NOT NULL, units INTEGER NOT NULL,
    PRIMARY KEY (channel, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS levels (
    channel TEXT NOT NULL, ware INTEGER NOT NULL, shown INTEGER NOT NULL, committed INTEGER NOT NULL, held INTEGER NOT NULL,
    sold INTEGER NOT NULL, settings INTEGER NOT NULL, since_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, counted_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, ware)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shifts (
    place INTEGER PRIMARY KEY, channel TEXT NOT NULL, ware INTEGER NOT NULL, at_ms INTEGER NOT NULL, units INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS shifts_since ON shifts (channel, ware, at_ms);
CREATE TABLE IF NOT EXISTS remembered (
    door TEXT NOT NULL, name TEXT NOT NULL, asked TEXT NOT NULL, answered TEXT NOT NULL,
    PRIMARY KEY (door, name)) WITHOUT ROWID;
"""
UPSERT: Final = """
INSERT INTO wares (kind, id, sequence, created_ms, updated_ms, closed_ms, status, truth, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET updated_ms = excluded.updated_ms, closed_ms = excluded.closed_ms,
    status = excluded.status, truth = excluded.truth, body = excluded.body
RETURNING place
"""
CREATED: Final = "created_ms"
UPDATED: Final = "updated_ms"
CLOSED: Final = "closed_ms"
FOREVER: Final = 1 << 62
MOST_PARSED: Final = 5000


class Ware(NamedTuple):
    """One thing a shop shows: its wire JSON and what lists filter and sort by (times in ms, 0 where not yet).

    `truth` is the JSON object `Street.truth` states about an order, empty for everything that is no order.
    """

    kind: str
    id: str
    sequence: int
    created_ms: int
    updated_ms: int
    closed_ms: int
    status: str
    truth: str
    body: bytes


class Entry(NamedTuple):
    """What the index knows of a ware; `place` finds its body."""

    place: int
    id: str
    sequence: int
    created_ms: int
    updated_ms: int
    closed_ms: int
    status: str
    truth: str


class LifeRow(NamedTuple):
    """One order's history as stored: deeds as JSON, how many steps of its fate are done, when the next is due."""

    channel: str
    number: int
    created_ms: int
    deeds: str
    steps_done: int
    due_ms: int | None


class Basket(NamedTuple):
    """What an order somebody placed on purpose is for."""

    channel: str
    number: int
    ware: int
    units: int


class Level(NamedTuple):
    """What a channel shows of one ware, in units, since it is counted; `counted_ms` is when the last count was made.

    `settings` is how many levels were set through the vendor's door.
    """

    channel: str
    ware: int
    shown: int = 0
    committed: int = 0
    held: int = 0
    sold: int = 0
    settings: int = 0
    since_ms: int = 0
    changed_ms: int = 0
    counted_ms: int = 0


class Shift(NamedTuple):
    """Units that came off a shelf (negative) or went back to it at a time."""

    channel: str
    ware: int
    at_ms: int
    units: int


class Remembered(NamedTuple):
    """What was asked at a door under a name, and the answer it got: asked again, answered alike."""

    door: str
    name: str
    asked: str
    answered: str


Row = Basket | Level | Shift | Remembered
WRITES: Final[dict[type, str]] = {
    Basket: "INSERT INTO baskets VALUES (?, ?, ?, ?)",
    Level: "REPLACE INTO levels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    Shift: "INSERT INTO shifts (channel, ware, at_ms, units) VALUES (?, ?, ?, ?)",
    Remembered: "REPLACE INTO remembered VALUES (?, ?, ?, ?)",
}


@dataclass(slots=True)
class _Aisle:
    """The index of one kind: entries by id, and the two orders lists are read in."""

    by_id: dict[str, Entry] = field(default_factory=dict[str, Entry])
    by_time: dict[str, list[tuple[int, int, str]]] = field(
        default_factory=lambda: {CREATED: list[tuple[int, int, str]](), UPDATED: list[tuple[int, int, str]]()}
    )
    cache: dict[object, object] = field(default_factory=dict[object, object])


class Shelf:
    """The world on disk. One writer and any number of readers in one process; a lock keeps them apart."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._base = sqlite3.connect(home / "street.db", check_same_thread=False, isolation_level=None)
        # NORMAL in WAL mode outlives the death of the process (not a power cut): enough for a make-believe street
        for setting in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
            self._base.execute(f"PRAGMA {setting}")
        self._base.executescript(SCHEMA)
        self._aisles: dict[str, _Aisle] = {}
        self._parsed: dict[int, object] = {}
        self._restock()

    def _restock(self) -> None:
        columns = "place, id, sequence, created_ms, updated_ms, closed_ms, status, truth, kind"
        for row in self._base.execute(f"SELECT {columns} FROM wares"):  # noqa: S608  fixed words
            aisle = self._aisles.setdefault(cast("str", row[8]), _Aisle())
            entry = Entry(*row[:8])
            aisle.by_id[entry.id] = entry
        for aisle in self._aisles.values():
            for name, order in aisle.by_time.items():
                order.extend(sorted(_key(entry, name) for entry in aisle.by_id.values()))

    def close(self) -> None:
        """Lets go of the file."""
        with self.lock:
            self._base.close()

    def fact(self, name: str) -> str | None:
        """Gives a kept fact of the world, None where it was never kept."""
        row = cast("tuple[str] | None", self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone())
        return row[0] if row else None

    def keep(self, facts: dict[str, str], lives: Iterable[LifeRow] = (), wares: Iterable[Sequence[Ware]] = (),
             rows: Iterable[Row] = ()) -> None:  # fmt: skip
        """Writes facts, histories, wares and other rows in one transaction, then shows the wares in the index."""
        with self.lock:
            shown: list[tuple[str, Entry]] = []
            self._base.execute("BEGIN IMMEDIATE")
            try:
                self._base.executemany("REPLACE INTO facts VALUES (?, ?)", facts.items())
                self._base.executemany("REPLACE INTO lives VALUES (?, ?, ?, ?, ?, ?)", lives)
                shown.extend((ware.kind, self._put(ware)) for group in wares for ware in group)
                for row in rows:
                    self._base.execute(WRITES[type(row)], row)
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._show(shown)

    def _put(self, ware: Ware) -> Entry:
        place = cast("tuple[int]", self._base.execute(UPSERT, ware).fetchone())[0]
        return Entry(place, *ware[1:8])

    def _show(self, shown: list[tuple[str, Entry]]) -> None:
        bulk = len(shown) > 1000  # noqa: PLR2004  from here on one sort is cheaper than many insertions
        for kind, entry in shown:
            aisle = self._aisles.setdefault(kind, _Aisle())
            aisle.cache.clear()
            self._parsed.pop(entry.place, None)
            before = aisle.by_id.get(entry.id)
            aisle.by_id[entry.id] = entry
            for name, order in aisle.by_time.items():
                if not bulk:
                    _move(order, _key(before, name) if before else None, _key(entry, name))
        if bulk:
            for aisle in self._aisles.values():
                for name, order in aisle.by_time.items():
                    order[:] = sorted(_key(entry, name) for entry in aisle.by_id.values())

    def lives(self, where: str, values: tuple[object, ...]) -> list[LifeRow]:
        """Gives the stored histories that match a fixed SQL condition."""
        return [LifeRow(*row) for row in self._base.execute(f"SELECT * FROM lives WHERE {where}", values)]  # noqa: S608

    def levels(self) -> list[Level]:
        """Gives every level."""
        return [Level(*row) for row in self._base.execute("SELECT * FROM levels")]

    def drop_level(self, channel: str, ware: int) -> None:
        """Forgets one level."""
        self._base.execute("DELETE FROM levels WHERE channel = ? AND ware = ?", (channel, ware))

    def shifted(self, channel: str, ware: int, after_ms: int) -> int:
        """Gives the units moved off (negative) or back to a shelf later than a time."""
        query = "SELECT coalesce(sum(units), 0) FROM shifts WHERE channel = ? AND ware = ? AND at_ms > ?"
        return cast("tuple[int]", self._base.execute(query, (channel, ware, after_ms)).fetchone())[0]

    def baskets(self) -> list[Basket]:
        """Gives what every order placed on purpose is for."""
        return [Basket(*row) for row in self._base.execute("SELECT * FROM baskets")]

    def remembered(self, door: str, name: str) -> Remembered | None:
        """Gives what was asked and answered at a door under a name, None where nothing was."""
        row = self._base.execute("SELECT * FROM remembered WHERE door = ? AND name = ?", (door, name)).fetchone()
        return Remembered(*row) if row else None

    def find(self, kind: str, wanted: str) -> Entry | None:
        """Gives the entry of one ware, None where there is none."""
        return self._aisles.setdefault(kind, _Aisle()).by_id.get(wanted)

    def entries(self, kind: str) -> list[Entry]:
        """Gives all entries of a kind in the order they were created."""
        return self.window(kind, CREATED, -FOREVER, FOREVER)

    def window(self, kind: str, name: str, low_ms: int, high_ms: int) -> list[Entry]:
        """Gives the entries with low_ms <= time < high_ms, by that time and then by sequence. `name` is a time's name."""
        aisle = self._aisles.setdefault(kind, _Aisle())
        if name == CLOSED:
            closed = (entry for entry in aisle.by_id.values() if entry.closed_ms and low_ms <= entry.closed_ms < high_ms)
            return sorted(closed, key=lambda entry: (entry.closed_ms, entry.sequence))
        order = aisle.by_time[name]
        low, high = bisect_left(order, (low_ms,)), bisect_left(order, (high_ms,))
        return [aisle.by_id[key[2]] for key in order[low:high]]

    def selection(self, kind: str, key: object, build: Callable[[], Selected]) -> Selected:
        """Gives what `build` gives, remembered under `key` until anything of this kind changes."""
        cache = self._aisles.setdefault(kind, _Aisle()).cache
        if key not in cache:
            if len(cache) > 64:  # noqa: PLR2004  a listing asks with a handful of keys; more are strangers
                cache.clear()
            cache[key] = build()
        return cast("Selected", cache[key])

    def bodies(self, entries: Sequence[Entry]) -> list[bytes]:
        """Gives the wire JSON of these entries, in their order."""
        places = {entry.place for entry in entries}
        marks = ",".join("?" * len(places))
        query = f"SELECT place, body FROM wares WHERE place IN ({marks})"  # noqa: S608  only question marks
        found = cast("dict[int, bytes]", dict(self._base.execute(query, tuple(places)).fetchall()))
        return [found[entry.place] for entry in entries]

    def trees(self, entries: Sequence[Entry]) -> list[object]:
        """Gives the parsed JSON of these entries; each is parsed once until it changes. Readers must not alter it."""
        missing = [entry for entry in entries if entry.place not in self._parsed]
        if len(self._parsed) + len(missing) > MOST_PARSED:
            self._parsed.clear()
            missing = list(entries)
        self._parsed |= {entry.place: json.loads(body) for entry, body in zip(missing, self.bodies(missing), strict=True)}
        return [self._parsed[entry.place] for entry in entries]


def _key(entry: Entry, name: str) -> tuple[int, int, str]:
    return (entry.created_ms if name == CREATED else entry.updated_ms, entry.sequence, entry.id)


def _move(order: list[tuple[int, int, str]], old: tuple[int, int, str] | None, new: tuple[int, int, str]) -> None:
    if old == new:
        return
    if old:
        del order[bisect_left(order, old)]
    insort(order, new)
