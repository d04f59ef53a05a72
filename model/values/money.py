"""Money is an integer of minor units and an ISO 4217 currency; this page is the only place that rounds or splits it."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from model.errors import MalformedError

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS "
    "KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
    "TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_ZERO.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
"""Decimal places per currency (ISO 4217, list one)."""

_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,3})?|[+-]?\.[0-9]{1,40}")

LIMIT = 10**15
"""No single amount the hub books reaches this many minor units; more is a reading error, and int64 sums stay safe."""


def exponent(currency: str) -> int:
    """Decimal places of a currency; a code outside ISO 4217 is a MalformedError."""
    places = EXPONENTS.get(currency)
    if places is None:
        raise MalformedError(f"currency: {currency[:8]!r} is not a current ISO 4217 code")
    return places


def exact_amount(amount: Decimal | str | int) -> Decimal:
    """A finite decimal of sane size, or a MalformedError: `1E+999999` would take half a minute to turn into an integer."""
    if isinstance(amount, str) and not _DECIMAL.fullmatch(amount):  # Decimal() also takes underscores, spaces and other scripts' digits
        raise MalformedError("amount: is not a decimal number")
    value = Decimal(amount)
    if not value.is_finite() or not -30 < value.adjusted() < 16:  # noqa: PLR2004  beyond any price, below any slow conversion
        raise MalformedError("amount: is not a number of payable size")
    return value


def minor_units(amount: Decimal | str | int, currency: str) -> int:
    """Exact minor units of a decimal amount; trailing zeros are nothing, further digits are a MalformedError."""
    value = exact_amount(amount).scaleb(exponent(currency))
    whole = int(value)
    if whole != value:
        raise MalformedError(f"amount: has more decimal places than {currency} knows")
    if not -LIMIT < whole < LIMIT:
        raise MalformedError("amount: is not a number of payable size")
    return whole


def rounded_minor_units(amount: Decimal, currency: str) -> int:
    """The one rounding of the house, half to even: for parts that a vendor documents as unrounded."""
    value = exact_amount(amount).scaleb(exponent(currency))
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))


def decimal_amount(minor: int, currency: str) -> Decimal:
    """The amount in major units, with exactly the currency's decimal places."""
    return Decimal(minor).scaleb(-exponent(currency))


def split(total_minor: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Shares of a total by weight that sum to it exactly (largest remainder; ties go to the earlier share).

    All weights zero means equal shares. A negative total splits like its positive mirror.
    """
    if not weights:
        return []
    exact = [Decimal(weight) for weight in weights]
    base = sum(exact) or Decimal(len(exact))
    if not any(exact):
        exact = [Decimal(1)] * len(exact)
    sign, whole = (-1, -total_minor) if total_minor < 0 else (1, total_minor)
    ideal = [whole * weight / base for weight in exact]
    shares = [int(share // 1) for share in ideal]
    rest = whole - sum(shares)
    by_remainder = sorted(range(len(exact)), key=lambda i: (shares[i] - ideal[i], i))
    for i in by_remainder[:rest]:
        shares[i] += 1
    return [sign * share for share in shares]
