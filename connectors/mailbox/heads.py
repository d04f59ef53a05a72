"""Who sent a mail, told by its headers alone: a stranger, somebody who is refused, or somebody who may order.

Only the verdict of our own receiving server counts (RFC 8601, 5): the topmost `Authentication-Results` under its name. Headers are cut
here in a few lines, as the standard library's reading of addresses follows RFC 5322 to where nobody is sure any more whom they name.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from connectors.mailbox.session import HEAD_BYTES, Head
from connectors.mailbox.settings import Sender, Settings

Standing = Literal["stranger", "refused", "welcome"]

_LONGEST_SHOWN: Final = 200
_PLAIN = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}"
_FROM = re.compile(rf"(?:[^<>@]{{0,500}}<({_PLAIN})>|({_PLAIN}))\s*")
_ANY_ADDRESS = re.compile(_PLAIN)
_SIGNS = re.compile(r"\\.?|[\"()]|[^\\\"()]+", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9.-]+")
_RESULT = re.compile(r"\s*(dmarc|dkim)\s*=\s*([a-z]+)(?!\S)", re.IGNORECASE)
_DOMAIN_IN = {
    "dmarc": re.compile(r"(?<!\S)header\.from\s*=\s*(\S+)", re.IGNORECASE),
    "dkim": re.compile(r"(?<!\S)header\.(?:d\s*=\s*|i\s*=\s*\S*@)(\S+)", re.IGNORECASE),
}
_TO: Final = frozenset({"to", "cc", "delivered-to", "x-original-to", "envelope-to"})

Headers = tuple[tuple[str, str], ...]
"""Names in small letters and values in one line each, from the top."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a mail, and why."""

    standing: Standing
    sender: str | None = None
    """The name of the declared sender that it says to be from."""
    domain: str = ""
    """After the @ of who sent it, empty where that cannot be told."""
    reason: str = ""
    """Why it is refused, with the mend; no address stands in it."""
    proof: str = ""
    """By what it was proven who sent it: `dmarc` or `dkim`."""
    message_id: str = ""


def headers_of(raw: bytes) -> Headers:
    """The headers of a mail, as far as they are any; folded lines in one. All of them: one that is not looked at may be a second `From`."""
    block = re.sub(rb"\r\n?", b"\n", raw).split(b"\n\n", 1)[0].decode("latin-1")
    unfolded = re.sub(r"\n[ \t]+", " ", block)
    pairs = (line.partition(":") for line in unfolded.split("\n"))
    return tuple((name.strip().lower(), value.strip()) for name, colon, value in pairs if colon)


def judged(head: Head, settings: Settings) -> Verdict:
    """What becomes of a mail. Who it says to be from is looked at first: mails of strangers are refused without reading any further."""
    headers = headers_of(head.raw)
    senders = [value for name, value in headers if name == "from"]
    address = _address_in(senders[0]) if len(senders) == 1 else None
    claimed = next((name for value in senders for each in _ANY_ADDRESS.findall(value) if (name := settings.sender_of(each.lower()))), None)
    domain = address.rpartition("@")[2] if address else ""
    if claimed is None:
        return Verdict("stranger", domain=domain)
    message_id = next((value for name, value in headers if name == "message-id"), "")[:_LONGEST_SHOWN]
    name = settings.sender_of(address) if address else None
    reason, proof = _refusal(head, headers, address, name, settings)
    standing: Standing = "refused" if reason else "welcome"
    return Verdict(standing, name or claimed, domain, reason, proof, message_id)


def _refusal(head: Head, headers: Headers, address: str | None, name: str | None, settings: Settings) -> tuple[str, str]:
    """Why a mail of a declared sender is refused, or what proves it."""
    if address is None or name is None:
        return "From: does not name exactly one declared sender, so nobody can tell whose order it is; have it sent again", ""
    if len(head.raw) >= HEAD_BYTES:
        return f"headers: are longer than {HEAD_BYTES} bytes; have it sent again without them", ""
    if head.size > settings.most_bytes:
        return f"mail: has {head.size} bytes, more than {settings.most_bytes}; raise most_bytes, or have it sent in parts", ""
    named = [found.lower() for header, value in headers if header in _TO for found in _ANY_ADDRESS.findall(value)]
    told_to = {form for each in named for form in (each, each[each.rfind("@") :])}
    if settings.recipients and told_to.isdisjoint(settings.recipients):
        return "To: names none of the addresses that orders are sent to; declare it under recipients, or reject the mail", ""
    proof = _proof(headers, address.rpartition("@")[2], settings, settings.senders[name])
    return ("", proof) if proof else (_unproven(headers, settings), "")


def _address_in(value: str) -> str | None:
    """The one address of a From header, in small letters; None where there could be another."""
    found = _FROM.fullmatch(value)
    if found is None or len(_ANY_ADDRESS.findall(value)) != 1:
        return None
    return (found[1] or found[2]).lower()


def _own_results(headers: Headers, settings: Settings) -> list[str]:
    """What our own server wrote, from the top: the first results of its name, and never more than it writes."""
    own = settings.authserv_id.lower()
    values = (_bare(value) for name, value in headers if name == "authentication-results")
    cut = ((value.partition(";")[0].split(), value.partition(";")[2]) for value in values)
    return [results for named, results in cut if named and named[0].lower() == own][: settings.authserv_headers]


def _bare(value: str) -> str:
    """A header without its comments, and with a `_` for each quoted text that is no plain word.

    Senders choose what stands in both (`smtp.mailfrom`, `header.i`, reasons), so nothing in them is a result. Empty where one has no end.
    """
    kept: list[str] = []
    quoted: list[str] | None = None
    depth = 0
    for sign in _SIGNS.findall(value):
        if quoted is not None and sign != '"':
            quoted.append(sign)
        elif quoted is not None:
            word = "".join(quoted)
            kept.append(word if _WORD.fullmatch(word) else "_")
            quoted = None
        elif depth or sign == "(":
            depth += {"(": 1, ")": -1}.get(sign, 0)
            kept.append(" ")
        elif sign == '"':
            quoted = []
        else:
            kept.append(sign)
    return "" if depth or quoted is not None else "".join(kept)


def _proof(headers: Headers, domain: str, settings: Settings, sender: Sender) -> str:
    """What proves that a mail is from the domain it says to be from; empty where nothing does.

    A signature of another domain proves only that other domain, so it counts if it is of the very domain, or declared for the sender.
    """
    trusted = {domain, *sender.signing_domains}
    for results in _own_results(headers, settings):
        for each in results.split(";"):
            if (found := _RESULT.match(each)) and found[2].lower() == "pass":
                method = found[1].lower()
                told = _DOMAIN_IN[method].search(each)
                named = told[1].lower().strip(".") if told else ""
                if (method == "dmarc" and named in {"", domain}) or (method == "dkim" and named in trusted):
                    return method
    return ""


def _unproven(headers: Headers, settings: Settings) -> str:
    mend = "ask the sender whether it is theirs, and to sign with DKIM for their domain"
    if not _own_results(headers, settings):
        return f"Authentication-Results: none of {settings.authserv_id}; mend authserv_id or the receiving server, or {mend}"
    return f"Authentication-Results: neither dmarc=pass nor dkim=pass of the sender's own domain; {mend}"
