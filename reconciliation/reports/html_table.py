"""A table of a report as HTML; every text is escaped on its way in."""

from datetime import date, datetime

from markupsafe import Markup

from reconciliation.reports.tables import Cell, Column, Link, Money, Row, Share, Table, cell_text
from reconciliation.reports.words import Words

MOST_ROWS = 400
"""Of one table on a page; files have all."""
UNBROKEN = 14
"""Letters of a word that are kept on one line; longer ones may be broken where the page is narrow."""
_KEPT_WHOLE = (date, datetime)


def html_table(one: Table, words: Words) -> Markup:
    """A table with repeated head; what stands under another column is printed small below it."""
    if not one.rows:
        return Markup("<p>{none}</p>").format(none=words.of("none"))
    at = [number for number, column in enumerate(one.columns) if _is_printed(one, number, column)]
    below = {column.under: number for number, column in enumerate(one.columns) if column.under}
    heads = Markup("").join(_heading(one, number, words) for number in at)
    body = Markup("").join(_line(one, row, at, below) for row in one.rows[:MOST_ROWS])
    foot = Markup("").join(_line(one, row, at, {}) for row in one.totals)
    made = Markup('<div class="wrap"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table></div>')
    more = len(one.rows) - MOST_ROWS
    note = Markup("<p>{more}</p>").format(more=words.of("more", count=f"{more:,}")) if more > 0 else Markup("")
    return made.format(heads=heads, body=body, foot=foot) + note


def _is_printed(one: Table, number: int, column: Column) -> bool:
    if column.under or column.is_only_in_files:
        return False
    cells = [row[number] for row in one.rows]
    if column.key == "rerun" and not any(cells):
        return False
    return not (column.hides_zero and all(isinstance(cell, Money) and cell.minor == 0 for cell in cells))


def _heading(one: Table, number: int, words: Words) -> Markup:
    cells = [row[number] for row in one.rows[:MOST_ROWS]]
    kind = "n" if any(isinstance(cell, Money | Share | int) for cell in cells) else ""
    longest = max((len(word) for cell in cells if isinstance(cell, str) for word in cell.split()), default=0)
    return Markup('<th scope="col" class="{kind}" style="min-width:{wide}ch">{name}</th>').format(
        kind=kind, wide=min(longest, UNBROKEN) + 2, name=words.of(f"column.{one.columns[number].key}")
    )


def _line(one: Table, row: Row, at: list[int], below: dict[str, int]) -> Markup:
    cells: list[Markup] = []
    for number in at:
        under = below.get(one.columns[number].key)
        small = Markup("<small>{text}</small>").format(text=cell_text(row[under])) if under is not None else Markup("")
        cells.append(Markup('<td class="{kind}">{text}{small}</td>').format(kind=_class(row[number]), text=_text(row[number]), small=small))
    return Markup("<tr>{cells}</tr>").format(cells=Markup("").join(cells))


def _text(cell: Cell) -> str:
    """Escaped by whoever puts it into the page; a link is one already."""
    if isinstance(cell, Link):
        return Markup('<a href="{url}" rel="noreferrer">{text}</a>').format(url=cell.url, text=cell_text(cell))
    return cell_text(cell)


def _class(cell: Cell) -> str:
    if isinstance(cell, Money):
        return "n minus" if cell.minor < 0 else "n" if cell.minor else "n zero"
    if isinstance(cell, Share | int):
        return "n"
    return "k" if isinstance(cell, _KEPT_WHOLE) else ""
