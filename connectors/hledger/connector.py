"""Vouchers as a journal of hledger.

A line in a foreign currency is written as its original amount at its functional total: `100.00 USD @@ 92.00 EUR`. hledger keeps both
exactly, balances the voucher in the functional currency, and shows either (`hledger balance`, and with `-B` in the functional currency);
that the originals balance is checked before anything is written. Nothing is added to make either so.
Source: hledger's manual, "Transaction prices" and "Balanced transactions".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors._kit import Manifest
from connectors._kit.ledgers import called
from connectors._kit.voucher_files import VoucherFileConnector, names_of, sayable, with_amounts, written
from connectors.capabilities import VoucherFile
from connectors.hledger.settings import Settings
from connectors.hledger.words import ROOTS, account_name, code, description, tag_of, value
from model.records.voucher import LedgerAccount, Voucher, VoucherLine
from model.values.money import exponent

HEAD = "; Vouchers, written by Entrepot. Include this file; what is changed in it is lost when it is written anew.\ndecimal-mark .\n"


class Hledger(VoucherFileConnector[Settings], VoucherFile):
    """One set of books in plain text."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    voucher_suffix = ".journal"

    def write_vouchers(self, vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[bytes]:
        names = names_of(accounts, self.settings.accounts, account_name)
        yield "".join([HEAD, *(_declared(accounts, names) if self.settings.declares else ())]).encode()
        known: set[str] = set()
        for voucher in with_amounts(sayable(vouchers, accounts)):
            new = sorted({voucher.base_currency, *(line.currency for line in voucher.lines)} - known)
            known.update(new)
            commodities = [_commodity(currency) for currency in new] if self.settings.declares else []
            yield "".join([*commodities, *_transaction(voucher, names, self.settings)]).encode()


def _declared(accounts: Sequence[LedgerAccount], names: Mapping[str, str]) -> Iterator[str]:
    declared: set[str] = set()
    for account in accounts:
        name = names[account.code]
        if name not in declared:
            yield f"\naccount {name}  ; type:{ROOTS[account.kind][1]}\n    ; code:{value(account.code)}\n    ; name:{value(account.name)}\n"
            yield f"    ; name_zh:{value(account.name_zh)}\n" if account.name_zh else ""
        declared.add(name)


def _commodity(currency: str) -> str:
    return f"\ncommodity 1000.{'0' * exponent(currency)} {currency}\n"


def _transaction(voucher: Voucher, names: Mapping[str, str], settings: Settings) -> Iterator[str]:
    yield f"\n{voucher.posted_on.isoformat()} * ({code(voucher.reference)}) {description(voucher.memo)}".rstrip(" ") + "\n"
    yield f"    ; event:{value(voucher.event)}\n    ; happened_on:{voucher.happened_on.isoformat()}\n"
    yield f"    ; reverses:{value(voucher.reverses)}\n" if voucher.reverses else ""
    for line in voucher.lines:
        yield f"    {names[line.account]}  {_amount(line, voucher.base_currency)}\n"
        yield from (f"    ; {tag}:{value(text)}\n" for tag, text in _beside(line, settings))


def _amount(line: VoucherLine, base_currency: str) -> str:
    amount = f"{written(line.amount_minor, line.currency)} {line.currency}"
    if line.currency == base_currency:
        return amount
    return f"{amount} @@ {written(abs(line.base_minor), base_currency)} {base_currency}"


def _beside(line: VoucherLine, settings: Settings) -> Iterator[tuple[str, str]]:
    if line.memo:
        yield "memo", line.memo
    if line.tax_code:
        yield "tax_code", called(line.tax_code, settings.tax_codes)
    yield from ((tag_of(name), text) for name, text in line.dimensions)
