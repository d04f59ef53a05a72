"""The Vendure sink against a real Vendure 3.7.3 on SQLite: buyers may buy what was asked for, whatever the shop's own orders hold."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import httpx
import pytest

from connectors.capabilities import StockAnswer, StockSeen, StockTarget
from connectors.vendure.connector import Vendure
from model.errors import AuthError, ConfigError
from model.records.listing import Listing
from model.records.order import Order
from tests.systems.vendure_shop import PASSWORD, Door, Shop

MORE_THAN_THERE_IS = 900
"""Below the 999 that one cart may hold, above every level in these tests."""
OPEN = 2 + 3 + 3
"""Units that `open_orders` leaves held."""


def catalogue(connector: Vendure) -> dict[str, Listing]:
    slices = [raw for page in connector.fetch_listings(None) for raw in page.slices]
    return {str(listing.sku): listing for listing in map(connector.read_listing, slices)}


def target(listing: Listing, quantity: int, expected: int | None = None) -> StockTarget:
    return StockTarget(
        external_id=listing.external_id,
        product_external_id=listing.product_external_id,
        stock_external_id=listing.stock_external_id,
        quantity=quantity,
        expected=expected,
        key=f"{listing.external_id}-{quantity}",
    )


def published(connector: Vendure, targets: Iterable[StockTarget]) -> dict[str, StockAnswer]:
    return {answer.external_id: answer for batch in connector.publish_stock(list(targets)) for answer in batch}


def publish(connector: Vendure, sku: str, quantity: int, expected: int | None = None) -> StockAnswer:
    listing = catalogue(connector)[sku]
    return published(connector, [target(listing, quantity, expected)])[listing.external_id]


def seen(connector: Vendure, listings: Mapping[str, Listing]) -> dict[str, StockSeen]:
    told = {each.external_id: each for batch in connector.fetch_stock(list(listings.values())) for each in batch}
    return {sku: told[listing.external_id] for sku, listing in listings.items() if listing.external_id in told}


def shown(connector: Vendure, sku: str) -> tuple[int | None, int]:
    told = seen(connector, {sku: catalogue(connector)[sku]})[sku]
    return told.sellable, told.held


def buyable(shop: Shop, sku: str) -> int:
    """The server's own word: what it lets a new buyer put into a cart who asks for more than there is."""
    variants = shop.keeper.ask("{ productVariants { items { id sku } } }")["productVariants"]["items"]
    variant = next(each["id"] for each in variants if each["sku"] == sku)
    answer = Door(f"{shop.url}/shop-api").ask(
        """mutation($v: ID!, $q: Int!) { addItemToOrder(productVariantId: $v, quantity: $q) {
          __typename ... on InsufficientStockError { quantityAvailable } } }""",
        v=variant,
        q=MORE_THAN_THERE_IS,
    )["addItemToOrder"]
    assert answer["__typename"] == "InsufficientStockError", answer
    quantity: int = answer["quantityAvailable"]
    return quantity


def placed(shop: Shop, connector: Vendure, goods: dict[str, int], **how: str) -> Order:
    order = connector.kinds["order"].read(connector.fetch_orders_by_id([shop.order(goods, **how)]).slices[0], {})
    assert isinstance(order, Order)
    return order


def open_orders(shop: Shop, connector: Vendure, sku: str) -> int:
    """Orders in every state that matters; gives how many units they hold: 2 paid, 3 authorized, 4 paid of which 1 has left."""
    placed(shop, connector, {sku: 2})
    placed(shop, connector, {sku: 3}, pay="paid-on-shipping")
    part_shipped = placed(shop, connector, {sku: 4})
    shop.move(shop.pack(part_shipped, 1), "Shipped")
    shop.cancel(placed(shop, connector, {sku: 5}), 5)
    shop.cancel(placed(shop, connector, {sku: 6}, pay="paid-on-shipping"), 6)
    return OPEN


@dataclass
class Meanwhile(httpx.HTTPTransport):
    """Lets something happen in the shop just before the next level is set."""

    deed: Callable[[], object]
    done: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if b"mutation Publish" in request.read() and not self.done:
            self.done = True
            self.deed()
        return super().handle_request(request)


def test_the_catalogue_tells_every_variant_and_whether_it_is_counted(shop: Shop) -> None:
    connector = shop.connector()

    found = catalogue(connector)

    assert set(found) >= {"KETTLE-RED", "KETTLE-BLUE", "TOWEL", "CUP-SMALL", "TRAY", "ENGRAVING"}
    assert {sku for sku, listing in found.items() if not listing.is_tracked} == {"ENGRAVING"}
    assert found["CUP-SMALL"].product_external_id == found["CUP-LARGE"].product_external_id
    assert found["CUP-SMALL"].title == "Cup Small"


def test_order_lines_name_the_listing(shop: Shop) -> None:
    connector = shop.connector()

    order = placed(shop, connector, {"BELL": 1})

    assert [line.variant_external_id for line in order.lines] == [catalogue(connector)["BELL"].external_id]


def test_what_is_asked_for_is_what_buyers_may_buy_beside_open_orders_of_the_shops_own(shop: Shop) -> None:
    connector = shop.connector()
    wanted = {"CUP-SMALL": 0, "CUP-LARGE": 1, "LAMP-WHITE": 7, "LAMP-BLACK": 640}
    holding = {sku: open_orders(shop, connector, sku) for sku in wanted}
    listings = {sku: listing for sku, listing in catalogue(connector).items() if sku in wanted}

    answers = published(connector, [target(listings[sku], quantity) for sku, quantity in wanted.items()])

    assert {answer.fate for answer in answers.values()} == {"told"}
    assert len(answers) == len(wanted)
    assert {sku: buyable(shop, sku) for sku in wanted} == wanted
    assert {sku: told.sellable for sku, told in seen(connector, listings).items()} == wanted
    assert {sku: told.held for sku, told in seen(connector, listings).items()} == holding


def test_every_quantity_in_turn_becomes_the_truth(shop: Shop) -> None:
    connector = shop.connector()
    open_orders(shop, connector, "TRAY")

    truths = [(publish(connector, "TRAY", quantity).fate, buyable(shop, "TRAY")) for quantity in (9, 0, 1, 0, 300, 2, 2)]

    assert truths == [("told", 9), ("told", 0), ("told", 1), ("told", 0), ("told", 300), ("told", 2), ("told", 2)]


@pytest.mark.parametrize(("own", "of_the_shop"), [(4, 0), (None, 6), (-3, 0)])
def test_a_threshold_below_which_the_shop_sells_nothing_is_reckoned_with(shop: Shop, own: int | None, of_the_shop: int) -> None:
    connector = shop.connector()
    listing = catalogue(connector)["STOOL"]
    shop.keeper.ask("mutation($t: Int!) { updateGlobalSettings(input: {outOfStockThreshold: $t}) { __typename } }", t=of_the_shop)
    change = {"id": listing.external_id, "useGlobalOutOfStockThreshold": own is None, "outOfStockThreshold": own or 0}
    shop.keeper.ask("mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }", i=[change])

    truths = [(publish(connector, "STOOL", quantity).fate, buyable(shop, "STOOL")) for quantity in (5, 0)]
    read_back = shown(connector, "STOOL")[0]
    shop.keeper.ask("mutation { updateGlobalSettings(input: {outOfStockThreshold: 0}) { __typename } }")

    assert truths == [("told", 5), ("told", 0)]
    assert read_back == 0


def test_a_shop_that_counts_nothing_unless_told_is_believed(shop: Shop) -> None:
    connector = shop.connector()
    shop.keeper.ask("mutation { updateGlobalSettings(input: {trackInventory: false}) { __typename } }")
    listing = catalogue(connector)["BELL"]
    inherit = [{"id": listing.external_id, "trackInventory": "INHERIT"}]
    shop.keeper.ask("mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }", i=inherit)

    uncounted = catalogue(connector)["BELL"].is_tracked, publish(connector, "BELL", 3).fate, shown(connector, "BELL")[0]
    shop.keeper.ask("mutation { updateGlobalSettings(input: {trackInventory: true}) { __typename } }")
    counted = catalogue(connector)["BELL"].is_tracked, publish(connector, "BELL", 3).fate, shown(connector, "BELL")[0]

    assert uncounted == (False, "refused", None)
    assert counted == (True, "told", 3)


def test_an_unknown_variant_and_an_uncounted_one_spare_their_neighbours(shop: Shop) -> None:
    connector = shop.connector()
    listings = catalogue(connector)
    unknown = StockTarget(external_id="424242", product_external_id=None, stock_external_id="424242", quantity=1)

    answers = published(connector, [unknown, target(listings["ENGRAVING"], 5), target(listings["TOWEL"], 11)])

    assert {name: answer.fate for name, answer in answers.items()} == {
        "424242": "refused",
        listings["ENGRAVING"].external_id: "refused",
        listings["TOWEL"].external_id: "told",
    }
    assert buyable(shop, "TOWEL") == 11


def test_a_quantity_the_shop_cannot_hold_is_refused_alone(shop: Shop) -> None:
    connector = shop.connector()
    listings = catalogue(connector)

    answers = published(connector, [target(listings["TOWEL"], 12), target(listings["TRAY"], 2**40), target(listings["BELL"], 13)])

    assert [answers[listings[sku].external_id].fate for sku in ("TOWEL", "TRAY", "BELL")] == ["told", "refused", "told"]
    assert [buyable(shop, sku) for sku in ("TOWEL", "BELL")] == [12, 13]


@pytest.mark.parametrize("wishes", [range(start, start + 10) for start in (101, 121, 141)])
def test_ten_concurrent_publishes_end_in_one_truth_that_is_one_of_them(shop: Shop, wishes: range) -> None:
    connectors = [shop.connector() for _ in wishes]
    held = open_orders(shop, connectors[0], "KETTLE-RED") + shown(connectors[0], "KETTLE-RED")[1] - OPEN
    together = Barrier(len(wishes))

    def publish_together(connector: Vendure, quantity: int) -> StockAnswer:
        together.wait()
        return publish(connector, "KETTLE-RED", quantity)

    with ThreadPoolExecutor(len(wishes)) as pool:
        answers = list(pool.map(publish_together, connectors, wishes))

    truth = buyable(shop, "KETTLE-RED")
    assert truth in wishes
    assert shown(connectors[0], "KETTLE-RED") == (truth, held)
    assert answers[truth - wishes.start].fate == "told"


def test_a_sale_since_the_last_publishing_is_not_given_back_where_the_shown_level_is_expected(shop: Shop) -> None:
    connector = shop.connector()
    publish(connector, "LAMP-WHITE", 5)
    placed(shop, connector, {"LAMP-WHITE": 2})

    answer = publish(connector, "LAMP-WHITE", 5, expected=5)

    assert (answer.fate, answer.reason) == ("stale", "shows 3")
    assert buyable(shop, "LAMP-WHITE") == 3


def test_a_sale_unknown_to_the_hub_is_given_back_where_nothing_is_expected_until_its_order_is_read(shop: Shop) -> None:
    connector = shop.connector()
    publish(connector, "LAMP-BLACK", 5)
    placed(shop, connector, {"LAMP-BLACK": 2})

    blind = publish(connector, "LAMP-BLACK", 5).fate, buyable(shop, "LAMP-BLACK")
    order_read = publish(connector, "LAMP-BLACK", 5 - 2).fate, buyable(shop, "LAMP-BLACK")

    assert blind == ("told", 5)
    assert order_read == ("told", 3)


def test_a_sale_between_reading_and_setting_stays_taken_off_and_is_told_stale(shop: Shop) -> None:
    teller = shop.connector()
    publish(teller, "CUP-LARGE", 8)

    racing = shop.connector(Meanwhile(lambda: shop.order({"CUP-LARGE": 3})), username="keeper", password=PASSWORD)
    answer = publish(racing, "CUP-LARGE", 6, expected=8)

    assert (answer.fate, answer.reason) == ("stale", "orders moved meanwhile; shows 3")
    assert buyable(shop, "CUP-LARGE") == 3


def test_goods_packed_between_reading_and_setting_are_told_stale_and_healed_by_the_next_publishing(shop: Shop) -> None:
    teller = shop.connector()
    order = placed(shop, teller, {"CUP-SMALL": 4}) if buyable(shop, "CUP-SMALL") >= 4 else None
    publish(teller, "CUP-SMALL", 8)
    order = order or placed(shop, teller, {"CUP-SMALL": 4})
    before = buyable(shop, "CUP-SMALL")

    racing = shop.connector(Meanwhile(lambda: shop.pack(order, 4)), username="keeper", password=PASSWORD)
    stale, between = publish(racing, "CUP-SMALL", before), buyable(shop, "CUP-SMALL")
    healed = publish(teller, "CUP-SMALL", before), buyable(shop, "CUP-SMALL")

    assert (stale.fate, between) == ("stale", before + 4)
    assert (healed[0].fate, healed[1]) == ("told", before)


def test_a_second_location_has_to_be_chosen_and_what_lies_at_the_other_one_counts(shop: Shop) -> None:
    connector = shop.connector()
    listing = catalogue(connector)["BELL"]
    second = shop.keeper.ask('mutation { createStockLocation(input: {name: "Depot"}) { id } }')["createStockLocation"]["id"]
    there = [{"id": listing.external_id, "stockLevels": [{"stockLocationId": second, "stockOnHand": 4}]}]
    shop.keeper.ask("mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }", i=there)

    with pytest.raises(ConfigError, match=r"1 \(Default Stock Location\), \d+ \(Depot\)"):
        publish(connector, "BELL", 9)
    choosing = shop.connector(username="keeper", password=PASSWORD, stock_location="1")
    truths = [(publish(choosing, "BELL", quantity).fate, buyable(shop, "BELL")) for quantity in (9, 4, 3)]
    shop.keeper.ask("mutation($i: ID!) { deleteStockLocation(input: {id: $i}) { result } }", i=second)

    assert truths == [("told", 9), ("told", 4), ("refused", 4)]


def test_an_api_key_that_may_not_change_the_catalogue_is_an_auth_error(shop: Shop) -> None:
    role = {"code": "reader", "description": "reads", "permissions": ["ReadOrder", "ReadCatalog"]}
    role_id = shop.keeper.ask("mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }", i=role)["createRole"]["id"]
    wish = {"roleIds": [role_id], "translations": [{"languageCode": "en", "name": "reader"}]}
    key = shop.keeper.ask("mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }", i=wish)["createApiKey"]["apiKey"]
    connector = shop.connector(api_key=key)

    with pytest.raises(AuthError):
        publish(connector, "TOWEL", 1)
