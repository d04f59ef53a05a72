"""From one sale at the till to one record: what is sold is an Order, what only takes goods back is a Return.

A line below nothing comes back, and no sale names the one that it was bought in. So a return names its own document as its order, as
nothing else is known; and one that sells besides (an exchange) is an Order of what is sold, with the return in it. Then the buyer pays
the difference only, and that is what its payments sum to.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from connectors._kit import read_payload
from connectors._kit.words import standard
from connectors.tryton_pos.mapping_money import LineAmounts, Tendered, check_sums, line_amounts, minor, tendered
from connectors.tryton_pos.payloads import Line, Sale, WireInstant
from connectors.tryton_pos.words import RETURN_STATE, SALE_STATE
from model.errors import MalformedError
from model.records.order import Adjustment, Order, OrderLine, PaymentState
from model.records.shipment import Return, ReturnLine
from model.rules.order_sums import MAX_LINES, check_order
from model.values.instant import micros, utc_instant
from model.values.quantity import PIECE, thousandths

ONE: Final = "u"
"""The symbol of Tryton's own unit for what is counted in pieces."""
SOURCE: Final = "pos"

Valued = tuple[Line, LineAmounts]


def read_sale(raw: bytes, statuses: Mapping[str, str]) -> Order | Return:
    """The record of one sale; MalformedError where its lines do not sum to it, or it has no number as it was never finished."""
    sale = read_payload(Sale, raw)
    if sale.number is None:
        raise MalformedError("number: is missing; the sale is still being rung up")
    if len(sale.lines) > MAX_LINES:
        raise MalformedError(f"lines: {len(sale.lines)} lines, more than {MAX_LINES}")
    state = standard("state", sale.state, SALE_STATE, statuses)
    valued = [(line, line_amounts(line, sale.currency, is_gross=bool(sale.point.tax_included))) for line in sale.lines]
    money = tendered(sale)
    check_sums(sale, [amounts for _line, amounts in valued], money, is_done=SALE_STATE[state] == "fulfilled")
    back = [(line, amounts) for line, amounts in valued if line.quantity < 0]
    if back and len(back) == len(valued):
        if money.payments:
            raise MalformedError("payments: take money for goods that come back")
        return _return(sale, state, back, money, str(sale.id))
    return _order(sale, state, [each for each in valued if each not in back], back, money)


def _order(sale: Sale, state: str, sold: Sequence[Valued], back: Sequence[Valued], money: Tendered) -> Order:
    currency = sale.currency.code
    updated_at = utc_instant(_changed(sale))
    tax = sum(amounts.tax_minor for _line, amounts in sold)
    total = sum(amounts.net_minor for _line, amounts in sold) + tax
    return check_order(
        Order(
            external_id=str(sale.id),
            number=sale.number or "",
            placed_at=utc_instant(sale.create_date.text),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=total,
            shipping_minor=0,
            tax_minor=tax,
            charges_minor=0,
            discount_minor=0,
            shop_currency=currency,
            shop_total_minor=total,
            payment_state=_payment_state(state, minor(sale.total, currency), money),
            fulfilment_state=SALE_STATE[state],
            source_status=(("sale", sale.state), ("date", sale.date.text)),
            lines=tuple(_line(line, amounts, is_gross=bool(sale.point.tax_included)) for line, amounts in sold),
            adjustments=tuple(_tax(line, amounts) for line, amounts in sold if amounts.tax_minor),
            payments=money.payments,
            refunds=() if back else money.refunds,
            returns=(_return(sale, state, back, money, f"{sale.id}/return"),) if back else (),
            cancelled_at=updated_at if state == "cancelled" else None,
            prices_include_tax=bool(sale.point.tax_included),
            source_name=SOURCE,
            location_external_id=str(sale.point.id),
        )
    )


def _line(line: Line, amounts: LineAmounts, *, is_gross: bool) -> OrderLine:
    price = line.unit_gross_price if is_gross else line.unit_list_price
    return OrderLine(
        external_id=str(line.id),
        title=line.product.name,
        quantity=thousandths(line.quantity),
        total_minor=amounts.net_minor,
        tax_minor=amounts.tax_minor,
        sku=line.product.code or None,
        unit=_unit(line),
        unit_price=format(price.value, "f"),
        product_external_id=str(line.product.template),
        variant_external_id=str(line.product.id),
        requires_shipping=False,
    )


def _unit(line: Line) -> str:
    return PIECE if line.unit is None or line.unit.symbol == ONE else line.unit.symbol


def _tax(line: Line, amounts: LineAmounts) -> Adjustment:
    return Adjustment(kind="tax", title="Tax", amount_minor=amounts.tax_minor, line_external_id=str(line.id))


def _return(sale: Sale, state: str, back: Sequence[Valued], money: Tendered, external_id: str) -> Return:
    updated_at = utc_instant(_changed(sale))
    if len({line.id for line, _amounts in back}) != len(back):
        raise MalformedError("lines: an id appears twice")
    return Return(
        external_id=external_id,
        order_external_id=str(sale.id),
        status=RETURN_STATE[state],
        created_at=utc_instant(sale.create_date.text),
        updated_at=updated_at,
        source_version=micros(updated_at),
        currency=sale.currency.code,
        lines=tuple(
            ReturnLine(
                line_external_id=None,
                quantity=-thousandths(line.quantity),
                amount_minor=-amounts.net_minor,
                tax_minor=-amounts.tax_minor,
                sku=line.product.code or None,
            )
            for line, amounts in back
        ),
        refunds=money.refunds,
    )


def _payment_state(state: str, due_minor: int, money: Tendered) -> PaymentState:
    """A sale is done when nothing is left to pay, and cancelled when nothing is paid; opened anew, its payments tell."""
    if state in {"done", "posted"}:
        return "paid"
    if state == "cancelled":
        return "voided"
    if money.total_minor <= 0:
        return "unpaid"
    return "paid" if money.total_minor >= due_minor else "part_paid"


def _changed(sale: Sale) -> str:
    """When it, a line or a payment last changed, as text that sorts: Tryton does not move a sale's own time for its parts."""
    parts = chain((sale,), sale.lines, sale.payments)
    times: list[WireInstant | None] = [time for part in parts for time in (part.create_date, part.write_date)]
    return max(time.text for time in times if time is not None)
