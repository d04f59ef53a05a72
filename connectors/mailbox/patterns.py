"""Patterns that operators declare, matched by RE2 (BSD): in time that grows with the text alone, whatever pattern and text are.

Python's own engine, and the `regex` package with a timeout, may spend their whole timeout on each mail.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol, cast

import re2  # pyright: ignore[reportMissingTypeStubs]  it has none

_re2: Any = re2
LONGEST: Final = 500


class _Found(Protocol):
    def groupdict(self) -> dict[str, str | None]: ...
    def group(self, number: int) -> str | None: ...


class _Compiled(Protocol):
    groups: int
    groupindex: dict[str, int]

    def finditer(self, text: str) -> Iterator[_Found]: ...


def compiled(pattern: str) -> _Compiled:
    """A pattern ready to be matched, `^` and `$` being the ends of each line; ValueError where it is none."""
    if len(pattern) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    options = _re2.Options()
    options.log_errors = False
    try:
        return cast("_Compiled", _re2.compile(f"(?m){pattern}", options))
    except cast("type[Exception]", _re2.error):
        raise ValueError("is no pattern that RE2 can match; look-around and back-references are not among what it knows") from None


def anchored_field(pattern: str) -> str:
    """The pattern of one field itself; ValueError unless it is anchored to its line and has one group."""
    if not pattern.startswith("^") or not pattern.endswith("$"):
        raise ValueError("is not anchored; let it begin with ^ and end with $")
    if compiled(pattern).groups != 1:
        raise ValueError("has not exactly one group; put the value alone into brackets")
    return pattern


def values_of(pattern: str, text: str) -> list[str]:
    """Every value that stands where the pattern says, blanks around it cut off."""
    return [(found.group(1) or "").strip() for found in compiled(pattern).finditer(text)]


def rows_of(pattern: str, text: str) -> list[dict[str, str]]:
    """The named groups of every line that fits."""
    return [{name: (value or "").strip() for name, value in found.groupdict().items()} for found in compiled(pattern).finditer(text)]
