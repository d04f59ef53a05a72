"""Square's catalogue: one slice per item variation, the id that order lines name as `catalog_object_id`.

SearchCatalogObjects gives variations with their items beside them. A variation does not carry its item's name and type, nor does it
know at which location its stock is kept, so both are put into its slice under `item` and `location_id`. Nothing is documented of the
order of the list, only that a cursor leads on in it: deleted variations are asked for too and passed over here, so that one which is
deleted meanwhile cannot shift another past us.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from connectors._kit import Answer, Http, Payload, own_id, read_payload, split_page
from connectors.capabilities import RawPage
from connectors.square.paging import PATIENCE, Told, refuse_errors
from model.errors import ContractError, RejectedError, TransientError
from model.records.listing import Listing, ListingKind

VARIATIONS_PER_PAGE: Final = 500
"""Advisory; at most 1,000."""

KINDS: Final[Mapping[str, ListingKind]] = {
    "GIFT_CARD": "gift_card",
    "APPOINTMENTS_SERVICE": "service",
    "DONATION": "service",
    "DIGITAL": "service",
    "EVENT": "service",
    "LEGACY_SQUARE_ONLINE_SERVICE": "service",
    "LEGACY_SQUARE_ONLINE_MEMBERSHIP": "service",
}
"""CatalogItemProductType; REGULAR, FOOD_AND_BEV and whatever comes later are goods."""

_WHERE = "catalog/search"


class Override(Payload):
    """What one location has otherwise."""

    location_id: str | None = None
    track_inventory: bool | None = None


class Variation(Payload):
    """CatalogItemVariation, as far as it concerns stock."""

    item_id: str | None = None
    name: str | None = None
    sku: str | None = None
    track_inventory: bool | None = None
    location_overrides: tuple[Override, ...] | None = None
    stockable: bool | None = None
    """False: counted on another variation of the item, by a conversion (wine by the glass)."""


class Item(Payload):
    """What the slice was given of its CatalogItem."""

    name: str | None = None
    product_type: str | None = None


class VariationDocument(Payload):
    """One slice: a CatalogObject of type ITEM_VARIATION, completed."""

    id: str
    item_variation_data: Variation
    present_at_all_locations: bool | None = None
    present_at_location_ids: tuple[str, ...] | None = None
    absent_at_location_ids: tuple[str, ...] | None = None
    item: Item = Item()
    location_id: str | None = None


class _ItemFields(msgspec.Struct, omit_defaults=True):
    name: str | None = None
    product_type: str | None = None


class _Related(msgspec.Struct):
    id: str
    item_data: _ItemFields | None = None


class _ItemOf(msgspec.Struct):
    item_id: str | None = None


class _Membership(msgspec.Struct):
    is_deleted: bool = False
    item_variation_data: _ItemOf | None = None


class _Envelope(Told):
    objects: tuple[msgspec.Raw, ...] = ()
    related_objects: tuple[_Related, ...] = ()


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_MEMBERSHIP = msgspec.json.Decoder(_Membership)


def read_listing(raw: bytes) -> Listing:
    """The record of one completed variation."""
    document = read_payload(VariationDocument, raw)
    variation = document.item_variation_data
    names = [name for name in (document.item.name, variation.name) if name]
    kind: ListingKind = KINDS.get(document.item.product_type or "", "goods")
    is_derived = kind == "goods" and variation.stockable is False
    return Listing(
        external_id=document.id,
        product_external_id=variation.item_id,
        stock_external_id=document.id,
        sku=variation.sku or None,
        title=" - ".join(names) or document.id,
        kind="bundle" if is_derived else kind,
        is_tracked=_is_tracked(variation, document.location_id) and _is_present(document) and variation.stockable is not False,
    )


def search_body(cursor: str | None) -> dict[str, object]:
    """SearchCatalogObjects: every variation, with its item."""
    body: dict[str, object] = {
        "object_types": ["ITEM_VARIATION"],
        "include_related_objects": True,
        "include_deleted_objects": True,
        "limit": VARIATIONS_PER_PAGE,
    }
    return body | ({"cursor": cursor} if cursor else {})


def listing_pages(http: Http, location: str | None, resume: str | None) -> Iterator[RawPage]:
    """The catalogue from a cursor on; one that has expired since the last run begins it anew, as repeats are allowed."""
    try:
        page = _page(http, location, resume)
    except RejectedError:
        if resume is None:
            raise
        page = _page(http, location, None)
    yield page
    while page.resume is not None:
        page = _page(http, location, page.resume)
        yield page


def _page(http: Http, location: str | None, cursor: str | None) -> RawPage:
    return http.ask("v2/catalog/search", search_body(cursor), read=PageReader(location, cursor))


class PageReader:
    """Reads the answers to one request; it counts how often the request came back with its own cursor."""

    def __init__(self, location: str | None, cursor: str | None) -> None:
        self._location = location
        self._cursor = cursor
        self._loops = 0

    def __call__(self, answer: Answer) -> RawPage:
        """The page with completed slices, or an error that says whether asking again may help."""
        envelope, slices = split_page(answer.body, _ENVELOPE, _objects_in, array=b"objects", where=_WHERE)
        refuse_errors(envelope, _WHERE)
        following = envelope.cursor or None
        if following and not slices:
            raise TransientError(f"{_WHERE}: an empty page, though more is promised")
        if following and following == self._cursor:
            self._loops += 1
            raise (TransientError if self._loops < PATIENCE else ContractError)(f"{_WHERE}: the cursor leads back to itself")
        items = {related.id: related.item_data or _ItemFields() for related in envelope.related_objects}
        completed = (self._completed(raw, items) for raw in slices)
        return RawPage("listing", tuple(raw for raw in completed if raw is not None), following)

    def _completed(self, raw: bytes, items: Mapping[str, _ItemFields]) -> bytes | None:
        """The slice with its item's name and type and the location, None if it is deleted; one that cannot be read stays as it is."""
        try:
            variation = _MEMBERSHIP.decode(raw)
        except msgspec.DecodeError:
            return raw
        if variation.is_deleted:
            return None
        extra: dict[str, object] = {"location_id": self._location} if self._location else {}
        item = items.get(variation.item_variation_data.item_id or "") if variation.item_variation_data else None
        extra |= {"item": item} if item else {}
        return raw[:-1] + b"," + msgspec.json.encode(extra)[1:] if extra and own_id(raw) else raw


def _objects_in(envelope: _Envelope) -> Sequence[msgspec.Raw]:
    return envelope.objects


def _is_tracked(variation: Variation, location: str | None) -> bool:
    """What the location says, where it says anything, else what the variation says."""
    own = [each.track_inventory for each in variation.location_overrides or () if each.location_id == location]
    told = [flag for flag in own if flag is not None]
    return told[0] if told else bool(variation.track_inventory)


def _is_present(document: VariationDocument) -> bool:
    if document.location_id is None:
        return True
    if document.present_at_all_locations is False:
        return document.location_id in (document.present_at_location_ids or ())
    return document.location_id not in (document.absent_at_location_ids or ())
