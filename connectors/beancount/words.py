"""How texts become words of Beancount: names of accounts, keys and strings. Source: `beancount.core.account` and Beancount's lexer."""

import re
import unicodedata
from typing import Final

from connectors._kit.voucher_files import one_line
from model.records.voucher import AccountKind, LedgerAccount

ROOTS: Final[dict[AccountKind, str]] = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
MOST_CHARACTERS: Final = 120
"""Of one part of a name; more helps nobody who reads it."""

_NO_KEY: Final = re.compile(r"[^A-Za-z0-9_-]")
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\""})


def account_name(account: LedgerAccount) -> str:
    """`Assets:1201-Gateway-clearing`: what an account is called unless the settings say otherwise."""
    return f"{ROOTS[account.kind]}:{_part(f'{account.code}-{account.name}')}"


def _part(text: str) -> str:
    """Letters, digits and dashes, beginning with a capital or a digit."""
    signs = "".join(sign if _is_letter(sign) else "-" for sign in unicodedata.normalize("NFC", text))
    part = re.sub("-+", "-", signs).strip("-")[:MOST_CHARACTERS].rstrip("-")
    first = part[:1].upper()
    if not _may_begin(first):
        return f"X-{part}".rstrip("-")
    return first + part[1:]


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}


def _may_begin(sign: str) -> bool:
    return len(sign) == 1 and unicodedata.category(sign) in {"Lu", "Nd"}


def is_account(name: str) -> bool:
    """Whether Beancount takes it for an account."""
    root, *parts = name.split(":")
    fits = all(_may_begin(part[:1]) and all(sign == "-" or _is_letter(sign) for sign in part) for part in parts)
    return root in ROOTS.values() and bool(parts) and fits


def key_of(dimension: str) -> str:
    """The metadata key of a dimension: `dimension_channel`; characters that keys cannot have are told by their number."""
    return f"dimension_{_NO_KEY.sub(lambda found: f'_u{ord(found[0]):x}_', dimension)}"


def quoted(text: str) -> str:
    """A string of Beancount on one line, with nothing in it that could end it."""
    return f'"{one_line(text).translate(_ESCAPED)}"'
