"""A report as one HTML page: no script, nothing fetched, every text escaped on its way in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from markupsafe import Markup

from model.records.money_figures import AccountFigures
from reconciliation.reports import charts, sums
from reconciliation.reports.html_table import html_table
from reconciliation.reports.sections import signature_state
from reconciliation.reports.style import CSS
from reconciliation.reports.tables import Share, Table, cell_text, full_money_text, share_text, shown
from reconciliation.reports.words import Words

MOST_CURRENCIES = 4
"""With a chart and cards of their own."""
BESIDE = 16
"""Rows of a table that stands beside its chart; a longer one stands below."""
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
    return Markup("<nav>{links}</nav>").format(links=Markup(" ").join(links))


def _section(figures: AccountFigures, one: Table, words: Words) -> Markup:
    charts_of = _charts(figures, one.key, words)
    body = _beside(one, charts_of, words) if charts_of else html_table(one, words)
    return Markup('<section id="{key}"><h2>{name}</h2><p>{about}</p>{body}</section>').format(
        key=one.key, name=words.of(f"table.{one.key}"), about=words.of(f"about.{one.key}"), body=body
    )


def _charts(figures: AccountFigures, key: str, words: Words) -> dict[str, Markup]:
    """The charts of a table, by what the first column says of the rows they show; an empty word stands for all rows."""
    if key == "ageing":
        return {"": _figure("", charts.ages(sums.ageing(figures), words))} if sums.open_breaks(figures) else {}
    if key == "rates":
        return {
            words.name("level", level): _figure(
                words.name("level", level), charts.by_day(days, figures.since, figures.until, words.of("table.rates")), _legend(words)
            )
            for level, days in sums.rates(figures.matches).items()
        }
    by_currency = sums.waterfalls(figures).get(key, {})
    largest = list(by_currency.items())[:MOST_CURRENCIES]
    return {currency: _figure(currency, charts.waterfall(bars, currency, words)) for currency, bars in largest}


def _beside(one: Table, charts_of: Mapping[str, Markup], words: Words) -> Markup:
    """Each chart with its rows; below, the rows that have none."""
    parts: list[Markup] = []
    for group, drawn in charts_of.items():
        shown_here = replace(one, columns=one.columns[1:], rows=tuple(row[1:] for row in one.rows if row[0] == group)) if group else one
        kind = "pair" if len(shown_here.rows) <= BESIDE else ""
        parts.append(Markup('<div class="{kind}">{drawn}{table}</div>').format(kind=kind, drawn=drawn, table=html_table(shown_here, words)))
    others = replace(one, rows=tuple(row for row in one.rows if "" not in charts_of and row[0] not in charts_of))
    if others.rows:
        parts.append(Markup("<p>{text}</p>").format(text=words.of("left_out", count=MOST_CURRENCIES)))
        parts.append(html_table(others, words))
    return Markup("").join(parts)


def _figure(caption: str, drawn: Markup, legend: Markup | str = "") -> Markup:
    return Markup("<figure><figcaption>{caption}{legend}</figcaption>{drawn}</figure>").format(
        caption=shown(caption), drawn=drawn, legend=legend
    )


def _legend(words: Words) -> Markup:
    return Markup('<i class="key level"></i>{explained}<i class="key down"></i>{rest}').format(
        explained=words.of("column.explained"), rest=words.of("step.unexplained")
    )
