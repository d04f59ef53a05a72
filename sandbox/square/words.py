"""How Square writes ids, times and money (v2, Square-Version 2025-08-20)."""

from datetime import UTC, datetime
from typing import Final

from sandbox.exchange import Tree
from sandbox.story import dice

LOCATION: Final = "LSTREET1"
MERCHANT: Final = "MLSTREET0001"
CURRENCY: Final = "GBP"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ID_LENGTH: Final = 27


def token(*parts: object, length: int = ID_LENGTH) -> str:
    """Gives the opaque id that belongs to these parts."""
    return "".join(dice("square-id", *parts).choices(LETTERS, k=length))


def money(amount: int) -> Tree:
    """Gives Money: minor units and the till's currency."""
    return {"amount": amount, "currency": CURRENCY}


def moment(at_ms: int) -> str:
    """Gives an RFC 3339 time in UTC with milliseconds."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def quantity_text(thousandths: int) -> str:
    """Gives a quantity as Square's decimal string: "2", "1.5"."""
    whole, part = divmod(thousandths, 1000)
    return f"{whole}.{part:03d}".rstrip("0") if part else str(whole)
