"""Shopify's fulfilment orders, made from an order when they are asked for, and `fulfillmentCreate` over them (2026-07)."""

from typing import Final, NamedTuple

from sandbox.exchange import Tree, list_of, tree_of
from sandbox.shelf import Shelf
from sandbox.shop import Shop
from sandbox.shopify.deeds import LOCATION
from sandbox.shopify.graphql import Field
from sandbox.shopify.lines import many, ref
from sandbox.shopify.money import gid, order_id
from sandbox.shopify.nodes import find
from sandbox.shopify.project import Cut
from sandbox.story import THOUSANDTHS
from sandbox.told import MOST_PARCELS

CHANNEL: Final = "shopify-main"
FIRST: Final = 6_300_000_000_000
FIRST_LINE: Final = 13_500_000_000_000
LINES_EACH: Final = 64
NUMBERED: Final = 1001
"""The number a shop gives its first order."""
OPEN: Final = frozenset({"OPEN", "IN_PROGRESS"})


class Refusal(NamedTuple):
    """Why a fulfilment is not made, and the input it is about; this mutation's errors have no codes."""

    message: str
    field: tuple[str, ...] = ("fulfillment", "lineItemsByFulfillmentOrder")

    def tree(self) -> Tree:
        """Gives the user error."""
        return {"__typename": "UserError", "field": list(self.field), "message": self.message}


def with_fulfilment_orders(order: Tree) -> Tree:
    """Gives the order with its fulfilment orders; the street has one for each order."""
    return {**order, "fulfillmentOrders": many([fulfilment_order(order)])}


def fulfilment_order(order: Tree) -> Tree:
    """Gives an order's one fulfilment order, with what is left of each line."""
    number, lines = _number(order), _lines(order)
    status = _status(order, lines)
    return {
        "__typename": "FulfillmentOrder",
        "id": gid("FulfillmentOrder", FIRST + number),
        "status": status,
        "requestStatus": "UNSUBMITTED",
        "createdAt": order["createdAt"],
        "updatedAt": order["updatedAt"],
        "fulfillAt": None,
        "orderId": order["id"],
        "orderName": order["name"],
        "orderProcessedAt": order["processedAt"],
        "assignedLocation": {"__typename": "FulfillmentOrderAssignedLocation", "name": LOCATION["name"], "countryCode": "DE",
                             "location": LOCATION},
        "fulfillmentHolds": [],
        "supportedActions": [{"action": "CREATE_FULFILLMENT", "externalUrl": None}] if status in OPEN else [],
        "lineItems": many([_line(number, place, line) for place, line in enumerate(lines)]),
        "order": ref(),
    }  # fmt: skip


def one(shop: Shop, cut: Cut, field: Field, given: Tree) -> object:
    """Answers a query for one fulfilment order, null where there is none."""
    order = _order_of(shop.shelf, str(given.get("id")))
    return Cut(cut.variables, cut.fragments, order).of(fulfilment_order(order), field.selections, (field.alias,)) if order else None


def create(shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    """Answers the mutation: all of a call or nothing, as often as it is asked for."""
    sent = tree_of(given.get("fulfillment"))
    rows = [tree_of(row) for row in list_of(sent.get("lineItemsByFulfillmentOrder"))]
    order = _order_of(shop.shelf, str(rows[0].get("fulfillmentOrderId"))) if rows else None
    refusal = _refusal(order, rows)
    if order is None or refusal:
        payload: Tree = {"fulfillment": None, "userErrors": [refusal.tree()] if refusal else []}
        return cut.of(payload, field.selections, (field.alias,))
    shop.tell(CHANNEL, _number(order), [("tell_ship", {"quantities": _quantities(order, rows[0]), **_tracking(sent)})])
    after = (find(shop.shelf, str(order["id"])) or (order, order))[0]
    made: Tree = {"fulfillment": list_of(after["fulfillments"])[-1], "userErrors": []}
    return Cut(cut.variables, cut.fragments, after).of(made, field.selections, (field.alias,))


def _number(order: Tree) -> int:
    return int(str(order["number"])) - NUMBERED


def _lines(order: Tree) -> list[Tree]:
    return [tree_of(line) for line in list_of(tree_of(order["lineItems"])["@"])]


def _left(line: Tree) -> int:
    return int(str(line["unfulfilledQuantity"]))


def _status(order: Tree, lines: list[Tree]) -> str:
    claims = (
        ("CANCELLED", bool(order["cancelledAt"])),
        ("ON_HOLD", order["displayFulfillmentStatus"] == "ON_HOLD"),
        ("CLOSED", not any(map(_left, lines))),
        ("IN_PROGRESS", bool(order["fulfillments"])),
    )
    return next((status for status, holds in claims if holds), "OPEN")


def _line_gid(number: int, place: int) -> str:
    return gid("FulfillmentOrderLineItem", FIRST_LINE + number * LINES_EACH + place)


def _line(number: int, place: int, line: Tree) -> Tree:
    return {
        "__typename": "FulfillmentOrderLineItem",
        "id": _line_gid(number, place),
        "remainingQuantity": _left(line),
        "totalQuantity": line["quantity"],
        "requiresShipping": line["requiresShipping"],
        "sku": line["sku"],
        "productTitle": line["title"],
        "variantTitle": line["variantTitle"],
        "vendor": line["vendor"],
        "lineItem": ref("lineItems", place),
    }


def _order_of(shelf: Shelf, wanted: str) -> Tree | None:
    """Gives the order behind the id of a fulfilment order."""
    digits = wanted.removeprefix("gid://shopify/FulfillmentOrder/")
    found = find(shelf, gid("Order", order_id(int(digits) - FIRST))) if digits.isdigit() else None
    return found[0] if found else None


def _refusal(order: Tree | None, rows: list[Tree]) -> Refusal | None:
    if order is None:
        return Refusal("Fulfillment order does not exist.")
    if len(rows) > 1:
        return Refusal("All fulfillment orders must be assigned to the same location and order.")
    status = str(fulfilment_order(order)["status"])
    if status not in OPEN:
        return Refusal(f"Fulfillment order has an unfulfillable status= {status.lower()}.")
    if len(list_of(order["fulfillments"])) >= MOST_PARCELS:
        return Refusal(f"The street numbers no more than {MOST_PARCELS} fulfillments of one order.")
    left, quantities = [_left(line) for line in _lines(order)], _quantities(order, rows[0])
    asked = [int(str(tree_of(row).get("quantity"))) for row in list_of(rows[0].get("fulfillmentOrderLineItems"))]
    too_many = any(many > have * THOUSANDTHS for many, have in zip(quantities, left, strict=True))
    if too_many or any(many <= 0 for many in asked) or sum(asked or left) * THOUSANDTHS != sum(quantities):
        return Refusal("Invalid fulfillment order line item quantity requested.")
    return None


def _quantities(order: Tree, row: Tree) -> list[int]:
    """Gives what is asked for of each line, in thousandths; all that is left where no line is named."""
    number, lines = _number(order), _lines(order)
    rows = [tree_of(one) for one in list_of(row.get("fulfillmentOrderLineItems"))]
    if not rows:
        return [_left(line) * THOUSANDTHS for line in lines]
    own = [_line_gid(number, place) for place in range(len(lines))]
    return [sum(int(str(one.get("quantity"))) * THOUSANDTHS for one in rows if one.get("id") == wanted) for wanted in own]


def _tracking(sent: Tree) -> Tree:
    tracking = tree_of(sent.get("trackingInfo"))
    numbers = list_of(tracking.get("numbers")) or [tracking[name] for name in ("number",) if tracking.get(name)]
    urls = list_of(tracking.get("urls")) or [tracking[name] for name in ("url",) if tracking.get(name)]
    return {"carrier": tracking.get("company") or "", "numbers": numbers, "urls": urls}
