"""Line items, shipping, taxes and discounts of an order in Shopify's words."""

from collections.abc import Callable
from typing import Final

from sandbox.exchange import Tree
from sandbox.life import Life
from sandbox.shopify.ids import product_gid, variant_gid
from sandbox.shopify.money import Purse, gid, money
from sandbox.shopify.nodes import PARTS
from sandbox.story import THOUSANDTHS, Plan
from sandbox.sums import Part, Sums

BY_CODE: Final = frozenset({"percent", "fixed", "shipping"})


def ref(*path: str | int) -> Tree:
    """Gives a mark that stands for another place of the same order."""
    return {"@ref": list(path)}


def many(nodes: list[Tree]) -> Tree:
    """Gives a connection."""
    return {"@": nodes}


def tax_lines(plan: Plan, purse: Purse, taxes: Callable[[Sums, int], int]) -> list[Tree]:
    """Gives one TaxLine per rate; `taxes` takes the amount of the rate at a place."""
    return [
        {
            "__typename": "TaxLine",
            "title": rate.label,
            "rate": rate.basis_points / 10_000,
            "ratePercentage": rate.basis_points / 100,
            "channelLiable": False,
            "source": "shopify",
            "priceSet": purse.bag(lambda sums, at=place: taxes(sums, at)),
        }
        for place, rate in enumerate(plan.rates)
    ]


def line_items(life: Life, purse: Purse) -> list[Tree]:
    """Gives the order's line items."""
    return [_line_item(life, purse, place) for place in range(len(life.quantities))]


def line_id(number: int, place: int) -> str:
    """Gives the id of a line item."""
    return gid("LineItem", PARTS["LineItem"].own(number, place))


def _line_item(life: Life, purse: Purse, place: int) -> Tree:
    planned = life.plan.lines[place]
    ware = planned.sold
    return {
        "__typename": "LineItem",
        "id": line_id(life.plan.number, place),
        "name": f"{ware.title} - {ware.variant}" if ware.variant else ware.title,
        "title": ware.title,
        "variantTitle": ware.variant or None,
        "sku": ware.sku or None,
        "vendor": "Street & Sons",
        "product": {"__typename": "Product", "id": product_gid(planned.ware)} if ware.sku else None,
        "variant": {
            "__typename": "ProductVariant",
            "id": variant_gid(planned.ware),
            "sku": ware.sku,
        } if ware.sku else None,
        "customAttributes": [],
        "isGiftCard": False,
        "requiresShipping": ware.grams > 0,
        "taxable": bool(life.plan.rates),
        "restockable": True,
        "merchantEditable": True,
        "duties": [],
        "lineItemGroup": None,
        "sellingPlan": None,
        **_quantities(life, place),
        **_line_money(life, purse, place),
        "discountAllocations": _allocations(purse, lambda sums: sums.lines[place]),
        "taxLines": tax_lines(life.plan, purse, lambda sums, at: sums.lines[place].taxes[at]),
    }  # fmt: skip


def _quantities(life: Life, place: int) -> Tree:
    ordered, gone, back = (some[place] // THOUSANDTHS for some in (life.quantities, life.shipped, life.refunded))
    current = 0 if life.cancelled_ms else ordered - back
    open_now = max(0, current - gone)
    return {
        "quantity": ordered,
        "currentQuantity": current,
        "refundableQuantity": current,
        "unfulfilledQuantity": open_now,
        "nonFulfillableQuantity": ordered - gone - open_now if ordered > gone else 0,
    }


def _line_money(life: Life, purse: Purse, place: int) -> Tree:
    count = life.quantities[place] // THOUSANDTHS
    by_code = life.plan.discount.kind in BY_CODE

    def net_of_line_discounts(sums: Sums) -> int:
        return sums.lines[place].gross if by_code else sums.lines[place].net

    def without_tax(sums: Sums) -> int:
        return sums.lines[place].net - (sums.lines[place].tax if sums.inclusive else 0)

    return {
        "originalUnitPriceSet": purse.bag(lambda sums: sums.lines[place].gross // count),
        "originalTotalSet": purse.bag(lambda sums: sums.lines[place].gross),
        "discountedUnitPriceSet": purse.bag(lambda sums: net_of_line_discounts(sums) // count),
        "discountedUnitPriceAfterAllDiscountsSet": purse.bag(lambda sums: sums.lines[place].net // count),
        "discountedTotalSet": purse.bag(net_of_line_discounts),
        "@discountedTotalSet": purse.bag(lambda sums: sums.lines[place].net),
        "totalDiscountSet": purse.bag(lambda sums: 0 if by_code else sums.lines[place].discount),
        "priceAfterAllDiscountsBeforeTaxesSet": purse.bag(without_tax),
        "unfulfilledOriginalTotalSet": purse.bag(lambda sums: _open_share(life, sums.lines[place].gross, place)),
        "unfulfilledDiscountedTotalSet": purse.bag(lambda sums: _open_share(life, net_of_line_discounts(sums), place)),
    }


def _open_share(life: Life, amount: int, place: int) -> int:
    ordered = life.quantities[place]
    return amount * max(0, ordered - life.shipped[place] - life.refunded[place]) // ordered


def _allocations(purse: Purse, part: Callable[[Sums], Part]) -> list[Tree]:
    if not part(purse.buyer).discount:
        return []
    allocated = purse.bag(lambda sums: part(sums).discount)
    return [{"__typename": "DiscountAllocation", "allocatedAmountSet": allocated,
             "discountApplication": ref("discountApplications", 0)}]  # fmt: skip


def discount_applications(plan: Plan, purse: Purse) -> list[Tree]:
    """Gives the order's discount as an application: a code, or a reduction made by hand on one line."""
    kind, discount = plan.discount.kind, plan.discount
    if not any(part.discount for part in purse.buyer.parts):
        return []
    percent: Tree = {"__typename": "PricingPercentageValue", "percentage": discount.value / 100 or 100.0}
    fixed: Tree = {"__typename": "MoneyV2", **money(discount.value, plan.currency)}
    shared: Tree = {
        "index": 0,
        "allocationMethod": "ONE" if kind == "line" else ("EACH" if kind == "shipping" else "ACROSS"),
        "targetSelection": "EXPLICIT" if kind == "line" else "ALL",
        "targetType": "SHIPPING_LINE" if kind == "shipping" else "LINE_ITEM",
        "value": fixed if kind in {"fixed", "line"} else percent,
    }
    if kind == "line":
        return [{"__typename": "ManualDiscountApplication", "title": discount.code, "description": None, **shared}]
    return [{"__typename": "DiscountCodeApplication", "code": discount.code, **shared}]


def shipping_lines(life: Life, purse: Purse) -> list[Tree]:
    """Gives the order's shipping line."""
    plan = life.plan
    return [
        {
            "__typename": "ShippingLine",
            "id": gid("ShippingLine", 4_500_000_000_000 + plan.number),
            "title": "Standard" if plan.shipping else "Free shipping",
            "code": "STANDARD" if plan.shipping else "FREE",
            "source": "shopify",
            "carrierIdentifier": None,
            "custom": False,
            "deliveryCategory": None,
            "isRemoved": False,
            "phone": None,
            "shippingRateHandle": None,
            "originalPriceSet": purse.bag(lambda sums: sums.shipping.gross),
            "discountedPriceSet": purse.bag(lambda sums: sums.shipping.net),
            "currentDiscountedPriceSet": purse.bag(lambda sums: 0 if _given_back(life) else sums.shipping.net),
            "discountAllocations": _allocations(purse, lambda sums: sums.shipping),
            "taxLines": tax_lines(plan, purse, lambda sums, at: sums.shipping.taxes[at]) if plan.shipping else [],
        }
    ]


def _given_back(life: Life) -> bool:
    return any(back.extras for back in life.refunds)
