"""The elements of an OFX file: SGML without closed leaves and XML alike, in bounds, and with no entities of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from model.errors import MalformedError

DEEPEST = 32
MOST_ELEMENTS = 2_000_000
_TOKEN: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._]{0,63})\s*(/?)>|<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<\?[^<>]*\?>", re.DOTALL)
_CLOSED: Final = re.compile(r"</([A-Za-z][A-Za-z0-9._]{0,63})\s*>")
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")


@dataclass(slots=True)
class Node:
    """An aggregate, or a leaf with its value."""

    name: str
    line: int
    value: str = ""
    children: list["Node"] = field(default_factory=list["Node"])

    def child(self, name: str) -> "Node | None":
        """The first child of this name."""
        return next((each for each in self.children if each.name == name), None)

    def text(self, name: str) -> str:
        """The value of the first child of this name; empty where there is none."""
        found = self.child(name)
        return found.value if found else ""

    def walk(self) -> Iterator["Node"]:
        """Itself and all below."""
        yield self
        for each in self.children:
            yield from each.walk()


def tree_of(text: str) -> Node:
    """The element OFX. MalformedError, with the line, for what is not closed, closed twice or out of bounds."""
    start = text.upper().find("<OFX>")
    if start < 0:
        raise MalformedError("file: has no element OFX")
    if re.search(r"<!\s*(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise MalformedError("file: declares a document type or entities, which no statement needs")
    builder = _Builder(text, start)
    for count, token in enumerate(_TOKEN.finditer(text, start)):
        if count > MOST_ELEMENTS:
            raise MalformedError("file: has too many elements")
        builder.take(token)
    return builder.finished()


class _Builder:
    """Aggregates that are open, and the leaf whose value is being read."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._closed = {name.upper() for name in _CLOSED.findall(text)}
        self._top = Node("", 0)
        self._open = [self._top]
        self._leaf: Node | None = None
        self._place = start
        self._line = text.count("\n", 0, start) + 1

    def take(self, token: re.Match[str]) -> None:
        """One tag, with the text before it."""
        between = self._text[self._place : token.start()]
        self._read(between)
        self._line += between.count("\n")
        if token[2]:
            (self._end if token[1] else self._begin)(token[2].upper(), is_empty=bool(token[3]))
        elif token[4] is not None:
            self._read(token[4], is_literal=True)
        self._line += token[0].count("\n")
        self._place = token.end()

    def finished(self) -> Node:
        """The element, if all is closed and nothing is behind it."""
        if len(self._open) > 1 or len(self._top.children) != 1 or self._text[self._place :].strip():
            raise MalformedError(f"line {self._line}: the file does not end with the one element OFX")
        return self._top.children[0]

    def _read(self, text: str, *, is_literal: bool = False) -> None:
        """The value of the leaf that was begun; text elsewhere belongs to nothing."""
        told = text if is_literal else _ENTITY.sub(lambda found: unescape(found[0]), text)
        if not told.strip():
            return
        last = self._leaf
        if last is None or last.children:
            raise MalformedError(f"line {self._line}: has text outside of an element")
        if last is self._open[-1]:
            self._open.pop()  # a tag with text behind it is a leaf, closed or not
        last.value = (last.value + told).strip()

    def _begin(self, name: str, *, is_empty: bool) -> None:
        if len(self._open) == 1 and self._top.children:
            raise MalformedError(f"line {self._line}: begins something behind OFX")
        node = Node(name, self._line)
        self._open[-1].children.append(node)
        self._leaf = None if is_empty else node
        if not is_empty and name in self._closed:  # what is closed nowhere is a leaf without a value
            self._open.append(node)
            if len(self._open) > DEEPEST:
                raise MalformedError(f"line {self._line}: is too deep")

    def _end(self, name: str, *, is_empty: bool) -> None:
        last, self._leaf = self._leaf, None
        if is_empty:
            raise MalformedError(f"line {self._line}: closes and opens at once")
        if self._open[-1].name == name and len(self._open) > 1:
            self._open.pop()
        elif last is None or last.name != name or last is self._open[-1]:
            raise MalformedError(f"line {self._line}: closes what is not open")
