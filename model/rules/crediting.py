"""What a refund takes back of what was invoiced. Money for goods that were never invoiced is taken back from nothing.

The tax of a credit note is what the refund says, under the names that the invoice has; where a refund names no part, it is no tax.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from model.errors import RejectedError
from model.records.invoice import PaperLine, TaxShare
from model.records.payment import Refund, RefundLine
from model.rules.invoicing import line_part, taken_off, total_of
from model.values.money import decimal_amount, split

ADJUSTMENT = "adjustment"
Outcome = tuple[PaperLine, ...] | Literal["nothing", "later"]
"""The lines of a credit note; or that there is nothing to take back; or that what it is about may still be invoiced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An order as its papers have it: what standing invoices say by part, less what credit notes took back; and what was ordered."""

    currency: str
    invoiced: Mapping[str, PaperLine]
    credited: Mapping[str, PaperLine]
    ordered: Mapping[str, int]
    """Thousandths by part."""
    order_total_minor: int

    @property
    def left_minor(self) -> int:
        """What may still be taken back."""
        return total_of(list(self.invoiced.values())) - total_of(list(self.credited.values()))

    def left_of(self, part: str) -> PaperLine:
        """What may still be taken back of a part that was invoiced."""
        was = self.credited.get(part)
        return taken_off(self.invoiced[part], was) if was is not None else self.invoiced[part]


def credit_lines(refund: Refund, standing: Standing) -> Outcome:
    """What a credit note for a refund says; a RejectedError says why nobody but a person can tell."""
    if refund.currency != standing.currency:
        raise RejectedError(f"refund {refund.external_id}: is in {refund.currency}, the order in {standing.currency}")
    if not refund.lines and not refund.shipping_minor:
        lines = _of_sum(refund, standing)
    else:
        of_lines = _of_lines(refund, standing)
        if of_lines is None:
            return "later"
        lines = [*of_lines, *_of_the_rest(refund, standing)]
    if not lines:
        return "nothing"
    total = total_of(lines)
    if not 0 < total <= standing.left_minor:
        amounts = (decimal_amount(total, refund.currency), decimal_amount(standing.left_minor, refund.currency))
        raise RejectedError(f"refund {refund.external_id}: gives back {amounts[0]}, and {amounts[1]} of the order's invoices is left")
    return tuple(lines)


def _of_sum(refund: Refund, standing: Standing) -> list[PaperLine]:
    """A refund that says only how much: all that is left, or so much of it for nothing in particular."""
    if ADJUSTMENT not in standing.credited and refund.amount_minor == standing.left_minor:
        left = [standing.left_of(part) for part in standing.invoiced]
        return [line for line in left if line.amount_minor or line.discount_minor or line.tax_minor]
    if total_of(list(standing.invoiced.values())) < standing.order_total_minor:
        raise RejectedError(f"refund {refund.external_id}: does not say what it is for, and its order is invoiced in part only")
    return [_adjustment(refund.amount_minor)]


def _of_lines(refund: Refund, standing: Standing) -> list[PaperLine] | None:
    """Money for goods that were invoiced; None where they may still be."""
    found: list[PaperLine] = []
    for line in refund.lines:
        part = line_part(line.line_external_id)
        if not line.amount_minor + line.tax_minor or _was_cancelled(line, part, standing, refund):
            continue
        if part not in standing.invoiced:
            return None
        left = standing.left_of(part)
        if line.amount_minor + line.tax_minor > left.net_minor + left.tax_minor:
            raise RejectedError(f"refund {refund.external_id}: gives back more of {line.line_external_id!r} than is invoiced and left")
        taken = PaperLine(
            part=part, kind="line", title=left.title, sku=left.sku, unit=left.unit, quantity=line.quantity, amount_minor=line.amount_minor,
            discount_minor=0, taxes=_named(line.tax_minor, left.taxes),
        )  # fmt: skip
        found.append(taken)
    return found


def _was_cancelled(line: RefundLine, part: str, standing: Standing, refund: Refund) -> bool:
    """Whether it is about goods that never left, so that no invoice has them."""
    if line.restock != "cancel" or not line.quantity:
        return False
    was = standing.invoiced.get(part)
    free = standing.ordered.get(part, 0) - (was.quantity if was is not None else 0)
    if 0 < free < line.quantity:
        raise RejectedError(f"refund {refund.external_id}: cancels more of {line.line_external_id!r} than was not invoiced")
    return free >= line.quantity


def _of_the_rest(refund: Refund, standing: Standing) -> list[PaperLine]:
    """Shipping given back, and what no line of the refund explains: the tax on shipping where it is just that."""
    left = [standing.left_of(part) for part, line in standing.invoiced.items() if line.kind == "shipping"]
    rest = refund.amount_minor - refund.shipping_minor - sum(line.amount_minor + line.tax_minor for line in refund.lines)
    shipping, tax = sum(line.net_minor for line in left), sum(line.tax_minor for line in left)
    if refund.shipping_minor > shipping:
        raise RejectedError(f"refund {refund.external_id}: gives back more shipping than is invoiced and left")
    if refund.shipping_minor and (refund.shipping_minor, rest) == (shipping, tax):
        return [line for line in left if line.net_minor or line.tax_minor]
    shares = split(refund.shipping_minor, [max(0, line.net_minor) for line in left])
    found = [replace(line, amount_minor=share, discount_minor=0, taxes=()) for line, share in zip(left, shares, strict=True) if share]
    return [*found, *([_adjustment(rest)] if rest else [])]


def _named(tax_minor: int, names: Sequence[TaxShare]) -> tuple[TaxShare, ...]:
    if not tax_minor:
        return ()
    if not names:
        return (TaxShare(title="tax", rate=None, amount_minor=tax_minor),)
    shares = split(tax_minor, [max(0, tax.amount_minor) for tax in names])
    return tuple(replace(tax, amount_minor=share) for tax, share in zip(names, shares, strict=True) if share)


def _adjustment(amount_minor: int) -> PaperLine:
    return PaperLine(part=ADJUSTMENT, kind="adjustment", title="", quantity=1000, amount_minor=amount_minor, discount_minor=0)
