"""What the Square till puts on the shelf for one order: order, payment, for each refund its order and itself, and the balance's entries."""

from sandbox.exchange import dumps
from sandbox.life import Life
from sandbox.shelf import Ware
from sandbox.square import payments
from sandbox.square.api import ORDERS, PAYMENTS, PER_ORDER, REFUNDS
from sandbox.square.balance import moved_by
from sandbox.square.fulfilling import true_fulfilments
from sandbox.square.orders import closed_ms, render_order, render_return, state_of, sums_at_till, true_refunds
from sandbox.square.words import CURRENCY


def wares_of(life: Life) -> list[Ware]:
    """Gives everything Square shows because of one order, as stored bytes."""
    own, sums, first = payments.order_id(life), sums_at_till(life), life.plan.number * PER_ORDER
    total = {"minor": sums.total, "currency": CURRENCY}
    books = {"fulfilments": true_fulfilments(life), "refunds": true_refunds(life)}
    truth = dumps({"external_id": own, "total": total, **books}).decode()
    times = (first, life.created_ms, life.updated_ms, closed_ms(life))
    wares = [Ware(ORDERS, own, *times, state_of(life), truth, dumps(render_order(life)))]
    taken = payments.taken_ms(life)
    if taken:
        paid = dumps(payments.payment(life, sums))
        wares.append(Ware(PAYMENTS, payments.payment_id(life), first, taken, payments.updated_ms(life), 0, "", "", paid))
    for place, back in enumerate(life.refunds):
        at = (first + 1 + place, back.at_ms, back.at_ms, back.at_ms)
        recorded, refund = dumps(render_return(life, place)), dumps(payments.payment_refund(life, place))
        wares.append(Ware(ORDERS, payments.return_order_id(life, place), *at, "COMPLETED", "", recorded))
        wares.append(Ware(REFUNDS, payments.refund_id(life, place), *at, "COMPLETED", "", refund))
    return wares + moved_by(life)
