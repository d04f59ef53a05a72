"""PO1 loops: the lines of a purchase order, each with its product, price, description, packing, allowances and tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connectors._kit.x12.codes import UNITS
from connectors._kit.x12.purchase_money import adjustments_in, decimal_at, exact_at, known_currency, line_amount, price_at
from connectors._kit.x12.segments import BAD_CODE, Segment, malformed
from connectors._kit.x12.told import SKU_QUALIFIER, Told, quantity_at, word_at
from model.records.order import Adjustment, OrderLine
from model.values.quantity import PIECE

PAIRS: Final = range(6, 26, 2)
_REFUSED: Final = {
    "SDQ": "sends parts of the line to several places, and an order goes to one",
    "SCH": "splits the line over several days; ask for a line for each",
}
_INCLUDED: Final = "I"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line, what is told of it beside, and whether its amount had to be rounded."""

    line: OrderLine
    adjustments: tuple[Adjustment, ...]
    is_rounded: bool


def line_of(loop: Sequence[Segment], place: int, currency: str, told: Told) -> ReadLine:
    """The line of one PO1 loop; `place` stands in for an id where the partner gives none."""
    first, behind = loop[0], loop[1:]
    _check(first, behind, currency, told)
    external_id = first.at(1) or str(place)
    quantity = quantity_at(first, 2)
    if quantity == 0:
        raise malformed(first, 2, "is nothing")
    price = price_at(first, 4, 5, told)
    amount = line_amount(first, 4, quantity, price, currency)
    adjustments = adjustments_in(behind, told, currency, external_id)
    allowances = sum(each.amount_minor for each in adjustments if each.kind == "discount")
    _check_amount(behind, amount.minor, currency)
    products = product_ids(first, PAIRS)
    sku = products.get(told.statuses.get(SKU_QUALIFIER, "VN"))
    named = next((f"{code}:{value}" for code, value in products.items()), None)
    line = OrderLine(
        external_id=external_id,
        title=_title(behind) or sku or named or external_id,
        quantity=quantity,
        unit=unit_at(first, 3, told),
        total_minor=amount.minor - allowances,
        discount_minor=allowances,
        tax_minor=sum(each.amount_minor for each in adjustments if each.kind == "tax"),
        unit_price=format(price[0] / price[1], "f"),
        sku=sku,
        variant_external_id=None if sku else named,
    )
    return ReadLine(line, tuple(each for each in adjustments if each.kind != "discount"), amount.is_rounded)


def product_ids(segment: Segment, pairs: Sequence[int]) -> dict[str, str]:
    """Product ids by their qualifiers, in the order they are told; a MalformedError for one that is told twice and differently."""
    found: dict[str, str] = {}
    for number in pairs:
        if not (segment.at(number) and segment.at(number + 1)):
            continue
        if found.setdefault(segment.at(number), segment.at(number + 1)) != segment.at(number + 1):
            raise malformed(segment, number, "names two products")
    return found


def unit_at(segment: Segment, number: int, told: Told) -> str:
    """Our unit; a MalformedError for one of which nobody knows how many of ours it is."""
    code = segment.at(number)
    return word_at(segment, number, f"unit:{code}", UNITS, told) if code else PIECE


def _check(first: Segment, behind: Sequence[Segment], currency: str, told: Told) -> None:  # noqa: ARG001  as its callers have it
    for each in behind:
        if each.name in _REFUSED:
            raise malformed(each, 1, _REFUSED[each.name])
        if each.name == "SLN" and each.at(3) != _INCLUDED:
            raise malformed(each, 3, "adds goods below a line; ask for lines of their own", BAD_CODE)
        if each.name == "N1" and each.at(1) == "ST":
            raise malformed(each, 1, "sends one line to a place of its own, and an order goes to one")
        if each.name == "CUR" and known_currency(each, each.need(2)) != currency:
            raise malformed(each, 2, f"is another currency than the order's; settings.currency or its CUR says {currency}")
        if each.name == "PO4":
            for number in (1, 2):
                _ = decimal_at(each, number) if each.at(number) else None


def _check_amount(behind: Sequence[Segment], amount: int, currency: str) -> None:
    """A line's own total (AMT with 1), where it is told."""
    for each in behind:
        if each.name == "AMT" and each.at(1) == "1" and exact_at(each, 2, currency) != amount:
            raise malformed(each, 2, "is not quantity times price")


def _title(behind: Sequence[Segment]) -> str:
    """The descriptions in free form, up to what follows of sub-lines."""
    own = [each for each in behind if each.name in {"PID", "SLN"}]
    end = next((place for place, each in enumerate(own) if each.name == "SLN"), len(own))
    return " ".join(text for each in own[:end] if (text := each.at(5)))[:200]
