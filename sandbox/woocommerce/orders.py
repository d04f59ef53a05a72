"""An order in WooCommerce's words: the payload of REST v3, tax always apart from the price (wc/v3 docs, Orders)."""

import hashlib
from typing import Final

from sandbox.exchange import Tree
from sandbox.life import Life
from sandbox.story import Plan, dice
from sandbox.woocommerce.lines import coupon_lines, fee_lines, line_item, shipping_lines, tax_lines, totals
from sandbox.woocommerce.refunds import refund_stubs
from sandbox.woocommerce.telling import beside
from sandbox.woocommerce.words import SITE, gmt, links, order_id, site_time

SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "KWD": "د.ك"}
METHODS: Final = {"CASH": ("bacs", "Direct bank transfer"), "AMERICAN_EXPRESS": ("paypal", "PayPal")}
CARD_METHOD: Final = ("stripe", "Credit card (Stripe)")


def status_of(life: Life) -> str:
    """Gives the order's status. A partial refund does not change it (PLATFORMS §2)."""
    shipped = bool(life.shipments) and all(
        gone + back >= many for gone, back, many in zip(life.shipped, life.refunded, life.quantities, strict=True)
    )
    claims = (
        ("cancelled", bool(life.cancelled_ms)),
        ("failed", life.failed),
        ("refunded", life.wholly_refunded),
        ("completed", shipped),
        ("processing", bool(life.paid_ms)),
        ("on-hold", life.held or bool(life.authorised_ms)),
    )
    return next((status for status, holds in claims if holds), "pending")


def render_order(life: Life) -> Tree:
    """Gives the whole payload of one order."""
    plan, sums = life.plan, life.sums
    number = order_id(plan.number)
    method, method_title = METHODS.get(plan.card, CARD_METHOD)
    paid, status = bool(life.paid_ms), status_of(life)
    key = f"wc_order_{dice(plan.seed, 'woo-key', plan.number).getrandbits(52):013x}"
    return {
        "id": number,
        "parent_id": 0,
        "status": status,
        "currency": sums.currency,
        "version": "9.4.2",
        "prices_include_tax": sums.inclusive,
        "date_created": site_time(life.created_ms),
        "date_modified": site_time(life.updated_ms),
        **totals(sums),
        "customer_id": plan.buyer.account,
        "order_key": key,
        "billing": {**_address(plan), "email": plan.buyer.email, "phone": plan.buyer.phone},
        "shipping": {**_address(plan), "phone": plan.buyer.phone},
        "payment_method": method,
        "payment_method_title": method_title,
        "transaction_id": f"pi_street_{number}" if paid and method == "stripe" else "",
        "customer_ip_address": f"192.0.2.{plan.number % 250 + 1}",
        "customer_user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "created_via": "checkout",
        "customer_note": plan.note,
        "date_completed": site_time(life.shipments[-1].at_ms) if status == "completed" else None,
        "date_paid": site_time(life.paid_ms) if paid else None,
        "cart_hash": f"{dice(plan.seed, 'woo-cart', plan.number).getrandbits(128):032x}",
        "number": str(number),
        "meta_data": _meta(life, number),
        "line_items": [line_item(life, sums, place) for place in range(len(sums.lines))],
        "tax_lines": tax_lines(plan, sums, number),
        "shipping_lines": shipping_lines(plan, sums, number),
        "fee_lines": fee_lines(sums, number),
        "coupon_lines": coupon_lines(plan, sums, number),
        "refunds": refund_stubs(life),
        "payment_url": f"{SITE}/checkout/order-pay/{number}/?pay_for_order=true&key={key}",
        "is_editable": status in {"pending", "on-hold"},
        "needs_payment": status in {"pending", "failed"},
        "needs_processing": True,
        "date_created_gmt": gmt(life.created_ms),
        "date_modified_gmt": gmt(life.updated_ms),
        "date_completed_gmt": gmt(life.shipments[-1].at_ms) if status == "completed" else None,
        "date_paid_gmt": gmt(life.paid_ms) if paid else None,
        "currency_symbol": SYMBOLS[sums.currency],
        "_links": links(f"orders/{number}", "orders"),
    }


def _meta(life: Life, number: int) -> list[Tree]:
    """Gives what a shop of today keeps beside an order: hashes of the cart, where the buyer came from, what the gateway answered."""
    pairs = [("is_vat_exempt", "no"), *_cart_hashes(number), *_attribution(number), *(_gateway(number) if life.paid_ms else [])]
    pairs += [("_street_notes", str(life.notes))] * bool(life.notes)
    pairs += [("_tracking_number", f"STREET{number}{at}") for at, parcel in enumerate(life.shipments) if parcel.told is None]
    entries: list[Tree] = [{"id": number * 40 + 10 + at, "key": key, "value": value} for at, (key, value) in enumerate(pairs)]
    return [*entries, *beside(life)]


def _cart_hashes(number: int) -> list[tuple[str, str]]:
    parts = ("shipping", "coupons", "fees", "taxes")
    return [(f"_{part}_hash", hashlib.sha256(f"{part}{number}".encode()).hexdigest()[:32]) for part in parts]


def _attribution(number: int) -> list[tuple[str, str]]:
    """Order attribution, which WooCommerce writes by default since 8.5."""
    source = ("(direct)", "google", "newsletter")[number % 3]
    seen = {
        "source_type": "typein" if source == "(direct)" else "utm",
        "referrer": "" if source == "(direct)" else f"https://{source}.example/",
        "utm_source": source,
        "utm_medium": ("(none)", "organic", "email")[number % 3],
        "utm_campaign": ("(none)", "(none)", "spring")[number % 3],
        "session_entry": "https://woo.street.example/",
        "session_start_time": f"2026-01-{number % 28 + 1:02d} 09:{number % 60:02d}:00",
        "session_pages": str(number % 9 + 1),
        "session_count": str(number % 4 + 1),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "device_type": "Desktop" if number % 2 else "Mobile",
    }
    return [(f"_wc_order_attribution_{key}", value) for key, value in seen.items()]


def _gateway(number: int) -> list[tuple[str, str]]:
    """What a card gateway leaves on a paid order."""
    return [
        ("_payment_method_id", f"pm_street{number}"),
        ("_gateway_customer_id", f"cus_street{number % 997}"),
        ("_gateway_mode", "test"),
        ("_intent_id", f"pi_street{number}"),
        ("_charge_id", f"ch_street{number}"),
        ("_intention_status", "succeeded"),
    ]


def _address(plan: Plan) -> Tree:
    buyer = plan.buyer
    place = buyer.place
    return {
        "first_name": buyer.first,
        "last_name": buyer.last,
        "company": "",
        "address_1": place.street,
        "address_2": "",
        "city": place.city,
        "state": place.region_code,
        "postcode": place.postcode,
        "country": place.country,
    }
