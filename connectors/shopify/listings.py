"""Shopify's catalogue: one slice per product variant, the id that order lines name; stock goes by the variant's inventory item."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from connectors._kit import Answer, Http, own_id, read_payload
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage
from connectors.shopify.completion import REPEATS
from connectors.shopify.graph import WHERE, Reply, Turn, with_slices
from connectors.shopify.paging import REBASE_AFTER
from connectors.shopify.payloads import GraphPayload
from connectors.shopify.queries_stock import LISTINGS
from connectors.shopify.terms import number
from model.errors import ContractError, TransientError
from model.records.listing import Listing, ListingKind

SINGLE: Final = "Default Title"
"""The title of a product's only variant."""


class Product(GraphPayload):
    """The product of a variant."""

    id: str
    title: str
    is_gift_card: bool = False


class InventoryItem(GraphPayload):
    """What stock is kept of."""

    id: str
    tracked: bool


class Variant(GraphPayload):
    """One slice: a ProductVariant; with `requires_components` it is a bundle, sold from the stock of its parts."""

    id: str
    sku: str | None = None
    title: str
    requires_components: bool = False
    product: Product
    inventory_item: InventoryItem


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the catalogue is read: the variant behind which the search began, its cursor, and the rows it has given."""

    behind: str | None = None
    after: str | None = None
    rows: int = 0


class _Variants(msgspec.Struct, rename={"page_info": "pageInfo"}):
    page_info: Turn
    nodes: list[msgspec.Raw]


class _Catalogue(msgspec.Struct, rename={"variants": "productVariants"}):
    variants: _Variants | None = None


_CATALOGUE = msgspec.json.Decoder(Reply[_Catalogue])


def read_listing(raw: bytes) -> Listing:
    """One variant from its raw slice; what is no goods is never tracked, as its level is not for us to set."""
    variant = read_payload(Variant, raw)
    kind: ListingKind = "gift_card" if variant.product.is_gift_card else "bundle" if variant.requires_components else "goods"
    titles = (variant.product.title, "" if variant.title == SINGLE else variant.title)
    return Listing(
        external_id=number(variant.id),
        product_external_id=number(variant.product.id),
        stock_external_id=variant.inventory_item.id,
        sku=variant.sku or None,
        title=" - ".join(title for title in titles if title) or number(variant.id),
        kind=kind,
        is_tracked=variant.inventory_item.tracked and kind == "goods",
    )


def listing_pages(http: Http, size: int, resume: str | None) -> Iterator[RawPage]:
    """The catalogue in the order of ids, so that what is deleted or added meanwhile moves nothing."""
    place = Place() if resume is None else place_of(resume, Place)
    visits: Counter[tuple[str | None, str | None]] = Counter()
    while visits[place.behind, place.after] < REPEATS:
        visits[place.behind, place.after] += 1
        slices, cursor = _page(http, size, place)
        if cursor is None:
            yield RawPage("listing", slices, None)
            return
        place = _following(place, slices, cursor)
        yield RawPage("listing", slices, token_of(place))
    raise ContractError("listings: the page token repeats")


def _following(place: Place, slices: tuple[bytes, ...], cursor: str) -> Place:
    """Behind a page; the vendor ends paging at 25,000 rows of one search, so before that a new one begins behind the last id."""
    rows, last = place.rows + len(slices), own_id(slices[-1])
    if rows >= REBASE_AFTER and last is not None:
        return Place(behind=number(last))
    return Place(behind=place.behind, after=cursor, rows=rows)


def _page(http: Http, size: int, place: Place) -> tuple[tuple[bytes, ...], str | None]:
    def read(answer: Answer) -> tuple[tuple[bytes, ...], str | None]:
        _, found, slices = with_slices(answer, _CATALOGUE, lambda found: found.variants.nodes if found.variants else [])
        if found.variants is None:
            raise TransientError(f"{WHERE}: the variants are missing")
        return slices, found.variants.page_info.cursor(is_empty=not slices)

    query = None if place.behind is None else f"id:>{place.behind}"
    body = {"query": LISTINGS, "variables": {"first": size, "after": place.after, "query": query}}
    return http.ask(WHERE, body, read=read)
