"""Status words: the vendor's own, or a shop's translated to them."""

from collections.abc import Mapping
from typing import TypeVar

from model.errors import MalformedError

T = TypeVar("T")


def standard(place: str, word: str, table: Mapping[str, object], statuses: Mapping[str, str]) -> str:
    """The word itself if the vendor documents it, else the account's own translation, in any case of letters.

    An account translates only words that the vendor's table does not know; for one that it knows, the table wins. An unknown
    word is a MalformedError with the mend, and the one value that a reason quotes: nobody could translate it otherwise.
    """
    if word in table:
        return word
    translated = statuses.get(word) or statuses.get(word.lower(), "")
    for standing in (translated, translated.upper(), translated.lower()):
        if standing in table:
            return standing
    raise MalformedError(f"{place}: {word[:40]!r} is unknown; translate it under settings.statuses")


def meaning(place: str, word: str, table: Mapping[str, T], statuses: Mapping[str, str]) -> T:
    """What a status word means here."""
    return table[standard(place, word, table, statuses)]
