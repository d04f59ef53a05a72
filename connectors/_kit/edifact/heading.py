"""What the head of an ORDERS says: which document it is, when, in what currency, and who takes part."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors._kit.edifact.segments import Segment
from connectors._kit.edifact.terms import EdifactTerms
from model.errors import MalformedError, RejectedError
from model.records.order import Party, PartyRole
from model.values.instant import local_instant
from model.values.money import exponent

Head = tuple[Segment, ...]

_DOCUMENTS: Final = frozenset({"220", "105", "224", "226", "227"})
"""Code 1001: order, purchase order, rush order, call off order, consignment order."""
_ORIGINAL: Final = frozenset({"", "9", "7", "31"})
"""Code 1225: original, and a duplicate or copy of it, which says the same."""
_REPLACES: Final = "5"
_DATES: Final = ("137", "4")
"""Code 2005: of the document, of the order."""
_FORMS: Final = {"102": (8, "%Y%m%d"), "203": (12, "%Y%m%d%H%M"), "204": (14, "%Y%m%d%H%M%S")}
"""Code 2379 with the width and form that it means."""
_REFERENCE: Final = "2"
"""Code 6347: reference currency."""
_ROLES: Final[dict[str, PartyRole]] = {"BY": "buyer", "ST": "shipping", "DP": "shipping", "IV": "billing"}
"""Code 3035. The place of delivery counts before the ship-to of a forwarder where both are told."""
_REACHED: Final = {"TE": "phone", "EM": "email"}
_COUNTRY = re.compile(r"[A-Z]{2}")
_NOTE = 2_000


def is_replacement(bgm: Segment) -> bool:
    """Whether the document replaces an earlier one. RejectedError for what is no order, or a change or cancellation of one."""
    if bgm.at(1) not in _DOCUMENTS:
        raise RejectedError(f"{bgm}, element 01-1: is document {bgm.at(1)[:3] or 'nothing'}, which is no order that is read here")
    function = bgm.at(3)
    if function not in _ORIGINAL and function != _REPLACES:
        raise RejectedError(f"{bgm}, element 03: is function {function[:3]}, which is not read here; cancel or change the order by hand")
    return function == _REPLACES


def placed_of(head: Head, terms: EdifactTerms) -> datetime:
    """When the document was made."""
    told = [segment for segment in head if segment.tag == "DTM"]
    found = next((segment for code in _DATES for segment in told if segment.at(1) == code), None)
    if found is None:
        raise MalformedError("DTM: none is of the document (137), so nobody knows when it was placed")
    width, form = _FORMS.get(found.at(1, 3), (0, ""))
    text = found.need(1, 2)
    if not width:
        raise found.wrong("is none of the forms 102, 203 and 204, which tell a whole date", 1, 3)
    if len(text) != width or not (text.isascii() and text.isdigit()):
        raise found.wrong("is no date of that form", 1, 2)
    try:
        return local_instant(datetime.strptime(text, form).isoformat(), ZoneInfo(terms.zone))  # noqa: DTZ007  the zone follows
    except (ValueError, MalformedError):
        raise found.wrong("is no date of that form", 1, 2) from None


def currency_of(head: Head, terms: EdifactTerms) -> str:
    """What the order is in."""
    found = next((segment for segment in head if segment.tag == "CUX" and segment.at(1) == _REFERENCE), None)
    if found is None:
        if terms.currency is None:
            raise RejectedError("CUX: the message names no currency; ask the partner for it, or set edifact.currency")
        return terms.currency
    code = found.need(1, 2)
    try:
        exponent(code)
    except MalformedError:
        raise found.wrong("is no current ISO 4217 code", 1, 2) from None
    return code


def parties_of(head: Head) -> tuple[Party, ...]:
    """Buyer, where it goes and who is billed; one of a role."""
    found: dict[PartyRole, tuple[str, Party]] = {}
    for place, segment in enumerate(head):
        role = _ROLES.get(segment.at(1)) if segment.tag == "NAD" else None
        if role is not None and (role not in found or segment.at(1) == "DP"):
            found[role] = segment.at(1), _party(segment, role, _reached(head[place + 1 :]))
    return tuple(party for _code, party in found.values())


def _party(segment: Segment, role: PartyRole, reached: dict[str, str]) -> Party:
    """A NAD. Where its name and street are free text (C058), nobody knows which is which: the lines are the name and the street."""
    free = segment.parts(3)
    country = segment.at(9)
    if country and not _COUNTRY.fullmatch(country):
        raise segment.wrong("is no country code of two capital letters", 9)
    return Party(
        role=role,
        external_id=segment.at(2) or None,
        name=" ".join(segment.parts(4)) or (free[0] if free else None),
        street=segment.parts(5) or free[1:],
        city=segment.at(6) or None,
        region=segment.at(7) or segment.at(7, 4) or None,
        postcode=segment.at(8) or None,
        country=country or None,
        email=reached.get("email"),
        phone=reached.get("phone"),
    )


def _reached(behind: Head) -> dict[str, str]:
    """How the party is reached: each COM up to the next NAD."""
    found: dict[str, str] = {}
    for segment in behind:
        if segment.tag == "NAD":
            break
        kind = _REACHED.get(segment.at(1, 2)) if segment.tag == "COM" else None
        if kind is not None:
            found.setdefault(kind, segment.at(1))
    return found


def note_of(head: Head) -> str | None:
    """What the partner says in words."""
    text = "\n".join(" ".join(parts) for segment in head if segment.tag == "FTX" and (parts := segment.parts(4)))
    return text[:_NOTE] or None
