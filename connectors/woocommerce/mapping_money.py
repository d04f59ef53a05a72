"""The money of a WooCommerce order: parts in minor units that sum to the shop's own totals.

A shop that taxes inclusively, or rounds tax at the subtotal, keeps parts of up to six decimal places and sums those; what it shows of
each part is rounded apart. So shown parts may miss a shown total by some minor units. That is accepted only where the payload
itself shows unrounded amounts, and only as far as rounding reaches: half a minor unit per part.
Source: WooCommerce REST API v3, Orders (`dp`, "number of decimal points to use in each resource").
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, cast

from connectors.woocommerce.payloads import FeeLine, OrderPayload, Part
from model.errors import MalformedError
from model.records.order import Adjustment, AdjustmentKind
from model.values.money import exact_amount, exponent, minor_units, rounded_minor_units, split

MOST_KNOWN = 50_000
"""Texts a table of amounts remembers before it begins anew; about 6 MB."""

SHORT = 12
"""Digits before the point up to which an amount written plainly (`"19.90"`) is read without Decimal, five times as fast."""

_KINDS: tuple[AdjustmentKind, ...] = ("shipping", "tax", "charge", "discount")


class Sums(NamedTuple):
    """What `mapping` needs of an order's money, all in minor units."""

    totals: list[int]
    """Per line, before discounts."""
    taxes: list[int]
    """Per line, after discounts."""
    shipping: int
    tax: int
    charges: int
    discount: int
    paid_by_cards: int
    total: int
    adjustments: tuple[Adjustment, ...]


class Amounts(dict[str, int | Decimal]):
    """Amounts of one currency by their text, in minor units: an integer, or the exact decimal where the shop shows an unrounded part.

    Shops repeat prices and above all `"0.00"`; looking one up costs a fiftieth of reading it.
    """

    def __init__(self, currency: str) -> None:
        super().__init__({"": 0})
        self._currency = currency
        self._places = exponent(currency)

    def __missing__(self, text: str) -> int | Decimal:
        units, _, cents = text.partition(".")
        digits = units + cents
        is_plain = len(cents) == self._places and len(units) <= SHORT and digits.isascii() and digits.isdecimal()
        amount = int(digits) if is_plain else self._read(text)
        if len(self) > MOST_KNOWN:
            self.clear()
            self[""] = 0
        self[text] = amount
        return amount

    def _read(self, text: str) -> int | Decimal:
        exact = exact_amount(text).scaleb(self._places)
        return minor_units(text, self._currency) if int(exact) == exact else exact


amounts_in = lru_cache(maxsize=None)(Amounts)
"""The one table per currency; `exponent` knows some 170 of them."""


def whole(parts: list[int | Decimal], currency: str) -> list[int]:
    """The amounts in whole minor units: unrounded ones are rounded by the rule of the house."""
    if isinstance(sum(parts), int):
        return cast("list[int]", parts)  # a sum is an integer only where every part is
    places = exponent(currency)
    return [rounded_minor_units(Decimal(part).scaleb(-places), currency) for part in parts]


def whole_minor(text: str | None, currency: str) -> int:
    """A single amount in whole minor units."""
    amount = amounts_in(currency)[text or ""]
    return amount if isinstance(amount, int) else whole([amount], currency)[0]


def stated(text: str | None, amounts: Amounts, place: str) -> int:
    """A total of the order in minor units; a total is never unrounded, so further digits are a MalformedError that names it."""
    amount = amounts[text or ""]
    if isinstance(amount, int):
        return amount
    raise MalformedError(f"{place}: has more decimal places than the currency knows")


def order_sums(order: OrderPayload) -> Sums:
    """All parts of the order; a part that does not fit its total is a MalformedError that names the place."""
    amounts, currency, lines = amounts_in(order.currency), order.currency, order.line_items
    after = whole([amounts[line.total] for line in lines], currency)
    shown = before = whole([amounts[line.subtotal or line.total] for line in lines], currency)
    if shown != after:  # a line made dearer by hand has no discount to undo
        before = [max(pair) for pair in zip(shown, after, strict=True)]
    tax = stated(order.total_tax, amounts, "total_tax")
    adjustments = [*_shipping(order, amounts), *_taxes(order, amounts, tax)]
    if order.fee_lines:
        adjustments += _fees(order.fee_lines, currency)
    adjustments += _discounts(order, amounts, sum(before) - sum(after), sum(shown) - sum(after))
    by_cards = sum([whole_minor(card.amount, currency) for card in order.gift_cards]) if order.gift_cards else 0
    total = stated(order.total, amounts, "total") + by_cards
    listed = dict.fromkeys(_KINDS, 0)
    for adjustment in adjustments:
        listed[adjustment.kind] += adjustment.amount_minor
    rest = total - sum(before) - listed["shipping"] - tax - listed["charge"] + listed["discount"]
    if rest and _is_rounding(order, rest, len(adjustments)):
        adjustments.append(Adjustment(kind="charge", title="rounding", amount_minor=rest))
        listed["charge"] += rest
    taxes = _line_taxes(order, amounts, tax)
    charges, discount = listed["charge"], listed["discount"]
    return Sums(before, taxes, listed["shipping"], tax, charges, discount, by_cards, total, tuple(adjustments))


def _discounts(order: OrderPayload, amounts: Amounts, off: int, off_net: int) -> list[Adjustment]:
    """Coupons with their codes; what the lines lost beyond them was taken off by hand, and coupons beyond it are store credit.

    `off` is what the lines lost, `off_net` the same less what others were made dearer. Coupons round per line, so up to one minor
    unit per line is theirs. `discount_total` must be the one or the other, else it is a MalformedError.
    """
    if off == off_net == 0 and not order.coupon_lines and not amounts[order.discount_total or ""]:
        return []
    coupons, slack = order.coupon_lines or (), len(order.line_items)
    parts = [amounts[coupon.discount] for coupon in coupons]
    listed = whole(parts, order.currency)
    extra = off - sum(listed)
    if coupons and extra and abs(extra) <= slack:
        listed, extra = _fitted(parts, off, order.currency), 0
    found = sum(listed) + max(0, extra)
    claimed = stated(order.discount_total, amounts, "discount_total")
    if order.discount_total and abs(claimed - found) > slack and abs(claimed - off_net) > slack:
        raise MalformedError(f"discount_total: parts sum to {found}, the order says {claimed} minor units")
    named = [
        Adjustment(kind="discount", title=coupon.code, amount_minor=amount, code=coupon.code)
        for coupon, amount in zip(coupons, listed, strict=True)
    ]
    return [*named, Adjustment(kind="discount", title="discount", amount_minor=extra)] if extra > 0 else named


def _fees(fees: Sequence[FeeLine], currency: str) -> list[Adjustment]:
    """Fees as charges, and negative fees as discounts."""
    return [
        Adjustment(kind="charge", title=fee.name or "fee", amount_minor=amount)
        if amount >= 0
        else Adjustment(kind="discount", title=fee.name or "fee", amount_minor=-amount)
        for fee in fees
        for amount in (whole_minor(fee.total, currency),)
    ]


def _shipping(order: OrderPayload, amounts: Amounts) -> list[Adjustment]:
    total = stated(order.shipping_total, amounts, "shipping_total")
    if not order.shipping_lines:
        return [Adjustment(kind="shipping", title="shipping", amount_minor=total)] if total else []
    parts = settled(order, [amounts[line.total] for line in order.shipping_lines], total, "shipping_lines")
    return [
        Adjustment(kind="shipping", title=line.method_title or "shipping", amount_minor=amount)
        for line, amount in zip(order.shipping_lines, parts, strict=True)
    ]


def _taxes(order: OrderPayload, amounts: Amounts, total: int) -> list[Adjustment]:
    if not order.tax_lines:
        return [Adjustment(kind="tax", title="tax", amount_minor=total)] if total else []
    parts = [amounts[tax.tax_total] + amounts[tax.shipping_tax_total or ""] for tax in order.tax_lines]
    return [
        Adjustment(kind="tax", title=tax.label or tax.rate_code or "tax", amount_minor=amount, rate=_rate(tax.rate_percent))
        for tax, amount in zip(order.tax_lines, settled(order, parts, total, "tax_lines"), strict=True)
    ]


@lru_cache(maxsize=1 << 10)
def _rate(percent: str | None) -> str | None:
    return f"{exact_amount(percent).scaleb(-2).normalize():f}" if percent else None


def _line_taxes(order: OrderPayload, amounts: Amounts, tax: int) -> list[int]:
    """Tax per line: the lines' and fees' tax is the order's tax on goods; where the shown parts miss it, the unrounded ones are split."""
    lines = order.line_items
    shipping_tax = stated(order.shipping_tax, amounts, "shipping_tax")
    goods = tax - shipping_tax if order.cart_tax is None else stated(order.cart_tax, amounts, "cart_tax")
    taxed: Sequence[Part] = [*lines, *order.fee_lines] if order.fee_lines else lines
    shown = [amounts[part.total_tax or ""] for part in taxed]
    if sum(shown) != goods:
        shown = [_unrounded_tax(part, amounts) for part in taxed]
    return settled(order, shown, goods, "line_items.total_tax")[: len(lines)]


def _unrounded_tax(part: Part, amounts: Amounts) -> int | Decimal:
    if not part.taxes:
        return amounts[part.total_tax or ""]
    return sum([amounts[share.total or ""] for share in part.taxes])


def settled(order: OrderPayload, parts: list[int | Decimal], total: int, place: str) -> list[int]:
    """The parts in whole minor units, summing to the vendor's own total; a gap wider than rounding explains is a MalformedError."""
    listed = sum(parts)
    if listed == total and isinstance(listed, int):
        return cast("list[int]", parts)
    if listed != total and (abs(listed - total) > len(parts) or not _shows_unrounded_parts(order)):
        raise MalformedError(f"{place}: parts sum to {listed}, the order says {total} minor units")
    return _fitted(parts, total, order.currency)


def _fitted(parts: list[int | Decimal], total: int, currency: str) -> list[int]:
    """Rounded parts, and what they miss of the total given to those that rounding took most from (largest remainder)."""
    rounded = whole(parts, currency)
    gap = total - sum(rounded)
    sign = 1 if gap > 0 else -1
    lost = [max(Decimal(0), Decimal(sign * (part - kept))) for part, kept in zip(parts, rounded, strict=True)]
    return [kept + share for kept, share in zip(rounded, split(gap, lost), strict=True)]


def _is_rounding(order: OrderPayload, rest: int, adjustments: int) -> bool:
    """Whether rounding each part apart can leave this rest: half a minor unit per line and adjustment."""
    return 2 * abs(rest) <= len(order.line_items) + adjustments and _shows_unrounded_parts(order)


def _shows_unrounded_parts(order: OrderPayload) -> bool:
    amounts = amounts_in(order.currency)
    return bool(order.prices_include_tax) or any(not isinstance(amounts[text], int) for text in _part_texts(order))


def _part_texts(order: OrderPayload) -> Iterator[str]:
    for part in (*order.line_items, *(order.shipping_lines or ()), *(order.fee_lines or ())):
        yield part.total
        yield from (share.total or "" for share in part.taxes or ())
    yield from (tax.tax_total for tax in order.tax_lines or ())
