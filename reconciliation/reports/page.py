"""A report as one HTML page: no script, nothing fetched, every text escaped on its way in."""

from collections.abc import Iterator
from datetime import date, datetime

from markupsafe import Markup

from model.records.money_figures import AccountFigures
from reconciliation.reports import charts, sums
from reconciliation.reports.sections import signature_state
from reconciliation.reports.style import CSS
from reconciliation.reports.tables import Cell, Column, Link, Money, Row, Share, Table, cell_text, full_money_text, share_text, shown
from reconciliation.reports.words import Words

MOST_ROWS = 400
"""Of one table on a page; files have all."""
MOST_CURRENCIES = 4
"""With a chart and cards of their own."""
BESIDE = 16
"""Rows of a table that stands beside its chart; a longer one stands below."""
_KEPT_WHOLE = (date, datetime)
_PAGE = Markup(
    '<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    '<title>{title}</title>\n<style>{css}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n'
)  # fmt: skip


def html_page(figures: AccountFigures, tables: list[Table], words: Words) -> bytes:
    """The page in UTF-8; the same figures give the same bytes."""
    printed = [one for one in tables if not one.is_only_in_files]
    name = shown(figures.name)
    parts = [_head(figures, name, words), _contents(printed, words)]
    parts += [_section(figures, one, words) for one in printed]
    parts.append(Markup("<footer>{text}</footer>").format(text=words.of("page_end")))
    title = f"{name}, {figures.since} {words.of('to')} {figures.until}: {words.of('title')}"
    return str(_PAGE.format(lang=words.code, title=title, css=CSS, body=Markup("\n").join(parts))).encode()


def _head(figures: AccountFigures, name: str, words: Words) -> Markup:
    period = f"{figures.since}" if figures.since == figures.until else f"{figures.since} {words.of('to')} {figures.until}"
    told = [
        words.of("title"),
        words.of(f"role.{figures.role}"),
        f"{words.of('period')} {period}",
        f"{words.of('made_on')} {figures.made_on}",
    ]
    cards = Markup("").join(_cards(figures, words))
    return Markup('<header><h1>{name}</h1><p>{told}</p></header><div class="cards">{cards}</div>').format(
        name=name, told=" · ".join(told), cards=cards
    )


def _cards(figures: AccountFigures, words: Words) -> Iterator[Markup]:
    left = sums.unexplained(figures)
    by_risk = sorted(left, key=lambda currency: (-left[currency].at_risk_minor, -abs(left[currency].lines_minor), currency))
    for currency in by_risk[:MOST_CURRENCIES]:
        one = left[currency]
        risk = f"{full_money_text(one.at_risk_minor, currency)} {words.of('card.at_risk', count=one.breaks)}"
        below = risk if one.breaks else words.of("card.no_breaks")
        yield _card(words.of("card.unexplained"), full_money_text(one.total_minor, currency), below, "good" if one.is_nothing else "bad")
    for by_currency in sums.waterfalls(figures).values():
        for currency, bars in list(by_currency.items())[:MOST_CURRENCIES]:
            for bar in (bar for bar in bars if bar.is_level and bar.key in {"net", "banked"}):
                yield _card(words.of(f"card.{bar.key}"), full_money_text(bar.minor, currency), "", "")
    yield from _shares(figures, words)


def _shares(figures: AccountFigures, words: Words) -> Iterator[Markup]:
    share = sums.rate(figures.matches)
    of_lines = words.of("card.of_lines", part=f"{share.part:,}", whole=f"{share.whole:,}") if share.whole else words.of("card.no_lines")
    yield _card(words.of("card.rate"), share_text(share), of_lines, "" if share.part == share.whole else "bad")
    days = (figures.until - figures.since).days + 1
    signed = len({one.day for one in figures.sign_offs if signature_state(one) == "checked"})
    share = Share(signed, days)
    yield _card(
        words.of("card.signed"), share_text(share), words.of("card.days", part=signed, whole=days), "good" if signed == days else ""
    )
    ended = max((one.ended_at for one in figures.runs if one.ended_at), default=None)
    yield _card(words.of("card.runs"), cell_text(ended) if ended else words.of("card.never"), "", "" if ended else "bad")


def _card(name: str, value: str, below: str, kind: str) -> Markup:
    return Markup('<div class="card {kind}"><span>{name}</span><b>{value}</b><span>{below}</span></div>').format(
        kind=kind, name=name, value=value, below=below
    )


def _contents(tables: list[Table], words: Words) -> Markup:
    links = (Markup('<a href="#{key}">{name}</a>').format(key=one.key, name=words.of(f"table.{one.key}")) for one in tables)
    return Markup("<nav>{links}</nav>").format(links=Markup("").join(links))


def _section(figures: AccountFigures, one: Table, words: Words) -> Markup:
    drawn, below = _drawn(figures, one.key, words), html_table(one, words)
    is_pair = bool(drawn) and len(one.rows) <= BESIDE
    body = Markup('<div class="{kind}"><div>{drawn}</div>{below}</div>').format(kind="pair" if is_pair else "", drawn=drawn, below=below)
    return Markup('<section id="{key}"><h2>{name}</h2><p>{about}</p>{body}</section>').format(
        key=one.key, name=words.of(f"table.{one.key}"), about=words.of(f"about.{one.key}"), body=body if drawn else below
    )


def _drawn(figures: AccountFigures, key: str, words: Words) -> Markup:
    """The charts of a table; none where there is nothing to look at."""
    if key == "ageing" and sums.open_breaks(figures):
        return _figure("", charts.ages(sums.ageing(figures), words))
    if key == "rates":
        return Markup("").join(
            _figure(words.name("level", level), charts.by_day(days, figures.since, figures.until, words.of("table.rates")))
            for level, days in sums.rates(figures.matches).items()
        )
    by_currency = sums.waterfalls(figures).get(key, {})
    drawn = [_figure(currency, charts.waterfall(bars, currency, words)) for currency, bars in list(by_currency.items())[:MOST_CURRENCIES]]
    if len(by_currency) > MOST_CURRENCIES:
        drawn.append(Markup("<p>{text}</p>").format(text=words.of("left_out", count=MOST_CURRENCIES)))
    return Markup("").join(drawn)


def _figure(caption: str, drawn: Markup) -> Markup:
    return Markup("<figure><figcaption>{caption}</figcaption>{drawn}</figure>").format(caption=caption, drawn=drawn)


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
    kind = "n" if any(isinstance(row[number], Money | Share | int) for row in one.rows) else ""
    return Markup('<th scope="col" class="{kind}">{name}</th>').format(kind=kind, name=words.of(f"column.{one.columns[number].key}"))


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
