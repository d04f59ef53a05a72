"""Nothing silently cut: nested connections that go on behind their first page are read to the end and merged into the slice.

The slice stays what the vendor would have answered to a longer query, down to what cannot be read in it: a broken row of a further
page goes into the slice as it came, so that the mapping refuses this one order and names the reason. An order that changes while it is
being completed is written with its old version and read again: its change lies in the next window.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

import jiter
import msgspec

from connectors._kit import split_page
from connectors.shopify.graph import WHERE, Reply, Turn, settled
from connectors.shopify.queries import RESTS
from model.errors import ContractError, TransientError

Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | msgspec.Raw | None
"""Parsed strictly, with the raw bytes of what cannot be parsed in its place."""
Ask = Callable[[str, dict[str, object]], "Rest"]
"""Sends a document with its variables and reads the answer by `read_rest`, retries included."""

_GOES_ON = re.compile(rb'"hasNextPage"\s*:\s*true')
_HAS_RETURNS = re.compile(rb'"returnStatus"\s*:\s*"(?!NO_RETURN")')


REPEATS = 3
"""How often one page token is followed: a page that is answered twice does no harm, one that leads nowhere stops the connector."""


class Rest(msgspec.Struct, rename={"page_info": "pageInfo"}):
    """A further page of one nested connection, its rows as they came."""

    page_info: Turn
    nodes: list[msgspec.Raw]


class _Owner(msgspec.Struct):
    rest: Rest | None = None


class _Owners(msgspec.Struct):
    nodes: list[msgspec.Raw] | None = None


_REPLY: Final = msgspec.json.Decoder(Reply[_Owners])
_OWNER: Final = msgspec.json.Decoder(_Owner | None)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def whole(raw: bytes, ask: Ask, *, with_returns: bool) -> bytes:
    """The slice itself if it is complete or unreadable, else the slice with every nested connection read to its end."""
    wants_returns = with_returns and _HAS_RETURNS.search(raw) is not None
    if not wants_returns and _GOES_ON.search(raw) is None:
        return raw
    order = _parsed(raw)
    if not isinstance(order, dict):
        return raw
    if wants_returns:
        order["returns"] = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
    for owner, name, connection in _unfinished(order):
        _finish(owner, name, connection, ask)
    return _ENCODER.encode(order)


def read_rest(body: bytes) -> Rest:
    """The further page in an answer; a cut answer, an owner that is gone, or promises without rows, are a TransientError.

    An owner of another shape is given as the one row of a last page: no mapping takes it for one.
    """
    reply, owners = split_page(body, _REPLY, _owners, array=b"nodes", where=WHERE)
    settled(reply)
    try:
        owner, nodes = split_page(owners[0], _OWNER, _nodes, array=b"nodes", where=WHERE) if owners else (None, ())
    except TransientError:
        return Rest(Turn(has_next_page=False), [msgspec.Raw(owners[0])])
    if owner is None or owner.rest is None:
        raise TransientError(f"{WHERE}: the owner of a nested list has gone while it was read")
    owner.rest.page_info.cursor(is_empty=not nodes)
    return Rest(owner.rest.page_info, [msgspec.Raw(node) for node in nodes])


def _owners(reply: Reply[_Owners]) -> list[msgspec.Raw]:
    return reply.data.nodes or [] if reply.data is not None and not reply.errors else []


def _nodes(owner: _Owner | None) -> list[msgspec.Raw]:
    return owner.rest.nodes if owner is not None and owner.rest is not None else []


def _parsed(raw: bytes) -> Json:
    """What stands in the bytes, as strictly read as payloads are; the bytes themselves if they cannot be."""
    try:
        parsed: Json = jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal")
    except ValueError:
        return msgspec.Raw(raw)
    return parsed


def _unfinished(node: Json) -> Iterator[tuple[dict[str, Json], str, dict[str, Json]]]:
    """Every connection below this node that goes on, with its owner; those that a completed one brings included."""
    if isinstance(node, list):
        for child in node:
            yield from _unfinished(child)
        return
    if not isinstance(node, dict):
        return
    for name, child in node.items():
        if isinstance(child, dict) and name in RESTS and _goes_on(child):
            yield node, name, child
        yield from _unfinished(child)


def _goes_on(connection: dict[str, Json]) -> bool:
    turn = connection.get("pageInfo")
    return isinstance(turn, dict) and turn.get("hasNextPage") is True


def _finish(owner: dict[str, Json], name: str, connection: dict[str, Json], ask: Ask) -> None:
    turn, nodes = connection["pageInfo"], connection.get("nodes")
    if not isinstance(turn, dict) or not isinstance(nodes, list):
        return
    cursor = turn.get("endCursor")
    visits: Counter[object] = Counter()
    while visits[cursor] < REPEATS:
        visits[cursor] += 1
        rest = ask(RESTS[name], {"id": owner.get("id"), "after": cursor})
        following = rest.page_info.end_cursor
        if not rest.page_info.has_next_page or following not in visits:
            nodes.extend(_parsed(bytes(node)) for node in rest.nodes)
        if not rest.page_info.has_next_page:
            turn["hasNextPage"], turn["endCursor"] = False, following
            return
        cursor = following
    raise ContractError(f"{name}: the page token repeats")
