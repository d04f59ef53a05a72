"""The totals of an order in Shopify's words: as placed, as it stands after edits, and after what was given back."""

from collections.abc import Callable

from sandbox.exchange import Tree
from sandbox.life import Life
from sandbox.shopify.deeds import refund_purse
from sandbox.shopify.money import Purse, money, purse
from sandbox.story import THOUSANDTHS, sums_of
from sandbox.sums import Sums

Amount = Callable[[Sums], int]


def order_totals(life: Life, now: Purse) -> Tree:
    """Gives every order-level amount and count; `now` is the order's arithmetic after edits, before refunds."""
    return {**_priced(life, now), **_paid(life, now), **_counted(life)}


def _subtotal(sums: Sums) -> int:
    return sum(line.net for line in sums.lines)


def _total(sums: Sums) -> int:
    return sums.total


def _tax(sums: Sums) -> int:
    return sums.tax


def _discount(sums: Sums) -> int:
    return sum(part.discount for part in sums.parts)


def _shipping(sums: Sums) -> int:
    return sums.shipping.net


def _priced(life: Life, now: Purse) -> Tree:
    backs = [refund_purse(life, back) for back in life.refunds]

    def current(amount: Amount) -> Tree:
        shop = amount(now.shop) - sum(amount(back.shop) for back in backs)
        buyer = amount(now.buyer) - sum(amount(back.buyer) for back in backs)
        return _bag(now, 0, 0) if life.cancelled_ms else _bag(now, shop, buyer)

    return {
        "totalPriceSet": now.bag(_total),
        "originalTotalPriceSet": purse(life.original).bag(_total),
        "currentTotalPriceSet": current(_total),
        "subtotalPriceSet": now.bag(_subtotal),
        "currentSubtotalPriceSet": current(_subtotal),
        "totalTaxSet": now.bag(_tax),
        "currentTotalTaxSet": current(_tax),
        "totalDiscountsSet": now.bag(_discount),
        "currentTotalDiscountsSet": current(_discount),
        "cartDiscountAmountSet": now.bag(_discount),
        "currentCartDiscountAmountSet": current(_discount),
        "totalShippingPriceSet": now.bag(_shipping),
        "currentShippingPriceSet": current(_shipping),
        "totalTipReceivedSet": now.bag(lambda sums: sums.tip),
        "currentTotalDutiesSet": None,
        "originalTotalDutiesSet": None,
        "currentTotalAdditionalFeesSet": None,
        "originalTotalAdditionalFeesSet": None,
    }


def _paid(life: Life, now: Purse) -> Tree:
    backs = [refund_purse(life, back) for back in life.refunds]
    paid = purse(sums_of(life.plan, life.paid_for)) if life.paid_ms else None
    had_shop, had_buyer = (paid.shop.total, paid.buyer.total) if paid else (0, 0)
    back_shop, back_buyer = sum(back.shop.total for back in backs), sum(back.buyer.total for back in backs)
    owed = (0, 0) if life.cancelled_ms else (now.shop.total - had_shop, now.buyer.total - had_buyer)
    held = owed if life.authorised_ms and not paid else (0, 0)
    nothing = _bag(now, 0, 0)
    shipped_back = sum(_shipping(back.shop) for back in backs), sum(_shipping(back.buyer) for back in backs)
    return {
        "totalReceivedSet": _bag(now, had_shop, had_buyer),
        "totalRefundedSet": _bag(now, back_shop, back_buyer),
        "netPaymentSet": _bag(now, had_shop - back_shop, had_buyer - back_buyer),
        "totalOutstandingSet": _bag(now, *owed),
        "totalCapturableSet": _bag(now, *held),
        "totalRefundedShippingSet": _bag(now, *shipped_back),
        "refundDiscrepancySet": nothing,
        "totalCashRoundingAdjustment": {"paymentSet": nothing, "refundSet": nothing},
    }


def _counted(life: Life) -> Tree:
    weight = sum(line.sold.grams * ordered for line, ordered in zip(life.plan.lines, life.quantities, strict=True))
    left = 0 if life.cancelled_ms else sum(life.quantities) - sum(life.refunded)
    return {
        "subtotalLineItemsQuantity": sum(life.quantities) // THOUSANDTHS,
        "currentSubtotalLineItemsQuantity": left // THOUSANDTHS,
        "totalWeight": str(weight // THOUSANDTHS),
        "currentTotalWeight": str(weight // THOUSANDTHS),
    }


def _bag(like: Purse, shop: int, buyer: int) -> Tree:
    return {"shopMoney": money(shop, like.shop.currency), "presentmentMoney": money(buyer, like.buyer.currency)}


def current_total(life: Life, now: Purse) -> int:
    """Gives the order's total after edits and refunds, in minor units of the buyer's currency."""
    if life.cancelled_ms:
        return 0
    return now.buyer.total - sum(refund_purse(life, back).buyer.total for back in life.refunds)
