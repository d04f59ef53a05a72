"""A voucher in Tryton's words: codes of accounts, debit and credit in the company's currency, and foreign money beside them."""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors._kit.ledgers import balanced, called
from connectors.tryton.wire import Body, Line
from model.errors import RejectedError
from model.records.voucher import Voucher, VoucherLine
from model.values.money import decimal_amount

SEPARATOR: Final = " | "
"""Between a line's memo and each of its dimensions, `channel=shop`."""
ORIGINAL: Final = "original "
"""Before the original amount of a line in the company's own currency that is booked with another: what exchange lost is of no amount."""
_JSON: Final = msgspec.json.Encoder()


def write_voucher(
    voucher: Voucher, journal: str, accounts: Mapping[str, str], tax_codes: Mapping[str, str], parties: Mapping[str, str]
) -> bytes:
    """The body of the command. RejectedError for a voucher that does not balance, or whose words no database could keep."""
    balanced(voucher)
    lines = tuple(
        _line(line, f"voucher {voucher.reference}: lines {place}", voucher.base_currency, accounts, tax_codes, parties)
        for place, line in enumerate(voucher.lines, 1)
    )
    return _JSON.encode(
        Body(
            reference=voucher.reference,
            description=_description(voucher),
            date=voucher.posted_on,
            currency=voucher.base_currency,
            journal=journal,
            lines=lines,
        )
    )


def _description(voucher: Voucher) -> str:
    told = [voucher.reference, voucher.event]
    if voucher.happened_on != voucher.posted_on:
        told.append(f"of {voucher.happened_on.isoformat()}")
    if voucher.reverses:
        told.append(f"reverses {voucher.reverses}")
    where = f"voucher {voucher.reference}"
    if any(letter.isspace() for letter in voucher.reference):
        raise RejectedError(f"{where}: its reference holds a space, by which Tryton's copy could not be found; rename the entity")
    memo = _text(voucher.memo, f"{where}: memo")
    return _text(" ".join(told), where) + (f": {memo}" if memo else "")


def _line(
    line: VoucherLine, where: str, base: str, accounts: Mapping[str, str], tax_codes: Mapping[str, str], parties: Mapping[str, str]
) -> Line:
    if line.amount_minor * line.base_minor < 0:
        raise RejectedError(f"{where}: its amount and its functional amount differ in sign; reverse the voucher and post it anew")
    is_foreign = line.currency != base
    account = called(line.account, accounts)
    told = [_text(f"{name}={value}", f"{where}: dimensions") for name, value in line.dimensions]
    if not is_foreign and line.amount_minor != line.base_minor:
        told.append(f"{ORIGINAL}{base} {_amount(line.amount_minor, base)}")
    return Line(
        account=_text(account, f"{where}: account"),
        debit=_amount(max(line.base_minor, 0), base),
        credit=_amount(max(-line.base_minor, 0), base),
        description=SEPARATOR.join([_text(line.memo, f"{where}: memo"), *told]),
        second_currency=line.currency if is_foreign else None,
        amount_second_currency=_amount(line.amount_minor, line.currency) if is_foreign else None,
        tax=called(line.tax_code, tax_codes) if line.tax_code else None,
        party=parties.get(line.account),
    )


def _amount(minor: int, currency: str) -> str:
    return format(decimal_amount(minor, currency), "f")


def _text(text: str, where: str) -> str:
    """The text with white space as Tryton keeps it, one space each; RejectedError for what PostgreSQL cannot hold."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RejectedError(f"{where}: holds a character that no database keeps; reverse the voucher and post it anew without it")
    return " ".join(text.split())
