"""The prices of a REST-shaped order, in the one form that `mapping_money` reckons with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from connectors.shopify.mapping_money import Bill, Charge, Line, Share, Shipping, Tax
from connectors.shopify.payloads_rest import DiscountAllocation, LineItem, MoneyBag, Order, ShippingLine, TaxLine
from connectors.shopify.words import is_order_level
from model.errors import MalformedError
from model.values.money import minor_units


def stated(bag: MoneyBag | None, plain: Decimal | None, currency: str, plain_currency: str | None) -> int:
    """Minor units in the buyer's currency: from the set, or from the plain amount where that is in this currency."""
    money = bag.presentment_money if bag is not None else None
    if money is not None:
        if money.currency_code != currency:
            raise MalformedError(f"currency: an amount is in {money.currency_code[:8]!r}, the order in {currency[:8]!r}")
        return minor_units(money.amount, currency)
    if not plain:
        return 0
    if plain_currency is not None and plain_currency != currency:
        raise MalformedError(f"currency: an amount is told in {plain_currency[:8]!r} only, the order is in {currency[:8]!r}")
    return minor_units(plain, currency)


def bill_of(order: Order, currency: str) -> Bill:
    """Everything priced in the order."""
    prices = _Prices(order, currency)
    lines, shipping = [prices.line(line) for line in order.line_items], [prices.shipping(line) for line in order.shipping_lines]
    discounts = prices.own(order.total_discounts_set, order.total_discounts)
    return Bill(
        currency=currency,
        prices_include_tax=bool(order.taxes_included),
        lines=lines,
        shipping=shipping,
        shipping_minor=prices.own(order.total_shipping_price_set) if order.total_shipping_price_set is not None else None,
        charges=prices.charges(),
        tip_minor=prices.own(order.total_tip_received_set, order.total_tip_received),
        tax_minor=prices.own(order.total_tax_set, order.total_tax) if order.total_tax is not None else None,
        order_taxes=prices.taxes(order.tax_lines),
        unallocated=_unallocated(order, discounts, lines, shipping),
    )


class _Prices(NamedTuple):
    """Reads the prices of one order in its buyer's currency."""

    order: Order
    currency: str

    def own(self, bag: MoneyBag | None, plain: Decimal | None = None) -> int:
        return stated(bag, plain, self.currency, self.order.currency)

    def taxes(self, tax_lines: Sequence[TaxLine]) -> list[Tax]:
        return [Tax(tax.title, tax.rate, self.own(tax.price_set, tax.price)) for tax in tax_lines]

    def shares(self, allocations: Sequence[DiscountAllocation], otherwise: int) -> list[Share]:
        """The allocated discounts; a discount told by its amount alone is the line's own."""
        if allocations or not otherwise:
            return [_share(self.order, allocation, self.own(allocation.amount_set, allocation.amount)) for allocation in allocations]
        return [Share(0, otherwise, is_order_level=False, title="discount", code=None)]

    def line(self, line: LineItem) -> Line:
        return Line(
            external_id=str(line.id),
            title=line.name or line.title or "",
            sku=line.sku or None,
            quantity=line.quantity,
            unit_minor=self.own(line.price_set, line.price),
            shares=self.shares(line.discount_allocations, self.own(line.total_discount_set, line.total_discount)),
            taxes=self.taxes(line.tax_lines),
            product_external_id=str(line.product_id) if line.product_id else None,
            variant_external_id=str(line.variant_id) if line.variant_id else None,
            requires_shipping=line.requires_shipping is not False,
            is_gift_card=bool(line.gift_card),
        )

    def shipping(self, line: ShippingLine) -> Shipping:
        price = self.own(line.price_set, line.price)
        off = 0 if line.discounted_price is None else price - self.own(line.discounted_price_set, line.discounted_price)
        shares, taxes = self.shares(line.discount_allocations, off), self.taxes(line.tax_lines)
        return Shipping(line.title or "shipping", line.code or None, price, shares, taxes, bool(line.is_removed))

    def charges(self) -> Sequence[Charge]:
        """Fees, and duties unless they are inside the prices; the taxes of fees are not told in this shape."""
        fees = Charge("additional fees", self.own(self.order.original_total_additional_fees_set), ())
        taxes = self.taxes([tax for line in self.order.line_items for duty in line.duties for tax in duty.tax_lines])
        duties = Charge("duties", self.own(self.order.original_total_duties_set), taxes)
        return (fees,) if self.order.duties_included else (duties, fees)


def _share(order: Order, allocation: DiscountAllocation, minor: int) -> Share:
    index, applications = allocation.discount_application_index, order.discount_applications
    if not 0 <= index < len(applications):
        raise MalformedError(f"discount_applications[{index}]: a line is discounted by it, but it is missing")
    applied = applications[index]
    order_level = is_order_level((applied.allocation_method or "").upper(), (applied.target_selection or "").upper())
    return Share(index, minor, order_level, applied.code or applied.title or "discount", applied.code)


def _unallocated(order: Order, discounts: int, lines: Sequence[Line], shipping: Sequence[Shipping]) -> Share | None:
    """What documents from before 2018, and the vendor's test notifications, take off the order without saying from which line."""
    if any(line.discount_allocations for line in (*order.line_items, *order.shipping_lines)):
        return None
    told = sum(share.minor for line in (*lines, *shipping) for share in line.shares)
    code = next((entry.code for entry in order.discount_codes if entry.code), None)
    return Share(0, discounts - told, is_order_level=True, title=code or "discount", code=code) if discounts > told else None
