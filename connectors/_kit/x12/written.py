"""Texts, quantities and amounts as they are written: exactly as they are, or not at all."""

from decimal import Decimal

from connectors._kit.x12.codes import UNIT_CODES
from connectors._kit.x12.settings import EdiSettings
from connectors._kit.x12.writing import clean
from model.errors import RejectedError
from model.values.money import decimal_amount


def exact(settings: EdiSettings, text: str, most: int, where: str) -> str:
    """A name that comes back and is compared: written as it is or not at all."""
    try:
        text.encode(settings.encoding)
    except UnicodeEncodeError:
        raise RejectedError(f"{where}: holds letters that {settings.encoding} has not; rename it, or set `encoding`") from None
    if not text or clean(text, settings.separators) != text:
        raise RejectedError(f"{where}: is empty, or holds signs that X12 keeps for itself; rename it, or set other `separators`")
    return bounded(text, most, where)


def bounded(text: str, most: int, where: str) -> str:
    """A text that fits."""
    if len(text) > most:
        raise RejectedError(f"{where}: is longer than {most} characters, which is all that X12 holds there; shorten it")
    return text


def unit_code(unit: str, where: str) -> str:
    """X12's code of one of our units."""
    code = UNIT_CODES.get(unit)
    if code is None:
        raise RejectedError(f"{where}: has no code in X12; count the SKU in one of {', '.join(UNIT_CODES)}")
    return code


def hundredths(minor: int, currency: str, where: str) -> str:
    """An amount with two places that are not written (N2), whatever the currency."""
    amount = decimal_amount(minor, currency).scaleb(2)
    if amount != int(amount):
        raise RejectedError(f"{where}: is finer than a hundredth, which is all that X12 holds there")
    return str(int(amount))


def plain(amount: Decimal) -> str:
    """A decimal number without an exponent and without needless zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
