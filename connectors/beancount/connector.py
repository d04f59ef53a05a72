"""Vouchers as a Beancount file.

A line in a foreign currency is written as its original amount at its functional total: `100.00 USD @@ 92.00 EUR`. Beancount then weighs
each line by its functional amount, so it checks what must balance there, and keeps the original amount as what the account holds; that
the originals balance is checked before anything is written. Nothing is added to make either so.

Beancount turns a total into a price per unit of 28 digits, and weighs by that; what this leaves over (10^-14 of a cent) it allows only in
currencies in which the voucher also holds an amount with decimals. One that has none therefore gets a line of nothing, `0.00 EUR` with
`precision_only: TRUE`, which tells how exactly EUR is meant and moves nothing. A difference of a single minor unit is still found. The
option `inferred_tolerance_default` would do the same, but only counts in the main file, which is not ours.
Source: Beancount's "Precision & Tolerances" and `beancount.core.interpolate`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors._kit import Manifest
from connectors._kit.ledgers import called
from connectors._kit.voucher_files import FIRST_YEAR, VoucherFileConnector, names_of, sayable, with_amounts, written
from connectors.beancount.settings import Settings
from connectors.beancount.words import account_name, key_of, quoted
from connectors.capabilities import VoucherFile
from model.errors import RejectedError
from model.records.voucher import LedgerAccount, Voucher, VoucherLine
from model.values.money import exponent

HEAD = "; Vouchers, written by Entrepot. Include this file; what is changed in it is lost when it is written anew.\n"
_OPENED = f"{FIRST_YEAR}-01-01"


class Beancount(VoucherFileConnector[Settings], VoucherFile):
    """One set of books in plain text."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    voucher_suffix = ".beancount"

    def write_vouchers(self, vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[bytes]:
        names = names_of(accounts, self.settings.accounts, account_name)
        yield "".join([HEAD, *(_openings(accounts, names) if self.settings.declares else ())]).encode()
        known: set[str] = set()
        for voucher in with_amounts(sayable(vouchers, accounts)):
            new = sorted({voucher.base_currency, *(line.currency for line in voucher.lines)} - known)
            known.update(new)
            commodities = [f"\n{_OPENED} commodity {currency}\n" for currency in new] if self.settings.declares else []
            yield "".join([*commodities, *_transaction(voucher, names, self.settings)]).encode()


def _openings(accounts: Sequence[LedgerAccount], names: Mapping[str, str]) -> Iterator[str]:
    opened: set[str] = set()
    for account in accounts:
        name = names[account.code]
        if name not in opened:
            yield f"\n{_OPENED} open {name}\n  code: {quoted(account.code)}\n  name: {quoted(account.name)}\n"
            yield f"  name_zh: {quoted(account.name_zh)}\n" if account.name_zh else ""
        opened.add(name)


def _transaction(voucher: Voucher, names: Mapping[str, str], settings: Settings) -> Iterator[str]:
    yield f"\n{voucher.posted_on.isoformat()} * {quoted(voucher.memo)}\n"
    yield f"  reference: {quoted(voucher.reference)}\n  event: {quoted(voucher.event)}\n"
    yield f"  happened_on: {voucher.happened_on.isoformat()}\n"
    yield f"  reverses: {quoted(voucher.reverses)}\n" if voucher.reverses else ""
    for number, line in enumerate(voucher.lines, 1):
        yield f"  {names[line.account]}  {_amount(line, voucher.base_currency)}\n"
        yield from (
            f"    {key}: {quoted(value)}\n" for key, value in _beside(line, settings, f"voucher {voucher.reference}, line {number}")
        )
    if not _tells_precision(voucher):
        places = max(exponent(voucher.base_currency), 1)
        yield f"  {names[voucher.lines[0].account]}  0.{'0' * places} {voucher.base_currency}\n    precision_only: TRUE\n"


def _tells_precision(voucher: Voucher) -> bool:
    """Whether nothing is weighed by a price, or an amount with decimals shows how exactly; of one without any Beancount infers nothing."""
    is_own = [line.currency == voucher.base_currency for line in voucher.lines]
    return all(is_own) or (any(is_own) and exponent(voucher.base_currency) > 0)


def _amount(line: VoucherLine, base_currency: str) -> str:
    amount = f"{written(line.amount_minor, line.currency)} {line.currency}"
    if line.currency == base_currency:
        return amount
    return f"{amount} @@ {written(abs(line.base_minor), base_currency)} {base_currency}"


def _beside(line: VoucherLine, settings: Settings, place: str) -> Iterator[tuple[str, str]]:
    if line.memo:
        yield "memo", line.memo
    if line.tax_code:
        yield "tax_code", called(line.tax_code, settings.tax_codes)
    keys = [key_of(name) for name, _value in line.dimensions]
    if len(set(keys)) < len(keys):
        raise RejectedError(f"{place}: two dimensions would be called alike in Beancount; rename one")
    yield from zip(keys, (value for _name, value in line.dimensions), strict=True)
