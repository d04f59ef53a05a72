"""Status words: the vendor's own, or a shop's translated to them."""

from collections.abc import Mapping
from typing import TypeVar

from model.errors import MalformedError

T = TypeVar("T")


def standard(place: str, word: str, table: Mapping[str, object], statuses: Mapping[str, str]) -> str:
    """The word itself if the vendor documents it, else its translation; an unknown one is a MalformedError with the mend."""
    if word in table:
        return word
    translated = statuses.get(word, "")
    if translated not in table:
        raise MalformedError(f"{place}: {word[:40]!r} is unknown; translate it under settings.statuses")
    return translated


def meaning(place: str, word: str, table: Mapping[str, T], statuses: Mapping[str, str]) -> T:
    """What a status word means here."""
    return table[standard(place, word, table, statuses)]
