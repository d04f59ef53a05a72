"""How texts become words of hledger: names of accounts, tags, codes and descriptions. Source: hledger's manual, "Journal".

In a comment of hledger, `word:` begins a tag, a comma ends one, and `[2026-01-31]` or `date:` moves a line to another day. So what could
do any of it is written as in web addresses (`%2C` for a comma), and read back the same way.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from connectors._kit.voucher_files import one_line
from model.records.voucher import AccountKind, LedgerAccount

ROOTS: Final[dict[AccountKind, tuple[str, str]]] = {
    "asset": ("Assets", "A"),
    "liability": ("Liabilities", "L"),
    "equity": ("Equity", "E"),
    "income": ("Income", "R"),
    "expense": ("Expenses", "X"),
}
"""Where each kind of account hangs, and hledger's letter for it."""
MOST_CHARACTERS: Final = 120
"""Of one part of a name; more helps nobody who reads it."""

_IN_VALUES: Final = re.compile(r"[%,;:\[\]]|^\s+|\s+$")
_IN_NAMES: Final = re.compile(r"[%,;:\[\]\s]")
_IN_CODES: Final = re.compile(r"[%;()]|^\s+|\s+$")
_IN_DESCRIPTIONS: Final = re.compile(r"[%;|]|^[\s(*!=]+|\s+$")


def account_name(account: LedgerAccount) -> str:
    """`Assets:1201 Gateway clearing`: what an account is called unless the settings say otherwise."""
    return f"{ROOTS[account.kind][0]}:{_part(f'{account.code} {account.name}') or 'unnamed'}"


def _part(text: str) -> str:
    """Letters, marks, digits and few signs, with single blanks: two would end the name."""
    signs = (sign if unicodedata.category(sign)[0] in "LMN" or sign in "-_.&/+" else " " for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(signs).split())[:MOST_CHARACTERS].rstrip()


def is_account(name: str) -> bool:
    """Whether it can be written as a name of hledger's without being cleaned."""
    return all(part and _part(part) == part for part in name.split(":"))


def value(text: str) -> str:
    """A tag's value."""
    return _escaped(_IN_VALUES, text)


def tag_of(dimension: str) -> str:
    """A dimension's tag: `dimension-channel`, which is none of those that mean something to hledger."""
    return f"dimension-{_escaped(_IN_NAMES, dimension)}"


def code(text: str) -> str:
    """What stands in brackets behind the day."""
    return _escaped(_IN_CODES, text)


def description(text: str) -> str:
    """What stands behind the code."""
    return _escaped(_IN_DESCRIPTIONS, text)


def _escaped(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: quote(found[0], safe=""), one_line(text))
