"""One mailbox: how it is reached, who may order by it, and what each sender's orders look like."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors._kit.base import ChannelSettings
from connectors._kit.edifact import EdifactTerms
from connectors._kit.order_sheets import SheetLayout
from connectors.mailbox.templates import TextTemplate
from connectors.mailbox.x12_terms import X12Terms

MIB = 2**20


def _zone_known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone; write one like Europe/Rome") from None
    return name


_ADDRESS = r"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]*@[a-z0-9.-]+$"
"""An address in small letters, or `@domain` for everybody there."""

Address = Annotated[str, Field(pattern=_ADDRESS, max_length=254)]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9.-]+$", max_length=253)]
SenderName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Zone = Annotated[str, AfterValidator(_zone_known)]

Form = Literal["schema_org", "text", "sheet", "x12", "edifact"]
"""In which form a sender's mails hold orders."""


class Sender(BaseModel):
    """One who may order. A mail is read in the one form that is declared, and in no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    addresses: Annotated[tuple[Address, ...], Field(min_length=1)]
    """Whose `From:` it is: an address in small letters, or `@domain` for everybody there."""
    form: Form = "schema_org"
    """`schema_org`: an Order in JSON-LD or microdata; `text`: written for people, by `text`; `sheet`: CSV or XLSX files, by `sheet`; `x12`:
    files with purchase orders (850), by `x12`; `edifact`: files with ORDERS, by `edifact`."""
    text: TextTemplate | None = None
    sheet: SheetLayout | None = None
    """As [orders by file](order-files.md) declares layouts; its `later_files` is not asked, `later_mails` is."""
    x12: X12Terms | None = None
    edifact: EdifactTerms | None = None
    later_mails: Literal["held", "newest"] = "held"
    """What becomes of a later mail that tells the same order otherwise: it is held for a person, or the newest mail counts."""
    signing_domains: tuple[Domain, ...] = ()
    """Domains whose DKIM signature also proves this sender, beside the domain of the address itself."""
    zone: Zone | None = None
    """Where times without an offset are counted. Without it such a time is refused."""
    confirms_by_text: bool = True
    """Whether what markup says is looked for in the text that a reader sees; what is not found there is doubtful."""

    @model_validator(mode="after")
    def _is_declared(self) -> Self:
        if self.form != "schema_org" and getattr(self, self.form) is None:
            raise ValueError(f"{self.form}: is needed where the form is {self.form}")
        if self.form == "text" and self.zone is None:
            raise ValueError("zone: is needed where the form is text; people write no offsets")
        return self


class Settings(ChannelSettings):
    """One mailbox."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$", max_length=253)]
    """The IMAP server."""
    port: int = Field(default=993, ge=1, le=65535)
    """993 speaks TLS at once, others are asked for STARTTLS."""
    user: str
    password: SecretStr
    is_plain: bool = False
    """Without TLS; refused for a server that is not on this machine."""
    folders: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] = ("INBOX",)
    """Folders that are read, in this order."""
    authserv_id: Annotated[str, Field(min_length=1, max_length=253)]
    """The name under which your own receiving server writes `Authentication-Results`. What others wrote there counts for nothing."""
    authserv_headers: int = Field(default=1, ge=1, le=4)
    """How many such headers your server writes into each mail; only so many of the topmost ones count."""
    recipients: tuple[Address, ...] = ()
    """Addresses of yours that orders are sent to. With none, any will do."""
    senders: Annotated[Mapping[SenderName, Sender], Field(min_length=1)]
    """Who may order, by a name of your own. The name becomes a part of each order's id, so do not change it."""
    marks_read: bool = False
    """Whether mails that were read are given the keyword `$EntrepotRead`; nothing else in the mailbox is ever changed."""
    tells_strangers: bool = True
    """Whether one entry of the quarantine per folder and day counts the mails of strangers. Refused mails are told without it, too."""
    most_bytes: int = Field(default=10 * MIB, ge=1024, le=64 * MIB)
    """Bytes of a mail; a larger one is refused unread."""
    page_mails: int = Field(default=20, ge=1, le=200)
    """Mails read before what they held is saved."""

    @model_validator(mode="after")
    def _each_address_is_one_sender(self) -> Self:
        told = [address for sender in self.senders.values() for address in sender.addresses]
        if twice := sorted({address for address in told if told.count(address) > 1}):
            raise ValueError(f"senders: {twice[0]} is declared twice")
        return self

    def sender_of(self, address: str) -> str | None:
        """The name of the declared sender with that address; an exact address goes before its domain."""
        for wanted in (address, address[address.rfind("@") :]):
            for name, sender in self.senders.items():
                if wanted in sender.addresses:
                    return name
        return None
