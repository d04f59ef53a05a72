"""A listing as its channel tells it: one sellable variant, the id its order lines name, and the id its stock goes by."""

from dataclasses import dataclass
from typing import Literal

ListingKind = Literal["goods", "bundle", "gift_card", "service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One variant on one channel."""

    external_id: str
    """The id that order lines carry: the variant's, or the product's where it has no variants."""
    product_external_id: str | None = None
    stock_external_id: str
    """What stock is published under; often the external id itself."""
    sku: str | None = None
    """The channel's own code for it; only a suggestion of ours."""
    title: str
    kind: ListingKind = "goods"
    """A bundle is put together by the channel from other listings and has no stock of its own."""
    is_tracked: bool = True
    """Whether the channel counts stock of it; an untracked one is never published."""
