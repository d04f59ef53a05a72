"""Orders that come by e-mail: a mailbox that is only read, and what its mails hold."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from connectors._kit import Connector, Manifest
from connectors.capabilities import Lookup, OrderSource, PayloadKind, RawPage, RemoteIdentity, StreamFacts, Window
from connectors.mailbox.mapping import external_id_in, read_order
from connectors.mailbox.reading import KIND, found_by_number, pages_of
from connectors.mailbox.session import Login, Session
from connectors.mailbox.settings import Settings
from connectors.mailbox.slices import packed_slice, unpacked_slice
from model.errors import ContractError


class Mailbox(Connector[Settings], OrderSource):
    """One mailbox and everybody who may order by it."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {KIND: PayloadKind(read_order, stream="orders")}
    mapping_version = 1
    order_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(days=3), longest=timedelta(days=7))
    """A mail keeps its time of arrival when somebody moves it into the folder; the overlap is how late that may be."""

    session: Session

    def base_url(self, settings: Settings) -> str:
        raise ContractError(f"{settings.host}: is not reached over HTTP")

    def prepare(self) -> None:
        settings = self.settings
        self.session = Session(
            Login(
                host=settings.host,
                port=settings.port,
                user=settings.user,
                password=settings.password.get_secret_value(),
                is_plain=settings.is_plain,
                most_bytes=settings.most_bytes,
                allow_hosts=self.wiring.allow_hosts,
            )
        )

    def close(self) -> None:
        self.session.close()

    def identify(self) -> RemoteIdentity:
        """The login and the first folder, which proves both. IMAP tells no time, so it is the hub's."""
        settings = self.settings
        self.session.open(settings.folders[0])
        return RemoteIdentity(f"{settings.user}@{settings.host}:{settings.port}".lower(), settings.user, self.wiring.now())

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return external_id_in(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return pages_of(self.session, self.settings, window, resume)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """Orders whose mails the server finds by their number. None is ever gone: a mail that is cleared away says nothing of its order."""
        if not ids:
            return Lookup(KIND, (), ())
        numbers = [each.partition(":")[2] for each in ids]
        found = found_by_number(self.session, self.settings, [number for number in numbers if number.isascii() and number.isprintable()])
        return Lookup(KIND, tuple(dict.fromkeys(packed_slice(each) for each in found if each.id in ids)), ())

    def count_orders(self, window: Window) -> int:
        """Orders in the mails of the window, each counted once however often it is told."""
        slices = (unpacked_slice(raw) for page in self.fetch_orders(window, None) for raw in page.slices)
        return len({each.id for each in slices if each.form not in {"refused", "strangers"}})

    def wait_for_news(self, seconds: float) -> bool:
        """Wait until the server tells of a new mail in the first folder; False where none came in time."""
        self.session.open(self.settings.folders[0])
        return self.session.wait(seconds)
