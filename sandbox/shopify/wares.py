"""What the Shopify shop puts on the shelf for one order: its whole tree."""

from sandbox.exchange import dumps
from sandbox.life import Life
from sandbox.shelf import Ware
from sandbox.shopify.money import gid, order_id, purse
from sandbox.shopify.nodes import ORDERS
from sandbox.shopify.orders import fulfillment_status, render_order
from sandbox.shopify.totals import current_total


def wares_of(life: Life) -> list[Ware]:
    """Gives the order's tree as stored bytes."""
    own, sums = order_id(life.plan.number), purse(life.sums)
    truth = {
        "external_id": str(own),
        "total": {"minor": sums.buyer.total, "currency": sums.buyer.currency},
        "gid": gid("Order", own),
        "shop_total": {"minor": sums.shop.total, "currency": sums.shop.currency},
        "current_total": {"minor": current_total(life, sums), "currency": sums.buyer.currency},
    }
    status = "cancelled" if life.cancelled_ms else ("closed" if life.closed_ms else "open")
    times = (life.plan.number, life.created_ms, life.updated_ms, life.closed_ms)
    tree = render_order(life)
    status = f"{status} {str(tree['displayFinancialStatus']).lower()} {fulfillment_status(life).lower()}"
    return [Ware(ORDERS, gid("Order", own), *times, status, dumps(truth).decode(), dumps(tree))]
