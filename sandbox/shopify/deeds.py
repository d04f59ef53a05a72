"""What happened to an order in Shopify's words: transactions, fulfilments, refunds and returns."""

from dataclasses import replace
from typing import Final

from sandbox.exchange import Tree
from sandbox.life import GivenBack, Life, refund_sums
from sandbox.shopify.ids import LOCATION_ID
from sandbox.shopify.lines import many, ref
from sandbox.shopify.money import SHOP_CURRENCY, Purse, gid, moment, money, purse
from sandbox.shopify.nodes import PARTS
from sandbox.story import THOUSANDTHS, sums_of
from sandbox.sums import half_up
from sandbox.told import Parcel

LOCATION: Final[Tree] = {"__typename": "Location", "id": gid("Location", LOCATION_ID), "name": "Street Warehouse"}
FEE_PER_MILLE: Final = 19
FLAT_FEE: Final = 25


def transactions(life: Life, purse_now: Purse) -> list[Tree]:
    """Gives every movement of money in the order it happened."""
    found: list[Tree] = []
    if life.authorised_ms:
        found.append(_transaction(life, "AUTHORIZATION", life.authorised_ms, purse_now, 0))
    if life.paid_ms:
        paid = purse(sums_of(life.plan, life.paid_for))
        kind = "CAPTURE" if life.authorised_ms else "SALE"
        found.append(_transaction(life, kind, life.paid_ms, paid, len(found), parent=len(found) - 1))
    if life.cancelled_ms and life.authorised_ms and not life.paid_ms:
        found.append(_transaction(life, "VOID", life.cancelled_ms, purse_now, 1, parent=0))
    if life.failed:
        failed = _transaction(life, "SALE", life.updated_ms, purse_now, len(found))
        found.append({**failed, "status": "FAILURE", "errorCode": "CARD_DECLINED"})
    sale = len(found) - 1
    for back in life.refunds:
        found.append(_transaction(life, "REFUND", back.at_ms, refund_purse(life, back), len(found), parent=sale))
    return found


def _transaction(life: Life, kind: str, at_ms: int, sums: Purse, place: int, *, parent: int = -1) -> Tree:
    cash = life.plan.card == "CASH"
    gross = sums.shop.total
    fee = half_up(gross * FEE_PER_MILLE, 1000) + FLAT_FEE
    charged = kind in {"SALE", "CAPTURE"} and not cash
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", PARTS["OrderTransaction"].own(life.plan.number, place)),
        "kind": kind,
        "status": "SUCCESS",
        "gateway": "manual" if cash else "shopify_payments",
        "formattedGateway": "Manual" if cash else "Shopify Payments",
        "manualPaymentGateway": cash,
        "paymentId": f"#{1000 + life.plan.number}.{place + 1}",
        "accountNumber": None if cash else "•••• •••• •••• 4242",
        "createdAt": moment(at_ms),
        "processedAt": moment(at_ms),
        "authorizationExpiresAt": moment(at_ms + 604_800_000) if kind == "AUTHORIZATION" else None,
        "errorCode": None,
        "test": False,
        "settlementCurrency": None if cash else SHOP_CURRENCY,
        "settlementCurrencyRate": None if cash else "1.0",
        "manuallyCapturable": False,
        "multiCapturable": False,
        "receiptJson": None,
        "maximumRefundableV2": None,
        "amountRoundingSet": None,
        "amountSet": sums.bag(lambda one: one.total),
        "totalUnsettledSet": sums.bag(lambda one: one.total if kind == "AUTHORIZATION" and not life.paid_ms else 0),
        "fees": [_fee(life.plan.number, fee)] if charged else [],
        "paymentDetails": None if cash else {
            "__typename": "CardPaymentDetails", "company": "Visa", "number": "•••• •••• •••• 4242",
            "bin": "424242", "name": None, "expirationMonth": 12, "expirationYear": 2030, "wallet": None,
            "avsResultCode": "Y", "cvvResultCode": "M", "paymentMethodName": "card"},
        "parentTransaction": ref("transactions", parent) if parent >= 0 else None,
        "order": ref(),
    }  # fmt: skip


def _fee(number: int, fee: int) -> Tree:
    return {"__typename": "TransactionFee", "id": gid("TransactionFee", 900_000_000 + number), "type": "processing_fee",
            "amount": money(fee, SHOP_CURRENCY), "flatFee": money(FLAT_FEE, SHOP_CURRENCY), "flatFeeName": "flat",
            "rate": "0.019", "rateName": "card", "taxAmount": money(0, SHOP_CURRENCY)}  # fmt: skip


def refund_purse(life: Life, back: GivenBack) -> Purse:
    """Gives the arithmetic of one refund; a tip is not given back."""
    whole = purse(life.sums)
    shop, buyer = (replace(refund_sums(life, back, one), tip=0) for one in whole)
    return Purse(shop, buyer)


def fulfillments(life: Life) -> list[Tree]:
    """Gives the order's fulfilments."""
    return [_fulfillment(life, place) for place in range(len(life.shipments))]


def _fulfillment(life: Life, place: int) -> Tree:
    parcel, number = life.shipments[place], life.plan.number
    own = PARTS["Fulfillment"].own(number, place)
    lines = [(at, quantity // THOUSANDTHS) for at, quantity in enumerate(parcel.quantities) if quantity]
    return {
        "__typename": "Fulfillment",
        "id": gid("Fulfillment", own),
        "legacyResourceId": str(own),
        "name": f"#{1001 + number}-F{place + 1}",
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": moment(parcel.at_ms),
        "updatedAt": moment(parcel.at_ms),
        "deliveredAt": None,
        "inTransitAt": None,
        "estimatedDeliveryAt": None,
        "requiresShipping": True,
        "totalQuantity": sum(quantity for _, quantity in lines),
        "location": LOCATION,
        "order": ref(),
        "trackingInfo": _tracking(parcel.told or _own_parcel(own)),
        "fulfillmentLineItems": many([
            {"__typename": "FulfillmentLineItem", "id": gid("FulfillmentLineItem", own * 16 + at), "quantity": quantity,
             "lineItem": ref("lineItems", at),
             "originalTotalSet": ref("lineItems", at, "originalTotalSet"),
             "discountedTotalSet": ref("lineItems", at, "discountedTotalSet")} for at, quantity in lines]),
    }  # fmt: skip


def _own_parcel(own: int) -> Parcel:
    code = f"STREET{own}"
    return Parcel("DHL Express", (code,), (f"https://track.street.example/{code}",))


def _tracking(parcel: Parcel) -> list[Tree]:
    """Gives one entry for each number; addresses belong to them by their places."""
    urls = (*parcel.urls, *(None,) * len(parcel.numbers))
    return [{"__typename": "FulfillmentTrackingInfo", "company": parcel.carrier or None, "number": number, "url": url}
            for number, url in zip(parcel.numbers, urls, strict=False)]  # fmt: skip


def refunds(life: Life) -> list[Tree]:
    """Gives the order's refunds, oldest first."""
    return [_refund(life, place) for place in range(len(life.refunds))]


def _refund(life: Life, place: int) -> Tree:
    back, number = life.refunds[place], life.plan.number
    own = PARTS["Refund"].own(number, place)
    sums = refund_purse(life, back)
    paid_back = ref("transactions", _first_refund(life) + place)
    lines = [(at, quantity // THOUSANDTHS) for at, quantity in enumerate(back.quantities) if quantity]
    return {
        "__typename": "Refund",
        "id": gid("Refund", own),
        "legacyResourceId": str(own),
        "createdAt": moment(back.at_ms),
        "processedAt": moment(back.at_ms),
        "updatedAt": moment(back.at_ms),
        "note": None if back.returned else "Sorry for the trouble 🙏",
        "duties": [],
        "order": ref(),
        "return": ref("returns", _return_place(life, place)) if is_return(life, back) else None,
        "totalRefundedSet": sums.bag(lambda one: one.total),
        "orderAdjustments": many([]),
        "refundLineItems": many([_refund_line(life, back, sums, at, quantity) for at, quantity in lines]),
        "refundShippingLines": many([_refund_shipping(number, sums)] if back.extras and life.plan.shipping else []),
        "transactions": many([paid_back]),
    }


def _first_refund(life: Life) -> int:
    return 1 + bool(life.authorised_ms)


def _refund_line(life: Life, back: GivenBack, sums: Purse, at: int, quantity: int) -> Tree:
    shipped = bool(life.shipments) and life.shipments[0].at_ms <= back.at_ms
    restock = "RETURN" if back.returned else ("NO_RESTOCK" if shipped else "CANCEL")
    return {
        "__typename": "RefundLineItem",
        "id": gid("RefundLineItem", 760_000_000_000 + life.plan.number * 64 + at),
        "lineItem": ref("lineItems", at),
        "quantity": quantity,
        "restockType": restock,
        "restocked": restock != "NO_RESTOCK",
        "location": LOCATION if restock != "NO_RESTOCK" else None,
        "priceSet": sums.bag(lambda one: one.lines[at].net // quantity),
        "subtotalSet": sums.bag(lambda one: one.lines[at].net),
        "totalTaxSet": sums.bag(lambda one: one.lines[at].tax),
    }


def _refund_shipping(number: int, sums: Purse) -> Tree:
    return {"__typename": "RefundShippingLine", "id": gid("RefundShippingLine", 310_000_000 + number),
            "shippingLine": ref("shippingLines", 0),
            "subtotalAmountSet": sums.bag(lambda one: one.shipping.net),
            "taxAmountSet": sums.bag(lambda one: one.shipping.tax)}  # fmt: skip


def is_return(life: Life, back: GivenBack) -> bool:
    """Says whether goods came back with this refund: all its lines had left in the first parcel."""
    first = life.shipments[0].quantities if life.shipments else ()
    return back.returned and all(first[at] for at, quantity in enumerate(back.quantities) if quantity)


def _return_place(life: Life, place: int) -> int:
    return sum(is_return(life, back) for back in life.refunds[:place])


def returns(life: Life) -> list[Tree]:
    """Gives the order's returns."""
    return [_return(life, place, back) for place, back in enumerate(life.refunds) if is_return(life, back)]


def _return(life: Life, place: int, back: GivenBack) -> Tree:
    own = PARTS["Return"].own(life.plan.number, place)
    parcel = [at for at, quantity in enumerate(life.shipments[0].quantities) if quantity]
    lines = [(at, quantity // THOUSANDTHS) for at, quantity in enumerate(back.quantities) if quantity]
    return {
        "__typename": "Return",
        "id": gid("Return", own),
        "name": f"#{1001 + life.plan.number}-R{place + 1}",
        "status": "CLOSED",
        "createdAt": moment(back.at_ms),
        "requestApprovedAt": moment(back.at_ms),
        "closedAt": moment(back.at_ms),
        "decline": None,
        "totalQuantity": sum(quantity for _, quantity in lines),
        "order": ref(),
        "refunds": many([ref("refunds", place)]),
        "transactions": many([ref("transactions", _first_refund(life) + place)]),
        "returnShippingFees": [],
        "exchangeLineItems": many([]),
        "returnLineItems": many([
            {"__typename": "ReturnLineItem", "id": gid("ReturnLineItem", own * 16 + at), "quantity": quantity,
             "processedQuantity": quantity, "processableQuantity": 0, "unprocessedQuantity": 0,
             "refundableQuantity": 0, "refundedQuantity": quantity,
             "returnReasonNote": "too small", "customerNote": None, "restockingFee": None,
             "withCodeDiscountedTotalPriceSet": refund_purse(life, back).bag(lambda one, line=at: one.lines[line].net),
                    "totalWeight": None,
                    "returnReasonDefinition": None,
                    "fulfillmentLineItem": ref("fulfillments", 0, "fulfillmentLineItems", parcel.index(at)),
             } for at, quantity in lines]),
    }  # fmt: skip
