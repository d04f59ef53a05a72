"""Where a connector of mailboxes is put to the test: the stand of reading, with an IMAP conversation on loopback for a remote."""

import json
import weakref
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import httpx

from connectors._kit import Wiring
from connectors._kit.base import unwired
from connectors.mailbox.cutting import cut_mail
from connectors.mailbox.settings import Settings
from connectors.mailbox.slices import mail_of, packed_slice
from tests.contract.dialects import Dialect, Shape
from tests.contract.remote import NOW, Remote, Row, recordings, window_times
from tests.contract.stand import Link, Stand
from tests.mailbox import HERE, Postbox, postbox
from tests.mails import SETTINGS, letter, sent

SENDER = "north"
SHAPE = Shape(
    id="id", own_id=f"{SENDER}:{{}}", updated=("mail.arrived_at",), stamp="%Y-%m-%dT%H:%M:%S.%fZ", currency="body.priceCurrency",
    status="body.orderStatus", amount="body.price", text="body.customer.name", lines="body.acceptedOffer",
    quantity="eligibleQuantity.value", optional=("body.price",),
)  # fmt: skip
DIALECT = Dialect(settings={**SETTINGS, "page_mails": 4}, page=4, shapes={"orders": SHAPE}, doors=())


@dataclass(slots=True)
class MailRemote(Remote):
    """The mailbox's end: each row is a mail that holds it."""

    box: Postbox = field(init=False)

    def __post_init__(self) -> None:
        Remote.__post_init__(self)
        serving = postbox()
        self.box = serving.__enter__()
        weakref.finalize(self.box, serving.__exit__, None, None, None)
        for rows in self.rows.values():
            for row in rows:
                self.tell(row)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Nobody speaks HTTP here."""
        raise AssertionError(f"{request.url}: nothing here is asked for over HTTP")

    def tell(self, row: Row) -> None:
        """A row's mail is delivered."""
        self.box.put(mail_with(json.loads(row.body)["body"]), row.updated)


def mail_with(order: object) -> bytes:
    """A mail with an order marked up, and nothing for a reader."""
    number = str(cast("dict[str, object]", order)["orderNumber"])
    message = letter(number=number)
    message.set_content(f'<script type="application/ld+json">{json.dumps(order)}</script>', subtype="html")
    return sent(message)


@dataclass
class MailStand(Stand):
    """One connector class under test as a reader of mails."""

    @property
    def dialect(self) -> Dialect:
        """As far as a mailbox has one."""
        return DIALECT

    def recorded(self) -> list[Any]:
        """The recorded slices."""
        return recordings(self.name, self.stream.name)

    def usual_rows(self) -> list[Row]:
        """Rows for some pages."""
        return [self.row(place, SHAPE.numbered(number), at) for place, (number, at) in enumerate(window_times(self.count))]

    def row(self, place: int, external_id: str, updated: datetime) -> Row:
        """One more mail."""
        recorded = self.recorded()
        number = external_id.partition(":")[2]
        order = {**recorded[place % len(recorded)]["body"], "orderNumber": number}
        settings = Settings.model_validate({**SETTINGS, "port": 1})
        mail = mail_of(f"<{number}@north.example>", updated, SENDER, "dkim")
        (told,) = cut_mail(mail_with(order), mail, settings.senders[SENDER])
        return Row(external_id, external_id, updated, updated, packed_slice(told))

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> MailRemote:
        """The mailbox with these mails, or with the suite's usual ones."""
        return MailRemote(self.dialect, {self.stream.rows: list(self.rows if rows is None else rows)}, shop=shop, empties=empties)

    def link(self, outside: httpx.BaseTransport | None = None) -> Link:
        """The connector, wired to a mailbox."""
        remote = outside or self.remote()
        assert isinstance(remote, MailRemote)
        settings = self.kind.settings_type.model_validate({**self.dialect.settings, "port": remote.box.port, "user": remote.shop})
        wiring = Wiring(unwired().transport, allow_hosts=frozenset({HERE}), now=lambda: NOW)
        return Link(self.kind(settings, wiring), self.stream, remote.box.commands, [])

    @property
    def endings(self) -> set[str]:
        """A mail may also be whole, and no order to take."""
        return {"MalformedError", "RejectedError", "read"}
