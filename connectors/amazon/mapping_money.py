"""The money of an order: each item's proceeds taken apart, proven against its total, and summed to the order's.

Whether tax stands on top of the parts or within them is not said; the item's own total proves it. Where tax is in neither, Amazon keeps
it: then the buyer paid it all the same, and it is part of the order's total (United States, Canada), or it is within the prices
(everywhere else). A discount is taken off, whichever sign it is written with.
Source: model orders_2026-01-01, ItemProceeds, OrderProceeds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors._kit.words import meaning
from connectors.amazon.payloads import Breakdown, Detail, Item, Money, OrderPayload
from connectors.amazon.words import CURRENCIES, PARTS, TAX_ON_TOP, WITHHELD, WITHOUT_AMOUNTS
from model.errors import MalformedError
from model.records.order import Adjustment
from model.values.money import exponent, minor_units

_OWN = "ITEM"
_SHIPPING = "SHIPPING"


@dataclass(frozen=True, slots=True)
class ItemSums:
    """One item in minor units: what it is sold for before tax and after discounts, and what goes with it."""

    line: int = 0
    line_tax: int = 0
    shipping: int = 0
    charges: Mapping[str, int] = field(default_factory=dict[str, int])
    tax: int = 0
    """All of it, that on shipping and charges included."""
    discount: int = 0
    """Taken off the line already."""
    total: int = 0
    """What the buyer pays for it."""
    proceeds: int = 0
    """What the seller gets of that, before fees."""
    includes_tax: bool = False
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """An order in minor units."""

    currency: str
    items: tuple[ItemSums, ...]
    total: int
    adjustments: tuple[Adjustment, ...]

    def of(self, kind: str) -> int:
        """The sum of the adjustments of a kind."""
        return sum(each.amount_minor for each in self.adjustments if each.kind == kind)


def order_sums(order: OrderPayload, state: str, statuses: Mapping[str, str]) -> Sums:
    """The order's money; MalformedError where it is not told though it should be, or does not add up."""
    currency = _currency(order, state, statuses)
    told = order.proceeds.grand_total if order.proceeds else None
    if told is None and state not in WITHOUT_AMOUNTS and not is_replacement(order):
        raise MalformedError("proceeds.grandTotal: is missing")
    if told is None or (state in WITHOUT_AMOUNTS and not all(map(_total_of, order.order_items))):
        return Sums(currency, tuple(ItemSums() for _ in order.order_items), 0, ())
    items = tuple(_item_sums(item, currency, order.sales_channel.marketplace_id, statuses) for item in order.order_items)
    tips = _tips(order, currency, statuses)
    proceeds, total = sum(item.proceeds for item in items), _minor(told, currency, "proceeds.grandTotal")
    if total not in {proceeds, proceeds + tips}:
        raise MalformedError(f"proceeds.grandTotal: items sum to {proceeds}, the order says {total} minor units of {currency}")
    told_tips = total - proceeds
    return Sums(currency, items, sum(item.total for item in items) + told_tips, _adjustments(order.order_items, items, told_tips))


def is_replacement(order: OrderPayload) -> bool:
    """Whether it is sent in place of another order, for nothing."""
    return any(each.association_type == "REPLACEMENT_ORIGINAL_ID" for each in order.associated_orders or ())


def _currency(order: OrderPayload, state: str, statuses: Mapping[str, str]) -> str:
    """The currency of the total; of an order that tells none, the marketplace's."""
    told = order.proceeds.grand_total if order.proceeds else None
    currency = told.currency_code if told else CURRENCIES.get(order.sales_channel.marketplace_id or "") or statuses.get("currency")
    if not currency:
        raise MalformedError(f"salesChannel.marketplaceId: its currency is not known ({state}); set it as currency under settings.statuses")
    exponent(currency)
    return currency


def _item_sums(item: Item, currency: str, marketplace: str | None, statuses: Mapping[str, str]) -> ItemSums:
    """What an item brings; nothing where it tells nothing (cancelled, or free), which the order's total then proves."""
    where = f"orderItems[{item.order_item_id}].proceeds"
    total = _total_of(item)
    if item.proceeds is None or total is None:
        return ItemSums()
    proceeds = _minor(total, currency, f"{where}.proceedsTotal")
    parts = item.proceeds.breakdowns or []
    if not parts:
        return ItemSums(line=proceeds, total=proceeds, proceeds=proceeds)
    return _proven(where, _taken_apart(where, parts, currency, statuses), proceeds, _keeps_tax(item), marketplace)


def _total_of(item: Item) -> Money | None:
    return item.proceeds.proceeds_total if item.proceeds else None


@dataclass(slots=True)
class _Parts:
    """What stands in an item's breakdowns, by what it is for: `ITEM`, `SHIPPING` and so on."""

    amounts: dict[str, int] = field(default_factory=dict[str, int])
    taxes: dict[str, int] = field(default_factory=dict[str, int])
    discounts: dict[str, int] = field(default_factory=dict[str, int])


def _taken_apart(where: str, breakdowns: Iterable[Breakdown], currency: str, statuses: Mapping[str, str]) -> _Parts:
    parts = _Parts()
    for each in breakdowns:
        part = meaning(f"{where}.breakdowns.type", each.type, PARTS, statuses)
        amount = _minor(each.subtotal, currency, f"{where}.breakdowns[{part}]")
        if part in {"tax", "discount"}:
            into = parts.taxes if part == "tax" else parts.discounts
            details = _details(f"{where}.breakdowns[{part}]", each.detailed_breakdowns or (), amount, currency)
            for name, value in details.items():
                into[name] = into.get(name, 0) + (value if part == "tax" else abs(value))
        else:
            parts.amounts[each.type] = parts.amounts.get(each.type, 0) + amount
    return parts


def _details(where: str, details: Sequence[Detail], amount: int, currency: str) -> dict[str, int]:
    """What a tax or discount is on; all of it on the item where nothing is said. What is said must sum to it."""
    told: dict[str, int] = {}
    for detail in details:
        name = detail.subtype if detail.subtype in PARTS and detail.subtype != "DISCOUNT" else _OWN
        told[name] = told.get(name, 0) + _minor(detail.value, currency, where)
    if details and abs(sum(told.values())) != abs(amount):
        raise MalformedError(f"{where}: details sum to {sum(told.values())}, the part says {amount} minor units of {currency}")
    return told or {_OWN: amount}


def _proven(where: str, parts: _Parts, proceeds: int, keeps_tax: bool, marketplace: str | None) -> ItemSums:  # noqa: FBT001  a fact
    """The item's sums, as the one reading of tax says by which they give the item's total."""
    base, tax = sum(parts.amounts.values()) - sum(parts.discounts.values()), sum(parts.taxes.values())
    if base + tax != proceeds != base:
        raise MalformedError(f"{where}: parts sum to {base + tax}, or {base} without tax, and proceedsTotal says {proceeds} minor units")
    is_withheld = base + tax != proceeds and keeps_tax and marketplace in TAX_ON_TOP
    includes_tax = base + tax != proceeds and not is_withheld
    within = parts.taxes if includes_tax else {}
    names = dict.fromkeys((_OWN, *parts.amounts, *parts.discounts, *within))
    net = {name: parts.amounts.get(name, 0) - parts.discounts.get(name, 0) - within.get(name, 0) for name in names}
    charges = {name: amount for name, amount in net.items() if name not in {_OWN, _SHIPPING} and amount}
    return ItemSums(
        line=net[_OWN],
        line_tax=parts.taxes.get(_OWN, 0),
        shipping=net.get(_SHIPPING, 0),
        charges=charges,
        tax=tax,
        discount=parts.discounts.get(_OWN, 0),
        total=proceeds + (tax if is_withheld else 0),
        proceeds=proceeds,
        includes_tax=includes_tax,
        is_withheld=keeps_tax,
    )


def _keeps_tax(item: Item) -> bool:
    return any(each.model == WITHHELD for each in (item.tax.tax_collections if item.tax else None) or ())


def _tips(order: OrderPayload, currency: str, statuses: Mapping[str, str]) -> int:
    """What is charged for the order as a whole; all else of its breakdowns is what the items tell already."""
    parts = (order.proceeds.breakdowns if order.proceeds else None) or ()
    told = [(meaning("proceeds.breakdowns.type", each.type, PARTS, statuses), each) for each in parts]
    amounts = [(part, _minor(each.subtotal, currency, "proceeds.breakdowns")) for part, each in told]
    return sum(amount for part, amount in amounts if part == "tip")


def _adjustments(items: Sequence[Item], sums: Sequence[ItemSums], tips: int) -> tuple[Adjustment, ...]:
    made: list[Adjustment] = []
    for item, each in zip(items, sums, strict=True):
        by_amazon = WITHHELD if each.is_withheld else None
        title = "Tax, kept by Amazon" if by_amazon else "Tax"
        named = [
            Adjustment(kind="tax", title=title, amount_minor=each.tax, code=by_amazon, line_external_id=item.order_item_id),
            Adjustment(kind="shipping", title="Shipping", amount_minor=each.shipping),
            *(Adjustment(kind="charge", title=_title(name), amount_minor=amount, code=name) for name, amount in each.charges.items()),
        ]
        made += [adjustment for adjustment in named if adjustment.amount_minor]
    return (*made, Adjustment(kind="charge", title="Tip", amount_minor=tips, code="DELIVERY_TIP")) if tips else tuple(made)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _minor(money: Money, currency: str, where: str) -> int:
    if money.currency_code != currency:
        raise MalformedError(f"{where}: is in another currency than the order")
    try:
        return minor_units(money.amount, currency)
    except MalformedError as error:
        raise MalformedError(f"{where}: {error}") from None
