"""An order in Shopify's words: the whole tree of the Order type (Admin GraphQL 2026-07), before a query selects from it."""

from typing import Final

from sandbox.exchange import Tree
from sandbox.life import Life
from sandbox.shopify.deeds import fulfillments, refund_purse, refunds, returns, transactions
from sandbox.shopify.lines import discount_applications, line_items, many, ref, shipping_lines, tax_lines
from sandbox.shopify.money import SHOP_CURRENCY, Purse, gid, moment, moment_or_none, order_id, purse
from sandbox.shopify.totals import order_totals
from sandbox.story import Buyer, dice, sums_of

STATUS_PAGE: Final = "https://street-shop.example/orders"


def financial_status(life: Life) -> str:
    """Gives the displayed financial status."""
    given_back = sum(refund_purse(life, back).buyer.total for back in life.refunds)
    paid = sums_of(life.plan, life.paid_for).total if life.paid_ms else 0
    claims = (
        ("REFUNDED", bool(paid) and given_back == paid),
        ("PARTIALLY_REFUNDED", bool(given_back)),
        ("PARTIALLY_PAID", 0 < paid < life.sums.total),
        ("PAID", bool(paid)),
        ("VOIDED", bool(life.cancelled_ms)),
        ("EXPIRED", life.failed),
        ("AUTHORIZED", bool(life.authorised_ms)),
    )
    return next((status for status, holds in claims if holds), "PENDING")


def fulfillment_status(life: Life) -> str:
    """Gives the displayed fulfilment status."""
    both = [gone + back >= ordered
            for ordered, gone, back in zip(life.quantities, life.shipped, life.refunded, strict=True)]  # fmt: skip
    claims = (
        ("ON_HOLD", life.held),
        ("RESTOCKED", life.wholly_refunded and not life.shipments),
        ("FULFILLED", bool(life.shipments) and all(both)),
        ("PARTIALLY_FULFILLED", bool(life.shipments)),
    )
    return next((status for status, holds in claims if holds), "UNFULFILLED")


def render_order(life: Life) -> Tree:
    """Gives the complete tree of one order."""
    plan, own = life.plan, order_id(life.plan.number)
    now = purse(life.sums)
    name = f"#{1001 + plan.number}"
    token = f"{dice(plan.seed, 'shopify-token', plan.number).getrandbits(128):032x}"
    return {
        "__typename": "Order",
        "id": gid("Order", own),
        "legacyResourceId": str(own),
        "name": name,
        "number": 1001 + plan.number,
        "confirmationNumber": token[:9].upper(),
        "createdAt": moment(life.created_ms),
        "processedAt": moment(life.created_ms),
        "updatedAt": moment(life.updated_ms),
        "cancelledAt": moment_or_none(life.cancelled_ms),
        "closedAt": moment_or_none(life.closed_ms),
        "cancelReason": "CUSTOMER" if life.cancelled_ms else None,
        "cancellation": {"staffNote": "The buyer changed their mind."} if life.cancelled_ms else None,
        "displayFinancialStatus": financial_status(life),
        "displayFulfillmentStatus": fulfillment_status(life),
        "returnStatus": "RETURNED" if returns(life) else "NO_RETURN",
        **_flags(life),
        "currencyCode": SHOP_CURRENCY,
        "presentmentCurrencyCode": plan.currency,
        "taxesIncluded": plan.inclusive,
        "customerLocale": "en",
        "sourceName": "web",
        "sourceIdentifier": None,
        "registeredSourceUrl": None,
        "retailLocation": None,
        "staffMember": None,
        "merchantOfRecordApp": None,
        "paymentTerms": None,
        "purchasingEntity": None,
        "publication": None,
        "channelInformation": None,
        "shopifyProtect": None,
        "productNetwork": False,
        "poNumber": None,
        "clientIp": f"198.51.100.{plan.number % 250 + 1}",
        "note": _note(life),
        "tags": [f"noted-{life.notes}"] if life.notes else [],
        "customAttributes": [],
        "statusPageUrl": f"{STATUS_PAGE}/{token}",
        "paymentGatewayNames": ["manual" if plan.card == "CASH" else "shopify_payments"],
        "app": {"__typename": "OrderApp", "id": gid("App", 580_111), "name": "Online Store"},
        **_people(life),
        **order_totals(life, now),
        "lineItems": many(line_items(life, now)),
        "shippingLine": ref("shippingLines", 0),
        "shippingLines": many(shipping_lines(life, now)),
        "taxLines": tax_lines(plan, now, lambda sums, at: sums.taxes_by_rate(sums.parts)[at]),
        "currentTaxLines": tax_lines(plan, now, lambda sums, at: sums.taxes_by_rate(sums.parts)[at]),
        "discountApplications": many(discount_applications(plan, now)),
        "discountCode": _code(life, now),
        "discountCodes": [code for code in [_code(life, now)] if code],
        **_happened(life, now),
    }


def _happened(life: Life, now: Purse) -> Tree:
    money_moves, parcels = transactions(life, now), fulfillments(life)
    return {
        "transactions": money_moves,
        "transactionsCount": {"count": len(money_moves), "precision": "EXACT"},
        "fulfillments": parcels,
        "fulfillmentsCount": {"count": len(parcels), "precision": "EXACT"},
        "refunds": refunds(life),
        "returns": many(returns(life)),
        "risk": {"recommendation": "ACCEPT", "assessments": []},
        "additionalFees": [],
        "disputes": [],
        "alerts": [],
    }


def _flags(life: Life) -> Tree:
    unpaid = not life.paid_ms
    return {
        "test": False,
        "closed": bool(life.closed_ms),
        "confirmed": True,
        "edited": life.edited,
        "unpaid": unpaid,
        "fullyPaid": not unpaid and life.paid_for == life.quantities,
        "capturable": bool(life.authorised_ms) and unpaid and not life.cancelled_ms,
        "refundable": not unpaid and not life.wholly_refunded,
        "restockable": not life.wholly_refunded,
        "fulfillable": not life.cancelled_ms and not life.wholly_refunded,
        "requiresShipping": True,
        "taxExempt": not life.plan.rates,
        "estimatedTaxes": False,
        "dutiesIncluded": False,
        "canMarkAsPaid": unpaid,
        "canNotifyCustomer": True,
        "merchantEditable": not life.cancelled_ms,
        "merchantEditableErrors": [],
        "billingAddressMatchesShippingAddress": True,
        "customerAcceptsMarketing": False,
    }


def _people(life: Life) -> Tree:
    plan, buyer = life.plan, life.plan.buyer
    address = _address(buyer, 9_300_000_000_000 + plan.number)
    return {
        "email": buyer.email,
        "phone": buyer.phone,
        "customer": _customer(buyer, life) if buyer.account else None,
        "billingAddress": address,
        "shippingAddress": address,
        "displayAddress": address,
    }


def _customer(buyer: Buyer, life: Life) -> Tree:
    return {
        "__typename": "Customer",
        "id": gid("Customer", 7_200_000_000_000 + buyer.account),
        "legacyResourceId": str(7_200_000_000_000 + buyer.account),
        "firstName": buyer.first,
        "lastName": buyer.last,
        "displayName": f"{buyer.first} {buyer.last}",
        "email": buyer.email,
        "phone": buyer.phone,
        "defaultEmailAddress": {"emailAddress": buyer.email, "validFormat": True},
        "defaultPhoneNumber": {"phoneNumber": buyer.phone},
        "defaultAddress": _address(buyer, 9_200_000_000_000 + buyer.account),
        "locale": "en",
        "state": "ENABLED",
        "verifiedEmail": True,
        "taxExempt": False,
        "tags": [],
        "note": None,
        "createdAt": moment(life.created_ms),
        "updatedAt": moment(life.created_ms),
    }


def _address(buyer: Buyer, number: int) -> Tree:
    place = buyer.place
    lines = [f"{buyer.first} {buyer.last}", place.street, f"{place.postcode} {place.city}", place.country_name]
    return {
        "__typename": "MailingAddress",
        "id": gid("MailingAddress", number),
        "firstName": buyer.first,
        "lastName": buyer.last,
        "name": lines[0],
        "company": None,
        "address1": place.street,
        "address2": None,
        "city": place.city,
        "province": place.region or None,
        "provinceCode": place.region_code or None,
        "zip": place.postcode,
        "country": place.country_name,
        "countryCodeV2": place.country,
        "phone": buyer.phone,
        "formatted": lines,
        "formattedArea": f"{place.city}, {place.country_name}",
        "latitude": None,
        "longitude": None,
        "coordinatesValidated": False,
    }


def _note(life: Life) -> str | None:
    return life.plan.note or None


def _code(life: Life, now: Purse) -> str | None:
    used = life.plan.discount.kind in {"percent", "fixed", "shipping"} and any(part.discount for part in now.buyer.parts)
    return life.plan.discount.code if used else None
