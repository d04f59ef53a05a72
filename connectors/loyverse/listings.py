"""The catalogue: one slice per variant, the id that receipts name as `variant_id`.

Loyverse lists items with their variants in them. A variant does not tell its item's name nor whether its stock is counted, so a slice is an
envelope of ours: the variant in the vendor's bytes, beside its id and what is needed of its item. Nobody documents whether the list's
cursor is a key; the list is sorted by the time of making, and deleted items are asked for too and passed over here, so that one which is
deleted meanwhile cannot shift another past us.
Source: https://developer.loyverse.com/docs/ (v1.0), Item, Variant.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Annotated, Final

import msgspec
from pydantic import Field

from connectors._kit import Http, Payload, enveloped, member, own_id, read_payload, split_page
from connectors._kit.cursors import cursor_pages
from connectors.capabilities import RawPage
from connectors.loyverse.payloads import Id, Text
from model.errors import MalformedError, RejectedError, TransientError
from model.records.listing import Listing

ITEMS: Final = "items"
FIELDS: Final = ("id", "item_name", "track_stock", "is_composite", "use_production")
"""What a slice is given of its item."""

_VARIANTS = msgspec.json.Decoder(list[msgspec.Raw])


class Variant(Payload):
    """A variant, as far as it concerns stock."""

    variant_id: Id
    sku: Text | None = None
    option1_value: Text | None = None
    option2_value: Text | None = None
    option3_value: Text | None = None


class SoldAs(Payload):
    """What the slice was given of its item."""

    id: Id
    item_name: Annotated[str, Field(min_length=1, max_length=1000)]
    track_stock: bool
    is_composite: bool | None = None
    use_production: bool | None = None
    """Whether a composite item is put together beforehand, and counted by itself."""


class ListingEnvelope(Payload):
    """One slice."""

    id: Id
    variant: Variant
    item: SoldAs


class _Deletable(msgspec.Struct):
    deleted_at: str | None = None


def read_listing(raw: bytes) -> Listing:
    """The record of one variant in its envelope."""
    told = read_payload(ListingEnvelope, raw)
    variant, item = told.variant, told.item
    if variant.variant_id != told.id:
        raise MalformedError("variant_id: is not the id it was read by")
    options = [value for value in (variant.option1_value, variant.option2_value, variant.option3_value) if value]
    is_bundle = bool(item.is_composite and not item.use_production)
    return Listing(
        external_id=told.id,
        product_external_id=item.id,
        stock_external_id=told.id,
        sku=variant.sku or None,
        title=" - ".join((item.item_name, *([" / ".join(options)] if options else []))),
        kind="bundle" if is_bundle else "goods",
        is_tracked=item.track_stock and not is_bundle,
    )


def listing_pages(http: Http, size: int, resume: str | None) -> Iterator[RawPage]:
    """The catalogue from a cursor on; one that has expired since the last run begins it anew, as repeats are allowed."""
    pages = _pages(http, size, resume)
    try:
        first = next(pages)
    except RejectedError:
        if resume is None:
            raise
        pages = _pages(http, size, None)
        first = next(pages)
    for page in chain((first,), pages):
        yield replace(page, slices=tuple(chain.from_iterable(_listings_of(item) for item in page.slices)))


def _pages(http: Http, size: int, resume: str | None) -> Iterator[RawPage]:
    query = {"limit": size, "show_deleted": "true"}
    return cursor_pages(http, ITEMS, query, kind="listing", resume=resume, array=ITEMS)


def _listings_of(item: bytes) -> tuple[bytes, ...]:
    """The slices of an item's variants; an item whose variants cannot be told apart is handed out as it is, so that it is set aside."""
    if _is_deleted(item):
        return ()
    variants = member(item, "variants")
    if variants is None:
        return (item,)
    try:
        _, found = split_page(variants, _VARIANTS, lambda page: page, array=b"", where=ITEMS)
    except TransientError:
        return (item,)
    sold_as = b",".join(b'"%s":%s' % (name.encode(), told) for name in FIELDS if (told := member(item, name)))
    return tuple(_in_envelope(variant, sold_as) for variant in found if not _is_deleted(variant))


def _in_envelope(variant: bytes, sold_as: bytes) -> bytes:
    """A variant beside what is needed of its item; one whose id cannot be told is handed out as it is."""
    variant_id = own_id(variant, b"variant_id")
    return variant if variant_id is None else enveloped(variant, "variant", id=variant_id)[:-1] + b',"item":{' + sold_as + b"}}"


def _is_deleted(raw: bytes) -> bool:
    """Whether Loyverse says so; what cannot be read is no deletion."""
    try:
        return msgspec.json.decode(raw, type=_Deletable).deleted_at is not None
    except msgspec.DecodeError:
        return False
