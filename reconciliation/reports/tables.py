"""Tables as reports show them: cells that know what they are, so that pages print them and workbooks compute with them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from model.values.money import decimal_amount, exponent
from reconciliation.reports.words import Words

LONGEST = 2000
"""Characters of one text that are shown; a cell of a workbook holds 32,767."""
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")
"""What prints nothing, and what turns the writing around so that a text reads as another."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency."""

    minor: int
    currency: str

    @property
    def major(self) -> Decimal:
        """In major units, with the currency's decimal places."""
        return decimal_amount(self.minor, self.currency)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def permille(self) -> int | None:
        """Rounded down, so that 100 % means all; None of nothing."""
        return self.part * 1000 // self.whole if self.whole else None

    @property
    def fraction(self) -> Decimal:
        """As a number between 0 and 1 with three decimal places."""
        return Decimal(self.permille or 0).scaleb(-3)


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its text."""

    text: str
    url: str


Cell = str | int | Money | Share | Link | date | datetime | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, by its key among the words."""

    key: str
    under: str | None = None
    """On pages, the column that it stands under in small print."""
    is_only_in_files: bool = False
    hides_zero: bool = False
    """A page leaves it out where all its amounts are nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report, named by a key among the words."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Row, ...] = ()
    is_only_in_files: bool = False
    """Detail that would make a page too long to read."""
    about: str | None = None
    """The key of its explanation, where that is not `about.KEY`."""


def table(key: str, columns: str, rows: Sequence[Row], totals: Sequence[Row] = (), *, only_in_files: bool = False) -> Table:
    """A table of plain columns, given as their keys with spaces between."""
    return Table(key, tuple(Column(name) for name in columns.split()), tuple(rows), tuple(totals), only_in_files)


def totals(rows: Sequence[Row], words: Words, *, currency_at: int) -> list[Row]:
    """A row of sums for each currency: numbers and amounts are added, whatever else stands in the rows is left empty."""
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(str(row[currency_at]), []).append(row)
    made: list[Row] = []
    for currency, own in sorted(of.items()):
        cells: list[Cell] = [_sum(column, currency) for column in zip(*own, strict=True)]
        cells[0], cells[currency_at] = words.of("total"), currency
        made.append(tuple(cells))
    return made


def _sum(column: Sequence[Cell], currency: str) -> Cell:
    amounts = [cell.minor for cell in column if isinstance(cell, Money)]
    counts = [cell for cell in column if isinstance(cell, int)]
    if len(amounts) == len(column):
        return Money(sum(amounts), currency)
    return sum(counts) if len(counts) == len(column) else None


def shown(text: str) -> str:
    """A text from outside without what prints nothing or deceives the eye, and not endless."""
    clean = _UNPRINTABLE.sub("\ufffd", text)
    return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]}…"


def money_text(minor: int, currency: str) -> str:
    """An amount without its currency: `1,234.50`, and `−1,234.50` with a true minus."""
    text = f"{abs(decimal_amount(minor, currency)):,.{exponent(currency)}f}"
    return f"−{text}" if minor < 0 else text


def full_money_text(minor: int, currency: str) -> str:
    """An amount with its currency, never broken over two lines."""
    return f"{currency}\u00a0{money_text(minor, currency)}"


def share_text(share: Share) -> str:
    """`99.5 %`, rounded down; a dash of nothing."""
    permille = share.permille
    return "–" if permille is None else f"{permille // 10}.{permille % 10}\u00a0%"


def cell_text(cell: Cell) -> str:  # noqa: PLR0911  one for each kind of cell
    """A cell as people read it."""
    match cell:
        case None:
            return ""
        case str():
            return shown(cell)
        case int():
            return f"{cell:,}".replace("-", "−")
        case Money():
            return money_text(cell.minor, cell.currency)
        case Share():
            return share_text(cell)
        case Link():
            return shown(cell.text)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M} UTC"
        case date():
            return cell.isoformat()


def plain_rows(shown_table: Table, words: Words) -> list[dict[str, str]]:
    """A table as rows of text by heading: for Prefect's artifacts."""
    headings = [words.of(f"column.{column.key}") for column in shown_table.columns]
    texts = ([cell.url if isinstance(cell, Link) else cell_text(cell) for cell in row] for row in (*shown_table.rows, *shown_table.totals))
    return [dict(zip(headings, row, strict=True)) for row in texts]
