"""How much of an order an invoice is about: its total is spread over parts once, and each part is invoiced as it leaves.

Nothing is reckoned anew: tax is what the platform's own tax lines say, a discount is allocated as the order says, and what the order does
not allocate is split by largest remainder. So the parts sum to the order's total, and what the last shipment takes is the exact rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from model.errors import RejectedError
from model.records.invoice import PaperLine, PartKind, TaxShare
from model.records.order import Adjustment, OrderLine
from model.values.money import split
from model.values.quantity import PIECE, decimal_quantity

Claimed = dict[str, list[TaxShare]]
"""Tax by part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldPart:
    """A part of an order with all its money: an order line, shipping or a charge. The parts sum to the order's total."""

    part: str
    kind: PartKind
    title: str
    quantity: int
    amount_minor: int
    discount_minor: int = 0
    taxes: tuple[TaxShare, ...] = ()
    sku: str | None = None
    unit: str = PIECE

    @property
    def net_minor(self) -> int:
        """Before tax, after discounts."""
        return self.amount_minor - self.discount_minor


def line_part(line_external_id: str) -> str:
    """The name of an order line's part."""
    return f"line:{line_external_id}"


def parts_of(lines: Sequence[OrderLine], adjustments: Sequence[Adjustment]) -> tuple[SoldPart, ...]:
    """The parts of an order; a RejectedError says what of its tax does not add up."""
    sold = [
        SoldPart(part=line_part(line.external_id), kind="line", title=line.title, quantity=line.quantity,
                 amount_minor=line.total_minor, sku=line.sku, unit=line.unit)
        for line in lines
    ]  # fmt: skip
    discounts = _discounts(sold, adjustments)
    goods = [replace(part, discount_minor=discounts.get(part.part, 0)) for part in sold]
    loose = [
        SoldPart(part=f"{each.kind}:{place}", kind="shipping" if each.kind == "shipping" else "charge", title=each.title, quantity=1000,
                 amount_minor=each.amount_minor)
        for place, each in enumerate(adjustments)
        if each.kind in ("shipping", "charge")
    ]  # fmt: skip
    extra = sum(discounts.values()) - sum(part.discount_minor for part in goods)
    loose = [*loose, *([_unplaced(extra)] if extra else [])]
    taxes = _taxes(lines, goods, loose, adjustments)
    return tuple(replace(part, taxes=tuple(taxes.get(part.part, ()))) for part in (*goods, *loose))


def _unplaced(amount_minor: int) -> SoldPart:
    return SoldPart(part="charge:discount", kind="charge", title="Discount", quantity=1000, amount_minor=-amount_minor)


def _discounts(parts: Sequence[SoldPart], adjustments: Sequence[Adjustment]) -> dict[str, int]:
    """The order's discounts by part: where the order names a line, on it; else over the lines by what they cost.

    An order without lines keeps its discount under the empty name.
    """
    found: dict[str, int] = {part.part: 0 for part in parts}
    weights = [max(0, part.amount_minor) for part in parts]
    for each in (each for each in adjustments if each.kind == "discount"):
        named = line_part(each.line_external_id) if each.line_external_id is not None else None
        if named in found:
            found[named] += each.amount_minor
        elif parts:
            for part, share in zip(parts, split(each.amount_minor, weights), strict=True):
                found[part.part] += share
        else:
            found[""] = found.get("", 0) + each.amount_minor
    return found


def _taxes(lines: Sequence[OrderLine], goods: Sequence[SoldPart], loose: Sequence[SoldPart], adjustments: Sequence[Adjustment]) -> Claimed:
    """The platform's tax lines by part: first where it names a line, then what lines say of themselves, the rest by value."""
    told = [each for each in adjustments if each.kind == "tax"]
    if any(each.amount_minor < 0 for each in told):
        raise RejectedError("tax: a tax line is negative")
    found: Claimed = {part.part: [] for part in (*goods, *loose)}
    left: list[Adjustment] = []
    for each in told:
        named = line_part(each.line_external_id) if each.line_external_id is not None else None
        found[named].append(_share(each, each.amount_minor)) if named in found else left.append(each)
    rest = [each.amount_minor for each in left]
    for line in lines:
        claimed = found[line_part(line.external_id)]
        named_minor = sum(tax.amount_minor for tax in claimed)
        if line.tax_minor and named_minor not in (0, line.tax_minor):
            raise RejectedError(f"lines[{line.external_id}].tax: tax lines name {named_minor}, the line says {line.tax_minor} minor units")
        if line.tax_minor and not named_minor:
            _draw(line, left, rest, claimed)
    if any(rest):
        _spread(lines, goods, loose, (left, rest), found)
    return found


def _share(of: Adjustment, amount_minor: int) -> TaxShare:
    return TaxShare(title=of.title, rate=of.rate, amount_minor=amount_minor)


def _draw(line: OrderLine, left: Sequence[Adjustment], rest: list[int], claimed: list[TaxShare]) -> None:
    """Take a line's tax out of the tax lines that name no line."""
    if not 0 < line.tax_minor <= sum(rest):
        raise RejectedError(f"lines[{line.external_id}].tax: {line.tax_minor} minor units are not in the order's tax lines")
    for place, share in enumerate(split(line.tax_minor, rest)):
        rest[place] -= share
        if share:
            claimed.append(_share(left[place], share))


def _spread(
    lines: Sequence[OrderLine],
    goods: Sequence[SoldPart],
    loose: Sequence[SoldPart],
    told: tuple[Sequence[Adjustment], Sequence[int]],
    found: Claimed,
) -> None:
    """Tax that no line claims is that of shipping and charges where lines claim theirs, else of everything, by value."""
    claims = any(line.tax_minor for line in lines) or any(found[part.part] for part in goods)
    costly = [part for part in loose if part.net_minor > 0]
    bearers = costly if claims and costly else [part for part in (*goods, *loose) if part.net_minor > 0] or [*goods, *loose]
    if not bearers:
        raise RejectedError("tax: there is nothing it could be on")
    for each, amount in zip(*told, strict=True):
        for part, share in zip(bearers, split(amount, [max(0, part.net_minor) for part in bearers]), strict=True):
            if share:
                found[part.part].append(_share(each, share))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is after an invoice: thousandths of each line, by part, and whether no more of it will leave."""

    quantities: Mapping[str, int]
    is_last: bool


def next_lines(parts: Sequence[SoldPart], before: Mapping[str, PaperLine], progress: Progress) -> tuple[PaperLine, ...]:
    """The lines of an order's next invoice: what its parts come to by now, less what standing invoices say of them (`before`)."""
    value = _ratio(parts, progress.quantities)
    found: list[PaperLine] = []
    for part in parts:
        was = before.get(part.part)
        if part.kind == "line":
            now = _at(part, progress.quantities.get(part.part, 0), part.quantity)
        elif progress.is_last or (was is not None and _is_same(was, _at(part, 1, 1))):
            now = _at(part, 1, 1)
        else:
            now = _at(part, *value)
        line = now if was is None else taken_off(now, was)
        is_counted = part.kind == "line"
        if (is_counted and line.quantity) or line.amount_minor or line.discount_minor or any(tax.amount_minor for tax in line.taxes):
            found.append(line if is_counted else replace(line, quantity=1000))
    return tuple(found)


def outdated(parts: Sequence[SoldPart], before: Mapping[str, PaperLine]) -> str | None:
    """Why standing invoices no longer say what their order says: it was changed since. None: they do."""
    known = {part.part: part for part in parts if part.kind == "line"}
    for name, was in before.items():
        if was.kind != "line":
            continue
        part = known.get(name)
        if part is None or was.quantity > part.quantity:
            told = "it is gone" if part is None else f"it is {decimal_quantity(part.quantity)} now"
            return f"{name.removeprefix('line:')!r}: {decimal_quantity(was.quantity)} is invoiced and {told}"
        if not _is_same(was, _at(part, was.quantity, part.quantity)):
            return f"{name.removeprefix('line:')!r}: its price, discount or tax was changed after it was invoiced"
    return None


def total_of(lines: Sequence[PaperLine]) -> int:
    """What lines come to, tax included."""
    return sum(line.net_minor + line.tax_minor for line in lines)


def merged(lines: Sequence[PaperLine]) -> dict[str, PaperLine]:
    """Lines of several papers as one per part."""
    found: dict[str, PaperLine] = {}
    for line in lines:
        was = found.get(line.part)
        found[line.part] = line if was is None else _plus(was, line)
    return found


def taken_off(line: PaperLine, other: PaperLine) -> PaperLine:
    """A line less another of the same part."""
    return _plus(line, other, -1)


def _ratio(parts: Sequence[SoldPart], quantities: Mapping[str, int]) -> tuple[int, int]:
    """How much of the goods' value is invoiced, of how much; by quantity where they cost nothing."""
    goods = [part for part in parts if part.kind == "line"]
    values = [(max(0, split(part.amount_minor, _cut(part, quantities))[0]), max(0, part.amount_minor)) for part in goods]
    if not sum(whole for _, whole in values):
        values = [(quantities.get(part.part, 0), part.quantity) for part in goods]
    done, whole = sum(done for done, _ in values), sum(whole for _, whole in values)
    return (done, whole) if whole else (1, 1)


def _cut(part: SoldPart, quantities: Mapping[str, int]) -> tuple[int, int]:
    done = min(quantities.get(part.part, 0), part.quantity)
    return (done, part.quantity - done) if part.quantity else (1, 0)


def _at(part: SoldPart, done: int, whole: int) -> PaperLine:
    """A part as far as it is done: the larger share of a doubtful minor unit goes to what is done first."""
    cut = (min(done, whole), whole - min(done, whole)) if whole else (1, 0)
    return PaperLine(
        part=part.part, kind=part.kind, title=part.title, quantity=done if part.kind == "line" else 1000, sku=part.sku, unit=part.unit,
        amount_minor=split(part.amount_minor, cut)[0], discount_minor=split(part.discount_minor, cut)[0],
        taxes=tuple(replace(tax, amount_minor=split(tax.amount_minor, cut)[0]) for tax in part.taxes),
    )  # fmt: skip


def _by_name(taxes: Sequence[TaxShare]) -> dict[tuple[str, str | None], int]:
    found: dict[tuple[str, str | None], int] = {}
    for tax in taxes:
        found[tax.title, tax.rate] = found.get((tax.title, tax.rate), 0) + tax.amount_minor
    return found


def _is_same(one: PaperLine, other: PaperLine) -> bool:
    """Whether two lines say the same money."""
    taxes = [{name: minor for name, minor in _by_name(each.taxes).items() if minor} for each in (one, other)]
    return (one.amount_minor, one.discount_minor) == (other.amount_minor, other.discount_minor) and taxes[0] == taxes[1]


def _plus(one: PaperLine, other: PaperLine, sign: int = 1) -> PaperLine:
    taxes = _by_name(one.taxes)
    for (title, rate), minor in _by_name(other.taxes).items():
        taxes[title, rate] = taxes.get((title, rate), 0) + sign * minor
    return replace(
        one, quantity=one.quantity + sign * other.quantity, amount_minor=one.amount_minor + sign * other.amount_minor,
        discount_minor=one.discount_minor + sign * other.discount_minor,
        taxes=tuple(TaxShare(title=title, rate=rate, amount_minor=minor) for (title, rate), minor in taxes.items()),
    )  # fmt: skip
