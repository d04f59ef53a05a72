"""`entrepot trace`: from a bank line down to order lines, or from an order up to the bank."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from console.output import As, Json, amount_text, money, say, say_json, say_table
from model.errors import ConfigError
from model.store.money_chain import SUBJECTS
from operations.money.trace import Level, Sums, Trace
from operations.money.trace import trace as follow
from operations.runtime.hub import open_hub
from operations.runtime.settings import Settings

SHOWN = 20
"""Rows of a level."""
KINDS = tuple(kind.replace(" ", "-") for kind, _table, _words in SUBJECTS)
_AMOUNTS = ("amount", "gross", "net")


def trace(
    named: Annotated[str, typer.Argument(metavar="ID", help="An id or number: of a bank line, payout, line, payment, refund or order.")],
    kind: Annotated[str | None, typer.Option("--kind", help=f"What it is, where several things bear it: {', '.join(KINDS)}.")] = None,
    everything: Annotated[bool, typer.Option("--all", help=f"Every row of each level, not only the first {SHOWN}.")] = False,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Follow money from the bank to the order lines, level by level, with the sum of each and what lies between them, by name."""
    if kind is not None and kind not in KINDS:
        raise ConfigError(f"--kind {kind!r}: is unknown; use one of {', '.join(KINDS)}")
    with open_hub(Settings(), actor=actor) as hub:
        found = follow(hub, named, kind.replace("-", " ") if kind else None)
    if as_json:
        say_json(_as_json(found))
        return
    say(f"{found.kind} {found.named}")
    for level in found.levels:
        _say_level(level, len(level.rows) if everything else SHOWN)
    if found.passes:
        say(f"\nmatched by: {', '.join(f'{name} ({count})' for name, count in sorted(found.passes.items()))}")
    say(_verdict(found))


def _verdict(found: Trace) -> str:
    """In words, whether everything is explained."""
    if found.is_explained and not _ends_early(found):
        return "everything is explained: each level sums to the one before"
    if found.is_explained:
        return f"what is known is explained, and ends at: {found.levels[0].name}; nothing is known of it above that"
    gaps = [f"{_shown(level.unexplained)} between {level.name} and the level before" for level in found.levels if _is_open(level)]
    return f"not explained: {'; '.join(gaps)}; see `entrepot breaks list`"


def _ends_early(found: Trace) -> bool:
    """Whether the chain has not come to the bank."""
    return not found.levels or found.levels[0].name != "bank"


def _is_open(level: Level) -> bool:
    return any(level.unexplained.values())


def _say_level(level: Level, most: int) -> None:
    say(f"\n{level.name}: {len(level.rows)}, together {_shown(level.sums) or 'nothing'}")
    shown = [_in_words(row) for row in level.rows[:most]]
    if shown:
        say_table(shown, [name for name in shown[0] if name != "currency"], "")
    if len(level.rows) > most:
        say(f"… and {len(level.rows) - most} more; --all shows them")
    for name, sums in level.remainders.items():
        if any(sums.values()):
            say(f"  {name}: {_shown(sums)}")
    if _is_open(level):
        say(f"  not explained: {_shown(level.unexplained)}")


def _in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    for name in _AMOUNTS:
        if shown.get(name) is not None:
            shown[name] = amount_text(shown[name], row["currency"])
    if "fees" in shown:
        shown["fees"] = ", ".join(f"{kind} {amount_text(minor, row['currency'])}" for kind, minor in shown["fees"].items()) or None
    return shown


def _shown(sums: Sums) -> str:
    return ", ".join(amount_text(minor, currency) for currency, minor in sorted(sums.items()) if minor)


def _as_json(found: Trace) -> dict[str, Any]:
    levels = [
        {
            "level": level.name,
            "rows": [_row_as_json(row) for row in level.rows],
            "sums": _list(level.sums),
            "remainders": {name: _list(sums) for name, sums in level.remainders.items()},
            "unexplained": _list({currency: minor for currency, minor in level.unexplained.items() if minor}),
        }
        for level in found.levels
    ]
    return {"kind": found.kind, "id": found.named, "is_explained": found.is_explained, "levels": levels, "passes": found.passes}


def _row_as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: money(value, row["currency"]) if name in _AMOUNTS and value is not None else value for name, value in row.items()}
    if "fees" in row:
        shown["fees"] = {kind: money(minor, row["currency"]) for kind, minor in row["fees"].items()}
    return shown


def _list(sums: Sums) -> list[dict[str, Any]]:
    return [money(minor, currency) for currency, minor in sorted(sums.items())]
