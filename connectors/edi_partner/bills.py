"""Bill -> the segments of an 810. The parts, allowances, charges and taxes sum to its total (TDS), or nothing is written."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from connectors._kit.x12.writing import Line
from connectors._kit.x12.written import exact, hundredths, plain, unit_code
from connectors.edi_partner.settings import Settings
from model.errors import RejectedError
from model.records.partner_reply import Bill, BilledPart
from model.values.money import decimal_amount
from model.values.quantity import decimal_quantity

_FINEST: Final = 6
"""Decimal places of a unit price that partners read."""


def bill_lines(settings: Settings, bill: Bill) -> Iterator[Line]:
    """Every segment between ST and SE."""
    _check_sums(bill)
    number, _, release = bill.order_number.partition(":")
    invoice = exact(settings, bill.reference, 22, "reference")
    order = (f"{bill.ordered_on:%Y%m%d}", exact(settings, number, 22, "order_number"), release)
    yield "BIG", (f"{bill.issued_on:%Y%m%d}", invoice, *order)
    yield "CUR", ("SE", bill.currency)
    if settings.vendor_number:
        yield "REF", ("VR", settings.vendor_number)
    if bill.due_on is not None:
        yield "ITD", ("05", "3", "", "", "", f"{bill.due_on:%Y%m%d}", str((bill.due_on - bill.issued_on).days))
    goods = [each for each in bill.parts if each.line_external_id is not None]
    for place, part in enumerate(goods, 1):
        yield from _line(settings, part, bill.currency, f"parts.{place}")
    yield "TDS", (hundredths(bill.total_minor, bill.currency, "total"),)
    for _title, rate, amount in bill.taxes:
        percent = plain(Decimal(rate).scaleb(2)) if rate is not None else ""
        yield "TXI", ("TX", plain(decimal_amount(amount, bill.currency)), percent)
    for part in bill.parts:
        if part.line_external_id is None:
            yield "SAC", _sac("C", "ZZZZ", part.amount_minor, bill.currency, part.title)
    if bill.discount_minor:
        yield "SAC", _sac("A", "C310", bill.discount_minor, bill.currency, "discount")
    yield "CTT", (str(len(goods)),)


def _check_sums(bill: Bill) -> None:
    parts = sum(each.amount_minor for each in bill.parts) - bill.discount_minor + sum(amount for _, _, amount in bill.taxes)
    if parts != bill.total_minor:
        raise RejectedError(f"total: the parts sum to {parts}, and the invoice says {bill.total_minor} minor units of {bill.currency}")


def _line(settings: Settings, part: BilledPart, currency: str, where: str) -> Iterator[Line]:
    if part.quantity <= 0:
        raise RejectedError(f"{where}.quantity: is not positive")
    price = decimal_amount(part.amount_minor, currency) * 1000 / part.quantity
    if price != round(price, _FINEST):
        raise RejectedError(f"{where}: its amount is no multiple of its quantity, so no unit price can be told; send it by hand")
    name = exact(settings, part.line_external_id or "", 20, f"{where}.line_external_id")
    product = ("VN", exact(settings, part.sku, 48, f"{where}.sku")) if part.sku else ()
    yield "IT1", (name, decimal_quantity(part.quantity), unit_code(part.unit, f"{where}.unit"), plain(price), "PE", *product)
    if part.title.strip():
        yield "PID", ("F", "", "", "", part.title.strip()[:80])


def _sac(direction: str, code: str, minor: int, currency: str, title: str) -> tuple[str, ...]:
    return (direction, code, "", "", hundredths(minor, currency, title), *("",) * 9, title[:80])
