"""What comes back: goods, and money through the tenders.

A return document's lines, charges, tips and rounding must sum to Square's `return_amounts`. What is money without goods (an amount
typed in, a tip, a service charge, rounding) is a return line of quantity 0 whose reason names it. A return that is linked to no
sale names its own document as the order, for nothing else is known.
"""

from collections.abc import Mapping

from connectors._kit.words import meaning
from connectors.square.mapping_money import charge_total, is_apportioned, minor
from connectors.square.payloads import MoneyAmounts, OrderDocument, OrderReturn, ReturnLineItem
from connectors.square.words import REFUND_STATUS, RETURN_STATUS
from model.errors import MalformedError
from model.records.order import ReturnState
from model.records.payment import Refund
from model.records.shipment import Return, ReturnLine
from model.values.instant import instant, micros
from model.values.quantity import thousandths


def quantity(text: str, place: str) -> int:
    """Thousandths of a decimal quantity; Square sends up to five decimal places, finer than a thousandth is a MalformedError."""
    count = thousandths(text)
    if count < 0:
        raise MalformedError(f"{place}: is negative")
    return count


def return_record(document: OrderDocument, back: OrderReturn, statuses: Mapping[str, str]) -> Return:
    """The record of a document that only takes goods back from one sale, with the money given."""
    currency = _currency(document, back)
    source = back.source_order_id or document.id
    return _return(document, back, (document.id, source), tender_refunds(document, source, currency, statuses), statuses)


def embedded_returns(document: OrderDocument, statuses: Mapping[str, str]) -> tuple[Return, ...]:
    """The returns inside an exchange; its refunds stand at the exchange itself."""
    return tuple(
        _return(document, back, (f"{document.id}/{back.uid or place}", back.source_order_id or document.id), (), statuses)
        for place, back in enumerate(document.returns or (), 1)
    )


def own_return_state(document: OrderDocument) -> ReturnState:
    """Whether this sale's own goods came back in this very document; later returns are documents of their own."""
    own = [back for back in document.returns or () if back.source_order_id == document.id]
    if not own:
        return "none"
    sold = sum(quantity(line.quantity, "lines.quantity") for line in document.line_items or ())
    returned = sum(quantity(line.quantity, "returns.quantity") for back in own for line in back.return_line_items or ())
    return "returned" if returned >= sold else "part_returned"


def tender_refunds(document: OrderDocument, order_id: str, currency: str, statuses: Mapping[str, str]) -> tuple[Refund, ...]:
    """Money given back, one record for each tender it went to."""
    return tuple(
        Refund(
            external_id=refund.id,
            order_external_id=order_id,
            status=meaning("refunds.status", refund.status, REFUND_STATUS, statuses),
            amount_minor=minor(refund.amount_money, currency),
            currency=currency,
            created_at=instant(refund.created_at or document.created_at),
            reason=refund.reason or None,
            payment_external_id=refund.tender_id,
        )
        for refund in document.refunds or ()
    )


def _currency(document: OrderDocument, back: OrderReturn) -> str:
    rollup = back.return_amounts or document.return_amounts
    money = (rollup.total_money if rollup else None) or document.total_money
    if money is None:
        raise MalformedError("return_amounts: is missing, so the return has no currency")
    return money.currency


def _return(
    document: OrderDocument, back: OrderReturn, ids: tuple[str, str], refunds: tuple[Refund, ...], statuses: Mapping[str, str]
) -> Return:
    currency = _currency(document, back)
    lines = [_line(line, currency) for line in back.return_line_items or ()]
    lines += _extras(document, back, currency)
    _check_sum(document, back, lines, currency)
    updated_at = instant(document.updated_at)
    return Return(
        external_id=ids[0],
        order_external_id=ids[1],
        status=meaning("status", document.state, RETURN_STATUS, statuses),
        created_at=instant(document.created_at),
        updated_at=updated_at,
        source_version=micros(updated_at),
        currency=currency,
        lines=tuple(lines),
        refunds=refunds,
        reason=next((refund.reason for refund in refunds if refund.reason), None),
    )


def _line(line: ReturnLineItem, currency: str) -> ReturnLine:
    tax = minor(line.total_tax_money, currency)
    is_goods = line.source_line_item_uid is not None or line.item_type != "CUSTOM_AMOUNT"
    count = quantity(line.quantity, "returns.quantity")
    return ReturnLine(
        line_external_id=line.source_line_item_uid,
        quantity=count if is_goods else 0,
        amount_minor=minor(line.total_money, currency) - tax,
        tax_minor=tax,
        reason=line.note or (None if is_goods else line.name or "amount"),
    )


def _extras(document: OrderDocument, back: OrderReturn, currency: str) -> list[ReturnLine]:
    """Money that is no goods: service charges beside the lines, tips, rounding."""
    found = [
        _money(charge.name or "service charge", charge_total(charge, currency), minor(charge.total_tax_money, currency))
        for charge in back.return_service_charges or ()
        if not is_apportioned(charge)
    ]
    rounding = minor(back.rounding_adjustment.amount_money, currency) if back.rounding_adjustment else 0
    found.append(_money("tip", _tip(document, back, currency), 0))
    found.append(_money("rounding", rounding, 0))
    return [line for line in found if line.amount_minor or line.tax_minor]


def _tip(document: OrderDocument, back: OrderReturn, currency: str) -> int:
    if back.return_tips:
        return sum(minor(tip.applied_money, currency) for tip in back.return_tips)
    rollup = _rollup(document, back)
    return minor(rollup.tip_money, currency) if rollup else 0


def _money(reason: str, total: int, tax: int) -> ReturnLine:
    return ReturnLine(line_external_id=None, quantity=0, amount_minor=total - tax, tax_minor=tax, reason=reason)


def _check_sum(document: OrderDocument, back: OrderReturn, lines: list[ReturnLine], currency: str) -> None:
    rollup = _rollup(document, back)
    if rollup is None or rollup.total_money is None:
        return
    stated = minor(rollup.total_money, currency)
    parts = sum(line.amount_minor + line.tax_minor for line in lines)
    if stated not in {parts, parts - _tip(document, back, currency)}:
        raise MalformedError(f"returns: parts sum to {parts}, the document says {stated} minor units")


def _rollup(document: OrderDocument, back: OrderReturn) -> MoneyAmounts | None:
    """The return's own roll-up, or the document's where it is the only return."""
    alone = document.return_amounts if len(document.returns or ()) == 1 else None
    return back.return_amounts or alone
