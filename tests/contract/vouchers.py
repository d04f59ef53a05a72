"""Vouchers for the contract suite: of one currency, of a foreign one, and of two at once; all balanced to the minor unit."""

from dataclasses import replace
from datetime import date

from model.records.voucher import Voucher, VoucherLine, voucher_reference

ENTITY, PERIOD, BASE = "eu", "2030-05", "EUR"


def voucher_reference_of(number: int) -> str:
    """Our name of a voucher of the suite."""
    return voucher_reference(ENTITY, PERIOD, number)


def voucher(number: int) -> Voucher:
    """One voucher, posted on the day of its number."""
    return Voucher(
        voucher_id=f"{number:032x}",
        entity=ENTITY,
        period=PERIOD,
        number=number,
        posted_on=date(2030, 5, 1 + number % 28),
        happened_on=date(2030, 5, 1),
        base_currency=BASE,
        event="capture",
        memo=f"Capture {number} of the day",
        lines=LINES[number % len(LINES)](number),
    )


def _at_home(number: int) -> tuple[VoucherLine, ...]:
    net, tax = 100_00 + number, 19_01
    return (
        _line("1201", BASE, net + tax, net + tax),
        replace(_line("4400", BASE, -net, -net), tax_code="S19", memo='Sales, "19 %"'),
        replace(_line("3806", BASE, -tax, -tax), memo="VAT"),
    )


def _abroad(number: int) -> tuple[VoucherLine, ...]:
    """Dollars at 0.92 euros each; both fit one rate."""
    dollars, euros = 100 * (50 + number), 92 * (50 + number)
    return (_line("1201", "USD", dollars, euros), _line("4400", "USD", -dollars, -euros))


def _of_two(number: int) -> tuple[VoucherLine, ...]:
    """Dollars against euros, each balanced for itself by a clearing account; a euro cent was lost by exchange, and is of no amount."""
    dollars, euros = 100 * number, 93 * number + 1
    return (
        _line("1201", "USD", dollars, euros),
        _line("1360", "USD", -dollars, 1 - euros),
        _line("1360", BASE, euros, euros),
        _line("1800", BASE, -euros, -euros),
        _line("2660", BASE, 0, -1),
    )


LINES = (_of_two, _at_home, _abroad)


def _line(account: str, currency: str, amount_minor: int, base_minor: int) -> VoucherLine:
    return VoucherLine(account=account, currency=currency, amount_minor=amount_minor, base_minor=base_minor)
