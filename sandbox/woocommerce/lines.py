"""The lines of an order in WooCommerce's words: wares, taxes, shipping, fees and coupons."""

from decimal import Decimal

from sandbox.exchange import Tree
from sandbox.life import Life
from sandbox.story import THOUSANDTHS, Plan
from sandbox.sums import BASIS, EXPONENTS, Part, Sums
from sandbox.woocommerce.ids import product_id, variation_id
from sandbox.woocommerce.words import SITE, money, order_id, without_tax


def totals(sums: Sums) -> Tree:
    """Gives the order's totals."""

    def shown(amount: int) -> str:
        return money(amount, sums.currency)

    bare = [without_tax(line, inclusive=sums.inclusive) for line in sums.lines]
    tax_before = sum(sum(line.gross_taxes) for line in sums.lines)
    tax_after = sum(line.tax for line in sums.lines)
    return {
        "discount_total": shown(sum(before - after for before, after in bare)),
        "discount_tax": shown(tax_before - tax_after),
        "shipping_total": shown(without_tax(sums.shipping, inclusive=sums.inclusive)[1]),
        "shipping_tax": shown(sums.shipping.tax),
        "cart_tax": shown(tax_after + sums.fee.tax),
        "total": shown(sums.total),
        "total_tax": shown(sums.tax),
    }


def line_item(life: Life, sums: Sums, place: int) -> Tree:
    """Gives one line of the order; all its amounts are without tax."""
    plan, part = life.plan, sums.lines[place]
    planned, many = plan.lines[place], life.quantities[place] // THOUSANDTHS
    ware, (before, after) = planned.sold, without_tax(part, inclusive=sums.inclusive)
    each = Decimal(after).scaleb(-EXPONENTS[sums.currency]) / many
    line = order_id(plan.number) * 10 + place
    return {
        "id": line,
        "name": f"{ware.title} - {ware.variant}" if ware.variant else ware.title,
        "product_id": product_id(planned.ware),
        "variation_id": variation_id(planned.ware),
        "quantity": many,
        "tax_class": "",
        "subtotal": money(before, sums.currency),
        "subtotal_tax": money(sum(part.gross_taxes), sums.currency),
        "total": money(after, sums.currency),
        "total_tax": money(part.tax, sums.currency),
        "taxes": _line_taxes(plan, sums, part),
        "meta_data": _line_meta(line, ware.variant, many),
        "sku": ware.sku,
        "price": float(round(each, 6)),  # the vendor states the unit price as a JSON number
        "image": {"id": str(40 + planned.ware), "src": f"{SITE}/wp-content/uploads/ware-{planned.ware}.jpg"},
        "parent_name": ware.title if ware.variant else None,
    }


def _line_meta(line: int, variant: str, many: int) -> list[Tree]:
    pairs = [("pa_variant", variant)] if variant else []
    pairs.append(("_reduced_stock", str(many)))
    return [
        {"id": line * 4 + at, "key": key, "value": value, "display_key": key.removeprefix("pa_"), "display_value": value}
        for at, (key, value) in enumerate(pairs)
    ]


def _line_taxes(plan: Plan, sums: Sums, part: Part) -> list[Tree]:
    """Gives the unrounded tax per rate, up to six places, as WooCommerce stores it."""
    exponent = EXPONENTS[sums.currency]
    divisor = BASIS + sum(plan.basis_points) if sums.inclusive else BASIS
    return [
        {
            "id": 1 + place,
            "total": _unrounded(part.net * rate, divisor, exponent),
            "subtotal": _unrounded(part.gross * rate, divisor, exponent),
        }
        for place, rate in enumerate(plan.basis_points)
    ]


def _unrounded(numerator: int, divisor: int, exponent: int) -> str:
    exact = (Decimal(numerator) / divisor).scaleb(-exponent)
    return f"{round(exact, 6).normalize():f}"


def tax_lines(plan: Plan, sums: Sums, number: int) -> list[Tree]:
    """Gives one line per tax rate of the order."""
    cart = sums.taxes_by_rate((*sums.lines, sums.fee))
    return [
        {
            "id": number * 10 + 20_000_000 + place,
            "rate_code": rate.code.upper().replace(" ", "-"),
            "rate_id": 1 + place,
            "label": rate.label,
            "compound": False,
            "tax_total": money(cart[place], sums.currency),
            "shipping_tax_total": money(sums.shipping.taxes[place], sums.currency),
            "rate_percent": rate.basis_points / 100,
            "meta_data": [],
        }
        for place, rate in enumerate(plan.rates)
    ]


def shipping_lines(plan: Plan, sums: Sums, number: int) -> list[Tree]:
    """Gives the order's one shipping line."""
    contents = ", ".join(f"{line.sold.title} &times; {line.quantity // THOUSANDTHS}" for line in plan.lines)
    free = sums.shipping.gross == 0
    return [
        {
            "id": number * 10 + 30_000_000,
            "method_title": "Free shipping" if free else "Flat rate",
            "method_id": "free_shipping" if free else "flat_rate",
            "instance_id": "2" if free else "1",
            "total": money(without_tax(sums.shipping, inclusive=sums.inclusive)[1], sums.currency),
            "total_tax": money(sums.shipping.tax, sums.currency),
            "taxes": [] if free else _line_taxes(plan, sums, sums.shipping),
            "tax_status": "taxable",
            "meta_data": [{"id": number * 40 + 3, "key": "Items", "value": contents,
                           "display_key": "Items", "display_value": contents}],
        }
    ]  # fmt: skip


def fee_lines(sums: Sums, number: int) -> list[Tree]:
    """Gives the order's fee, where it has one."""
    amount = money(sums.fee.gross, sums.currency)
    fee: Tree = {"id": number * 10 + 40_000_000, "name": "Gift packing", "tax_class": "0", "tax_status": "none",
                 "amount": amount, "total": amount, "total_tax": money(0, sums.currency), "taxes": [],
                 "meta_data": []}  # fmt: skip
    return [fee] if sums.fee.gross else []


def coupon_lines(plan: Plan, sums: Sums, number: int) -> list[Tree]:
    """Gives the coupon used, where one was."""
    stated = totals(sums)
    kind = {"percent": "percent", "fixed": "fixed_cart"}.get(plan.discount.kind, "")
    nominal = plan.discount.value / 100 if kind == "percent" else float(money(plan.discount.value, sums.currency))
    coupon: Tree = {
        "id": number * 10 + 50_000_000,
        "code": plan.discount.code.lower(),
        "discount": stated["discount_total"],
        "discount_tax": stated["discount_tax"],
        "meta_data": [],
        "discount_type": kind,
        "nominal_amount": nominal,
        "free_shipping": False,
    }
    return [coupon] if kind else []
