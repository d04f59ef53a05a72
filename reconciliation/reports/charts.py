"""Charts as inline SVG: drawn in whole pixels, coloured by the page's own classes, so that they print and darken with it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from reconciliation.reports.sums import Step
from reconciliation.reports.tables import Share, full_money_text, money_text, share_text
from reconciliation.reports.words import Words

WIDTH = 640
ROW = 26
"""Height of one bar with its distance to the next."""
THICK = 16
LEFT, RIGHT = 168, 500
"""Where bars begin and end; names stand before, amounts after."""
MOST_DAYS = 130
"""Longer periods show only the days on which something moved."""
TALL = 120
"""Height of the columns of a chart by day."""
MARGIN = 44


def waterfall(bars: Sequence[Step], currency: str, words: Words) -> Markup:
    """Bars that hang where the one before ended; levels stand on the ground."""
    edges = _edges(bars)
    low, high = min(0, *map(min, edges)), max(0, *map(max, edges))
    drawn: list[Markup] = []
    for number, (bar, (start, end)) in enumerate(zip(bars, edges, strict=True)):
        x, width = _span(min(start, end), max(start, end), low, high)
        kind = "level" if bar.is_level else "down" if bar.minor < 0 else "up"
        drawn += _bar(number, x, width, kind, words.of(f"step.{bar.key}"), money_text(bar.minor, currency))
    ground, _ = _span(0, 0, low, high)
    foot = len(bars) * ROW
    drawn.append(Markup('<line class="axis" x1="{x}" y1="0" x2="{x}" y2="{y}"/>').format(x=ground, y=foot))
    return _svg(foot + 4, f"{words.of('table.steps')}, {currency}", drawn)


def _edges(bars: Sequence[Step]) -> list[tuple[int, int]]:
    level, edges = 0, list[tuple[int, int]]()
    for bar in bars:
        edges.append((0, bar.minor) if bar.is_level else (level, level + bar.minor))
        level = edges[-1][1]
    return edges


def ages(classes: Mapping[int, Mapping[str, tuple[int, int]]], words: Words) -> Markup:
    """A bar for each class of age, as long as its breaks are many, with what is at risk beside it."""
    counts = {number: sum(count for count, _ in cells.values()) for number, cells in classes.items()}
    most = max(1, *counts.values())
    drawn: list[Markup] = []
    for number, cells in classes.items():
        x, width = _span(0, counts[number], 0, most)
        risks = [full_money_text(at_risk, currency) for currency, (_, at_risk) in cells.items()]
        name = Markup('<text class="count" x="{x}" y="{y}">{count}</text>').format(
            x=x + width + 6, y=number * ROW + 13, count=f"{counts[number]:,}"
        )
        drawn += [
            *_bar(number, x, width, f"age{number}", words.of(f"age.{number}"), ", ".join(risks[:1]) + ("…" if risks[1:] else "")),
            name,
        ]
    return _svg(len(classes) * ROW + 4, words.of("table.ageing"), drawn)


def by_day(shares: Mapping[date, Share], since: date, until: date, name: str) -> Markup:
    """A column for each day: what is explained, below what is not."""
    days = _days(shares, since, until)
    room = WIDTH - MARGIN - 8
    wide = max(1, min(40, room // max(1, len(days))))
    drawn = [*_grid()]
    every = max(1, -(-len(days) * 62 // room))
    for number, day in enumerate(days):
        x = MARGIN + number * room // max(1, len(days))
        drawn += _column(x, max(1, wide - (1 if wide > 2 else 0)), day, shares.get(day))  # noqa: PLR2004  a gap only where there is room
        if number % every == 0:
            drawn.append(Markup('<text class="tick" x="{x}" y="{y}">{day}</text>').format(x=x, y=TALL + 26, day=f"{day:%m-%d}"))
    return _svg(TALL + 34, name, drawn)


def _days(shares: Mapping[date, Share], since: date, until: date) -> list[date]:
    length = (until - since).days + 1
    return [since + timedelta(days=number) for number in range(length)] if length <= MOST_DAYS else sorted(shares)


def _grid() -> Iterable[Markup]:
    for percent in (0, 50, 100):
        y = 8 + TALL - TALL * percent // 100
        yield Markup('<line class="grid" x1="{a}" y1="{y}" x2="{b}" y2="{y}"/>').format(a=MARGIN, b=WIDTH - 4, y=y)
        yield Markup('<text class="end" x="{x}" y="{y}">{percent} %</text>').format(x=MARGIN - 6, y=y + 4, percent=percent)


def _column(x: int, width: int, day: date, share: Share | None) -> list[Markup]:
    if share is None or share.permille is None:
        return []
    high = TALL * share.permille // 1000
    told = f"{day}: {share_text(share)} ({share.part:,}/{share.whole:,})"
    part = Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{high}"><title>{told}</title></rect>')
    return [
        part.format(kind=kind, x=x, y=y, width=width, high=tall, told=told)
        for kind, y, tall in (("down", 8, TALL - high), ("level", 8 + TALL - high, high))
        if tall
    ]


def _span(start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """Where a bar begins and how wide it is; what is anything is at least one pixel."""
    room, whole = RIGHT - LEFT, max(1, high - low)
    x = LEFT + (start - low) * room // whole
    return x, max(1 if end > start else 0, LEFT + (end - low) * room // whole - x)


def _bar(number: int, x: int, width: int, kind: str, name: str, amount: str) -> list[Markup]:
    y = number * ROW
    return [
        Markup('<text class="end {kind}" x="{x}" y="{y}">{name}</text>').format(kind=f"t-{kind}", x=LEFT - 8, y=y + 13, name=name),
        Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{high}"/>').format(
            kind=kind, x=x, y=y, width=width, high=THICK
        ),
        Markup('<text class="end {kind}" x="{x}" y="{y}">{amount}</text>').format(
            kind=f"t-{kind}", x=WIDTH - 2, y=y + 13, amount=amount
        ),
    ]  # fmt: skip


def _svg(height: int, name: str, drawn: Iterable[Markup]) -> Markup:
    body = Markup("").join(drawn)
    return Markup('<svg role="img" aria-label="{name}" viewBox="0 0 {width} {height}">{body}</svg>').format(
        name=name, width=WIDTH, height=height, body=body
    )
