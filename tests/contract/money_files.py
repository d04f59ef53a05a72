"""What the suite knows of a connector that reads files of money, beside the files themselves: `recordings/money.toml`.

    [settings]              # of the account; the address is the suite's
    [[files]]               # once for each recorded file
    name = "statement.sta"
    lines = 3               # counted by hand, as is the sum of their amounts in minor units
    total = -1250
    amounts = ':61:.*?[CD]([0-9,]+)N'   # a pattern whose first group is the amount of a line

A file whose account says something more has `[files.settings]`.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.contract.dialects import CONNECTORS, NEVER, Told

_DECLARED = re.compile(r'(encoding=")[^"]*(")')


class MoneyFile(Told):
    """One recorded file."""

    name: str
    lines: int
    total: int
    amounts: str = NEVER
    settings: Mapping[str, Any] = {}
    """What the account says for this form, beside `[settings]`."""
    encoding: str = "utf-8"
    """How the recording is written."""
    encodings: tuple[str, ...] = ("utf-8-sig",)
    """How else the same may come."""
    has_free_newlines: bool = True
    """Whether CRLF says the same as LF."""
    tells_its_end: bool = True
    """Whether a file that was cut can be told from a whole one; not so where rows just stop."""
    has_sums: bool = True
    """Whether the file states what its lines sum to."""
    unproven: int = 0
    """Lines whose amount nothing proves, and which the pattern leaves out: the oldest one beside running balances."""
    overlaps: str = ""
    """Another recording that tells some of the same lines of the same account."""
    shared: int = 0
    """How many."""


class MoneyDialect(Told):
    """All of them."""

    files: tuple[MoneyFile, ...]
    settings: Mapping[str, Any] = {}


@cache
def money_dialect_of(name: str) -> MoneyDialect:
    """What a connector's folder tells of its files of money."""
    return MoneyDialect.model_validate(tomllib.loads((CONNECTORS / name / "recordings" / "money.toml").read_text("utf-8")))


@cache
def recorded_file(name: str, file: str) -> bytes:
    """A recording as it is."""
    return (CONNECTORS / name / "recordings" / file).read_bytes()


def rewritten(raw: bytes, file: MoneyFile, encoding: str) -> bytes:
    """The file in another encoding, which it says of itself where it says one."""
    return _DECLARED.sub(rf"\g<1>{encoding.removesuffix('-sig')}\g<2>", raw.decode(file.encoding), count=1).encode(encoding)


def with_amount(raw: bytes, file: MoneyFile, place: int, amount: str) -> bytes:
    """The file with another amount at one of its places."""
    text = raw.decode(file.encoding)
    found = list(re.finditer(file.amounts, text))[place]
    return (text[: found.start(1)] + amount + text[found.end(1) :]).encode(file.encoding)


def amounts_in(raw: bytes, file: MoneyFile) -> list[str]:
    """The amounts of the lines as they are written."""
    return [found[1] for found in re.finditer(file.amounts, raw.decode(file.encoding))]
