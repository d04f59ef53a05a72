"""Vouchers as CSV: UTF-8, comma, CRLF (RFC 4180), a header, and one line for each line of a voucher.

Both amounts of a line stand beside each other, each with its currency: what sums to nothing in each original currency, and what sums to
nothing in the functional one. So nothing needs a price, and nothing is added to make it balance. Texts are always in quotes and numbers
never are. A text that a spreadsheet would take for a formula gets an apostrophe before it, and so does one that begins with an
apostrophe: to read a text back, take off the first apostrophe if there is one. A text of more than 32,000 characters is cut, and ends
in an ellipsis. Source: OWASP, "CSV Injection".
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from connectors._kit import Manifest
from connectors._kit.ledgers import called
from connectors._kit.voucher_files import VoucherFileConnector, VoucherFileSettings, cut, cut_dimensions, sayable
from connectors.capabilities import VoucherFile
from model.records.voucher import LedgerAccount, Voucher, VoucherLine
from model.values.money import decimal_amount

COLUMNS: Final = (
    "reference", "entity", "period", "number", "posted_on", "happened_on", "event", "reverses", "voucher_memo", "line", "account",
    "account_name", "currency", "amount", "base_currency", "base_amount", "base_debit", "base_credit", "tax_code", "dimensions", "memo",
)  # fmt: skip
"""The header. `amount` and `base_amount` are signed, a debit being positive; `base_debit` and `base_credit` say the second one again for
importers that want two columns. `dimensions` is a JSON object."""

_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "'")


class Settings(VoucherFileSettings):
    """A ledger that takes CSV: where the files are put, and what it calls our accounts and tax codes."""


class VoucherCsv(VoucherFileConnector[Settings], VoucherFile):
    """One ledger that takes tables."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    voucher_suffix = ".csv"

    def write_vouchers(self, vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[bytes]:
        names = {account.code: account.name for account in accounts}
        yield _written([COLUMNS])
        for voucher in sayable(vouchers, accounts):
            lines = enumerate(voucher.lines, 1)
            yield _written(_row(voucher, number, line, names[line.account], self.settings) for number, line in lines)


def _row(voucher: Voucher, number: int, line: VoucherLine, account_name: str, settings: Settings) -> Sequence[str | int | Decimal]:
    account, tax_code = called(line.account, settings.accounts), called(line.tax_code or "", settings.tax_codes)
    amount, base = decimal_amount(line.amount_minor, line.currency), decimal_amount(line.base_minor, voucher.base_currency)
    nothing = decimal_amount(0, voucher.base_currency)
    return (
        _text(voucher.reference), _text(voucher.entity), voucher.period, voucher.number, voucher.posted_on.isoformat(),
        voucher.happened_on.isoformat(), _text(voucher.event), _text(voucher.reverses or ""), _text(voucher.memo), number,
        _text(account), _text(account_name), line.currency, amount, voucher.base_currency, base, max(base, nothing), max(-base, nothing),
        _text(tax_code), _text(cut_dimensions(voucher, line, _as_json)), _text(line.memo),
    )  # fmt: skip


def _as_json(dimensions: Mapping[str, str]) -> str:
    return json.dumps(dimensions, ensure_ascii=False)


def _text(text: str) -> str:
    plain = cut(text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA_SIGNS) else plain


def _written(rows: Iterable[Sequence[str | int | Decimal]]) -> bytes:
    page = io.StringIO(newline="")
    csv.writer(page, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerows(rows)
    return page.getvalue().encode()
