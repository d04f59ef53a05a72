"""Shapes of Skeleton's API, the fields we use. Declare only what the mapping needs; unknown fields are ignored."""

from typing import Annotated

from pydantic import ConfigDict, Field

from connectors._kit import Payload

Amount = Annotated[str, Field(max_length=40)]
"""A decimal amount or quantity as the shop writes it; `model.values` turns it into integers and refuses what is no number."""
Text = Annotated[str, Field(max_length=500)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class Line(Payload):
    """An entry of `lines`; `total` is without tax."""

    model_config = ConfigDict(coerce_numbers_to_str=True)  # quantities come as numbers and as text

    id: Id
    sku: Text | None = None
    name: Text
    quantity: Amount
    total: Amount
    tax: Amount


class OrderPayload(Payload):
    """An order."""

    id: Id
    number: Text
    status: Text
    created_at: Text
    updated_at: Text
    currency: Text
    shipping: Amount
    """Without tax."""
    tax: Amount
    """Of lines and shipping."""
    total: Amount
    buyer_name: Text | None = None
    buyer_email: Text | None = None
    lines: Annotated[tuple[Line, ...], Field(max_length=5_000)]
