"""How sure each field of an order is: what markup says is looked for in the text that a reader of the same mail sees."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from model.records.order import FieldSource
from model.values.money import decimal_amount, exponent
from model.values.quantity import decimal_quantity

SURE: Final = 100
UNCONFIRMED: Final = 60
"""The reader's text does not say it, or says something else."""
_NEAR: Final = 40
"""Characters before or behind a product in which its quantity stands."""
_MOST_MENTIONS: Final = 50
SUPPOSED: Final = 50
"""Nobody says it."""


@dataclass(slots=True)
class Evidence:
    """Where fields come from, gathered while an order is read."""

    place: str
    seen: str | None
    """The reader's text in small letters; None where it is not to be asked."""
    sources: list[FieldSource] = field(default_factory=list[FieldSource])

    def told(self, path: str, place: str, written: Iterable[str], beside: Iterable[str] = ()) -> None:
        """A field as markup tells it; sure where one of the ways to write it stands in the text.

        What says little by itself, as a quantity does, has to stand `beside` one of these.
        """
        near = [self.seen] if self.seen is None or not beside else _around([each.lower() for each in beside], self.seen)
        if self.seen is None or any(_stands(each.lower(), text) for each in written for text in near if text):
            self._add(path, f"{self.place} {place}", SURE)
        else:
            self._add(path, f"{self.place} {place}, which the mail's text does not say", UNCONFIRMED)

    def supposed(self, path: str, why: str) -> None:
        """A field that nobody tells."""
        self._add(path, f"{self.place}: {why}", SUPPOSED)

    def _add(self, path: str, place: str, confidence: int) -> None:
        self.sources.append(FieldSource(path=path, place=place, confidence=confidence))


def _around(words: Iterable[str], text: str) -> list[str]:
    """The text around each mention of these words, the words themselves taken out."""
    found = [match.span() for word in words if word for match in re.finditer(re.escape(word), text)]
    return [f"{text[max(0, start - _NEAR) : start]} | {text[end : end + _NEAR]}" for start, end in found[:_MOST_MENTIONS]]


def amounts_written(minor: int, currency: str) -> list[str]:
    """How people write an amount: with point or comma, with and without thousands, and without decimals that are zero."""
    places = exponent(currency)
    plain = f"{decimal_amount(minor, currency):,.{places}f}"
    swapped = plain.translate(str.maketrans(",.", ".,"))
    forms = {plain, swapped, plain.replace(",", ""), swapped.replace(".", ""), swapped.replace(".", " "), plain.replace(",", "'")}
    whole = {form[: -places - 1] for form in forms} if places and minor % 10**places == 0 else set[str]()
    return sorted(forms | whole)


def quantities_written(thousandths: int) -> list[str]:
    """How people write a quantity."""
    plain = decimal_quantity(thousandths)
    return sorted({plain, plain.replace(".", ",")})


def _stands(written: str, text: str) -> bool:
    """Whether something stands in a text as a whole: `12` is not in `120`, nor `4` in `1.4`."""
    if not written:
        return False
    return re.search(rf"(?<![\w])(?<!\d[.,])(?<!-){re.escape(written)}(?![\w])(?![.,]\d)", text) is not None
