"""Leftovers that are hard to bring together, with the truth: two sides of lines, seeded, and which of them belong together."""

import random
import string
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from reconciliation.frames import side

PRICES = (999, 1499, 1999, 2499, 2999, 4900, 4999, 7900, 9900, 14900)
"""Amounts that many lines share."""
NAMES = ("Berg", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Silva", "Novak", "Haddad", "Kowalski", "Byrne")
_START = date(2026, 1, 5)


def garbled(word: str, chance: random.Random) -> str:
    """The word with a sign lost, two exchanged, two replaced, or its head cut off."""
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + chance.choice(string.digits) + chance.choice(string.ascii_uppercase) + word[at + 2 :],
            word[2:],
        )
    )


def _less_fee(amount: int) -> int:
    return amount - (amount * 29 // 1000 + 30)


def _said(word: str, chance: random.Random) -> str:
    """Free text of a bank line: a name, the reference broken in two, and noise."""
    at = chance.randrange(2, len(word) - 1)
    return f"SEPA {chance.choice(NAMES)} RE {word[:at]} {word[at:]} /{chance.randrange(10**6)}"


def hard_truth(count: int, seed: int = 7) -> tuple[Any, Any, set[tuple[str, str]]]:
    """Both sides and the true pairs; a fifth of the lines of each side belong to nothing.

    Kinds, in equal shares: reference garbled and amount less a fee; price-point amount and garbled reference; short invoice number
    garbled; free text; reference garbled only.
    """
    chance = random.Random(seed)  # noqa: S311 (a seeded world, no secret)
    lefts: list[tuple[Any, ...]] = []
    rights: list[tuple[Any, ...]] = []
    truth: set[tuple[str, str]] = set()
    kinds: tuple[Callable[[str, int], tuple[str | None, int, str | None]], ...] = (
        lambda word, amount: (garbled(word, chance), _less_fee(amount), None),
        lambda word, amount: (garbled(word, chance), amount, None),
        lambda word, amount: (garbled(word, chance), amount, None),
        lambda word, amount: (None, amount, _said(word, chance)),
        lambda word, amount: (garbled(word, chance), amount, None),
    )
    for at in range(count):
        kind = at % 5
        word = f"INV{chance.randrange(10**5):05d}" if kind == 2 else "".join(chance.choices(string.hexdigits.upper()[:16], k=20))
        amount = chance.choice(PRICES) if kind == 1 else chance.randrange(500, 50_000)
        account, day = f"P{chance.randrange(5)}", _START + timedelta(days=chance.randrange(180))
        reference, settled, text = kinds[kind](word, amount)
        later = day + timedelta(days=chance.randrange(4))
        lone = chance.random()
        if lone > 0.2:
            lefts.append((f"l{at}", account, "EUR", amount, day, None, None, word, None, None, "payment"))
        if lone > 0.2 or lone < 0.1:
            rights.append((f"r{at}", account, "EUR", settled, later, None, None, reference, None, text, "payment"))
        else:
            lefts.append((f"l{at}", account, "EUR", amount, day, None, None, word, None, None, "payment"))
        if lone > 0.2:
            truth.add((f"l{at}", f"r{at}"))
    chance.shuffle(rights)
    return side(lefts), side(rights), truth
