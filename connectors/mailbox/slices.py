"""The slices of a mailbox: one per order, one per refused mail, one per day of strangers. All that mapping needs stands in them.

Nothing of the delivery is in a slice but the time of arrival, so that a mail read twice, from another folder, or under another UID, is
one slice.
"""

import hashlib
from datetime import datetime
from typing import Final, Literal

import msgspec

from connectors.mailbox.settings import Sender
from model.values.instant import iso

Form = Literal["schema_org", "text", "sheet", "x12", "edifact", "refused", "strangers"]

_SHORT: Final = 24
LONGEST_NUMBER: Final = 100
"""Characters of an order's number; a longer one is refused when it is read."""
_MOST_DOMAINS: Final = 8
"""Domains that a day's count names; a reason in the quarantine has 500 characters."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """The mail an order came by."""

    message_id: str
    arrived_at: str
    sender: str
    """The sender's declared name."""
    proof: str
    """`dmarc` or `dkim`."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the mail that the order stands in."""

    number: str
    """`1.2`, as IMAP counts parts."""
    name: str
    """The file's name; empty for the text itself."""
    sha256: str


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it came, or why there is none."""

    id: str
    """What the record is called, as far as it is known before mapping: `northgate:PO-17`, `refused:…`."""
    form: Form
    mail: Mail
    part: Part | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")
    """The order itself: markup as JSON, fields of a text, or the slice of a sheet or of an EDI document."""
    seen: str | None = None
    """The text that a reader of the mail sees, where what is marked up is compared with it."""
    zone: str | None = None
    terms: msgspec.Raw = msgspec.Raw(b"{}")
    """What was agreed about reading an EDI document."""
    later: Literal["held", "newest"] = "held"
    """What becomes of a later mail that tells the same order otherwise."""
    reason: str = ""
    """Why it is refused."""


_decoder = msgspec.json.Decoder(Slice)


def packed_slice(told: Slice) -> bytes:
    """The bytes of a slice."""
    return msgspec.json.encode(told)


def unpacked_slice(raw: bytes) -> Slice:
    """A slice from its bytes; msgspec.DecodeError where it is none."""
    return _decoder.decode(raw)


def order_id(sender: str, number: str) -> str:
    """An order's id: numbers are their sender's own, so two senders may use the same."""
    return f"{sender}:{number[:LONGEST_NUMBER]}"


def slice_in(form: Form, mail: Mail, part: Part, named: str, body: msgspec.Raw, sender: Sender) -> Slice:
    """The slice of one order in a part of a mail."""
    return Slice(id=named, form=form, mail=mail, part=part, body=body, zone=sender.zone, later=sender.later_mails)


def refused(mail: Mail, reason: str, part: Part | None = None) -> Slice:
    """A mail, or a part of one, that is no order: its reason is what the quarantine shows."""
    named = f"{mail.message_id}\x1f{part.number if part else ''}" if mail.message_id else f"{mail.arrived_at}\x1f{mail.sender}"
    digest = hashlib.sha256(named.encode()).hexdigest()[:_SHORT]
    return Slice(id=f"refused:{mail.sender}:{digest}", form="refused", mail=mail, part=part, reason=reason)


def strangers(folder: str, day: str, count: int, domains: dict[str, int], unread: int) -> Slice:
    """A day's mails of people who are not declared, and how many were refused beyond those that are told one by one."""
    most = sorted(domains.items(), key=lambda one: (-one[1], one[0]))[:_MOST_DOMAINS]
    told = ", ".join(f"{domain or 'unreadable'} {number}" for domain, number in most)
    more = f"; {unread} more mails that say to be of declared senders were refused" if unread else ""
    domains_told = f" ({told})" if told else ""
    reason = f"{folder}, {day}: {count} mails of senders who are not declared{domains_told}{more}; declare under senders who may order"
    mail = Mail(message_id="", arrived_at=f"{day}T00:00:00+00:00", sender="", proof="")
    return Slice(id=f"strangers:{folder}:{day}", form="strangers", mail=mail, reason=reason)


def mail_of(message_id: str, arrived_at: datetime, sender: str, proof: str) -> Mail:
    """The mail of a slice."""
    return Mail(message_id=message_id, arrived_at=iso(arrived_at), sender=sender, proof=proof)
