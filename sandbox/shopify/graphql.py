"""Just enough GraphQL to read a client's query: operations, fields, arguments, variables and fragments (spec Oct 2021)."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

TOKEN: Final = re.compile(
    r'(?P<skip>[\s,\ufeff]+|\#[^\n]*)|(?P<block>"""(?:[^"]|"(?!""))*""")|(?P<text>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[_A-Za-z]\w*)|(?P<mark>\.\.\.|[!$()\[\]{}:=@|&])"
)
ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class SyntaxRefusedError(ValueError):
    """A document that cannot be read; the message says where."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A `$name` in place of a value."""

    name: str


Value: TypeAlias = "str | int | float | bool | Variable | list[Value] | dict[str, Value] | None"


@dataclass(frozen=True, slots=True)
class Directive:
    """An `@include` or `@skip` with its condition."""

    name: str
    arguments: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Field:
    """One selected field; `selections` is empty for a leaf."""

    name: str
    alias: str
    arguments: dict[str, Value]
    directives: tuple[Directive, ...]
    selections: "tuple[Selection, ...]"


@dataclass(frozen=True, slots=True)
class Spread:
    """A fragment used by its name."""

    name: str
    directives: tuple[Directive, ...]


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline fragment; `on` is empty where it names no type."""

    on: str
    directives: tuple[Directive, ...]
    selections: "tuple[Selection, ...]"


Selection: TypeAlias = "Field | Spread | Inline"


@dataclass(frozen=True, slots=True)
class Operation:
    """One query: its variables' default values and what it selects."""

    kind: str
    name: str
    defaults: dict[str, Value]
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document; fragments by name."""

    operations: list[Operation] = field(default_factory=list[Operation])
    fragments: dict[str, Inline] = field(default_factory=dict[str, Inline])


@lru_cache(maxsize=256)
def parse(text: str) -> Document:
    """Gives the parsed document; the same text is parsed once. Raises SyntaxRefusedError."""
    return _Reader(text).document()


class _Reader:
    """A recursive-descent reader over the tokens of one document."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def document(self) -> Document:
        found = Document()
        while self._peek()[1]:
            word = self._peek()[1]
            if word == "fragment":
                self._next()
                name = self._name()
                self._expect("on")
                found.fragments[name] = Inline(self._name(), self._directives(), self._selections())
            else:
                found.operations.append(self._operation(word))
        return found

    def _operation(self, word: str) -> Operation:
        if word == "{":
            return Operation("query", "", {}, self._selections())
        kind = self._name()
        name = self._name() if self._peek()[0] == "name" else ""
        defaults = self._variables() if self._peek()[1] == "(" else {}
        self._directives()
        return Operation(kind, name, defaults, self._selections())

    def _variables(self) -> dict[str, Value]:
        defaults: dict[str, Value] = {}
        self._expect("(")
        while not self._take(")"):
            self._expect("$")
            name = self._name()
            self._expect(":")
            while self._peek()[1] in {"[", "]", "!"} or self._peek()[0] == "name":
                self._next()
            if self._take("="):
                defaults[name] = self._value()
        return defaults

    def _selections(self) -> tuple[Selection, ...]:
        found: list[Selection] = []
        self._expect("{")
        while not self._take("}"):
            found.append(self._fragment() if self._take("...") else self._field())
        return tuple(found)

    def _fragment(self) -> Selection:
        if self._take("on"):
            return Inline(self._name(), self._directives(), self._selections())
        if self._peek()[0] == "name":
            return Spread(self._name(), self._directives())
        return Inline("", self._directives(), self._selections())

    def _field(self) -> Field:
        alias = name = self._name()
        if self._take(":"):
            name = self._name()
        arguments = self._arguments()
        directives = self._directives()
        return Field(name, alias, arguments, directives, self._selections() if self._peek()[1] == "{" else ())

    def _arguments(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        if self._take("("):
            while not self._take(")"):
                name = self._name()
                self._expect(":")
                found[name] = self._value()
        return found

    def _directives(self) -> tuple[Directive, ...]:
        found: list[Directive] = []
        while self._take("@"):
            found.append(Directive(self._name(), self._arguments()))
        return tuple(found)

    def _value(self) -> Value:
        kind, word = self._next()
        if word == "$":
            return Variable(self._name())
        if word == "[":
            many: list[Value] = []
            while not self._take("]"):
                many.append(self._value())
            return many
        if word == "{":
            named: dict[str, Value] = {}
            while not self._take("}"):
                name = self._name()
                self._expect(":")
                named[name] = self._value()
            return named
        return _literal(kind, word)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at += bool(token[1])
        return token

    def _take(self, word: str) -> bool:
        taken = self._peek()[1] == word
        self._at += taken
        if not taken and not self._peek()[1]:
            message = f"Expected {word}, actual: (none)"
            raise SyntaxRefusedError(message)
        return taken

    def _expect(self, word: str) -> None:
        if not self._take(word):
            message = f"Expected {word}, actual: {self._peek()[1]}"
            raise SyntaxRefusedError(message)

    def _name(self) -> str:
        kind, word = self._next()
        if kind != "name":
            message = f"Expected NAME, actual: {word or '(none)'}"
            raise SyntaxRefusedError(message)
        return word


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            message = f"Unexpected character {text[at]!r} at {at}"
            raise SyntaxRefusedError(message)
        if match.lastgroup != "skip":
            found.append((match.lastgroup, match.group()))
        at = match.end()
    return [*found, ("end", "")]


def _literal(kind: str, word: str) -> Value:
    if kind == "number":
        return int(word) if word.lstrip("-").isdigit() else float(word)
    if kind == "text":
        return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, word[1:-1])
    if kind == "block":
        return word[3:-3].strip()
    if kind == "name":
        return {"true": True, "false": False, "null": None}.get(word, word)
    message = f"Unexpected {word or 'end of document'}"
    raise SyntaxRefusedError(message)


def _unescaped(match: re.Match[str]) -> str:
    escape = match.group(1)
    return chr(int(escape[1:], 16)) if len(escape) > 1 else ESCAPES.get(escape, escape)
