"""A settlement report to a settlement: one line for each order or refund with its fees, one for each amount that stands alone.

Source: Amazon's description of the settlement reports (report type GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2, and the one before it).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from connectors._kit.local_forms import DateOrder, Mark, local_minor, local_moment, mark_of, order_of
from connectors._kit.sheets import Row, at_line, balanced, digest, lines_of, numbered, text_of
from connectors.amazon_settlement.layouts import Part, parts_of, rows_of, settlements_of
from connectors.amazon_settlement.words import FEE_KINDS, FEES, OF_ORDERS, PRICES, WITHHELD, bare, meaning_of
from model.errors import MalformedError
from model.records.settlement import Fee, FeeKind, Payout, Settlement, SettlementLine, fees_of

_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}")
"""An order of Amazon's. In this column stand also shipments to its warehouses, removals, claims and orders of other shops."""
_ELSEWHERE = re.compile(r"S\d{2}-\d{7}-\d{7}")
"""An order of another shop that Amazon ships for us."""
_DATES = ("settlement-start-date", "settlement-end-date", "deposit-date", "posted-date", "posted-date-time")
_WHOLE = ("transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id")
"""What is equal in the rows of one order, shipment or refund; so is their time."""
_MOST_WORD = 120


class Form(NamedTuple):
    """How one file writes numbers and dates, and in which currency."""

    currency: str
    mark: Mark
    order: DateOrder

    def minor(self, text: str) -> int:
        """Minor units of an amount."""
        return local_minor(text, self.currency, self.mark)

    def moment(self, text: str) -> datetime:
        """An instant; Amazon names the zone, and means UTC where it does not."""
        return local_moment(text, self.order)


def read_report(raw: bytes, encoding: str, mark: Mark | None, order: DateOrder | None) -> tuple[Settlement, ...]:
    """Every settlement of the file."""
    rows = rows_of(lines_of(text_of(raw, encoding), "\t", quoted=False))
    order = order_of((row.fields[name] for row in rows for name in _DATES if row.fields.get(name)), order)
    return tuple(_settlement(head, below, mark, order) for head, below in settlements_of(rows))


def _settlement(head: Row, below: Sequence[Row], mark: Mark | None, order: DateOrder) -> Settlement:
    parts = [part for row in below for part in parts_of(row)]
    currency = head.fields["currency"].upper()
    with at_line(head.number):
        shown = mark_of([head.fields["total-amount"], *(part.amount for part in parts)], currency, mark)
        form = Form(currency, shown, order)
        total = form.minor(head.fields["total-amount"])
        opened, closed = form.moment(head.fields["settlement-start-date"]), form.moment(head.fields["settlement-end-date"])
        payouts = _payouts(head, total, closed, form)
    own_id = head.fields["settlement-id"]
    if not own_id:
        raise MalformedError(f"line {head.number}: the settlement has no id")
    lines = [*_wholes(parts, form, closed), *_singles(parts, form, closed)]
    ids = numbered(f"{own_id}:{line.external_id}" for line in lines)
    carried_by = payouts[0].external_id if payouts else None
    settlement = Settlement(
        external_id=own_id,
        currency=currency,
        opened_at=opened,
        closed_at=closed,
        lines=tuple(replace(line, external_id=each, payout_external_id=carried_by) for each, line in zip(ids, lines, strict=True)),
        payouts=payouts,
        total_minor=total,
    )
    return balanced(settlement, head.number)


def _payouts(head: Row, total: int, closed: datetime, form: Form) -> tuple[Payout, ...]:
    """The deposit, or what Amazon takes back; none where nothing is left. Only the bank knows whether it has come."""
    if not total:
        return ()
    deposit = head.fields["deposit-date"]
    payout = Payout(
        external_id=head.fields["settlement-id"],
        status="in_transit" if deposit else "scheduled",
        amount_minor=total,
        currency=form.currency,
        created_at=closed,
        arrival_on=form.moment(deposit).date() if deposit else None,
        is_itemised=True,
    )
    return (payout,)


def _is_of_a_whole(part: Part) -> bool:
    """Whether an amount is a part of an order or a refund, as its price or one of its fees."""
    fields = part.row.fields
    is_known = bare(part.amount_type) in PRICES | FEES | WITHHELD
    return is_known and bare(fields["transaction-type"]) in OF_ORDERS and bool(fields.get("order-id"))


def _moment_of(row: Row, form: Form, closed: datetime) -> datetime:
    """When it was posted; a row that does not say belongs to the settlement's end."""
    text = row.fields.get("posted-date-time") or row.fields.get("posted-date")
    with at_line(row.number):
        return form.moment(text) if text else closed


def _wholes(parts: Sequence[Part], form: Form, closed: datetime) -> Iterator[SettlementLine]:
    """One line for each order, shipment or refund, its fees beside it."""
    together: dict[tuple[str, ...], list[Part]] = {}
    for part in filter(_is_of_a_whole, parts):
        fields = part.row.fields
        when = fields.get("posted-date-time") or fields.get("posted-date", "")
        together.setdefault((*(fields.get(name, "") for name in _WHOLE), when), []).append(part)
    for key, several in together.items():
        gross, fees = 0, dict[FeeKind, int]()
        for part in several:
            amount = _amount(part, form)
            if bare(part.amount_type) in PRICES:
                gross += amount
            else:
                kind = "tax_withheld" if bare(part.amount_type) in WITHHELD else FEE_KINDS.get(bare(part.description), "other")
                fees[kind] = fees.get(kind, 0) - amount
        row = several[0].row
        line = SettlementLine(
            external_id=digest(key),
            kind=OF_ORDERS[bare(row.fields["transaction-type"])],
            raw_kind=row.fields["transaction-type"][:_MOST_WORD],
            gross_minor=gross,
            net_minor=gross - sum(fees.values()),
            currency=form.currency,
            occurred_at=_moment_of(row, form, closed),
            fees=fees_of(fees),
        )
        yield _referred(line, row)


def _singles(parts: Sequence[Part], form: Form, closed: datetime) -> Iterator[SettlementLine]:
    """One line for each amount that stands alone."""
    for part in parts:
        if _is_of_a_whole(part):
            continue
        fields, amount = part.row.fields, _amount(part, form)
        kind, fee = meaning_of(fields["transaction-type"], part.amount_type, part.description)
        when = fields.get("posted-date-time") or fields.get("posted-date", "")
        words = (fields["transaction-type"], part.amount_type, part.description)
        content = (*(fields.get(name, "") for name in _WHOLE), when, *words[1:], fields.get("sku", ""), str(amount))
        line = SettlementLine(
            external_id=digest(content),
            kind=kind,
            raw_kind=" / ".join(dict.fromkeys(filter(None, words)))[:_MOST_WORD],
            gross_minor=0 if fee else amount,
            net_minor=amount,
            currency=form.currency,
            occurred_at=_moment_of(part.row, form, closed),
            fees=(Fee(kind=fee, amount_minor=-amount),) if fee and amount else (),
        )
        yield _referred(line, part.row)


def _amount(part: Part, form: Form) -> int:
    with at_line(part.row.number):
        return form.minor(part.amount)


def _referred(line: SettlementLine, row: Row) -> SettlementLine:
    """The line with what it is about: an order, ours or Amazon's, or something else that stands in the same column."""
    named, ours = row.fields.get("order-id") or None, row.fields.get("merchant-order-id") or None
    order = named if named and _ORDER.fullmatch(named) else ours if named and _ELSEWHERE.fullmatch(named) else None
    source = row.fields.get("adjustment-id") or (named if order != named else None)
    return replace(line, order_reference=order, source_reference=source, note=row.fields.get("marketplace-name") or None)
