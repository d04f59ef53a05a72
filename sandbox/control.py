"""The street's own control doors: see the stock, fill the shelves, send a buyer, take an order back, have the warehouse run short.

No vendor has them.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol, cast

from sandbox.exchange import Answer, Request, Tree, answer_json, tree_of
from sandbox.truth import TrueStock


class Controlled(Protocol):
    """What the door opens to: the street."""

    def levels(self) -> list[TrueStock]:
        """Gives what was sold and what is shown of everything counted."""
        ...

    def stock(self, channel: str, units: Mapping[str, int]) -> None:
        """Counts a channel's shelves."""
        ...

    def sell(self, channel: str, sku: str, quantity: int, at: datetime | None = None) -> str | None:
        """Sells units to a buyer."""
        ...

    def refuse(self, channel: str, sku: str, *, refused: bool = True) -> None:
        """Makes a channel refuse a SKU's levels."""
        ...

    def cancel(self, order: str, at: datetime | None = None) -> bool:
        """Cancels an order."""
        ...

    def ship_short(self, sku: str, *, short: bool = True) -> None:
        """Has the warehouse ship one unit less of a SKU."""
        ...

    def refuse_orders(self, sku: str, *, refused: bool = True) -> None:
        """Has the warehouse refuse orders for a SKU."""
        ...


def answer(street: Controlled, request: Request) -> Answer:
    """Gives the answer to one request under /stock or /warehouse; 400 with the reason where it makes no sense."""
    if request.method == "GET":
        return answer_json({"stock": street.levels()})
    deed = DEEDS.get(request.path.strip("/"))
    if deed is None:
        return answer_json({"error": "nobody lives here"}, 404)
    try:
        return answer_json(deed(street, tree_of(json.loads(request.body or b"{}"))))
    except (ValueError, TypeError, KeyError) as problem:
        return answer_json({"error": str(problem)}, 400)


def _stock(street: Controlled, sent: Tree) -> Tree:
    for channel, units in sent.items():
        street.stock(channel, {sku: int(str(many)) for sku, many in tree_of(units).items()})
    return {"stock": street.levels()}


def _sell(street: Controlled, sent: Tree) -> Tree:
    order = street.sell(str(sent["channel"]), str(sent["sku"]), int(str(sent.get("quantity", 1))), _moment(sent))
    return {"order": order}


def _cancel(street: Controlled, sent: Tree) -> Tree:
    return {"cancelled": street.cancel(str(sent["order"]), _moment(sent))}


def _refuse(street: Controlled, sent: Tree) -> Tree:
    street.refuse(str(sent["channel"]), str(sent["sku"]), refused=bool(sent.get("refused", True)))
    return {}


def _ship_short(street: Controlled, sent: Tree) -> Tree:
    street.ship_short(str(sent["sku"]), short=bool(sent.get("short", True)))
    return {}


def _refuse_orders(street: Controlled, sent: Tree) -> Tree:
    street.refuse_orders(str(sent["sku"]), refused=bool(sent.get("refused", True)))
    return {}


def _moment(sent: Tree) -> datetime | None:
    at = cast("str | None", sent.get("at"))
    return datetime.fromisoformat(at) if at else None


DEEDS: Final[dict[str, Callable[[Controlled, Tree], Tree]]] = {
    "stock": _stock,
    "stock/sell": _sell,
    "stock/cancel": _cancel,
    "stock/refuse": _refuse,
    "warehouse/short": _ship_short,
    "warehouse/refuse": _refuse_orders,
}
