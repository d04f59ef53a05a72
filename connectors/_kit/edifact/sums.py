"""What an ORDERS says of the whole: allowances, charges, freight, tax and total, which must be what its parts sum to."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from connectors._kit.edifact.lines import TAXES, amount, rate_of
from connectors._kit.edifact.segments import Segment
from connectors._kit.edifact.terms import EdifactTerms
from model.errors import MalformedError, RejectedError
from model.records.order import Adjustment, AdjustmentKind, OrderLine
from model.values.money import decimal_amount, rounded_minor_units

_FREIGHT: Final = frozenset({"FC", "DL", "SH", "SAA"})
"""Code 7161: freight, delivery, handling and shipping."""
_OF_ALLOWANCE: Final = ("8", "204", "23")
_LINES: Final = "79"
_TOTALS: Final = ("86", "128", "9", "39", "77")
"""Code 5025: what an order comes to, as partners call it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The order but for what its lines say themselves."""

    head: tuple[Segment, ...]
    tail: tuple[Segment, ...]
    lines: tuple[OrderLine, ...]
    rates: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The amounts of an order in minor units; they sum to `total`."""

    shipping: int
    charges: int
    discount: int
    tax: int
    total: int
    adjustments: tuple[Adjustment, ...]


def parts_of(whole: Whole, currency: str, terms: EdifactTerms) -> Parts:
    """The sums, compared with those that the message states."""
    adjustments = [each for section in (whole.head, whole.tail) for each in _allowances(section, currency)]
    lines = sum(line.total_minor for line in whole.lines)
    _agree(whole.tail, (_LINES,), lines, currency)
    adjustments += _taxes(whole, adjustments, currency, terms)
    sums = {kind: sum(each.amount_minor for each in adjustments if each.kind == kind) for kind in ("shipping", "charge", "discount", "tax")}
    total = lines + sums["shipping"] + sums["charge"] + sums["tax"] - sums["discount"]
    _agree(whole.tail, _TOTALS, total, currency)
    return Parts(sums["shipping"], sums["charge"], sums["discount"], sums["tax"], total, tuple(adjustments))


def _agree(tail: tuple[Segment, ...], codes: tuple[str, ...], found: int, currency: str) -> None:
    for segment in tail:
        if segment.tag == "MOA" and segment.at(1) in codes and amount(segment, currency) != found:
            stated = amount(segment, currency)
            raise RejectedError(f"{segment}, element 01-2: states {stated}, and the parts sum to {found} minor units of {currency}")


def _allowances(section: tuple[Segment, ...], currency: str) -> list[Adjustment]:
    """Each ALC with the amount behind it."""
    found: list[Adjustment] = []
    for place, segment in enumerate(section):
        if segment.tag != "ALC":
            continue
        behind = section[place + 1 :]
        ends = next((at for at, each in enumerate(behind) if each.tag == "ALC"), len(behind))
        told = next((each for code in _OF_ALLOWANCE for each in behind[:ends] if each.tag == "MOA" and each.at(1) == code), None)
        if told is None:
            raise RejectedError(f"{segment}: tells no amount (MOA+8); a share alone is not read here; ask the partner for it")
        found.append(
            Adjustment(kind=_kind(segment), title=_title(segment), amount_minor=amount(told, currency), code=segment.at(5) or None)
        )
    return found


def _kind(segment: Segment) -> AdjustmentKind:
    match segment.need(1):
        case "A":
            return "discount"
        case "C":
            return "shipping" if segment.at(5) in _FREIGHT else "charge"
        case _:
            raise segment.wrong("is neither an allowance nor a charge", 1)


def _title(segment: Segment) -> str:
    return segment.at(5, 4) or {"A": "allowance", "C": "charge"}[segment.at(1)]


def _taxes(whole: Whole, others: list[Adjustment], currency: str, terms: EdifactTerms) -> list[Adjustment]:
    """Tax as told of the whole, or of lines; where only rates are told, by them if that was agreed."""
    found = [
        Adjustment(kind="tax", title="tax", amount_minor=line.tax_minor, rate=_shown(rate), line_external_id=line.external_id)
        for line, rate in zip(whole.lines, whole.rates, strict=True) if line.tax_minor
    ]  # fmt: skip
    of_lines = sum(each.amount_minor for each in found)
    told = next((each for code in TAXES for each in (*whole.tail, *whole.head) if each.tag == "MOA" and each.at(1) == code), None)
    if told is not None:
        rest = amount(told, currency) - of_lines
        if rest < 0:
            raise told.wrong("is less than the tax of the lines", 1, 2)
        return [*found, *([Adjustment(kind="tax", title="tax", amount_minor=rest)] if rest else [])]
    general = rate_of(tuple(segment for segment in whole.head if segment.tag == "TAX"))
    if found or not (general or any(whole.rates)):
        return found
    if not terms.tax_by_rate:
        raise RejectedError("TAX: tells a rate and no amount; ask the partner for MOA+124, or set edifact.tax_by_rate")
    if others or general is None:
        raise MalformedError("TAX: a rate of lines leaves the tax of allowances and charges open; ask the partner for MOA+124")
    base = decimal_amount(sum(line.total_minor for line in whole.lines), currency)
    return [Adjustment(kind="tax", title="tax", amount_minor=rounded_minor_units(base * general, currency), rate=_shown(general))]


def _shown(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate:f}"
