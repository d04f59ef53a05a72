"""What the Shopify shop puts on the shelf for one order: its whole tree, and what it moves in the balance."""

from sandbox.exchange import Tree, dumps, list_of, tree_of
from sandbox.life import Life
from sandbox.shelf import Ware
from sandbox.shopify.balance import moved_by
from sandbox.shopify.deeds import refund_purse
from sandbox.shopify.lines import line_id
from sandbox.shopify.money import gid, order_id, purse
from sandbox.shopify.nodes import ORDERS, PARTS
from sandbox.shopify.orders import fulfillment_status, render_order
from sandbox.shopify.totals import current_total


def wares_of(life: Life) -> list[Ware]:
    """Gives the order's tree, and what it moves in the shop's balance, as stored bytes."""
    own, sums, tree = order_id(life.plan.number), purse(life.sums), render_order(life)
    parcels = map(tree_of, list_of(tree["fulfillments"]))
    truth = {
        "external_id": str(own),
        "total": {"minor": sums.buyer.total, "currency": sums.buyer.currency},
        "gid": gid("Order", own),
        "shop_total": {"minor": sums.shop.total, "currency": sums.shop.currency},
        "current_total": {"minor": current_total(life, sums), "currency": sums.buyer.currency},
        "refunds": [_true_refund(life, place) for place in range(len(life.refunds))],
        "fulfilments": [_true_fulfilment(life, place, parcel) for place, parcel in enumerate(parcels)],
    }
    status = "cancelled" if life.cancelled_ms else ("closed" if life.closed_ms else "open")
    times = (life.plan.number, life.created_ms, life.updated_ms, life.closed_ms)
    status = f"{status} {str(tree['displayFinancialStatus']).lower()} {fulfillment_status(life).lower()}"
    return [Ware(ORDERS, gid("Order", own), *times, status, dumps(truth).decode(), dumps(tree)), *moved_by(life)]


def _true_refund(life: Life, place: int) -> Tree:
    back = life.refunds[place]
    sums = refund_purse(life, back).buyer
    return {
        "external_id": str(PARTS["Refund"].own(life.plan.number, place)),
        "total": {"minor": sums.total, "currency": sums.currency},
        "lines": {line_id(life.plan.number, at).rpartition("/")[2]: many for at, many in enumerate(back.quantities) if many},
    }


def _true_fulfilment(life: Life, place: int, parcel: Tree) -> Tree:
    quantities = life.shipments[place].quantities
    return {
        "external_id": str(parcel["legacyResourceId"]),
        "numbers": [tree_of(known)["number"] for known in list_of(parcel["trackingInfo"])],
        "lines": {line_id(life.plan.number, at).rpartition("/")[2]: many for at, many in enumerate(quantities) if many},
    }
