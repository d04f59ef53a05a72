"""997 -> Acknowledgement. A 997 is about one group, and a group of ours holds one document: so it is about one document of ours.

Copies of bad values (AK4-04) are never looked at: they may be somebody's address.
"""

from collections.abc import Mapping

from connectors._kit.x12.codes import ACCEPTED, ELEMENT_PROBLEM, SEGMENT_PROBLEM
from connectors._kit.x12.envelope import Document
from connectors._kit.x12.segments import Segment, malformed
from connectors._kit.x12.told import Told, code_at, opened
from model.errors import RejectedError
from model.records.advice import Acknowledgement


def read_acknowledgement(raw: bytes, statuses: Mapping[str, str], *, functions: frozenset[str]) -> Acknowledgement:
    """One 997 about a group of ours, which are of these functional ids.

    The reference is the group's number, which a receipt of ours has as its external id.
    """
    told = opened(raw, "997", statuses)
    document = told.document
    header = document.need("AK1")
    if header.need(1) not in functions:
        raise RejectedError(f"{header}, element 01: is about a group of a kind that we never send")
    if len(document.all("AK2")) > 1:
        raise malformed(header, 2, "is a group of several documents, and each of ours holds one")
    return Acknowledgement(
        external_id=told.external_id,
        told_at=told.told_at,
        source_version=told.source_version,
        reference=str(header.count(2)),
        is_accepted=_is_accepted(document, told),
        problems=tuple(_problems(document)),
    )


def _is_accepted(document: Document, told: Told) -> bool:
    """Whether the group was taken, and the document in it where the partner says so of each."""
    whole = code_at(document.need("AK9"), 1, ACCEPTED, told)
    single = document.first("AK5")
    return whole and (single is None or code_at(single, 1, ACCEPTED, told))


def _problems(document: Document) -> list[str]:
    found: list[str] = []
    place = ""
    for segment in document.segments:
        if segment.name == "AK3":
            place = f"segment {segment.at(2)[:6]} {segment.at(1)[:3]}"
            found += [f"{place}: {_told(segment.at(4), SEGMENT_PROBLEM)}"] if segment.at(4) not in {"", "8"} else []
        elif segment.name == "AK4":
            found.append(f"{place}, element {segment.at(1)[:5]}: {_told(segment.at(3), ELEMENT_PROBLEM)}")
        elif segment.name in {"AK5", "AK9"}:
            found += [f"{segment.name}: code {code[:3]}" for code in _codes(segment)]
    return found


def _codes(segment: Segment) -> list[str]:
    first = 2 if segment.name == "AK5" else 5
    return [code for number in range(first, first + 5) if (code := segment.at(number))]


def _told(code: str, table: Mapping[str, str]) -> str:
    return f"{table.get(code, 'problem')} ({code[:3]})"
