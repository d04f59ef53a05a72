"""Shapes of transactions (Selling Partner API, finances 2024-06-19), the fields we use."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors._kit import Amount, Payload
from connectors.amazon.payloads import Camel
from model.values.money import exact_amount


def _number(value: object) -> object:
    """A number as the model wants it, or text that is one; `true` is none, and no text but digits."""
    if isinstance(value, bool):
        raise ValueError("is no number")  # noqa: TRY004  only such errors are pydantic's
    return exact_amount(value) if isinstance(value, str) else value


SignedAmount = Annotated[Amount, BeforeValidator(_number)]
"""A signed decimal number."""


class Currency(Camel):
    """`Currency` of transactions: the amount is a number."""

    currency_code: str
    currency_amount: SignedAmount


class MoneyPart(Camel):
    """What an amount is made of, in parts of parts."""

    breakdown_type: Annotated[str, Field(max_length=80)]
    breakdown_amount: Currency
    breakdowns: "list[MoneyPart] | None" = None


class Related(Camel):
    """What else a transaction is about."""

    related_identifier_name: str
    related_identifier_value: Annotated[str, Field(max_length=200)]


class Context(Camel):
    """What the goods are."""

    sku: str | None = None


class TransactionItem(Camel):
    """One of the goods of a transaction."""

    contexts: list[Context] | None = None
    total_amount: Currency
    breakdowns: list[MoneyPart] | None = None


class TransactionPayload(Camel):
    """`Transaction`."""

    transaction_id: Annotated[str, Field(min_length=1, max_length=200)]
    transaction_type: str
    posted_date: str
    description: str | None = None
    total_amount: Currency
    related_identifiers: list[Related]
    items: list[TransactionItem] | None = None
    breakdowns: list[MoneyPart] | None = None


class OrderLine(Payload):
    """A line of the order, by what a transaction knows it by."""

    id: str
    sku: str | None = None


class OrderRefundPayload(Payload):
    """A transaction in our envelope, with the lines of its order."""

    id: str
    lines: list[OrderLine]
    transaction: TransactionPayload
