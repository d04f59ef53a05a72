"""Refunds in WooCommerce's words: the stubs inside an order and the whole objects of `orders/{id}/refunds`."""

from sandbox.exchange import Tree
from sandbox.life import GivenBack, Life, refund_sums
from sandbox.story import THOUSANDTHS
from sandbox.sums import Sums
from sandbox.woocommerce.lines import fee_lines, line_item, shipping_lines
from sandbox.woocommerce.words import SITE, gmt, links, money, order_id, site_time, without_tax


def refund_stubs(life: Life) -> list[Tree]:
    """Gives the order's refunds as the order itself shows them, newest first."""
    return [_refund_stub(life, place) for place in reversed(range(len(life.refunds)))]


def render_refunds(life: Life) -> list[Tree]:
    """Gives the order's refunds, newest first, as `GET orders/{id}/refunds` lists them."""
    return [_refund(life, place) for place in reversed(range(len(life.refunds)))]


def true_refunds(life: Life) -> list[Tree]:
    """Gives the order's refunds by the shop's own books."""
    parent = order_id(life.plan.number)
    return [
        {
            "external_id": str(_refund_id(life, place)),
            "total": {"minor": refund_sums(life, back).total, "currency": life.sums.currency},
            "lines": {str(parent * 10 + at): many for at, many in enumerate(back.quantities) if many},
        }
        for place, back in enumerate(life.refunds)
    ]


def _refund_stub(life: Life, place: int) -> Tree:
    back = refund_sums(life, life.refunds[place])
    return {"id": _refund_id(life, place), "reason": _reason(life.refunds[place]), "total": money(-back.total, back.currency)}


def _refund_id(life: Life, place: int) -> int:
    return order_id(life.plan.number) + 1 + place


def _reason(back: GivenBack) -> str:
    return "Returned by the customer" if back.returned else ("Order cancelled" if back.extras else "Arrived broken 💔")


def _refund(life: Life, place: int) -> Tree:
    given = life.refunds[place]
    back, parent, refund = refund_sums(life, given), order_id(life.plan.number), _refund_id(life, place)
    return {
        "id": refund,
        "parent_id": parent,
        "date_created": site_time(given.at_ms),
        "date_created_gmt": gmt(given.at_ms),
        "amount": money(back.total, back.currency),
        "reason": _reason(given),
        "refunded_by": 1,
        "refunded_payment": True,
        "meta_data": [],
        "line_items": [_refund_line(life, back, given, at) for at, many in enumerate(given.quantities) if many],
        "shipping_lines": _refund_shipping(life, back) if given.extras and life.plan.shipping else [],
        "tax_lines": [],
        "fee_lines": _refund_fee(back, parent),
        "_links": {**links(f"orders/{parent}/refunds/{refund}", f"orders/{parent}/refunds"),
                   "up": [{"href": f"{SITE}/wp-json/wc/v3/orders/{parent}"}]},
    }  # fmt: skip


def _refund_line(life: Life, back: Sums, given: GivenBack, place: int) -> Tree:
    sold, part = line_item(life, life.sums, place), back.lines[place]
    _, after = without_tax(part, inclusive=back.inclusive)
    line = int(str(sold["id"]))
    return {
        **sold,
        "id": line + 60_000_000,
        "quantity": -(given.quantities[place] // THOUSANDTHS),
        "subtotal": money(-after, back.currency),
        "subtotal_tax": money(-part.tax, back.currency),
        "total": money(-after, back.currency),
        "total_tax": money(-part.tax, back.currency),
        "taxes": [
            {"id": 1 + at, "total": money(-tax, back.currency), "subtotal": money(-tax, back.currency)}
            for at, tax in enumerate(part.taxes)
        ],
        "meta_data": [{"id": line * 4 + 9, "key": "_refunded_item_id", "value": str(line),
                       "display_key": "_refunded_item_id", "display_value": str(line)}],
    }  # fmt: skip


def _refund_shipping(life: Life, back: Sums) -> list[Tree]:
    line = shipping_lines(life.plan, back, order_id(life.plan.number))[0]
    _, after = without_tax(back.shipping, inclusive=back.inclusive)
    return [{**line, "total": money(-after, back.currency), "total_tax": money(-back.shipping.tax, back.currency)}]


def _refund_fee(back: Sums, number: int) -> list[Tree]:
    return [{**line, "total": money(-back.fee.gross, back.currency)} for line in fee_lines(back, number)]
