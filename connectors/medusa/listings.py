"""Medusa's catalogue: one slice per product variant.

A variant is counted where it manages its inventory, by inventory items, of which it may need several (a kit), or more than one for each
unit (a pack). Such a variant has no stock of its own and is a bundle here; what it is made of is counted.
Rows are sorted by id and paged by offset. Each page begins a few rows before the end of the last one; if none of the last rows is in it,
rows have left before them, and reading steps back until one is found again.
Source: the Admin API's `GET /admin/product-variants` of 2.21
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from connectors._kit import Answer, Http, Payload, own_id, read_payload, split_page
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage
from connectors.medusa.payloads import Need, Text
from model.errors import ContractError, TransientError
from model.records.listing import Listing

OVERLAP: Final = 10
PATIENCE: Final = 3
"""An old page in place of the one asked for, so often in a row, is no cache."""
_WHERE: Final = "product-variants"
FIELDS: Final = "id,title,sku,manage_inventory,product_id,product.title,inventory_items.inventory_item_id,inventory_items.required_quantity"


class _Product(Payload):
    title: Text = None


class VariantDocument(Payload):
    """One slice: a product variant."""

    id: str
    title: Text = None
    sku: Text = None
    manage_inventory: bool
    product_id: Text = None
    product: _Product | None = None
    inventory_items: tuple[Need, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: how many rows are behind us, the ids of the last of them, and how many there were in all."""

    skip: int = 0
    seen: tuple[str, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class _Sheet:
    start: int
    slices: tuple[bytes, ...]
    ids: tuple[str | None, ...]
    total: int


class _Page(msgspec.Struct):
    variants: list[msgspec.Raw]
    count: int


_PAGE = msgspec.json.Decoder(_Page)


def read_listing(raw: bytes) -> Listing:
    """The record of one variant; its stock goes by its only inventory item."""
    variant = read_payload(VariantDocument, raw)
    needs = variant.inventory_items
    is_bundle = len(needs) > 1 or any(need.required_quantity not in {None, 1} for need in needs)
    counted = needs[0].inventory_item_id if len(needs) == 1 and not is_bundle else None
    names = [name for name in (variant.product.title if variant.product else None, variant.title) if name]
    return Listing(
        external_id=variant.id,
        product_external_id=variant.product_id,
        stock_external_id=counted or variant.id,
        sku=variant.sku or None,
        title=" - ".join(names) or variant.sku or variant.id,
        kind="bundle" if is_bundle else "goods",
        is_tracked=variant.manage_inventory and counted is not None,
    )


def listing_pages(http: Http, size: int, resume: str | None) -> Iterator[RawPage]:
    """The catalogue from a token on."""
    place: Place | None = place_of(resume, Place) if resume else Place()
    while place is not None:
        sheet = _joined(http, size, place)
        place = _next_place(sheet)
        yield RawPage("listing", sheet.slices, token_of(place) if place else None)


def _joined(http: Http, size: int, place: Place) -> _Sheet:
    """The page after a place; where rows have left before it, an earlier page that joins what was read."""
    start = max(0, place.skip - OVERLAP)
    while True:
        params: dict[str, str | int] = {"order": "id", "limit": size, "offset": start, "fields": FIELDS}
        sheet = http.get("admin/product-variants", params, read=_Reader(place, start))
        if not place.seen or start == 0 or not set(place.seen).isdisjoint(sheet.ids):
            return sheet
        start = max(0, start - size + OVERLAP)


def _next_place(sheet: _Sheet) -> Place | None:
    end = sheet.start + len(sheet.slices)
    if end >= sheet.total:
        return None
    return Place(end, tuple([row for row in sheet.ids if row is not None][-OVERLAP:]), sheet.total)


class _Reader:
    """Reads the answers to one request, told where it began; it counts how often an old page came in place of the one asked for."""

    def __init__(self, place: Place, start: int) -> None:
        self._place = place
        self._start = start
        self._old = 0

    def __call__(self, answer: Answer) -> _Sheet:
        page, slices = split_page(answer.body, _PAGE, lambda page: page.variants, array=b"variants", where=_WHERE)
        if not slices and page.count > self._start:
            raise TransientError(f"{_WHERE}: an empty page, though more is promised")
        sheet = _Sheet(self._start, slices, tuple(own_id(raw) for raw in slices), page.count)
        if self._is_old(sheet):
            self._old += 1
            told = f"{_WHERE}: a page that was read before"
            raise TransientError(told) if self._old < PATIENCE else ContractError(told)
        return sheet

    def _is_old(self, sheet: _Sheet) -> bool:
        """Whether the last row read stands further behind than rows that were added since can have moved it."""
        last = self._place.seen[-1:]
        if not last or last[0] not in sheet.ids:
            return False
        moved = self._start + sheet.ids.index(last[0]) - (self._place.skip - 1)
        return moved > max(0, sheet.total - self._place.total)
