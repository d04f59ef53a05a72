"""X12, strictly: separators and segments, envelopes with their counts and control numbers, files cut into documents, and writing.

What cannot be read is named by the segment's place in what was read (the ISA is 1), its id and the element: `segment 12 W12, element 02`.
Values are never quoted. Source: ASC X12.5 (interchange control structures) and X12.6 (application control structure), release 004010.
"""

from connectors._kit.x12.cutting import Piece, Together, cut, cut_groups, group_identity, identity_in
from connectors._kit.x12.envelope import Document, Interchange, read_document, read_interchange
from connectors._kit.x12.segments import Flaw, FlawedError, Segment, Separators, malformed
from connectors._kit.x12.writing import Envelope, Party, write_document

__all__ = [
    "Document",
    "Envelope",
    "Flaw",
    "FlawedError",
    "Interchange",
    "Party",
    "Piece",
    "Segment",
    "Separators",
    "Together",
    "cut",
    "cut_groups",
    "group_identity",
    "identity_in",
    "malformed",
    "read_document",
    "read_interchange",
    "write_document",
]
