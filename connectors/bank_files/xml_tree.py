"""XML in bounds: no document type, no entities, no endless depth. The parser is the standard library's, guarded by defusedxml."""

from typing import Any, cast
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.ElementTree import XMLParser

from connectors.bank_files.texts import bounded
from model.errors import MalformedError

DEEPEST = 64
MOST_ELEMENTS = 2_000_000


class _Builder(TreeBuilder):
    """Elements under their local names: banks and versions differ in namespaces and in nothing else that is read here."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.count = 0
        self.namespace = ""

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST or self.count > MOST_ELEMENTS:
            raise MalformedError(f"element {self.count}: is too deep, or one too many")
        namespace, _, name = tag.rpartition("}")
        self.namespace = self.namespace or namespace.removeprefix("{")
        return super().start(name, attrs)

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(tag.rpartition("}")[2])


def parsed(raw: bytes) -> tuple[str, Element]:
    """The namespace of the outermost element, and the element. MalformedError with the line where it is no XML that we read."""
    builder = _Builder()
    parser: Any = cast("Any", XMLParser)(target=builder, forbid_dtd=True)
    try:
        parser.feed(bounded(raw).strip())
        root: Element = parser.close()
    except ParseError as error:
        raise MalformedError(f"line {error.position[0]}: is no well-formed XML") from None
    except (ValueError, LookupError):  # defusedxml's refusals, and encodings that are none
        raise MalformedError("file: declares a document type, entities or an encoding that no statement needs") from None
    return builder.namespace, root


def text_at(element: Element, path: str) -> str:
    """What stands there the first time, without blanks around it; empty where nothing does."""
    return (element.findtext(path) or "").strip()
