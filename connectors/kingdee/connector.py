"""Vouchers as a workbook for Kingdee's import (凭证引入), one row for each line of a voucher.

Each line tells its original amount and currency, the rate, and its functional amount as a debit or a credit: what Kingdee's own vouchers
hold, so a voucher that balances in both is said as it is, and nothing is added. The rate is rounded to ten places; the amounts are exact.

Not verified: no Kingdee was at hand, and no template of the import of 云星空 could be read. The names of the columns are those of
Kingdee's voucher as finance knows them; templates differ by product and version, so `settings.columns` says what yours calls them.
Whether an import without an account book's dimensions (核算维度) in columns of their own is taken, depends on the accounts.

XlsxWriter writes the rows into a file of its own as they come (`constant_memory`), so a year's vouchers need no more memory than one,
and it formats a Decimal digit by digit, so no amount is ever a float. It is BSD-licensed and well kept; openpyxl, which the hub reads
workbooks with, writes dates of now into them and takes twice the time.
"""

import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from connectors._kit import Manifest
from connectors._kit.voucher_files import VoucherFileConnector, cut, sayable
from connectors.capabilities import VoucherFile
from connectors.kingdee.rows import COLUMNS, Cell, Row, Words
from connectors.kingdee.settings import Settings
from model.errors import RejectedError
from model.records.voucher import LedgerAccount, Voucher

MOST_ROWS: Final = 1_048_575
"""Rows of a sheet below its header (ECMA-376)."""
PIECE: Final = 64 * 1024
"""Bytes."""


class Kingdee(VoucherFileConnector[Settings], VoucherFile):
    """One account book."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    voucher_suffix = ".xlsx"

    def write_vouchers(self, vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[bytes]:
        with tempfile.TemporaryFile() as file:
            with _sheet(file) as page:
                self._fill(page, sayable(vouchers, accounts), accounts)
            file.seek(0)
            while piece := file.read(PIECE):
                yield piece

    def _fill(self, page: "_Page", vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> None:
        told = self.settings
        names = {account.code: account.name_zh or account.name for account in accounts}
        words = Words(told.account_book, told.voucher_word, told.accounts, names, told.currencies, told.tax_codes)
        columns = {name: cell for ours, cell in COLUMNS.items() if (name := told.columns.get(ours, ours))}
        page.write(list(columns))
        for voucher in vouchers:
            if page.rows + len(voucher.lines) > MOST_ROWS + 1:
                raise RejectedError(f"voucher {voucher.reference}: a sheet holds {MOST_ROWS} rows; export a shorter period")
            for number, line in enumerate(voucher.lines, 1):
                row = Row(voucher, number, line, words)
                page.write([cell(row) for cell in columns.values()])


class _Page:
    """A sheet that is written from above to below; `rows` have been."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401  XlsxWriter has no types
        self.rows = 0
        self._sheet = book.add_worksheet("凭证")
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._amounts = {places: book.add_format({"num_format": f"0.{'0' * places}".rstrip(".")}) for places in range(11)}

    def write(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            match cell:
                case None | "":
                    pass
                case str():
                    self._sheet.write_string(self.rows, column, cut(cell))
                case date():
                    self._sheet.write_datetime(self.rows, column, cell, self._day)
                case Decimal():
                    self._sheet.write_number(self.rows, column, cell, self._amounts[max(-int(cell.as_tuple().exponent), 0)])
                case int():
                    self._sheet.write_number(self.rows, column, cell)
        self.rows += 1


@contextmanager
def _sheet(file: IO[bytes]) -> Generator[_Page]:
    """A page of a workbook that ends up in the file, the same bytes for the same rows."""
    from xlsxwriter import Workbook  # noqa: PLC0415  takes long to import, and only here

    with tempfile.TemporaryDirectory(prefix="vouchers-") as folder:
        book: Any = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  the workbook's form knows no zones
        try:
            yield _Page(book)
        finally:
            book.close()  # an unfinished one too, as it holds files open
