"""An order in Square's words, and the order that records a refund at the till (v2 Orders)."""

from dataclasses import replace
from typing import Final

from sandbox.exchange import Tree
from sandbox.life import Life, refund_sums
from sandbox.square.fulfilling import fulfillments
from sandbox.square.lines import (
    amounts,
    discounts,
    line_items,
    return_line_items,
    service_charges,
    sums_discount,
    taxes,
    uid,
)
from sandbox.square.payments import (
    order_id,
    payment_id,
    reason,
    refund_id,
    return_order_id,
    taken_ms,
    tender,
)
from sandbox.square.words import CURRENCY, LOCATION, moment, money, token
from sandbox.sums import Part, Sums

NO_PART: Final = Part(0, 0, (), ())
NOTHING: Final = Sums(CURRENCY, inclusive=True, lines=(), shipping=NO_PART, fee=NO_PART, tip=0)
SOURCE: Final[Tree] = {"name": "Square Point of Sale"}


def state_of(life: Life) -> str:
    """Gives OPEN, COMPLETED or CANCELED; what was paid for at a till is completed, whatever comes later."""
    return "COMPLETED" if life.paid_ms else ("CANCELED" if life.cancelled_ms else "OPEN")


def closed_ms(life: Life) -> int:
    """Gives when the order was completed or cancelled, 0 while it is open."""
    return life.paid_ms or life.cancelled_ms


def sums_at_till(life: Life) -> Sums:
    """Gives the order's arithmetic; a tip is only known once a card or cash was presented."""
    return life.sums if taken_ms(life) else replace(life.sums, tip=0)


def render_order(life: Life) -> Tree:
    """Gives the whole payload of one order. Absent parts are absent fields, as Square does it."""
    sums, plan = sums_at_till(life), life.plan
    ended = closed_ms(life)
    lists = {
        "line_items": line_items(life, sums),
        "taxes": taxes(life, sums),
        "discounts": discounts(life, sums),
        "service_charges": service_charges(life, sums),
        "tenders": [tender(life, sums)] if taken_ms(life) else [],
        "fulfillments": fulfillments(life),
    }
    return {
        "id": order_id(life),
        "location_id": LOCATION,
        "reference_id": f"till-{plan.number:06d}",
        **({"customer_id": token("customer", plan.buyer.account)} if plan.buyer.account else {}),
        **{name: lines for name, lines in lists.items() if lines},
        **({"metadata": {"notes": str(life.notes)}} if life.notes else {}),
        "created_at": moment(life.created_ms),
        "updated_at": moment(life.updated_ms),
        **({"closed_at": moment(ended)} if ended else {}),
        "state": state_of(life),
        "version": life.version,
        **_totals(sums),
        "net_amounts": amounts(sums),
        "source": SOURCE,
        "ticket_name": f"Table {plan.number % 30 + 1}",
        "pricing_options": {"auto_apply_discounts": False, "auto_apply_taxes": True},
        "net_amount_due_money": money(0 if ended else sums.total),
    }


def _totals(sums: Sums) -> Tree:
    parts = {"tax": sums.tax, "discount": sums_discount(sums), "tip": sums.tip, "service_charge": sums.fee.gross}
    return {"total_money": money(sums.total), **{f"total_{name}_money": money(amount) for name, amount in parts.items()}}


def render_return(life: Life, place: int) -> Tree:
    """Gives the order that records one refund: nothing sold, `returns` linked to the order it was sold in."""
    given = life.refunds[place]
    back = refund_sums(life, given)
    at = moment(given.at_ms)
    return {
        "id": return_order_id(life, place),
        "location_id": LOCATION,
        "returns": [_return(life, back, given.quantities)],
        "return_amounts": amounts(back),
        "created_at": at,
        "updated_at": at,
        "closed_at": at,
        "state": "COMPLETED",
        "version": 2,
        **_totals(NOTHING),
        "net_amounts": amounts(back, sign=-1),
        "refunds": [
            {
                "id": refund_id(life, place),
                "location_id": LOCATION,
                "transaction_id": order_id(life),
                "tender_id": payment_id(life),
                "created_at": at,
                "reason": reason(given),
                "amount_money": money(back.total),
                "status": "APPROVED",
            }
        ],
        "source": SOURCE,
    }


def true_refunds(life: Life) -> list[Tree]:
    """Gives the refunds of one sale by the till's own books."""
    return [
        {
            "external_id": refund_id(life, place),
            "total": {"minor": refund_sums(life, back).total, "currency": CURRENCY},
            "lines": {uid(life, "line", at): many for at, many in enumerate(back.quantities) if many},
        }
        for place, back in enumerate(life.refunds)
    ]


def _return(life: Life, back: Sums, quantities: tuple[int, ...]) -> Tree:
    tips: list[Tree] = [{"uid": uid(life, "return-tip"), "applied_money": money(back.tip), "source_tender_id": payment_id(life)}]
    lists = {
        "return_line_items": return_line_items(life, back, quantities),
        "return_service_charges": service_charges(life, back, "source_service_charge_uid"),
        "return_taxes": taxes(life, back, "source_tax_uid"),
        "return_discounts": discounts(life, back, "source_discount_uid"),
        "return_tips": tips if back.tip else [],
    }
    return {
        "uid": uid(life, "return", *quantities),
        "source_order_id": order_id(life),
        **{name: lines for name, lines in lists.items() if lines},
        "return_amounts": amounts(back),
    }
