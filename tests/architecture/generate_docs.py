"""The pages that are written from the code: the commands, the invariants and the table of connectors.

`python tests/architecture/generate_docs.py` writes them; `test_docs.py` holds them to what this module would write now.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from connectors import registry
from connectors._kit.base import Connector
from connectors.capabilities import StreamFacts, capabilities_of
from console.commands import app
from operations.auditor import INVARIANTS, Invariant

ROOT = Path(__file__).parents[2]
NOTE = "<!-- Written by tests/architecture/generate_docs.py; change the code and run it, not this page. -->"

COMMANDS_HEAD = f"""# Commands

{NOTE}

`entrepot COMMAND --help` says the same. Every command works on the folder named by `ENTREPOT_HOME` (default: the current one).
Every command takes `--json`, for output that programs read, and `--as`, to act as somebody listed under `[[people]]` in `hub.toml`.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | a run or a check failed; standard error or the report says why |
| 2 | wrong use, or a setting that is wrong or missing; the message ends with the mend |"""

INVARIANTS_HEAD = f"""# Invariants

{NOTE}

What must hold in the store at any time, whatever was killed, repeated or broken. `entrepot audit` checks all of it, and so does the
flow `audit-store`, once an hour. The auditor shares no code with the store: it is plain SQL over a plain, read-only connection.
The numbers are those of the design and have gaps: an invariant gets its query when the tables it speaks of exist."""

CHAIN = """**The audit trail is one unbroken chain.** No single query: each event carries the SHA-256 of itself and of the event before,
numbers have no gap, and the head names the last event. The auditor computes all of it anew."""

CONNECTORS_HEAD = f"""# Connectors

{NOTE}

One folder under `connectors/` is one connector. The capabilities are read off its class, the rest off its manifest and settings.
How to add one: [add a channel](guide/add-a-channel.md). What an account needs besides these settings: [configure](guide/configure.md)."""

CONNECTORS_FOOT = """*Lag*: a window ends this long before the source's present, for changes that become visible late. *Overlap*: the next
window starts this long before the last one ended. *Longest window*: a longer stretch is read in several windows."""

Table = list[tuple[str, ...]]


def commands_of(group: TyperGroup | None = None, words: tuple[str, ...] = ("entrepot",)) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command with the words that call it, in the order of `--help`."""
    group = group or cast("TyperGroup", get_command(app))
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, TyperGroup):
            yield from commands_of(command, (*words, name))
        elif isinstance(command, TyperCommand):
            yield (*words, name), command


def commands_page() -> str:
    """`docs/guide/commands.md`."""
    parts = [COMMANDS_HEAD]
    for words, command in commands_of():
        parts += [f"## `{' '.join(words)}`", _sentence(command.help)]
        parts.append(_table([("argument or option", "what it does"), *_usages(command)]))
    return _page(parts)


def _usages(command: TyperCommand) -> Iterator[tuple[str, ...]]:
    for param in command.params:
        if isinstance(param, TyperArgument):
            name = str(param.name).upper()
            yield f"`{name}`" if param.required else f"`[{name}]`", _sentence(param.help)
        elif isinstance(param, TyperOption) and not param.hidden:
            value = "" if param.is_flag else f" {param.metavar or 'VALUE'}"
            yield f"`{', '.join(param.opts)}{value}`{_default(param.default)}", _sentence(param.help)


def _default(default: object) -> str:
    return f" (default `{default}`)" if isinstance(default, str | int) and not isinstance(default, bool) else ""


def _sentence(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").replace("|", "\\|").replace("\\[", "[").strip()


def invariants_page() -> str:
    """`docs/guide/invariants.md`."""
    parts = [INVARIANTS_HEAD]
    chapters: dict[str, list[str]] = {}
    for each in INVARIANTS:
        chapters.setdefault(each.id, []).append(_invariant(each))
    chapters["I11"] = [CHAIN]
    for number in sorted(chapters, key=lambda number: int(number[1:])):
        parts += [f"## {number}", *chapters[number]]
    return _page(parts)


def _invariant(invariant: Invariant) -> str:
    sql = "\n".join(line.strip() for line in invariant.sql.strip().splitlines())
    return f"**{invariant.promise[:1].upper()}{invariant.promise[1:]}.** Rows that this gives break it:\n\n```sql\n{sql}\n```"


def connectors_page() -> str:
    """`docs/connectors.md`."""
    kinds = {name: registry.find(name) for name in registry.names()}
    header = ("connector", "capabilities", "kinds of payload", "API version", "mapping version", "lines of code, about")
    parts = [CONNECTORS_HEAD, _table([header, *(_connector_row(name, kind) for name, kind in kinds.items())])]
    for name, kind in kinds.items():
        parts += [f"## {kind.manifest.title}", f"As `connector` in hub.toml: `{name}`. The vendor's pages: <{kind.manifest.api_docs}>"]
        parts.append(_sentence(kind.settings_type.__doc__))
        parts.append(_table([("setting", "type", "default", "meaning"), *_settings_rows(kind.settings_type)]))
        if streams := list(_stream_rows(kind)):
            parts.append(_table([("stream", "lag", "overlap", "longest window"), *streams]))
    return _page([*parts, CONNECTORS_FOOT])


def _connector_row(name: str, kind: type[Connector[Any]]) -> tuple[str, ...]:
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in (ROOT / "connectors" / name).glob("*.py"))
    abilities = ", ".join(ability.__name__ for ability in capabilities_of(kind))
    kinds = ", ".join(f"`{each}`" for each in kind.kinds)
    return f"`{name}`", abilities, kinds, f"`{kind.manifest.api_version}`", str(kind.mapping_version), str(round(lines, -2))


def _settings_rows(settings: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    meanings = _field_docs(settings)
    for name, field in settings.model_fields.items():
        default = "required" if field.is_required() else _shown_default(field.get_default(call_default_factory=True))
        yield f"`{name}`", _type_name(field), default, _sentence(meanings.get(name))


def _shown_default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "–" if value in (None, {}, ()) else f"`{str(value).rstrip('/')}`"


_TYPES = {
    "SecretStr": "secret: `env:NAME` or `file:PATH`",
    "HttpUrl": "address",
    "bool": "`true` or `false`",
    "int": "whole number",
    "tuple": "list of texts",
    "dict": "table of texts",
}


def _type_name(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(field.annotation))
    text = str(field.annotation)
    return next((words for name, words in _TYPES.items() if name in text), "text")


def _field_docs(settings: type[BaseModel]) -> Mapping[str, str]:
    """The text below each field, as written in the class and its bases."""
    found: dict[str, str] = {}
    for kind in reversed(settings.__mro__):
        path = Path(getattr(sys.modules[kind.__module__], "__file__", None) or "/")
        if path.is_relative_to(ROOT / "connectors"):
            body = path.read_text("utf-8").partition(f"class {kind.__name__}(")[2].partition("\n\n\n")[0]
            found |= dict(re.findall(r'\n    (\w+): [^\n]+\n    """(.+?)"""', body, re.DOTALL))
    return found


def _stream_rows(kind: type[Connector[Any]]) -> Iterator[tuple[str, ...]]:
    for stream in ("order", "payment", "advice", "payout", "dispute"):
        facts = getattr(kind, f"{stream}_stream", None)
        if isinstance(facts, StreamFacts):
            yield f"{stream}s", _span(facts.lag), _span(facts.overlap), _span(facts.longest)


def _span(span: timedelta) -> str:
    if not span:
        return "none"
    return f"{span.days} days" if span.days else f"{span.seconds // 60} min"


def _table(rows: Table) -> str:
    lines = [rows[0], tuple("---" for _ in rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/guide/commands.md": commands_page,
    "docs/guide/invariants.md": invariants_page,
    "docs/connectors.md": connectors_page,
}
"""Every generated page, by its place."""


if __name__ == "__main__":
    for place, page in PAGES.items():
        (ROOT / place).write_text(page(), "utf-8")
