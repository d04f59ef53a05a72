"""EDIFACT, strictly: separators and segments, envelopes with their counts and references, files cut into messages, and ORDERS read.

What cannot be read is named by the segment's place in what was read, its tag, the element and the component: `segment 7 PRI, element 01-2`.
Values are never quoted. Source: ISO 9735 (syntax 1 to 3 and what of 4 is the same), UN/EDIFACT directories D.96A to D.01B, message ORDERS.

pydifact (MIT, typed, kept) was weighed: it gives no places of segments in the bytes, so that messages could not be cut out as they came,
does not count functional groups, and walks letter by letter. The syntax is one regular expression, the rest would be ours anyway.
"""

from connectors._kit.edifact.cutting import cut_edifact_orders, number_in
from connectors._kit.edifact.reading import read_edifact_order
from connectors._kit.edifact.segments import is_edifact
from connectors._kit.edifact.terms import EdifactTerms

__all__ = ["EdifactTerms", "cut_edifact_orders", "is_edifact", "number_in", "read_edifact_order"]
