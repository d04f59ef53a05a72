"""The words of a report in one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reconciliation.reports import words_en, words_zh

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its code as HTML names it, and the words by key."""

    code: str
    by_key: Mapping[str, str]

    def of(self, key: str, **filled: object) -> str:
        """The word of a key, with its gaps filled."""
        word = self.by_key[key]
        return word.format(**filled) if filled else word

    def name(self, group: str, word: str) -> str:
        """What a word of the hub is called; a name that is not the hub's own, as a rule's, stays as it is."""
        return self.by_key.get(f"{group}.{word}", word)


LANGUAGES: Final[Mapping[Language, Words]] = {"en": Words("en", words_en.WORDS), "zh": Words("zh-Hans", words_zh.WORDS)}
"""What reports are written in."""
