"""What a ListingSource promises beside its pages: every variant by the id that order lines name, whatever moves meanwhile."""

import json

import pytest

from model.records.listing import Listing
from model.records.order import Order, OrderLine
from tests.contract.checks_mapping import ending
from tests.contract.hostile import listing_corpus
from tests.contract.remote import Row, recordings
from tests.contract.stand import CatalogueStand, ids_of

LEAST_NAMED = 3
"""Order lines of the recordings that name a recorded listing, so that the two can be compared."""


def an_empty_catalogue_is_read(stand: CatalogueStand) -> None:
    """No listings is no failure: empty pages, the last without a token."""
    pages = list(stand.link(stand.remote([])).pages())
    assert [raw for page in pages for raw in page.slices] == []
    assert [page.resume for page in pages][-1:] in ([], [None])


def pages_are_of_listings(stand: CatalogueStand) -> None:
    """What is fetched says that it is listings, and every one of them can be read."""
    pages = list(stand.link().pages())
    assert {page.kind for page in pages} == {"listing"}
    assert all(stand.is_readable(raw) for page in pages for raw in page.slices)


def the_catalogue_can_be_read_again(stand: CatalogueStand) -> None:
    """A connector keeps no state: read twice, the catalogue is the same."""
    link = stand.link()
    assert link.ids() == link.ids()


def listings_that_vanish_cost_no_other(stand: CatalogueStand) -> None:
    """Listings already read are deleted, so that all behind them move up."""
    remote, vanished = stand.remote(), set[str | None]()

    def vanish(turn: int, shown: list[Row]) -> None:
        for row in shown[: 3 * len(shown) // 4] if turn in {1, 3} else ():
            row.is_hidden = True
            vanished.add(row.external_id)

    remote.after_list = vanish
    read = set(stand.link(remote).ids())
    assert vanished
    assert read >= {row.external_id for row in stand.rows if not {row.external_id, row.product} & vanished}


def an_unreadable_listing_spares_its_neighbours(stand: CatalogueStand) -> None:
    """Listings that cannot be read are given out all the same, named where their id can be told, and cost no other one."""
    rows = list(stand.remote().rows["listings"][: len(stand.rows)])
    broken = [rows[1], rows[stand.dialect.page]]
    for row, rest in zip(broken, (b'"broken":NaN}', b'"broken":{"a":[{}]}}'), strict=True):
        row.body = f'{{"{stand.ids.id}":{json.dumps(row.wire_id)},'.encode() + rest
    slices = [raw for page in stand.link(stand.remote(rows)).pages() for raw in page.slices]
    assert {stand.kind.external_id_in(raw) for raw in slices} == ids_of(rows)
    assert {stand.kind.external_id_in(raw) for raw in slices if not stand.is_readable(raw)} == ids_of(broken)


def a_listing_bears_the_id_it_is_fetched_by(stand: CatalogueStand) -> None:
    """Record, slice and source call one listing by one id."""
    for page in stand.link().pages():
        for raw in page.slices:
            assert stand.read(raw).external_id == stand.kind.external_id_in(raw)


def a_variant_names_its_product(stand: CatalogueStand) -> None:
    """Where variants stand below products, as the dialect states, each names its own; what has no variants names none."""
    if not stand.catalogue.product:
        pytest.skip("this vendor lists variants by themselves, says its dialect")
    products = {listing.external_id: listing.product_external_id for listing in stand.link().listings()}
    assert products == {row.external_id: row.product for row in stand.rows}


def order_lines_name_listings(stand: CatalogueStand) -> None:
    """What recorded orders name is the id of a recorded listing, of the same product."""
    listings = {listing.external_id: listing for listing in map(stand.listing, map(_raw, stand.recorded()))}
    named = [(line, listings[name]) for line in _lines(stand) if (name := line.variant_external_id or line.product_external_id) in listings]
    assert len({listing.external_id for _line, listing in named}) >= LEAST_NAMED
    assert [line for line, listing in named if not _agree(line, listing)] == []


def what_is_not_counted_is_not_tracked(stand: CatalogueStand) -> None:
    """A listing of which the channel counts no stock says so, and one that it counts as well."""
    rows = stand.remote().rows["listings"][:2]
    rows[0].level = None
    uncounted, counted = (stand.listing(stand.written(row)) for row in rows)
    assert not uncounted.is_tracked
    assert counted.is_tracked or counted.kind != "goods"


def hostile_listings_are_refused(stand: CatalogueStand) -> None:
    """Whatever stands in a listing, it ends in a MalformedError, within two seconds."""
    payload = stand.recorded()[0]
    stand.read(payload)
    corpus = listing_corpus(payload, stand.catalogue.text, stand.ids.id)
    assert {name: ended for name, raw in corpus.items() if (ended := ending(stand, raw)) != "MalformedError"} == {}


def _raw(payload: object) -> bytes:
    return json.dumps(payload).encode()


def _lines(stand: CatalogueStand) -> list[OrderLine]:
    orders = [stand.kind.kinds["order"].read(_raw(payload), {}) for payload in recordings(stand.name, "orders")]
    return [line for order in orders if isinstance(order, Order) for line in order.lines]


def _agree(line: OrderLine, listing: Listing) -> bool:
    return line.variant_external_id is None or line.product_external_id in {None, listing.product_external_id}


LISTINGS = (
    an_empty_catalogue_is_read,
    pages_are_of_listings,
    the_catalogue_can_be_read_again,
    listings_that_vanish_cost_no_other,
    an_unreadable_listing_spares_its_neighbours,
    a_listing_bears_the_id_it_is_fetched_by,
    a_variant_names_its_product,
    order_lines_name_listings,
    what_is_not_counted_is_not_tracked,
    hostile_listings_are_refused,
)
