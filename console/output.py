"""How the command line speaks: tables and JSON on stdout, progress and errors on stderr."""

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Annotated, Any, cast

import typer

from model.store.runs import Counts
from model.values.instant import iso
from model.values.money import decimal_amount
from model.values.quantity import decimal_quantity

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
As = Annotated[str | None, typer.Option("--as", metavar="ACTOR", help="Who acts: an id under [[people]] in hub.toml; default is you.")]
AccountOption = Annotated[str | None, typer.Option("--account", help="One account id of hub.toml; default is all.")]
ChannelOption = Annotated[str | None, typer.Option("--channel", help="One channel id of hub.toml; default is all.")]
Unmask = Annotated[str | None, typer.Option("--unmask", metavar="REASON", help="With personal data; the reason is kept.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many; default is all.")]


def say(text: str) -> None:
    """A line for the person."""
    print(text, flush=True)  # noqa: T201  the one place that prints


def say_json(value: object) -> None:
    """One JSON document."""
    say(json.dumps(value, default=plain, ensure_ascii=False))


def complain(text: str) -> None:
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  same


def plain(value: object) -> object:
    """JSON's form of what rows hold."""
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else repr(value)


def say_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str) -> None:
    """Rows in aligned columns under a header, or a line that says there are none."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    if not cells:
        say(empty)
        return
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    for line in [list(columns), *cells]:
        say("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def say_one(shown: Mapping[str, Any], *, as_json: bool, hidden: AbstractSet[str] = frozenset()) -> None:
    """One record: its values by name, its lists as tables without the hidden columns; or JSON, with them."""
    if as_json:
        say_json(shown)
        return
    for name, value in shown.items():
        if isinstance(value, list):
            _say_list(name, cast("list[Any]", value), hidden)
        else:
            say(f"{name}: {plain(value) if hasattr(value, 'isoformat') else value}")


def _say_list(name: str, rows: list[Any], hidden: AbstractSet[str]) -> None:
    if rows and not isinstance(rows[0], dict):
        say(f"{name}: {', '.join(map(str, rows))}")
        return
    say(f"\n{name}:")
    say_table(rows, [key for key in cast("list[dict[str, Any]]", rows)[0] if key not in hidden] if rows else [], "none")


def in_units(row: Mapping[str, Any], names: AbstractSet[str]) -> dict[str, Any]:
    """A row, and the rows of its lists, with the thousandths of these names as decimal units."""
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, list):
            shown[name] = [in_units(each, names) for each in cast("list[dict[str, Any]]", value)]
        else:
            shown[name] = decimal_quantity(value) if name in names and value is not None else value
    return shown


def amount_text(minor: int, currency: str) -> str:
    """`12.30 EUR`."""
    return f"{decimal_amount(minor, currency)} {currency}"


def money(minor: int, currency: str) -> dict[str, Any]:
    """An amount as JSON has it."""
    return {"minor": minor, "currency": currency}


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return value.strftime("%Y-%m-%d %H:%M:%SZ") if isinstance(value, datetime) else str(value)


class Progress:
    """A line on a terminal's stderr that tells how far a long run is, about once a second; silent elsewhere."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, channel: str, stream: str, counts: Counts) -> None:
        """Show the counts so far."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._last >= 1:
            self._last = now
            complain(f"{channel} {stream}: {counts.read} read so far, {counts.new} new")
