"""Orders marked up in a mail's HTML: JSON-LD and microdata as one tree, and the text that a reader sees.

The HTML is read by selectolax (MIT, lexbor's HTML5 parser, typed). extruct would bring rdflib, which loads contexts from the network, and
reads JSON that is none; what microdata needs is a walk. No context and no address is ever loaded.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

import jiter
from selectolax.lexbor import LexborHTMLParser, LexborNode

from model.errors import MalformedError

MOST_HTML: Final = 2 * 2**20
MOST_NODES: Final = 100_000
MOST_SEEN: Final = 64 * 2**10
"""Characters of a mail's text that are compared."""
_MOST_ORDERS: Final = 500
_HIDDEN = 'script, style, template, head, [hidden], [style*="display:none"], [style*="display: none"]'
_SCHEMA: Final = ("https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/")
_SHOWN_BY: Final = {"meta": "content", "link": "href", "a": "href", "area": "href", "img": "src", "time": "datetime", "data": "value"}

Tree = dict[str, Any]
"""A thing with its properties; `@type` is its type."""


def orders_in(html: str) -> Iterator[tuple[str, Tree]]:
    """Every Order that is marked up, with where: `JSON-LD 1`, `microdata 2`. MalformedError where markup cannot be read strictly."""
    parser = _parsed(html)
    found = 0
    for number, script in enumerate(parser.css('script[type="application/ld+json"]'), 1):
        for order in _orders_of(_json(script.text(), number), number):
            found = _counted(found)
            yield f"JSON-LD {number}", order
    for number, order in enumerate(_items(parser), 1):
        found = _counted(found)
        yield f"microdata {number}", order


def seen_in(html: str) -> str:
    """The text that a reader sees, blanks as one."""
    parser = _parsed(html)
    for node in parser.css(_HIDDEN):
        node.decompose()
    root = parser.body or parser.root
    return " ".join((root.text(separator=" ") if root else "").split())[:MOST_SEEN]


def _counted(found: int) -> int:
    if found >= _MOST_ORDERS:
        raise MalformedError(f"markup: holds more than {_MOST_ORDERS} orders; have them sent in several mails")
    return found + 1


def _parsed(html: str) -> LexborHTMLParser:
    if len(html) > MOST_HTML:
        raise MalformedError(f"html: has {len(html)} characters, more than {MOST_HTML}")
    if html.count("<") > MOST_NODES:
        raise MalformedError(f"html: has more than {MOST_NODES} tags")
    return LexborHTMLParser(html)


def _json(text: str, number: int) -> object:
    try:
        return cast("object", jiter.from_json(text.encode(), catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal"))
    except ValueError:
        raise MalformedError(f"JSON-LD {number}: is not readable as JSON; have the sender mend its markup") from None


def _orders_of(found: object, number: int) -> Iterator[Tree]:
    """The orders of a document: itself, those of its list, or those of its graph. What is deeper belongs to something else."""
    if isinstance(found, list):
        for each in cast("list[object]", found):
            yield from _orders_of(each, number)
    elif isinstance(found, dict):
        thing = cast("Tree", found)
        graph = thing.get("@graph")
        things: list[object] = [thing, *(cast("list[object]", graph) if isinstance(graph, list) else [])]
        for each in things:
            if isinstance(each, dict) and "Order" in _types(each_thing := cast("Tree", each)):
                _check_context(thing.get("@context"), number)
                yield {**each_thing, "@type": "Order"}


def _types(thing: Tree) -> list[str]:
    told = thing.get("@type")
    names = cast("list[object]", told) if isinstance(told, list) else [told]
    return [_bare(name) for name in names if isinstance(name, str)]


def _bare(name: str) -> str:
    return next((name[len(prefix) :] for prefix in _SCHEMA if name.startswith(prefix)), name)


def _check_context(context: object, number: int) -> None:
    """Only schema.org's own words are read; another context could give them any meaning."""
    if not isinstance(context, str) or f"{context.rstrip('/#')}/" not in _SCHEMA:
        raise MalformedError(f"JSON-LD {number}: its @context is not schema.org alone; have the sender mend its markup")


def _items(parser: LexborHTMLParser) -> list[Tree]:
    """The Orders in microdata that are no part of something else."""
    found: list[Tree] = []
    waiting: list[tuple[LexborNode, Tree | None]] = [(parser.root, None)] if parser.root else []
    while waiting:
        node, around = waiting.pop()
        inside = _entered(node, around, found)
        waiting += [(child, inside) for child in reversed(list(node.iter()))]
    return found


def _entered(node: LexborNode, around: Tree | None, found: list[Tree]) -> Tree | None:
    """The item that what is inside a node belongs to; a property of the item around is added to it on the way."""
    attributes = node.attributes
    if "itemref" in attributes:
        raise MalformedError("microdata: uses itemref, which is not read; have the sender mend its markup")
    names = (attributes.get("itemprop") or "").split()
    if "itemscope" in attributes:
        kind = _bare((attributes.get("itemtype") or "").strip())
        item: Tree = {"@type": kind}
        if around is None and kind == "Order":
            found.append(item)
        _add(around, names, item)
        return item if around is not None or kind == "Order" else None
    if names and around is not None:
        _add(around, names, _shown(node, attributes))
    return around


def _add(around: Tree | None, names: list[str], value: object) -> None:
    if around is None:
        return
    for name in names:
        if name in around:
            before = around[name]
            around[name] = [*(cast("list[object]", before) if isinstance(before, list) else [before]), value]
        else:
            around[name] = value


def _shown(node: LexborNode, attributes: dict[str, str | None]) -> str:
    name = "content" if "content" in attributes else _SHOWN_BY.get(node.tag or "", "")
    told = attributes.get(name) if name else None
    return (told if told is not None else " ".join(node.text().split())).strip()
