"""TOML that people write: read strictly, checked by a model, and every mistake told as `file:line: key: reason; mend`."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model.errors import ConfigError

Place = tuple[str | int, ...]
"""Where a key stands: names of tables and keys, and positions in lists."""

_HEADER = re.compile(r"^\s*\[(\[?)\s*([A-Za-z0-9_.\"'-]+)\s*\]\]?")
_KEY = re.compile(r"""^\s*(?:"(?P<quoted>[^"]+)"|'(?P<literal>[^']+)'|(?P<bare>[A-Za-z0-9_-]+))\s*[=.]""")
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")
_SHOULD = re.compile(r"^(?:Decimal i|I)nput should")

_WORDS = {
    "extra_forbidden": "is not a key of this table; remove it or mend its spelling",
    "missing": "is missing; add it",
    "string_pattern_mismatch": "is not of the form wanted; ids are small letters, digits and hyphens, countries two capitals",
    "string_type": 'must be text; put it between quotes, like "this"',
    "timezone_aware": "has no offset; write an instant like 2026-01-31T00:00:00Z",
    "too_short": "is empty; name at least one",
    "string_too_short": "is empty; write a word",
}
_KINDS = {
    "bool_": "must be true or false; write it without quotes",
    "int_": "must be a whole number; write it without quotes and without a point",
    "tuple_": 'must be a list; write it like ["one", "two"]',
    "dict_": "must be a table; give it one header of its own, like [name]",
    "model_": "must be a table; give it one header of its own, like [name]",
    "decimal_type": "must be an amount; write one like 5000 or 5000.50",
    "decimal_parsing": "must be an amount; write one like 5000 or 5000.50",
    "finite_": "must be an amount; write one like 5000 or 5000.50",
}


def read_text(path: Path) -> str | None:
    """The text of a file, or None where there is none; a ConfigError if it is not UTF-8."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path.name}:{line}: is not UTF-8; save the file in that encoding") from None


def read_toml(path: Path, text: str) -> dict[str, Any]:
    """The tables of a file, numbers with a point as Decimal; a ConfigError names the line that is no TOML."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = found.group(1) if found and found.group(1) else len(text.splitlines())
        raise ConfigError(f"{path.name}:{line}: is not valid TOML: {_AT_LINE.sub('', str(error))}") from None


def complaints(path: Path, text: str, error: ValidationError) -> ConfigError:
    """All that a model found wrong in a file, a line each, from top to bottom."""
    problems: list[dict[str, Any]] = [dict(problem) for problem in error.errors(include_input=False, include_url=False)]
    places: list[Place] = [problem["loc"] for problem in problems]
    real = [each for each in problems if each["type"] != "too_short" or not _holds_another(each["loc"], places)]
    real.sort(key=lambda problem: line_of(text, problem["loc"]))
    return ConfigError("\n".join(_complaint(path, text, problem) for problem in real))


def _holds_another(place: Place, places: list[Place]) -> bool:
    """Whether something inside is wrong too: what has a mistake counts as missing, and its list as too short."""
    return any(len(each) > len(place) and each[: len(place)] == place for each in places)


def _complaint(path: Path, text: str, problem: dict[str, Any]) -> str:
    place: Place = tuple(part for part in problem["loc"] if part != "[key]")
    kind, message = str(problem["type"]), _SHOULD.sub("must", str(problem["msg"]).removeprefix("Value error, "))
    known = _WORDS.get(kind) or next((words for start, words in _KINDS.items() if kind.startswith(start)), None)
    return told(path, text, place, known or message[:1].lower() + message[1:])


def told(path: Path, text: str, place: Place, reason: str) -> str:
    """`file:line: key: reason`."""
    return f"{path.name}:{line_of(text, place)}: {'.'.join(map(str, place))}: {reason}"


def line_of(text: str, place: Place) -> int:
    """The line of a key in TOML text, or of the nearest table around it; 1 when nothing fits."""
    names = [part for part in place if isinstance(part, str)]
    wanted = next((part for part in place if isinstance(part, int)), 0)
    best, depth_found, counts, inside = 1, 0, dict[str, int](), list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            inside = header.group(2).split(".")
            if header.group(1):
                counts[inside[0]] = counts.get(inside[0], -1) + 1
            path = inside
        else:
            key = _KEY.match(line)
            path = [*inside, key.group(str(key.lastgroup))] if key else []
        depth = next((i for i in range(len(path), 0, -1) if path[:i] == names[:i]), 0)
        if path and path == names[: len(path)] and counts.get(names[0], wanted) == wanted and depth > depth_found:
            best, depth_found = number, depth
    return best
