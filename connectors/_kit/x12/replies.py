"""Groups of the partner's documents, and the 997 that acknowledges one: once for each group, never for a group of acknowledgements.

Source: X12 004010, transaction set 997; elements 715 (AK9-01), 717 (AK5-01), 718 (AK5-02), 720 (AK3-04), 723 (AK4-03). Bad values are
never sent back (AK4-04): they may be somebody's address.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from connectors._kit.x12.cutting import cut_groups, group_identity
from connectors._kit.x12.envelope import read_interchange
from connectors._kit.x12.numbering import envelope_of
from connectors._kit.x12.paging import kind_of
from connectors._kit.x12.segments import SEGMENTS_WRONG, Flaw, Segment
from connectors._kit.x12.settings import EdiSettings
from connectors._kit.x12.writing import Line, write_document
from connectors.capabilities import DocumentGroup

FUNCTION: Final = "FA"
"""The functional id of acknowledgements (997 and 999), which are never acknowledged themselves."""
_UNNUMBERED: Final = "0000"
"""In place of a set's number where the set has none."""


def groups_in(raw: bytes, settings: EdiSettings, kinds: Mapping[str, str]) -> Iterator[DocumentGroup]:
    """The groups of one file that are for us to acknowledge: whole, from this partner to us, and of documents."""
    for together in cut_groups(raw):
        name = group_identity(together)
        if name is not None and together.pieces and together.group.at(1) != FUNCTION and _is_ours(together.interchange, settings):
            documents = tuple((kind_of(piece, kinds), piece.raw) for piece in together.pieces)
            yield DocumentGroup(external_id=name, reference=together.group.at(6), documents=documents)


def _is_ours(header: Segment, settings: EdiSettings) -> bool:
    return (header.at(6), header.at(8), header.at(15)) == (settings.their_id, settings.our_id, settings.usage)


def write_reply(settings: EdiSettings, group: DocumentGroup, flaws: Sequence[Flaw | None], at: datetime, key: str) -> bytes:
    """The 997 of a group; `flaws` say of each of its documents what is wrong with it, None where nothing is."""
    headers = [_headers(raw) for _, raw in group.documents]
    function, number = headers[0][0].at(1), headers[0][0].at(6)
    body: list[Line] = [("AK1", (function, number))]
    for (_, header), flaw in zip(headers, flaws, strict=True):
        body += _answer(header, flaw)
    accepted = flaws.count(None)
    verdict = "A" if accepted == len(flaws) else "P" if accepted else "R"
    body.append(("AK9", (verdict, str(len(flaws)), str(len(flaws)), str(accepted))))
    return write_document(envelope_of(settings, key, FUNCTION, at), "997", body)


def _headers(raw: bytes) -> tuple[Segment, Segment]:
    """GS and ST of a document that stands in an envelope of its own."""
    [group] = read_interchange(raw).groups
    return group.header, group.sets[0].segments[0]


def _answer(header: Segment, flaw: Flaw | None) -> Iterator[Line]:
    """What is said of one set. AK3 counts segments from the ST, so that what is wrong before it has no place there."""
    yield "AK2", (header.at(1), header.at(2) or _UNNUMBERED)
    if flaw is None:
        yield "AK5", ("A",)
        return
    place = flaw.position - header.position + 1
    if flaw.segment and flaw.in_set == SEGMENTS_WRONG and place > 0:
        yield "AK3", (flaw.segment, str(place), "", flaw.in_segment)
        if flaw.element and flaw.in_element:
            yield "AK4", (str(flaw.element), "", flaw.in_element)
    yield "AK5", ("R", flaw.in_set)
