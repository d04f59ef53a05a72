"""Stock published to a real Medusa 2.21.2: what may be sold is what was asked for, whatever open orders reserve."""

import pytest

from connectors.capabilities import StockTarget
from connectors.medusa.connector import Medusa
from model.errors import ConfigError
from model.records.listing import Listing
from tests.systems.medusa_shop import MedusaShop


def listed(connector: Medusa) -> dict[str | None, Listing]:
    """Every listing by SKU."""
    return {listing.sku: listing for page in connector.fetch_listings(None) for listing in map(connector.read_listing, page.slices)}


def target(listing: Listing, quantity: int, expected: int | None = None) -> StockTarget:
    product = listing.product_external_id
    named = {"external_id": listing.external_id, "stock_external_id": listing.stock_external_id}
    return StockTarget(**named, product_external_id=product, quantity=quantity, expected=expected)


def fates(connector: Medusa, targets: list[StockTarget]) -> dict[str, str]:
    return {answer.external_id: answer.fate for answers in connector.publish_stock(targets) for answer in answers}


def shown(connector: Medusa, listings: list[Listing]) -> list[tuple[int | None, int]]:
    return [(seen.sellable, seen.held) for batch in connector.fetch_stock(listings) for seen in batch]


def test_what_open_orders_reserve_is_not_sold_again(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    towel = listed(connector)["TOWEL"]
    medusa.order({"TOWEL": 3})

    told = fates(connector, [target(towel, 20)])

    assert told == {towel.external_id: "told"}
    assert medusa.level("TOWEL") == (23, 3)
    assert shown(connector, [towel]) == [(20, 3)]


def test_a_level_that_a_sale_moved_is_stale_and_an_unknown_item_spares_the_rest(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    listings = listed(connector)
    red, blue = listings["KETTLE-RED"], listings["KETTLE-BLUE"]
    gone = StockTarget(external_id="variant_gone", product_external_id=None, stock_external_id="iitem_gone", quantity=1)

    told = fates(connector, [target(red, 7, expected=499), target(blue, 0), gone])

    assert told == {red.external_id: "stale", blue.external_id: "told", "variant_gone": "refused"}
    assert (medusa.level("KETTLE-RED")[0], medusa.level("KETTLE-BLUE")[0]) == (500, 0)


def test_goods_without_a_level_get_one_and_what_is_not_counted_is_not_tracked(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    medusa.product("Teapot", {"TEAPOT": "299"}, manage_inventory=True)
    medusa.product("Voucher", {"VOUCHER": "100"}, manage_inventory=False)
    needs = [{"inventory_item_id": medusa.counted["TOWEL"], "required_quantity": 3}]
    medusa.product("Pack", {"PACK": "199"}, manage_inventory=True, inventory_items=needs)
    listings = listed(connector)
    teapot = listings["TEAPOT"]

    told = fates(connector, [target(teapot, 4)])

    assert told == {teapot.external_id: "told"}
    assert shown(connector, [teapot, listings["VOUCHER"]]) == [(4, 0), (None, 0)]
    assert (listings["VOUCHER"].is_tracked, listings["PACK"].is_tracked, listings["PACK"].kind) == (False, False, "bundle")


def test_what_lies_elsewhere_counts_and_the_location_must_be_named(medusa: MedusaShop) -> None:
    place = {"name": "Attic", "address": {"address_1": "Loftvej 2", "country_code": "dk"}}
    attic = medusa.ask("POST", "stock-locations", place)["stock_location"]["id"]
    medusa.ask("POST", f"stock-locations/{attic}/sales-channels", {"add": [medusa.ids["channel"]]})
    counted = medusa.counted["KETTLE-BLUE"]
    medusa.ask("POST", f"inventory-items/{counted}/location-levels", {"location_id": attic, "stocked_quantity": 6})
    nameless, connector = medusa.connector(), medusa.connector(stock_location=medusa.ids["location"])
    blue = listed(connector)["KETTLE-BLUE"]

    told = fates(connector, [target(blue, 10)])
    little = fates(connector, [target(blue, 2)])

    assert (told, little) == ({blue.external_id: "told"}, {blue.external_id: "refused"})
    assert (
        medusa.ask("GET", f"inventory-items/{counted}/location-levels", location_id=medusa.ids["location"])["inventory_levels"][0][
            "stocked_quantity"
        ]
        == 4
    )
    with pytest.raises(ConfigError, match="stock_location"):
        fates(nameless, [target(blue, 1)])
