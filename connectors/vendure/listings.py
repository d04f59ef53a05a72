"""Vendure's catalogue: one slice per product variant that is not deleted, also of disabled ones.

Whether a variant is counted may be left to the shop's global setting, which is put into each slice under `globalTrackInventory`.
Rows are sorted by id and paged by skip and take, so pages overlap as those of orders do: rows leave when variants are deleted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeVar

import msgspec

from connectors._kit import Answer, own_id, read_payload, split_page
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage
from connectors.vendure.paging import OVERLAP, Place, Problem, Sheet, is_continuation, next_place, refuse_errors
from connectors.vendure.payloads import Camel
from connectors.vendure.queries import LISTINGS
from connectors.vendure.session import Session
from model.errors import TransientError
from model.records.listing import Listing

VARIANTS_PER_PAGE: Final = 100

T = TypeVar("T")

GlobalFlag = Literal["TRUE", "FALSE", "INHERIT"]

_WHERE = "productVariants"


class VariantDocument(Camel):
    """One slice: a product variant, completed."""

    id: str
    product_id: str | None = None
    sku: str
    name: str
    track_inventory: GlobalFlag
    global_track_inventory: bool = True


class _GlobalSettings(msgspec.Struct):
    trackInventory: bool  # noqa: N815  the vendor's name


class _VariantList(msgspec.Struct):
    items: tuple[msgspec.Raw, ...]
    totalItems: int  # noqa: N815  the vendor's name


class _Catalogue(msgspec.Struct):
    globalSettings: _GlobalSettings  # noqa: N815  the vendor's name
    productVariants: _VariantList  # noqa: N815  the vendor's name


class _Envelope(msgspec.Struct):
    data: _Catalogue | None = None
    errors: tuple[Problem, ...] = ()


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def read_listing(raw: bytes) -> Listing:
    """The record of one completed variant. Vendure's core knows goods only: no bundles, gift cards or services."""
    variant = read_payload(VariantDocument, raw)
    inherited = variant.track_inventory == "INHERIT" and variant.global_track_inventory
    return Listing(
        external_id=variant.id,
        product_external_id=variant.product_id,
        stock_external_id=variant.id,
        sku=variant.sku or None,
        title=variant.name or variant.sku or variant.id,
        is_tracked=variant.track_inventory == "TRUE" or inherited,
    )


class Query(Protocol):
    """Asks the Admin API with one GraphQL document."""

    def __call__(self, query: str, variables: Mapping[str, object], read: Callable[[Answer], T]) -> T:
        """What `read` makes of the answer."""
        ...


def listing_pages(query: Query, session: Session | None, resume: str | None) -> Iterator[RawPage]:
    """The catalogue from a token on."""
    place: Place | None = place_of(resume, Place) if resume else Place("catalogue")
    while place is not None:
        sheet = _joined(query, session, place)
        place = next_place(place, sheet)
        yield RawPage("listing", sheet.slices, token_of(place) if place else None)


def _joined(query: Query, session: Session | None, place: Place) -> Sheet:
    """The page after a place; where rows have left before it, an earlier page that joins what was read."""
    start = max(0, place.skip - OVERLAP)
    while True:
        sheet = query(LISTINGS, {"options": listing_options(start)}, PageReader(place, start, session))
        if is_continuation(place, sheet):
            return sheet
        start = max(0, start - VARIANTS_PER_PAGE + OVERLAP)


def listing_options(skip: int) -> dict[str, object]:
    """`ProductVariantListOptions` of one page."""
    return {"skip": skip, "take": VARIANTS_PER_PAGE, "sort": {"id": "ASC"}}


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads the answer to one request for variants, told where it began."""

    place: Place
    start: int
    session: Session | None

    def __call__(self, answer: Answer) -> Sheet:
        """The page with completed slices, or an error that says whether asking again may help."""
        envelope, slices = split_page(answer.body, _ENVELOPE, _items, array=b"items", where=_WHERE)
        refuse_errors(envelope.errors, self.session, _WHERE)
        if envelope.data is None:
            raise TransientError(f"{_WHERE}: an answer without data")
        total = envelope.data.productVariants.totalItems
        if not slices and total > self.start:
            raise TransientError(f"{_WHERE}: an empty page, though more is promised")
        sheet = Sheet(self.start, _completed(slices, envelope.data.globalSettings), tuple(own_id(raw) for raw in slices), total)
        if self._is_repeated(sheet):
            raise TransientError(f"{_WHERE}: a page that was read before")
        return sheet

    def _is_repeated(self, sheet: Sheet) -> bool:
        goes_on = self.start + OVERLAP == self.place.skip and sheet.total > self.place.skip
        return goes_on and sheet.ids[-1:] == self.place.seen[-1:]


def _completed(slices: Sequence[bytes], shop: _GlobalSettings) -> tuple[bytes, ...]:
    extra = b"," + msgspec.json.encode({"globalTrackInventory": shop.trackInventory})[1:]
    return tuple(raw[:-1] + extra if raw.endswith(b"}") and own_id(raw) else raw for raw in slices)


def _items(envelope: _Envelope) -> Sequence[msgspec.Raw]:
    return envelope.data.productVariants.items if envelope.data else ()
