"""A quantity is an integer count of thousandths of a unit: 1.5 kg is 1500."""

from decimal import Decimal

from model.errors import MalformedError
from model.values.money import exact_amount

PIECE = "piece"
LIMIT = 10**12


def thousandths(quantity: Decimal | str | int) -> int:
    """Exact thousandths of a decimal quantity; finer than a thousandth is a MalformedError."""
    value = exact_amount(quantity).scaleb(3)
    whole = int(value)
    if whole != value:
        raise MalformedError("quantity: is finer than a thousandth")
    if not -LIMIT < whole < LIMIT:
        raise MalformedError("quantity: is not of countable size")
    return whole


def decimal_quantity(count: int) -> str:
    """Thousandths as decimal text without trailing zeros: 1500 -> `1.5`, 2000 -> `2`."""
    whole, rest = divmod(abs(count), 1000)
    text = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    return f"-{text}" if count < 0 else text
