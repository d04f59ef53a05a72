"""Damage done to the body of one answer: each function spoils one place of good JSON and leaves the brackets balanced.

The next answer is whole again. A body in which there is nothing to spoil comes back as it was.
"""

import random
import re
from typing import Final

from sandbox.exchange import Answer, replaced

AMOUNT: Final = re.compile(rb'(?<="total":)"[-0-9.]+"|(?<="amount":)("[-0-9.]+"|-?\d+)|(?<="total_minor":)\d+')
QUANTITY: Final = re.compile(rb'(?<="quantity":)("?)(\d)')
CURRENCY: Final = re.compile(rb'(?<="currency":")[A-Z]{3}|(?<="currencyCode":")[A-Z]{3}')
REQUIRED: Final = re.compile(rb'"(currency|currencyCode|date_modified_gmt|updated_at|updatedAt)":"[^"]*",')
ORDER_START: Final = re.compile(rb'(?<=[\[,])\{(?="(?:id|orderId|shipmentId)":)|(?<="nodes":\[)\{(?=")|(?<="node":)\{(?=")')
TEXT: Final = re.compile(rb'(?<="name":")|(?<="title":")|(?<="first_name":")|(?<="firstName":")')
MANY_DIGITS: Final = b"9" * 5000


def _spoil(answer: Answer, pattern: re.Pattern[bytes], new: bytes, throw: random.Random) -> Answer:
    """Gives the answer with one match of `pattern`, drawn by `throw`, replaced by the template `new`."""
    found = list(pattern.finditer(answer.body))
    if not found:
        return answer
    match = throw.choice(found)
    return replaced(answer, body=answer.body[: match.start()] + match.expand(new) + answer.body[match.end() :])


def not_a_number(answer: Answer, throw: random.Random) -> Answer:
    """Spoils one amount into the bare word NaN."""
    return _spoil(answer, AMOUNT, b"NaN", throw)


def five_thousand_digits(answer: Answer, throw: random.Random) -> Answer:
    """Spoils one amount into a bare integer of five thousand digits."""
    return _spoil(answer, AMOUNT, MANY_DIGITS, throw)


def duplicate_key(answer: Answer, throw: random.Random) -> Answer:
    """Gives one order a second "id"."""
    return _spoil(answer, ORDER_START, rb'{"id":"twice","id":"twice",', throw)


def missing_field(answer: Answer, throw: random.Random) -> Answer:
    """Takes one required field (currency or modification time) away."""
    return _spoil(answer, REQUIRED, b"", throw)


def wrong_currency(answer: Answer, throw: random.Random) -> Answer:
    """Spoils one currency into one that does not exist."""
    return _spoil(answer, CURRENCY, b"ZZZ", throw)


def negative_quantity(answer: Answer, throw: random.Random) -> Answer:
    """Makes one quantity negative."""
    return _spoil(answer, QUANTITY, rb"\1-\2", throw)


def lone_surrogate(answer: Answer, throw: random.Random) -> Answer:
    """Puts half of a surrogate pair into one name."""
    return _spoil(answer, TEXT, rb"\\ud83d", throw)


def nul_character(answer: Answer, throw: random.Random) -> Answer:
    """Puts a NUL character into one name."""
    return _spoil(answer, TEXT, rb"\\u0000", throw)


def unknown_field(answer: Answer, throw: random.Random) -> Answer:
    """Gives one order a field nobody has heard of: the vendor's schema moved on."""
    return _spoil(answer, ORDER_START, rb'{"street_new_field":"2027-01",', throw)


def unknown_object(answer: Answer, throw: random.Random) -> Answer:
    """Gives one order a nested object nobody has heard of."""
    return _spoil(answer, ORDER_START, rb'{"street_new_object":{"parts":[1,{"deep":[null,true]}],"kind":"NEW"},', throw)


def cut_body(answer: Answer, _throw: random.Random) -> Answer:
    """Promises the whole body and sends half of it."""
    length = {"content-length": str(len(answer.body))}
    half = answer.body[: len(answer.body) // 2]
    return replaced(answer, headers={**answer.headers, **length}, body=half, behaviour="cut")


def html_page(answer: Answer, _throw: random.Random) -> Answer:
    """Answers 200 with a page for people, as a proxy in maintenance does."""
    page = b"<!doctype html><html><head><title>Just a moment...</title></head><body>Checking your browser.</body></html>"
    return replaced(answer, status=200, headers={"content-type": "text/html; charset=utf-8"}, body=page)
