"""Amazon's words: how orders and parcels stand, what marketplaces sell in, what parts of money are for, and carriers.

Sources: models orders_2026-01-01, finances_2024-06-19 and ordersV0 of the Selling Partner API; its page of marketplace ids. The words of
refunds are in no model: they are those that sellers' accounts show.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from connectors.capabilities import Rate
from model.records.order import FulfilmentState, PaymentState
from model.records.shipment import FulfilmentStatus

ONE_ORDER: Final = Rate(Fraction(1, 2), 30)
"""What Amazon bears of getOrder."""
GONE: Final = frozenset({"NotFound", "NOT_FOUND", "ResourceNotFound"})
"""Amazon's own words for an order it does not have; a 404 without them is a wrong address."""

STATES: Final[Mapping[str, tuple[PaymentState, FulfilmentState]]] = {
    "PENDING_AVAILABILITY": ("unpaid", "on_hold"),
    "PENDING": ("unpaid", "on_hold"),
    "UNSHIPPED": ("paid", "unfulfilled"),
    "PARTIALLY_SHIPPED": ("paid", "part_fulfilled"),
    "SHIPPED": ("paid", "fulfilled"),
    "CANCELLED": ("voided", "unfulfilled"),
    "UNFULFILLABLE": ("paid", "on_hold"),
}
"""Payment and fulfilment per `fulfillmentStatus`. Amazon takes the money, and an order leaves PENDING when it is sure of it."""

WITHOUT_AMOUNTS: Final = frozenset({"PENDING_AVAILABILITY", "PENDING", "CANCELLED"})
"""In these states an order may tell no amounts: not yet, or no longer."""

PARCELS: Final[Mapping[str, FulfilmentStatus]] = {
    "PENDING": "pending",
    "IN_TRANSIT": "shipped",
    "SHIPPED": "shipped",
    "DELIVERED": "delivered",
    "CANCELLED": "cancelled",
    "UNDELIVERABLE": "failed",
}
"""Per `packageStatus.status`."""

BY_AMAZON: Final = "AMAZON"
"""`fulfilledBy`: from Amazon's own warehouses (FBA)."""
OTHER_CHANNEL: Final = "NON_AMAZON"
"""`channelName`: sold elsewhere, and only sent by Amazon (Multi-Channel Fulfillment)."""
WITHHELD: Final = "MARKETPLACE_FACILITATOR"
"""`taxCollections.model`: Amazon keeps the tax and pays it to the authority."""
ON_DELIVERY: Final = "CashOnDelivery"
MERCHANT: Final = "DEFAULT"
"""`fulfillmentChannelCode` of what the seller ships; all others are Amazon's warehouses."""

TAX_ON_TOP: Final = frozenset({"ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"})
"""Marketplaces whose prices are without tax: United States, Canada."""

CURRENCIES: Final[Mapping[str, str]] = {
    "ATVPDKIKX0DER": "USD",
    "A2EUQ1WTGCTBG2": "CAD",
    "A1AM78C64UM0Y8": "MXN",
    "A2Q3Y263D00KWC": "BRL",
    "A28R8C7NBKEWEA": "EUR",
    "A1RKKUPIHCS9HS": "EUR",
    "A1F83G8C2ARO7P": "GBP",
    "A13V1IB3VIYZZH": "EUR",
    "AMEN7PMS3EDWL": "EUR",
    "A1805IZSGTT6HS": "EUR",
    "A1PA6795UKMFR9": "EUR",
    "APJ6JRA9NG5V4": "EUR",
    "A2NODRKZP88ZB9": "SEK",
    "AE08WJ6YKNBMC": "ZAR",
    "A1C3SOZRARQ6R3": "PLN",
    "ARBP9OOSHTCHU": "EGP",
    "A33AVAJ2PDY3EV": "TRY",
    "A17E79C6D8DWNP": "SAR",
    "A2VIGQ35RCS4UG": "AED",
    "A21TJRUUN4KGV": "INR",
    "A19VAU5U5O7RUS": "SGD",
    "A39IBJ37TRP1C6": "AUD",
    "A1VC38T7YXB528": "JPY",
}
"""What each marketplace sells in, for orders that tell no amounts."""

Part = Literal["line", "shipping", "charge", "tax", "discount", "tip"]

PARTS: Final[Mapping[str, Part]] = {
    "ITEM": "line",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "charge",
    "COD_FEE": "charge",
    "OTHER": "charge",
    "TAX": "tax",
    "DISCOUNT": "discount",
    "DELIVERY_TIP": "tip",
}
"""What a breakdown of proceeds is."""

Refunded = Literal["goods", "goods_tax", "other", "shipping", "seller"]

REFUNDED: Final[Mapping[str, Refunded]] = {
    **dict.fromkeys(("OurPricePrincipal", "OurPriceDiscount", "Principal", "ProductCharges", "Promo", "PromoRebates"), "goods"),
    **dict.fromkeys(("GoodwillPrincipal", "Goodwill", "RestockingDeductionPrincipal", "RestockingFee"), "goods"),
    **dict.fromkeys(("GiftwrapPrincipal", "GiftwrapDiscount", "GiftWrap", "Giftwrap", "CODPrincipal", "CODFee"), "other"),
    **dict.fromkeys(("ShippingPrincipal", "ShippingDiscount", "Shipping", "ReturnShipping"), "shipping"),
    **dict.fromkeys(("OurPriceTax", "OurPriceTaxDiscount", "GoodwillTax", "RestockingDeductionTax"), "goods_tax"),
    **dict.fromkeys(("Tax", "ShippingTax", "ShippingTaxDiscount", "CODTax", "GiftwrapTax", "GiftwrapTaxDiscount"), "other"),
    **dict.fromkeys(("AmazonFees", "FBAFees", "Commission", "RefundCommission", "ShippingChargeback", "GiftwrapChargeback"), "seller"),
    **{
        f"{kept}-{part}": "seller"
        for kept in ("MarketplaceFacilitatorTax", "MarketplaceFacilitatorVAT", "LowValueGoodsTax")
        for part in ("Principal", "Shipping", "Giftwrap", "Other", "RestockingFee")
    },
}
"""Whose money a breakdown of a refund is: the buyer's (for goods, tax on them, shipping, or else), or between Amazon and the seller."""

CARRIERS: Final[Mapping[str, str]] = {
    "ups": "UPS",
    "usps": "USPS",
    "fedex": "FedEx",
    "dhl": "DHL",
    "dhl express": "DHL Express",
    "dhl ecommerce": "DHL eCommerce",
    "royal mail": "Royal Mail",
    "deutsche post": "Deutsche Post",
    "dpd": "DPD",
    "gls": "GLS",
    "hermes": "Hermes",
    "evri": "Evri",
    "tnt": "TNT",
    "canada post": "Canada Post",
    "la poste": "La Poste",
    "sf express": "SF Express",
}
"""Amazon's `carrierCode` by what carriers are called; others are told by their name."""
OTHER_CARRIER: Final = "Other"
