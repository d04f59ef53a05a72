"""Amazon's catalogue of one seller in one marketplace: one slice per SKU, which is the id that order lines name.

One search shows no more than a thousand SKUs, so it is asked for by the time of making, oldest first, ever anew. Who counts a SKU says the
channel that it is sent from: `DEFAULT` is the seller's own, all others are Amazon's warehouses, whose stock nobody sets from outside.
Source: model listingsItems_2021-08-01.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import msgspec

from connectors._kit import Http, member, read_payload
from connectors.amazon.paging import Listed, Place, SheetReader, stamp_by, unhurried, walk
from connectors.amazon.payloads_listings import LevelPayload, ListingPayload
from connectors.amazon.words import MERCHANT
from connectors.capabilities import RawPage
from model.errors import MalformedError, RejectedError
from model.records.listing import Listing

PAGE: Final = 20
"""SKUs of a page at the most."""
INCLUDED: Final = "summaries,fulfillmentAvailability"
ABSENT: Final = "NOT_FOUND"
_EVER: Final = datetime(2199, 1, 1, tzinfo=UTC)


class _Made(msgspec.Struct, rename="camel"):
    created_date: str | None = None


class _Row(msgspec.Struct):
    summaries: tuple[_Made, ...] = ()


def read_listing(raw: bytes) -> Listing:
    """One SKU from its raw slice."""
    payload = read_payload(ListingPayload, raw)
    summary = next(iter(payload.summaries), None)
    return Listing(
        external_id=payload.sku,
        stock_external_id=payload.sku,
        sku=payload.sku,
        title=(summary.item_name if summary else None) or payload.sku,
        is_tracked=is_merchants(payload),
    )


def sku_in(raw: bytes) -> str | None:
    """A SKU as it is told, also one with blanks or of other scripts; None where none is told, or two."""
    try:
        return msgspec.json.decode(member(raw, "sku") or b"null", type=str | None) or None
    except msgspec.DecodeError:
        return None


def is_merchants(payload: LevelPayload | ListingPayload) -> bool:
    """Whether the seller sends it, and so counts it."""
    return any(each.fulfillment_channel_code == MERCHANT for each in payload.fulfillment_availability or ())


def path_of(seller: str) -> str:
    """Where a seller's listings are."""
    return f"listings/2021-08-01/items/{quote(seller, safe='')}"


def listing_pages(http: Http, seller: str, marketplace: str, resume: str | None) -> Iterator[RawPage]:
    """The catalogue, page by page."""
    params: dict[str, str | int] = {
        "marketplaceIds": marketplace,
        "includedData": INCLUDED,
        "sortBy": "createdDate",
        "sortOrder": "ASC",
        "pageSize": PAGE,
    }
    return walk(http, _listed(seller), params, "", _EVER, resume)


def shown(http: Http, seller: str, marketplace: str, skus: tuple[str, ...]) -> dict[str, LevelPayload]:
    """What Amazon has of these SKUs, at most `PAGE`; those that it does not know, or that cannot be read, are left out.

    SKUs are named with commas between them; one that has a comma itself is asked for alone.
    """
    plain = [sku for sku in skus if "," not in sku]
    params: dict[str, str | int] = {"marketplaceIds": marketplace, "includedData": INCLUDED}
    found = [raw for sku in skus if "," in sku and (raw := _single(http, seller, params, sku))]
    if plain:
        named = {**params, "identifiers": ",".join(plain), "identifiersType": "SKU", "pageSize": PAGE}
        listed = _listed(seller)
        found += unhurried(lambda: http.get(listed.path, named, read=SheetReader(listed, Place(""))), listed.interval_s).slices
    return {listing.sku: listing for raw in found if (listing := _readable(raw)) and listing.sku in skus}


def _single(http: Http, seller: str, params: dict[str, str | int], sku: str) -> bytes | None:
    try:
        return unhurried(lambda: http.get(f"{path_of(seller)}/{quote(sku, safe='')}", params), 1).body
    except RejectedError as error:
        if error.code == ABSENT:
            return None
        raise


def _readable(raw: bytes) -> LevelPayload | None:
    try:
        return read_payload(LevelPayload, raw)
    except MalformedError:
        return None


def _made(raw: bytes) -> str | None:
    return next((each.created_date for each in msgspec.json.decode(raw, type=_Row).summaries if each.created_date), None)


def _listed(seller: str) -> Listed:
    return Listed("listing", path_of(seller), "items", "createdAfter", "pageToken", stamp_by(_made), interval_s=1)
