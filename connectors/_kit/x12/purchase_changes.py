"""860 -> OrderChange, and the order that it leads to. What cannot be applied without a guess is refused by name, and a person decides.

Source: X12 004010, transaction set 860; elements 353 (BCH01), 670 (POC02).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from connectors._kit.x12.purchase_lines import product_ids, unit_at
from connectors._kit.x12.purchase_money import BASIS, currency_of, decimal_at, price_at
from connectors._kit.x12.purchase_parties import parties_in
from connectors._kit.x12.purchase_slices import opened_slice, order_name
from connectors._kit.x12.segments import Segment, malformed
from connectors._kit.x12.told import SKU_QUALIFIER, Told, code_at, opened, quantity_at
from model.errors import RejectedError
from model.records.order import Order, OrderLine, Party
from model.rules.order_sums import check_order
from model.values.money import decimal_amount, exponent, rounded_minor_units
from model.values.quantity import decimal_quantity

Step = Literal["add", "change", "delete", "none"]
STEPS: Final[dict[str, Step]] = {
    "POC02:AI": "add",
    "POC02:CA": "change",
    "POC02:RZ": "change",
    "POC02:PQ": "change",
    "POC02:PC": "change",
    "POC02:DI": "delete",
    "POC02:NC": "none",
}
"""Element 670. Increases and decreases (QI, QD) are missing on purpose: some partners write the new quantity there, some the difference;
whoever knows which translates them to CA, or has them entered by hand."""
PURPOSE: Final[dict[str, bool]] = {"BCH01:04": False, "BCH01:01": True, "BCH01:05": False}
"""Element 353: whether the whole order is cancelled."""
_BASIS: Final = {f"POC07:{key.partition(':')[2]}": per for key, per in BASIS.items()}
_PAIRS: Final = range(8, 26, 2)
_UNAPPLIED: Final = {
    "SAC": "tells allowances or charges",
    "TXI": "tells taxes",
    "SDQ": "sends parts of lines to several places",
    "SCH": "splits lines over several days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """What becomes of one line. Quantity and price are None where they stay."""

    place: str
    step: Step
    external_id: str
    quantity: int | None
    price: Decimal | None
    unit: str | None
    products: tuple[tuple[str, str], ...]
    sku: str | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """A change of a purchase order, as its buyer tells it."""

    order_external_id: str
    told_at: datetime
    source_version: int
    is_cancellation: bool
    currency: str | None
    total: tuple[str, Decimal] | None
    """Where it says the order's new total, and what it says; None where it says none."""
    ship_to: Party | None
    lines: tuple[LineChange, ...]


def read_860(raw: bytes, statuses: Mapping[str, str]) -> OrderChange:
    """One change, out of a slice of `cut_860`; the errors are those of `read_850`."""
    return read_change(opened_slice(raw).raw, statuses)


def read_change(raw: bytes, statuses: Mapping[str, str]) -> OrderChange:
    """The same out of the bare interchange."""
    told = opened(raw, "860", statuses)
    document = told.document
    header = document.need("BCH")
    for each in document.segments:
        if each.name in _UNAPPLIED:
            raise RejectedError(f"{each}: {_UNAPPLIED[each.name]}, which only an order that replaces the whole can; enter it by hand")
    name = order_name(document.interchange.at(6), header.need(3), header.at(4))
    if name is None:
        raise malformed(header, 3, "is no number of plain characters without a colon, or too long a one")
    loops = document.loops("POC", frozenset({"CTT", "SE"}))
    first = next((place for place, each in enumerate(document.segments) if each.name == "POC"), len(document.segments))
    head = document.segments[:first]
    currency = currency_of(head, told) if any(each.name == "CUR" for each in head) else None
    count = document.first("CTT")
    if count is not None and count.count(1) != len(loops):
        raise malformed(count, 1, f"counts {count.count(1)} lines, and there are {len(loops)}")
    parties = {each.role: each for each in parties_in(head, told)}
    is_cancellation = code_at(header, 1, PURPOSE, told)
    if not loops and not is_cancellation:
        raise document.lacks("POC")
    total = next((each for each in document.segments if each.name == "AMT" and each.at(1) == "TT"), None)
    return OrderChange(
        order_external_id=name,
        told_at=told.told_at,
        source_version=told.source_version,
        is_cancellation=is_cancellation,
        currency=currency,
        total=(str(total), decimal_at(total, 2)) if total else None,
        ship_to=parties.get("shipping"),
        lines=tuple(_line(loop, told) for loop in loops),
    )


def _line(loop: Sequence[Segment], told: Told) -> LineChange:
    first = loop[0]
    price = price_at(first, 6, 7, told, table=_BASIS) if first.at(6) or first.at(7) else None
    products = product_ids(first, _PAIRS)
    return LineChange(
        place=str(first),
        step=code_at(first, 2, STEPS, told),
        external_id=first.need(1),
        quantity=quantity_at(first, 3) if first.at(3) else None,
        price=price[0] / price[1] if price else None,
        unit=unit_at(first, 5, told) if first.at(5) else None,
        products=tuple(products.items()),
        sku=products.get(told.statuses.get(SKU_QUALIFIER, "VN")),
        title=" ".join(text for each in loop if each.name == "PID" and (text := each.at(5)))[:200],
    )


def amended(order: Order, change: OrderChange) -> Order:
    """The order as it is behind the change; RejectedError says why a person must look at it."""
    _check_applies(order, change)
    at = max(order.updated_at, change.told_at)
    told = replace(order, updated_at=at, source_version=max(order.source_version, change.source_version))
    if change.is_cancellation:
        return replace(told, cancelled_at=change.told_at)
    lines = {line.external_id: line for line in order.lines}
    for each in change.lines:
        _apply(lines, each, order.currency)
    if not lines:
        return replace(told, cancelled_at=change.told_at)
    total = sum(line.total_minor for line in lines.values()) + order.shipping_minor + order.charges_minor
    if change.total is not None and change.total[1] != decimal_amount(total, order.currency):
        raise RejectedError(f"{change.total[0]}, element 02: is not what the order comes to, which is {total} minor units")
    return check_order(replace(told, lines=tuple(lines.values()), total_minor=total, shop_total_minor=total))


def _check_applies(order: Order, change: OrderChange) -> None:
    if change.source_version < order.source_version:
        raise RejectedError("BCH: is older than what is known of the order; enter it by hand if it still holds")
    if order.cancelled_at is not None:
        raise RejectedError("BCH: the order is cancelled")
    if change.currency not in (None, order.currency):
        raise RejectedError("CUR: is another currency than the order's")
    if change.ship_to is not None and change.ship_to != next((each for each in order.parties if each.role == "shipping"), None):
        raise RejectedError("N1 ST: is another place than the order's; ask for an order that replaces the whole, or enter it by hand")
    is_split = (
        order.tax_minor or order.discount_minor or any(each.title == "rounding" or each.line_external_id for each in order.adjustments)
    )
    if not change.is_cancellation and (is_split or any(line.discount_minor for line in order.lines)):
        raise RejectedError("order: has taxes, allowances or rounding, and the change does not say them anew; enter it by hand")


def _apply(lines: dict[str, OrderLine], each: LineChange, currency: str) -> None:
    """One POC, in the order they stand."""
    before = lines.get(each.external_id)
    if (before is None) != (each.step == "add"):
        raise RejectedError(f"{each.place}, element 01: {'is a line of the order already' if before else 'is no line of the order'}")
    if each.step == "delete":
        del lines[each.external_id]
    elif before is None:
        lines[each.external_id] = _added(each, currency)
    elif each.step == "change":
        lines[each.external_id] = _changed(before, each, currency)


def _added(each: LineChange, currency: str) -> OrderLine:
    if not each.quantity or each.price is None:
        raise RejectedError(f"{each.place}: adds a line without a quantity or a price")
    named = next((f"{code}:{value}" for code, value in each.products), None)
    return OrderLine(
        external_id=each.external_id,
        title=each.title or each.sku or named or each.external_id,
        quantity=each.quantity,
        unit=each.unit or "piece",
        total_minor=_amount(each, each.quantity, each.price, currency),
        tax_minor=0,
        unit_price=format(each.price, "f"),
        sku=each.sku,
        variant_external_id=None if each.sku else named,
    )


def _changed(before: OrderLine, each: LineChange, currency: str) -> OrderLine:
    if (each.sku or before.sku) != before.sku or (each.unit or before.unit) != before.unit:
        raise RejectedError(f"{each.place}: is another product, or another unit, than the order's line; enter it by hand")
    quantity = before.quantity if each.quantity is None else each.quantity
    if quantity == 0:
        raise RejectedError(f"{each.place}, element 03: is nothing; a line is taken away by DI")
    price = Decimal(before.unit_price or 0) if each.price is None else each.price
    total = _amount(each, quantity, price, currency)
    return replace(before, quantity=quantity, total_minor=total, unit_price=format(price, "f"), title=each.title or before.title)


def _amount(each: LineChange, quantity: int, price: Decimal, currency: str) -> int:
    exact = Decimal(decimal_quantity(quantity)) * price
    minor = rounded_minor_units(exact, currency)
    if Decimal(minor) != exact.scaleb(exponent(currency)):
        raise RejectedError(f"{each.place}: quantity times price is finer than {currency}, and nobody knows how the partner rounds")
    return minor
