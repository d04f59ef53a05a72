"""The catalogue: what is on sale, and what lies in the shop's store-room (taken off sale, never put on it, sold out).

A list gives items; those with SKUs are no listings, their SKUs are, which are asked for forty items at a time. A slice is an envelope of
ours: `id` beside `item`, or beside `sku` and the `product` it is of. The id is the SKU's, or the item's where it has none: what a line of
an order names.

The lists are asked for by time of change, oldest first, and on from the last time seen: an item that changes meanwhile moves to the end,
where it is read later, and none moves over the place where we are. Only within one second are pages counted, which begins anew where its
total moves. An item that is taken off sale after the store-room was read and before the shelves are is found by the next reading only.
Source: https://open.taobao.com/api.htm?docId=18&docType=2 (onsale), /docId=162 (inventory), /docId=30 (SKUs)
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Final, NamedTuple

import msgspec
from pydantic import Field

from connectors._kit import Http, Payload, enveloped, own_id, read_payload
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage
from connectors.taobao.asking import ask, entries_in, total_in
from connectors.taobao.payloads import Id
from model.errors import ContractError, MalformedError, TransientError
from model.records.listing import Listing

SKUS: Final = "taobao.item.skus.get"
ITEMS_AT_ONCE: Final = 40
"""Items whose SKUs one request may ask for."""
FIELDS: Final = "num_iid,title,type,num,outer_id,approve_status,modified"
SKU_FIELDS: Final = "sku_id,num_iid,properties_name,quantity,outer_id,status,modified"
AUCTION: Final = "auction"
RESTARTS: Final = 5
ASK_AGAIN: Final = 3


class _List(NamedTuple):
    method: str
    banner: str = ""


LISTS: Final = (
    _List("taobao.items.inventory.get", "for_shelved"),
    _List("taobao.items.inventory.get", "sold_out"),
    _List("taobao.items.onsale.get"),
)


class _Place(msgspec.Struct, frozen=True):
    """Where reading stands: in which list, from which time on, and at which page of what changed then."""

    listed: Annotated[int, msgspec.Meta(ge=0)] = 0
    since: str = ""
    page: Annotated[int, msgspec.Meta(ge=1)] = 1
    total: int = 0
    restarts: int = 0


class _Item(Payload):
    num_iid: Id
    title: str = Field(min_length=1)
    type: str | None = None
    outer_id: str | None = None


class _Product(Payload):
    num_iid: Id
    title: str | None = None
    type: str | None = None


class _Sku(Payload):
    sku_id: Id
    num_iid: Id | None = None
    properties_name: str | None = None
    outer_id: str | None = None
    status: str | None = None


class _Envelope(Payload):
    id: Id
    item: _Item | None = None
    product: _Product | None = None
    sku: _Sku | None = None


def read_listing(raw: bytes) -> Listing:
    """One listing from its envelope. An auction's stock is no business of ours."""
    told = read_payload(_Envelope, raw)
    if told.item:
        same, sold = told.item.num_iid == told.id, told.item
        sku, title = told.item.outer_id, told.item.title
    elif told.sku and told.product:
        same, sold = told.sku.sku_id == told.id and told.sku.num_iid in {None, told.product.num_iid}, told.product
        sku, title = told.sku.outer_id, " - ".join(part for part in (told.product.title, _options(told.sku)) if part)
    else:
        raise MalformedError("sku: the listing is neither an item nor an SKU of one")
    if not same:
        raise MalformedError("id: is not the id it was read by")
    return Listing(
        external_id=told.id,
        product_external_id=told.product.num_iid if told.product and not told.item else None,
        stock_external_id=told.id,
        sku=sku or None,
        title=title or told.id,
        is_tracked=sold.type != AUCTION,
    )


def listing_pages(http: Http, page_size: int, resume: str | None) -> Iterator[RawPage]:
    """The catalogue by pages of items, each with its SKUs."""
    place: _Place | None = place_of(resume, _Place) if resume else _Place()
    before: tuple[bytes, ...] = ()
    while place is not None:
        if place.listed >= len(LISTS):
            raise ContractError("resume: is no token of this connector")
        rows, total = _fresh(http, place, page_size, before)
        following = _next(place, rows, total, page_size)
        slices = tuple(chain.from_iterable(_with_skus(http, rows[at : at + ITEMS_AT_ONCE]) for at in range(0, len(rows), ITEMS_AT_ONCE)))
        yield RawPage("listing", slices, token_of(following) if following else None)
        before = rows if following and following.page > 1 else ()
        place = following


def _fresh(http: Http, place: _Place, size: int, before: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], int]:
    """A page and its list's total. A further page with the very rows of the one before is an old answer, and is asked for again."""
    for _ in range(ASK_AGAIN + 1):
        rows, total = _page(http, place, size)
        if not rows or rows != before:
            return rows, total
    raise TransientError(f"{LISTS[place.listed].method}: page {place.page} shows the rows of the page before")


def _page(http: Http, place: _Place, size: int) -> tuple[tuple[bytes, ...], int]:
    method, banner = LISTS[place.listed]
    told: dict[str, str | int] = {"fields": FIELDS, "order_by": "modified:asc", "page_no": place.page, "page_size": size}
    told |= ({"banner": banner} if banner else {}) | ({"start_modified": place.since} if place.since else {})

    def read(held: bytes) -> tuple[tuple[bytes, ...], int]:
        rows, total = entries_in(held, "items", "item", method), total_in(held, method)
        if len(rows) < min(size, total - (place.page - 1) * size):
            raise TransientError(f"{method}: {len(rows)} rows on page {place.page}, although there are {total}")
        return rows, total

    return ask(http, method, told, read)


def _next(place: _Place, rows: Sequence[bytes], total: int, size: int) -> _Place | None:
    if place.page > 1 and total != place.total:
        if place.restarts >= RESTARTS:
            raise TransientError(f"{LISTS[place.listed].method}: the items of one second do not stand still")
        return _Place(place.listed, place.since, restarts=place.restarts + 1)
    if place.page * size >= total:
        return _Place(place.listed + 1) if place.listed + 1 < len(LISTS) else None
    newest = max((time for row in rows if (time := _modified(row))), default="")
    if newest > place.since:
        return _Place(place.listed, newest)
    return _Place(place.listed, place.since, place.page + 1, total, place.restarts)


_TIME: Final = re.compile(rb'"modified"\s*:\s*"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"')


_DELETED: Final = re.compile(rb'"status"\s*:\s*"delete"')


def _modified(row: bytes) -> str:
    """When an item changed, as text that sorts like the time; empty where it cannot be told."""
    found = _TIME.search(row)
    return found[1].decode() if found else ""


def _with_skus(http: Http, items: Sequence[bytes]) -> Iterator[bytes]:
    """The listings of some items; an item that cannot be read is handed out as it is, so that it is set aside by name."""
    by_id = {num_iid: item for item in items if (num_iid := own_id(item, b"num_iid"))}
    skus: dict[str, list[bytes]] = {}
    if by_id:
        told = {"fields": SKU_FIELDS, "num_iids": ",".join(by_id)}
        for sku in ask(http, SKUS, told, lambda held: entries_in(held, "skus", "sku", SKUS)):
            skus.setdefault(own_id(sku, b"num_iid") or "", []).append(sku)
    yield from skus.pop("", [])
    for item in items:
        num_iid = own_id(item, b"num_iid")
        if num_iid is None:
            yield item
        elif num_iid in skus:
            yield from (_variant(item, sku) for sku in skus[num_iid] if not _DELETED.search(sku))
        else:
            yield enveloped(item, "item", id=int(num_iid))


def _variant(item: bytes, sku: bytes) -> bytes:
    """An SKU beside its item; one whose id cannot be told is handed out as it is."""
    sku_id = own_id(sku, b"sku_id")
    return sku if sku_id is None else enveloped(sku, "sku", id=int(sku_id))[:-1] + b',"product":' + item + b"}"


def _options(sku: _Sku) -> str:
    """`1627207:28341:colour:black;20509:28314:size:M` -> `black, M`."""
    parts = (part.split(":") for part in (sku.properties_name or "").split(";") if part)
    return ", ".join(part[-1] for part in parts if part[-1])
