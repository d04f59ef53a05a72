"""Files of orders by hand: what a file would become, and a file given to its channel's own folder and read."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from sqlalchemy import select

from connectors._kit.base import Connector
from connectors._kit.exchanging import FileConnector
from connectors._kit.folders import MOST_BYTES, FileSeen
from connectors._kit.order_sheets import UnreadOrderError
from connectors.capabilities import OrderSource, RawPage
from model.errors import ConfigError, HubError, MalformedError, RejectedError, TransientError
from model.records.order import Order
from model.rules.card_numbers import scrub_card_numbers
from model.rules.told_once import says_otherwise
from model.store import landing, runs
from model.store.bulk import chunks
from model.store.landing import QUARANTINE
from model.store.leases import Lease
from model.store.order_rows import ORDERS
from model.store.pages import Behind
from model.store.runs import Run
from model.values.ids import derive_id
from operations.pull import SEQUENCE_ROOM, introduce, reader_for, reading_of
from operations.read_pages import BATCH, PageReader
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account
from operations.save_pages import save_sparing

KIND: Final = "order"
STREAM: Final = "orders"
_SUFFIXES: Final = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".edi", ".edifact"})
_STRANGE = re.compile(r"[^A-Za-z0-9_-]+")
_NAME: Final = 80


@runtime_checkable
class CutsFiles(Protocol):
    """A connector whose files hold orders."""

    def cut(self, seen: FileSeen, body: bytes) -> Iterator[bytes]:
        """A file's slices, one for each order it tells; of what is not read, one that says so."""
        ...


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would become of one order of a file."""

    place: int
    """Among the orders of the file, counted from 1."""
    number: str | None
    outcome: str
    """`new`, `same`, `changed`, `older`, `held` or `refused`."""
    lines: int = 0
    total_minor: int = 0
    currency: str = ""
    problems: tuple[dict[str, Any], ...] = ()
    """Each with `row`, `column`, `reason` and `mend`; only a reason where it has no place."""

    @property
    def is_good(self) -> bool:
        """Whether it would be taken in, or is."""
        return self.outcome not in {"held", "refused"}


def preview_file(hub: Hub, channel: Account, path: Path) -> list[Previewed]:
    """What each order of a file would be if the channel got it now. Nothing is written, and nobody is asked."""
    raw = _bytes_of(path)
    with hub.connected(channel) as connector:
        source = _cutting(channel, connector)
        modified_s = int(hub.clock.now().timestamp())
        seen = FileSeen(modified_s, path.name.encode("utf-8", "replace").decode("latin-1"), len(raw))
        told: dict[str, int] = {}
        slices = enumerate(source.cut(seen, raw), 1)
        return [_previewed(hub, channel, connector, place, each, told) for place, each in slices]


def _previewed(hub: Hub, channel: Account, connector: Connector[Any], place: int, raw: bytes, told: dict[str, int]) -> Previewed:
    number = connector.external_id_in(raw)
    try:
        order = connector.kinds[KIND].read(scrub_card_numbers(raw)[0], connector.settings.statuses)
    except UnreadOrderError as error:
        return Previewed(place, number, "refused", problems=tuple(flaw._asdict() for flaw in error.flaws))
    except (MalformedError, RejectedError) as error:
        return Previewed(place, number, "refused", problems=({"reason": str(error)},))
    if not isinstance(order, Order):
        raise ConfigError(f"{channel.id}: its files tell no orders")
    outcome = _outcome(hub, channel, order, raw, told)
    problems = ({"reason": "another document told it before, and this one says otherwise"},) if outcome == "held" else ()
    return Previewed(place, order.number, outcome, len(order.lines), order.total_minor, order.currency, problems)


def _outcome(hub: Hub, channel: Account, order: Order, raw: bytes, told: dict[str, int]) -> str:
    """As saving it would judge: by what is stored, and by what stood before it in the file."""
    raw_id = hub.sealer().payload_name(channel.id, KIND, raw)
    with hub.database.read() as connection:
        row_id = derive_id(channel.id, "order", order.external_id)
        found = connection.execute(select(ORDERS.c.source_version).where(ORDERS.c.id == row_id)).scalar_one_or_none()
        landed = landing.known(connection, [raw_id]).get(raw_id, ("quarantined", "", None))[0]
    stored = told.get(order.external_id, found)
    told.setdefault(order.external_id, order.source_version)
    if stored is None:
        return "new"
    if stored == order.source_version:
        return "same"
    if says_otherwise(order.source_version, stored) and landed == "quarantined":
        return "held"
    return "changed" if order.source_version > stored else "older"


def take_file(hub: Hub, channel: Account, path: Path) -> Report:
    """Put a file into the channel's own folder, whole, and read it at once. The same file again changes nothing."""
    raw = _bytes_of(path)
    name = _name_of(path, raw)

    def work(lease: Lease, report: Report) -> None:
        with hub.connected(channel) as connector:
            _cutting(channel, connector)
            introduce(hub, channel, connector)
            seen = _put(connector, name, raw)
            hub.note("take", f"orders {channel.id}", file=name)
            _Taking(hub, channel, connector, lease, report).run(seen, raw)

    return at_channel(hub, channel, "pull", ("new", "changed", "unchanged", "quarantined"), work)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES)
            if file.read(1):
                raise ConfigError(f"{path}: has more than {MOST_BYTES} bytes; give it in parts")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a file of orders") from None
    return raw


def _name_of(path: Path, raw: bytes) -> str:
    """A name that the same bytes always get, that nothing else in the folder has, and that says it is finished."""
    stem = _STRANGE.sub("-", path.stem)[:_NAME].strip("-") or "orders"
    suffix = path.suffix.lower()
    return f"{stem}-{hashlib.sha256(raw).hexdigest()[:16]}{suffix if suffix in _SUFFIXES else ''}"


def _cutting(channel: Account, connector: Connector[Any]) -> CutsFiles:
    if isinstance(connector, FileConnector) and isinstance(connector, OrderSource) and isinstance(connector, CutsFiles):
        return connector
    raise ConfigError(f"{channel.id}: its connector {channel.connector} reads no files of orders; name a channel that does")


def _put(connector: Connector[Any], name: str, raw: bytes) -> FileSeen:
    """The file as the folder lists it, put there unless it is there."""
    if not isinstance(connector, FileConnector):
        raise ConfigError("folder: there is none")
    folders, folder = connector.folders, connector.settings.outbox
    if not folders.has(folder, name):
        folders.publish(folder, name, raw)
    found = next((seen for seen in folders.files_in(folder) if seen.name == name), None)
    if found is None:
        raise TransientError(f"{folder}: the file was taken away at once; it is not read")
    return found


@dataclass(slots=True)
class _Taking:
    """Reading one file under the channel's lease."""

    hub: Hub
    channel: Account
    connector: Connector[Any]
    lease: Lease
    report: Report
    raw_ids: list[str] = field(default_factory=list[str])

    def run(self, seen: FileSeen, raw: bytes) -> None:
        """Read it; the run is written down however it ends."""
        hub, started = self.hub, self.hub.clock.now()
        run = Run(hub.new_run_id(), self.channel.id, STREAM, f"file {seen.name}", hub.actor.id, started, hub.file.hash)
        hub.database.run(lambda connection: runs.abandon(connection, run.account_id, run.stream, at=started))
        hub.database.run(lambda connection: runs.begin(connection, run, hub.actor.name))
        outcome, message = "failed", "ended before its end"
        try:
            self._read(run, seen, raw)
            outcome, message = "done", self.report.message
        except HubError as error:
            message = str(error)
            raise
        finally:
            at = hub.clock.now()
            hub.database.run(lambda connection: runs.end(connection, run.id, outcome, message or None, at=at))

    def _read(self, run: Run, seen: FileSeen, raw: bytes) -> None:
        reader = reader_for(self.hub, self.channel, self.connector, STREAM, self.lease.token * SEQUENCE_ROOM)
        slices = list(_cutting(self.channel, self.connector).cut(seen, raw))
        for some in chunks(slices, BATCH):
            self._save(run, reader, RawPage(KIND, tuple(some), None))
        told = {name: value for name, value in asdict(run.counts).items() if name in self.report.counts}
        self.report.counts.update(told)
        self.report.add(*self._set_aside(reader, slices))

    def _save(self, run: Run, reader: PageReader, raw_page: RawPage) -> None:
        page = reader.read(raw_page)
        reading = reading_of(self.hub, self.channel, reader, run.id)
        run.counts.add(save_sparing(self.hub.database, page, reading, Behind(self.lease, None, None), STREAM))

    def _set_aside(self, reader: PageReader, slices: list[bytes]) -> list[str]:
        """Why slices of the file are in quarantine."""
        raw_ids = [reader.sealer.payload_name(self.channel.id, KIND, each) for each in slices]
        reasons: dict[str, str] = {}
        with self.hub.database.read() as connection:
            for some in chunks(raw_ids, BATCH):
                query = select(QUARANTINE.c.raw_id, QUARANTINE.c.reason).where(
                    QUARANTINE.c.raw_id.in_(list(some)), QUARANTINE.c.state == "open"
                )
                reasons.update((raw_id, reason) for raw_id, reason in connection.execute(query))
        return [reasons[raw_id] for raw_id in raw_ids if raw_id in reasons]


def counted(previewed: list[Previewed]) -> Counter[str]:
    """How many orders of a file have which outcome."""
    return Counter(each.outcome for each in previewed)
