"""N1 loops: who buys, where goods go, who is billed."""

from collections.abc import Sequence
from typing import Final

from connectors._kit.x12.segments import Segment, malformed
from connectors._kit.x12.told import Told
from model.records.order import Party, PartyRole

COUNTRY: Final = "country"
"""Word under which the account's settings say the country of addresses that tell none."""
_ROLES: Final[dict[str, PartyRole]] = {"ST": "shipping", "BT": "billing", "BY": "buyer"}
_LOOP: Final = frozenset({"N1", "N2", "N3", "N4", "PER", "REF"})
_MOST_STREET: Final = 4
_COUNTRY_LETTERS: Final = 2


def parties_in(segments: Sequence[Segment], told: Told) -> tuple[Party, ...]:
    """The parties whose roles an order here has; a MalformedError where one is told twice and differently."""
    found: dict[PartyRole, Party] = {}
    for loop in _loops(segments):
        role = _ROLES.get(loop[0].at(1))
        if role is None:
            continue
        party = _party(role, loop, told)
        if found.setdefault(role, party) != party:
            raise malformed(loop[0], 1, "is told twice and differently; an order goes to one place")
    return tuple(found.values())


def _loops(segments: Sequence[Segment]) -> list[list[Segment]]:
    """From each N1 up to what belongs to no address any more."""
    found: list[list[Segment]] = []
    is_open = False
    for segment in segments:
        is_open = (is_open or segment.name == "N1") and segment.name in _LOOP
        if segment.name == "N1":
            found.append([])
        if is_open:
            found[-1].append(segment)
    return found


def _party(role: PartyRole, loop: Sequence[Segment], told: Told) -> Party:
    first = loop[0]
    names = [name for each in loop if each.name == "N2" for name in (each.at(1), each.at(2)) if name]
    street = tuple(line for each in loop if each.name == "N3" for line in (each.at(1), each.at(2)) if line)
    if len(street) > _MOST_STREET:
        raise malformed(first, 1, "has more than four lines of street")
    place = next((each for each in loop if each.name == "N4"), None)
    contact = next((each for each in loop if each.name == "PER"), None)
    return Party(
        role=role,
        external_id=first.at(4) or None,
        company=first.at(2) or None,
        name=(contact.at(2) or None if contact else None) or (names[0] if names else None),
        email=_reached(contact, "EM"),
        phone=_reached(contact, "TE"),
        street=street,
        city=place.at(1) or None if place else None,
        region=_region(place),
        postcode=place.at(3) or None if place else None,
        country=_country(place, told),
    )


def _reached(contact: Segment | None, code: str) -> str | None:
    if contact is None:
        return None
    return next((contact.at(number + 1) or None for number in (3, 5, 7) if contact.at(number) == code), None)


def _region(place: Segment | None) -> str | None:
    if place is None:
        return None
    return place.at(2) or (place.at(6) if place.at(5) == "SP" else "") or None


def _country(place: Segment | None, told: Told) -> str | None:
    """As told, or as agreed where an address tells none; codes of three letters and numbers are refused."""
    if place is None:
        return None
    code = place.at(4) or told.statuses.get(COUNTRY, "")
    if code and not (len(code) == _COUNTRY_LETTERS and code.isascii() and code.isalpha() and code.isupper()):
        raise malformed(place, 4, "is no country of two letters")
    return code or None
