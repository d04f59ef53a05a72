"""Findings: why an order is held, in words for a person and in operands for whoever asks later."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.values.money import decimal_amount

Operands = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reason:
    """What one rule says against an order. Neither words nor operands ever hold anything personal of a party."""

    says: str
    operands: Operands = field(default_factory=dict[str, str | int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reason with the rule that gave it, ready to be stored: the order is held until each is answered."""

    rule: str
    version: str
    """Of the rule's own logic; the settings it ran under are named by the hash of the file in force."""
    says: str
    operands: Operands


def in_words(amount_minor: int, currency: str) -> str:
    """`12.50 EUR`."""
    return f"{decimal_amount(amount_minor, currency)} {currency}"
