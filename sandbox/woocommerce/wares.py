"""What the WooCommerce shop puts on the shelf for one order: the order, and its list of refunds."""

from sandbox.exchange import dumps
from sandbox.life import Life
from sandbox.shelf import Ware
from sandbox.woocommerce.api import ORDERS, REFUNDS
from sandbox.woocommerce.orders import render_order, status_of
from sandbox.woocommerce.refunds import render_refunds, true_refunds
from sandbox.woocommerce.telling import true_fulfilments
from sandbox.woocommerce.words import order_id


def wares_of(life: Life) -> list[Ware]:
    """Gives the order's payload and its refunds' payload as stored bytes."""
    own, sums = str(order_id(life.plan.number)), life.sums
    total = {"minor": sums.total, "currency": sums.currency}
    books = {"fulfilments": true_fulfilments(life), "refunds": true_refunds(life)}
    truth = dumps({"external_id": own, "total": total, **books}).decode()
    order = dumps(render_order(life), ascii_only=True).replace(b"/", b"\\/")
    refunds = dumps(render_refunds(life), ascii_only=True).replace(b"/", b"\\/")
    times = (life.plan.number, life.created_ms, life.updated_ms, life.closed_ms)
    return [Ware(ORDERS, own, *times, status_of(life), truth, order), Ware(REFUNDS, own, *times, "", "", refunds)]
