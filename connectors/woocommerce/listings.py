"""WooCommerce's catalogue: one slice per product without variations, and one per variation, the ids that order lines name.

Products are listed by id; those of a `variable` type are no listings, their variations are, and stand on a list of their own. A
variation does not carry its product's name, so that is put into its slice under `product`, with the id. Products sold elsewhere
(`external`) are left out: no order of the shop can name them.
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-products, #list-all-product-variations
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Final

import msgspec

from connectors._kit import Http, own_id, read_payload
from connectors.capabilities import RawPage
from connectors.woocommerce.paging import Rows, Status, rows_at, walk
from connectors.woocommerce.payloads_listings import ListingPayload
from model.errors import MalformedError, RejectedError
from model.records.listing import Listing, ListingKind

KINDS: Final[Mapping[str, ListingKind]] = {"grouped": "bundle", "bundle": "bundle", "composite": "bundle"}
"""Types whose parts have the stock: the vendor's own, and those of its extensions Product Bundles and Composite Products."""

FIELDS: Final = "id,type,name,sku,manage_stock,parent_id,attributes,_links"

UNKNOWN: Final = "invalid_id"
"""How the shop's error codes end where it has no such product (any more)."""

_PRODUCT = re.compile(r"/products/(\d+)/?\Z")


class _Head(msgspec.Struct):
    id: int
    type: str
    name: msgspec.Raw = msgspec.Raw(b"null")


_HEAD = msgspec.json.Decoder(_Head)


def read_listing(raw: bytes) -> Listing:
    """One product or variation from its raw slice.

    Only what the shop counts by itself is tracked: variations whose product counts for all of them share one quantity, which no
    single one of them can be given.
    """
    payload = read_payload(ListingPayload, raw)
    kind: ListingKind = KINDS.get(payload.type or "", "goods")
    return Listing(
        external_id=str(payload.id),
        product_external_id=_product_id(payload),
        stock_external_id=str(payload.id),
        sku=payload.sku or None,
        title=_title(payload),
        kind=kind,
        is_tracked=payload.manage_stock is True and kind != "bundle",
    )


def listing_pages(http: Http, page_size: int, resume: str | None) -> Iterator[RawPage]:
    """The catalogue by pages of products, each product with all its variations."""
    for page in walk(partial(_rows, http, "products", page_size), page_size, "listing", resume):
        yield replace(page, slices=tuple(chain.from_iterable(_listings(http, raw, page_size) for raw in page.slices)))


def _listings(http: Http, raw: bytes, page_size: int) -> tuple[bytes, ...]:
    """What can be bought of one product; a product that cannot be read is handed out as it is, so that it is set aside by name."""
    try:
        head = _HEAD.decode(raw)
    except msgspec.DecodeError:
        return (raw,)
    if head.type.startswith("variable"):
        return _variations(http, head, page_size)
    return () if head.type == "external" else (raw,)


def _variations(http: Http, product: _Head, page_size: int) -> tuple[bytes, ...]:
    where = f"products/{product.id}/variations"
    try:
        pages = tuple(walk(partial(_rows, http, where, page_size), page_size, "listing", None))
    except RejectedError as error:
        if UNKNOWN in str(error):
            return ()  # deleted since its page was read
        raise
    told = b',"product":' + msgspec.json.encode({"id": product.id, "name": product.name}) + b"}"
    return tuple(raw[:-1] + told if own_id(raw) and raw.endswith(b"}") else raw for page in pages for raw in page.slices)


def _rows(http: Http, where: str, page_size: int, listed: Status, offset: int) -> Rows:
    """The rows of a list from an offset on; what lies in the trash is no listing."""
    if listed == "trash":
        return Rows(offset, (), 0)
    params = {"orderby": "id", "order": "asc", "per_page": page_size, "offset": offset, "_fields": FIELDS}
    return http.get(where, params, read=partial(rows_at, where, offset))


def _product_id(payload: ListingPayload) -> str | None:
    """The product of a variation, None of what is no variation: products always tell their type, old variations never."""
    if payload.type not in {None, "variation"}:
        return None
    named = payload.product.id if payload.product else payload.parent_id
    if named:
        return str(named)
    targets = payload.links.up if payload.links else None
    found = _PRODUCT.search(targets[0].href) if targets else None
    if found is None:
        raise MalformedError("_links.up: the variation names no product, and parent_id is absent")
    return found[1]


def _title(payload: ListingPayload) -> str:
    options = ", ".join(each.option for each in payload.attributes or () if each.option)
    if payload.product and payload.product.name:
        return " - ".join(part for part in (payload.product.name, options) if part)
    return payload.name or options or payload.sku or str(payload.id)
