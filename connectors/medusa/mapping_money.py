"""The amounts of a Medusa order, as it was sold, by Medusa's own rules (`utils/totals` of 2.21).

What Medusa calls `total` is what is due now: credits that refunds leave behind, and the lines' share of received returns, are taken off
it, and `summary.original_order_total` moves too. So lines are reckoned from their prices, promotions and tax rates, and the result is
held against the vendor's own figures, of each line and of the order; where they do not agree the order is refused. Medusa rounds
nothing, not even what it asks the payment provider for. So the sum is rounded once, to the whole minor unit, and shared over the lines,
then over each line's net and taxes, by largest remainder.

A credit line that no refund left behind (store credit, a debt forgiven by hand) is a discount; a negative one is a charge, as far as it
does not merely keep what a received return would give back. A line of a negative price, by which shops
give rebates, is a discount too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from connectors.medusa.payloads import CreditLine, Line, OrderDocument, Priced, Refund, Returned, ShippingMethod, TaxLine
from model.errors import MalformedError
from model.records.order import Adjustment
from model.values.money import LIMIT, exact_amount, rounded_minor_units, split

CLOSE: Final = Decimal("0.000001")
"""How far Medusa's figures may lie from ours: it reckons with twenty digits and writes them with sixteen."""
CLOSER: Final = Decimal("1e-14")
"""The same as a part of a large amount."""
BY_REFUND: Final = "payment_collection"
"""What a credit line refers to that a refund without a reason left behind; one with a reason bears its label and code."""
FINEST: Final = Decimal("1e-9")
"""To which both are brought before a sum is rounded: a price with tax, taken apart and put together, may be less than itself by the last
digit, and half a minor unit then none."""
PER_CENT: Final = Decimal(100)

TaxName = tuple[str, str]
"""Title and rate, as decimal text."""


@dataclass(frozen=True, slots=True)
class PartAmounts:
    """One line or shipping price as sold, in minor units."""

    before: int
    """Net, before discounts."""
    discounts: tuple[tuple[str | None, int], ...]
    """Promotion codes and what they took off, net."""
    taxes: tuple[tuple[TaxName, int], ...]

    @property
    def net(self) -> int:
        """After discounts."""
        return self.before - sum(amount for _code, amount in self.discounts)

    @property
    def tax(self) -> int:
        """All taxes."""
        return sum(amount for _name, amount in self.taxes)


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """An order's amounts as sold, in minor units."""

    lines: Mapping[str, PartAmounts]
    """By id, without rebates."""
    adjustments: tuple[Adjustment, ...]
    total_minor: int
    due_minor: int
    """What is due of it now, as far as nothing is on its way back."""

    def sum_of(self, kind: str) -> int:
        """All adjustments of a kind."""
        return sum(adjustment.amount_minor for adjustment in self.adjustments if adjustment.kind == kind)


@dataclass(frozen=True, slots=True)
class _Exact:
    """One part as sold, unrounded, in major units."""

    net: Decimal
    discounts: tuple[Decimal, ...]
    taxes: tuple[Decimal, ...]
    gross: Decimal


def order_amounts(order: OrderDocument) -> OrderAmounts:
    """All amounts of an order; figures of Medusa that contradict each other are a MalformedError."""
    currency = order.currency_code.upper()
    parts: list[Priced] = [*order.items, *order.shipping_methods]
    exact = [_line(line) for line in order.items] + [_shipping(method) for method in order.shipping_methods]
    _check_due(order, parts)
    shares = _shares([each.gross for each in exact], currency)
    amounts = [_part(part, each, share, currency) for part, each, share in zip(parts, exact, shares, strict=True)]
    lines, methods = amounts[: len(order.items)], amounts[len(order.items) :]
    named = list(zip(order.items, lines, strict=True))
    adjustments = _shipping_adjustments(order.shipping_methods, methods) + _discounts(amounts) + _taxes(amounts)
    favours = _rebates(named) + _credits(order, currency)
    charges = _kept(order, currency)
    return OrderAmounts(
        lines={line.id: part for line, part in named if line.unit_price >= 0},
        adjustments=(*adjustments, *favours, *charges),
        total_minor=sum(shares) - sum(each.amount_minor for each in _credits(order, currency)) + sum(each.amount_minor for each in charges),
        due_minor=whole_minor(order.total - sum((line.return_requested_total for line in order.items), Decimal(0)), currency),
    )


def whole_minor(exact: Decimal, currency: str) -> int:
    """A sum of unrounded parts, in major units, rounded once to the whole minor unit."""
    return rounded_minor_units(exact_amount(exact).quantize(FINEST), currency)


def _shares(grosses: Sequence[Decimal], currency: str) -> list[int]:
    """The sum, rounded once, over the parts."""
    exact = sum(grosses, Decimal(0))
    if not exact and any(grosses):
        raise MalformedError("items: lines and rebates take each other away, so nothing can be shared over them")
    return split(whole_minor(exact, currency), grosses)


def _line(line: Line) -> _Exact:
    exact = _exact(line, exact_amount(line.unit_price) * exact_amount(line.quantity))
    _agree(f"items[{line.id}].total", exact.gross, line.total + returned_of([line]))
    return exact


def _shipping(method: ShippingMethod) -> _Exact:
    exact = _exact(method, exact_amount(method.amount))
    _agree(f"shipping_methods[{method.id}].total", exact.gross, method.total)
    return exact


def _exact(part: Priced, price: Decimal) -> _Exact:
    """Net after promotions, and the taxes on it; every rate is of the same net."""
    rates = [_rate(tax) for tax in part.tax_lines]
    factor = 1 + sum(rates, Decimal(0))
    net = price / factor if part.is_tax_inclusive else price
    discounts = tuple(exact_amount(each.amount) / (factor if each.is_tax_inclusive else 1) for each in part.adjustments)
    left = net - sum(discounts, Decimal(0))
    left = Decimal(0) if abs(left) < CLOSE else left
    if left < min(net, Decimal(0)) or any(discount < 0 for discount in discounts):
        raise MalformedError(f"{part.id[:60]}: its promotions are more than its price, or negative")
    return _Exact(left, discounts, tuple(left * rate for rate in rates), left * factor)


def _rate(tax: TaxLine) -> Decimal:
    if not 0 <= tax.rate < 1000:  # noqa: PLR2004  no tax takes ten times the price
        raise MalformedError("tax_lines.rate: is no rate in per cent")
    return tax.rate / PER_CENT


def _agree(place: str, ours: Decimal, theirs: Decimal) -> None:
    if abs(ours - theirs) > max(CLOSE, abs(theirs) * CLOSER):
        raise MalformedError(f"{place[:90]}: its price, promotions and taxes make another sum than the shop says")


def _check_due(order: OrderDocument, parts: Sequence[Priced]) -> None:
    due = sum((part.total for part in parts), Decimal(0)) - sum((credit.amount for credit in order.credit_lines), Decimal(0))
    if abs(exact_amount(order.total)) >= LIMIT or abs(due - order.total) > max(CLOSE, abs(order.total) * CLOSER):
        raise MalformedError("total: is not what lines, shipping and credits sum to")


def _part(part: Priced, exact: _Exact, gross: int, currency: str) -> PartAmounts:
    net, *taxes = split(gross, [exact.net, *exact.taxes])
    discounts = [rounded_minor_units(exact_amount(discount), currency) for discount in exact.discounts]
    return PartAmounts(
        before=net + sum(discounts),
        discounts=tuple((each.code or None, amount) for each, amount in zip(part.adjustments, discounts, strict=True)),
        taxes=tuple((_tax_name(tax), amount) for tax, amount in zip(part.tax_lines, taxes, strict=True)),
    )


def _tax_name(tax: TaxLine) -> TaxName:
    return (tax.description or tax.code or "tax", f"{(tax.rate / PER_CENT).normalize():f}")


def _shipping_adjustments(methods: Sequence[ShippingMethod], amounts: Sequence[PartAmounts]) -> list[Adjustment]:
    named = zip(methods, amounts, strict=True)
    return [Adjustment(kind="shipping", title=method.name or "shipping", amount_minor=part.before) for method, part in named]


def _rebates(lines: Sequence[tuple[Line, PartAmounts]]) -> list[Adjustment]:
    return [Adjustment(kind="discount", title=line.title, amount_minor=-part.before) for line, part in lines if line.unit_price < 0]


def _discounts(parts: Sequence[PartAmounts]) -> list[Adjustment]:
    sums: defaultdict[str | None, int] = defaultdict(int)
    for part in parts:
        for code, amount in part.discounts:
            sums[code] += amount
    return [
        Adjustment(kind="discount", title=code or "discount", amount_minor=amount, code=code) for code, amount in sums.items() if amount
    ]


def _taxes(parts: Sequence[PartAmounts]) -> list[Adjustment]:
    sums: defaultdict[TaxName, int] = defaultdict(int)
    for part in parts:
        for name, amount in part.taxes:
            sums[name] += amount
    return [Adjustment(kind="tax", title=title, amount_minor=amount, rate=rate) for (title, rate), amount in sums.items()]


def own_credits(credit_lines: Sequence[CreditLine], refunds: Iterable[Refund]) -> list[CreditLine]:
    """Credit lines that no refund left behind."""
    reasons = {(refund.refund_reason.label, refund.refund_reason.code) for refund in refunds if refund.refund_reason}
    return [each for each in credit_lines if each.reference != BY_REFUND and (each.reference, each.reference_id) not in reasons]


def _own_credits(order: OrderDocument) -> list[CreditLine]:
    payments = [payment for collection in order.payment_collections for payment in collection.payments]
    return own_credits(order.credit_lines, [refund for payment in payments for refund in payment.refunds])


def _credits(order: OrderDocument, currency: str) -> list[Adjustment]:
    return [
        Adjustment(kind="discount", title=each.reference or "credit", amount_minor=rounded_minor_units(each.amount, currency))
        for each in _own_credits(order)
        if each.amount > 0
    ]


def _kept(order: OrderDocument, currency: str) -> list[Adjustment]:
    rest = kept_minor(_own_credits(order), order.items, currency)
    return [Adjustment(kind="charge", title="credit taken back", amount_minor=rest)] if rest else []


def kept_minor(credit_lines: Iterable[CreditLine], lines: Iterable[Returned], currency: str) -> int:
    """What negative credits charge, beyond what they keep of received returns; minor units."""
    negative = -sum((each.amount for each in credit_lines if each.amount < 0), Decimal(0))
    return rounded_minor_units(max(Decimal(0), negative - returned_of(lines)), currency)


def returned_of(lines: Iterable[Returned]) -> Decimal:
    """What received returns took off the lines, in major units, unrounded."""
    return sum((line.return_received_total + line.return_dismissed_total for line in lines), Decimal(0))
