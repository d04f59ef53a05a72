"""Orders by file: a folder or an SFTP server, and tables or EDIFACT ORDERS in it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import ClassVar

from pydantic import ValidationError

from connectors._kit import Manifest, Wiring
from connectors._kit.edifact import EdifactTerms, cut_edifact_orders, is_edifact, read_edifact_order
from connectors._kit.edifact import number_in as edifact_number
from connectors._kit.exchanging import FileConnector
from connectors._kit.file_pages import Settled, files_since, pages_of, seconds
from connectors._kit.folders import FileSeen
from connectors._kit.order_sheets import cut_sheet, layout_of, number_in, read_sheet_order, refused_file
from connectors.capabilities import Lookup, OrderSource, PayloadKind, RawPage, RemoteIdentity, StreamFacts, Window
from connectors.order_files.settings import LAYOUT, TERMS, Settings
from model.errors import MalformedError
from model.records.order import Order
from model.values.instant import EPOCH

KIND = "order"


def read_order(raw: bytes, words: Mapping[str, str]) -> Order:
    """One slice, by the words of the account; a table that carries its own layout needs none."""
    if is_edifact(raw):
        return read_edifact_order(raw, _terms_of(words.get(TERMS, "{}")))
    return read_sheet_order(raw, layout_of(words[LAYOUT]) if LAYOUT in words else None)


@lru_cache(maxsize=64)
def _terms_of(raw: str) -> EdifactTerms:
    try:
        return EdifactTerms.model_validate_json(raw)
    except ValidationError:
        raise MalformedError("edifact: are no terms of EDIFACT") from None


class OrderFiles(FileConnector[Settings], OrderSource):
    """One partner's files of orders."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {KIND: PayloadKind(read_order, stream="orders")}
    mapping_version = 1
    order_stream: ClassVar = StreamFacts(lag=timedelta(0), overlap=timedelta(days=3), longest=timedelta(days=3650))

    def __init__(self, settings: Settings, wiring: Wiring) -> None:
        told = {**settings.statuses, **settings.words()}
        super().__init__(settings.model_copy(update={"statuses": told}), wiring)  # what changes how files are read makes them be read anew

    def identify(self) -> RemoteIdentity:
        """The folder is looked into, which proves the credentials. File servers tell no time, so it is the hub's."""
        settings = self.settings
        self.folders.files_in(settings.outbox)
        place = f"{settings.address.rstrip('/')}/{settings.outbox}".lower()
        return RemoteIdentity(fingerprint=f"{settings.user or ''}@{place}", title=self.manifest.title, now=self.wiring.now())

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return edifact_number(raw) if is_edifact(raw) else number_in(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        settings = self.settings
        return pages_of(
            self.folders, settings.outbox, window, resume,
            kind=KIND, files=settings.page_files, cut=self.cut, settled=self._settled(),
        )  # fmt: skip

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """What all files that are still there say of these orders. That no file tells of one says nothing."""
        wanted = frozenset(ids)
        found = [raw for raw in self._all(0) if self.external_id_in(raw) in wanted] if wanted else []
        return Lookup(KIND, tuple(found), gone=())

    def count_orders(self, window: Window) -> int:
        """The different orders that the files of the window tell, and the slices of which nobody can say whose they are."""
        end = seconds(window.end)
        named: set[str] = set()
        unnamed = 0
        for seen, body in files_since(self.folders, self.settings.outbox, seconds(window.start), self._settled()):
            for raw in self.cut(seen, body) if seen.modified_s < end else ():
                number = self.external_id_in(raw)
                named |= {number} if number else set()
                unnamed += number is None
        return len(named) + unnamed

    def cut(self, seen: FileSeen, body: bytes) -> Iterator[bytes]:
        """A file's slices, one for each order it tells; of what is not read here, one that says so."""
        name = seen.name.encode("latin-1").decode("utf-8", "replace")
        if len(body) < seen.size:
            return iter((refused_file(name, body, f"has {seen.size} bytes, more than {len(body)}; send it in parts"),))
        if is_edifact(body):
            if self.settings.edifact is None:
                return iter((refused_file(name, body, "is EDIFACT, which this account does not declare; write edifact = {} in it"),))
            return cut_edifact_orders(name, body)
        if self.settings.layout is None:
            return iter((refused_file(name, body, "is no EDIFACT, and no layout of tables is declared; describe it under layout"),))
        told_at = EPOCH + timedelta(seconds=seen.modified_s)
        return cut_sheet(name, body, self.settings.layout, told_at=told_at, is_alone=False)

    def _all(self, start: int) -> Iterator[bytes]:
        for seen, body in files_since(self.folders, self.settings.outbox, start, self._settled()):
            yield from self.cut(seen, body)

    def _settled(self) -> Settled:
        return Settled(self.wiring.now(), timedelta(seconds=self.settings.settle_s))
