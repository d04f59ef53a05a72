"""Shopify's search syntax for orders: `updated_at:>='…' AND status:any` as spans of time and words."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sandbox.shelf import CREATED, FOREVER, UPDATED, Entry, Shelf

TERM: Final = re.compile(r"(?:^|[\s(])(\w+):\s*(>=|<=|>|<|)\s*('[^']*'|\"[^\"]*\"|[^\s)]+)")
TIMES: Final = {"updated_at": UPDATED, "created_at": CREATED, "processed_at": CREATED}
STATUSES: Final = frozenset({"open", "closed", "cancelled"})
WORDS: Final = frozenset({"financial_status", "fulfillment_status"})


@dataclass(slots=True)
class Search:
    """What a search asks for: half-open spans in ms per time, words the status must hold, ids."""

    spans: dict[str, tuple[int, int]] = field(default_factory=lambda: {UPDATED: (-FOREVER, FOREVER), CREATED: (-FOREVER, FOREVER)})
    words: list[str] = field(default_factory=list[str])
    ids: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def holds(self, entry: Entry) -> bool:
        """Says whether an entry is found."""
        statuses = entry.status.split()
        own = int(entry.id.rpartition("/")[2])
        low, high = self.spans[CREATED]
        return (
            low <= entry.created_ms < high
            and all(word in statuses for word in self.words)
            and all(COMPARISONS[sign](own, number) for sign, number in self.ids)
        )

    def entries(self, shelf: Shelf, kind: str) -> list[Entry]:
        """Gives the entries found, by the time they were updated."""
        rows = shelf.window(kind, UPDATED, *self.spans[UPDATED])
        return [entry for entry in rows if self.holds(entry)]


COMPARISONS: Final = {
    "": int.__eq__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "<": int.__lt__,
    "<=": int.__le__,
}


def search_of(text: str) -> Search:
    """Gives what a search text asks for. Raises ValueError for a time that cannot be read; unknown terms are ignored."""
    found = Search()
    for name, sign, quoted in TERM.findall(text):
        value = quoted.strip("'\"")
        if name in TIMES:
            low, high = found.spans[TIMES[name]]
            least, most = span_of(sign, value)
            found.spans[TIMES[name]] = (max(low, least), min(high, most))
        elif (name == "status" and value in STATUSES) or name in WORDS:
            found.words.append(value.lower())
        elif name == "id":
            found.ids.append((sign, int(value)))
    return found


def span_of(sign: str, value: str) -> tuple[int, int]:
    """Gives the half-open span in ms of one comparison; like the vendor's index it compares whole seconds."""
    moment = datetime.fromisoformat(value)
    second = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1000
    after = second + 1000
    spans = {">=": (second, FOREVER), ">": (after, FOREVER), "<": (-FOREVER, second), "<=": (-FOREVER, after)}
    return spans.get(sign, (second, after))
