"""JSON documents: what stands at a place, and what becomes of one into which a change is merged."""

import re
from typing import cast

from tests.contract.dialects import Document, Json

_DOT = re.compile(r"\.(?!\.|$)")


def steps(path: str) -> list[str]:
    """The names of a dotted path; a dot at the end of a name belongs to it."""
    return _DOT.split(path) if path else []


def at(record: Json, path: str) -> Json:
    """What stands under a dotted path; None where nothing does."""
    for step in steps(path):
        if isinstance(record, dict):
            record = record.get(step)
        elif isinstance(record, list) and step.isdigit() and int(step) < len(record):
            record = record[int(step)]
        else:
            return None
    return record


def found(record: Json, path: str, pattern: str) -> str:
    """The part of what stands under a path that a pattern's first group finds."""
    told = at(record, path)
    assert told is not None, f"the command names nothing under {path}"
    part = re.search(pattern, str(told))
    assert part is not None, f"{told!r} under {path} is nothing like {pattern}"
    return part[1]


def merged(kept: Json, change: Json, document: Document, number: int) -> Json:
    """The document changed: objects by their names, entries by theirs, and anything else as a whole; new entries are numbered from here."""
    if not (isinstance(kept, dict) and isinstance(change, dict)):
        return change
    both = dict(kept)
    for name, value in change.items():
        before = kept.get(name)
        if name == document.entries and isinstance(before, list) and isinstance(value, list):
            both[name] = _entries(before, value, document, number)
        else:
            both[name] = merged(before, value, document, number)
    return both


def entry_of(kept: Json, name: Json, document: Document) -> dict[str, Json] | None:
    """The entry of this name."""
    entries = cast("list[dict[str, Json]]", at(kept, document.entries))
    return next((entry for entry in entries if entry.get(document.name) == name), None)


def _entries(kept: list[Json], changes: list[Json], document: Document, number: int) -> list[Json]:
    entries = list(kept)
    for change in changes:
        names = [at(entry, document.name) for entry in entries]
        name = at(change, document.name)
        if name is not None and name in names:
            place = names.index(name)
            entries[place] = merged(entries[place], change, document, number)
        else:
            entries.append(merged({document.id: number + len(entries)}, change, document, number))
    return entries
