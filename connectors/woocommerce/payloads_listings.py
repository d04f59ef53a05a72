"""Shapes of WooCommerce REST v3 (Products, Product variations), the fields that concern listings and their stock."""

from typing import Literal

from pydantic import Field, StrictBool

from connectors.woocommerce.payloads import AmountText, Links, Whole, WooPayload


class Attribute(WooPayload):
    """An entry of a variation's `attributes`; a product's own entries have `options` instead."""

    option: str | None = None


class Product(WooPayload):
    """What a variation's slice was given of its product."""

    id: Whole
    name: str | None = None


class StockPayload(WooPayload):
    """What a product or variation tells of its stock; `parent` means that its product counts for all its variations together."""

    id: Whole
    manage_stock: StrictBool | Literal["parent"] | None = None
    stock_quantity: AmountText | None = None


class ListingPayload(StockPayload):
    """`GET products/{id}` or `GET products/{id}/variations/{id}`; variations of older shops have no `type` and no `name`."""

    type: str | None = None
    name: str | None = None
    sku: str | None = None
    parent_id: Whole | None = None
    attributes: list[Attribute] | None = None
    links: Links | None = Field(default=None, alias="_links")
    product: Product | None = None


class ProblemPayload(WooPayload):
    """`error` of one entry of a batch; its `message` may quote anything and is never repeated."""

    code: str
    data: object = None


class ChangedPayload(StockPayload):
    """An entry of `update` in the answer to a batch: the changed document, or why it was not changed."""

    error: ProblemPayload | None = None
