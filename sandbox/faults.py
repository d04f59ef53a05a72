"""The fault dial: which exchanges go wrong and how. Every fault is a named function in a table.

A fault never hides an order for ever: what it spoils is well again in a later answer. `dial` draws them.
"""

import random
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from sandbox import refusals, tamper
from sandbox.exchange import Answer, Clock, Request
from sandbox.shelf import Entry
from sandbox.shop import ITEM_REFUSED

CHANNEL_OF: Final = {
    "shopify": "shopify-main", "woo": "woo-shop", "square": "square-till", "shipbob": "shipbob", "shipstation": "shipstation",
    "easypost": "easypost",
}  # fmt: skip
LISTS: Final = frozenset(
    {"shopify:orders", "woo:orders", "woo:orders/{id}/refunds", "square:orders/search", "square:payments", "square:refunds"}
)
GOODS: Final = frozenset({"shopify:listings", "woo:products", "woo:products/{id}/variations", "square:catalog/search",
                          "square:catalog/list", "square:inventory/counts/batch-retrieve"})  # fmt: skip
WRITES: Final = frozenset({"shopify:stock", "woo:products/{id}", "woo:products/batch", "woo:products/{id}/variations/{id}",
                           "woo:products/{id}/variations/batch", "square:inventory/changes/batch-create"})  # fmt: skip
ADVICES: Final = frozenset({"shipbob:orders", "shipstation:orders", "shipstation:shipments"})
LABELS: Final = frozenset({"easypost:POST shipments", "easypost:POST shipments/{id}/buy"})
POSTAL: Final = frozenset({"easypost:GET shipments", "easypost:GET shipments/{id}", "easypost:POST trackers",
                           "easypost:POST trackers/batch"})  # fmt: skip
COMMANDS: Final = frozenset({"shipbob:order", "shipbob:order/{id}:cancel", "shipstation:createorder"}) | LABELS
NOTICES: Final = frozenset({"shopify:notice", "woo:notice", "square:notice"})
MONEY: Final = frozenset({"shopify:money", "square:payouts", "square:payouts/{id}", "square:disputes"})
BY_CURSOR: Final = frozenset(name for name in LISTS | GOODS if not name.startswith("woo:"))
SHOPIFY: Final = frozenset({"shopify:orders", "shopify:query", "shopify:listings", "shopify:stock", "shopify:notice"})

IsLate = Callable[[Entry], bool]


class Counterpart(Protocol):
    """The shop behind the dial."""

    def __call__(self, request: Request, twist: str, is_late: IsLate | None, /) -> Answer:
        """Gives the shop's answer, twisted as told."""
        ...


class Ground(NamedTuple):
    """What a fault may touch: the clock, and the world, of which it can stir a share of a channel, place an order or send a buyer."""

    clock: Clock
    stir: Callable[[str, int], None]
    place: Callable[[str], None]
    buy: Callable[[str, Request], None]


class Exchange(NamedTuple):
    """One exchange about to go wrong."""

    request: Request
    endpoint: str
    counterpart: Counterpart
    is_late: IsLate | None
    throw: random.Random
    ground: Ground

    def answered(self, twist: str = "") -> Answer:
        """Gives the shop's own answer."""
        return self.counterpart(self.request, twist, self.is_late)

    @property
    def channel(self) -> str:
        """Gives the channel the endpoint belongs to."""
        return CHANNEL_OF[self.endpoint.partition(":")[0]]


Fault = Callable[[Exchange], Answer]


def _instead(refusal: refusals.Refusal) -> Fault:
    return lambda exchange: refusal(exchange.throw, exchange.endpoint, exchange.ground.clock())


def _spoilt(spoil: Callable[[Answer, random.Random], Answer]) -> Fault:
    return lambda exchange: spoil(exchange.answered(), exchange.throw)


def _twisted(twist: str) -> Fault:
    return lambda exchange: exchange.answered(twist)


def _after(refusal: refusals.Refusal) -> Fault:
    """Gives the fault in which all is done as asked, and the answer is lost or says otherwise."""

    def fault(exchange: Exchange) -> Answer:
        exchange.answered()
        return refusal(exchange.throw, exchange.endpoint, exchange.ground.clock())

    return fault


def sale_between(exchange: Exchange) -> Answer:
    """Answers well, but just before somebody bought one of what is being set: Shopify's comparison finds it stale."""
    exchange.ground.buy(exchange.channel, exchange.request)
    return exchange.answered()


def row_left(exchange: Exchange) -> Answer:
    """Answers well, then changes an order: it leaves the window being read and the rows behind it move up."""
    answer = exchange.answered()
    exchange.ground.stir(exchange.channel, 1)
    return answer


def row_inserted(exchange: Exchange) -> Answer:
    """Answers well, then a new order is placed: in a list read newest first every row moves down."""
    answer = exchange.answered()
    exchange.ground.place(exchange.channel)
    return answer


def many_ties(exchange: Exchange) -> Answer:
    """Answers well, then one bulk edit gives up to two thousand orders the same modification time."""
    answer = exchange.answered()
    exchange.ground.stir(exchange.channel, 2000)
    return answer


INSTEAD: Final = {
    "rate_limited_seconds": refusals.rate_limited_seconds,
    "rate_limited_date": refusals.rate_limited_date,
    "rate_limited_garbage": refusals.rate_limited_garbage,
    "status_500": refusals.status_500,
    "status_502": refusals.status_502,
    "status_503": refusals.status_503,
    "status_504": refusals.status_504,
    "connection_refused": refusals.connection_refused,
    "connection_reset": refusals.connection_reset,
    "read_timeout": refusals.read_timeout,
    "graphql_errors": refusals.graphql_errors,
    "throttled": refusals.throttled,
}
SPOILT: Final = {
    "cut_body": tamper.cut_body,
    "html_page": tamper.html_page,
    "unknown_field": tamper.unknown_field,
    "unknown_object": tamper.unknown_object,
    "not_a_number": tamper.not_a_number,
    "five_thousand_digits": tamper.five_thousand_digits,
    "duplicate_key": tamper.duplicate_key,
    "missing_field": tamper.missing_field,
    "wrong_currency": tamper.wrong_currency,
    "negative_quantity": tamper.negative_quantity,
    "lone_surrogate": tamper.lone_surrogate,
    "nul_character": tamper.nul_character,
}
TWISTED: Final = ("empty_page", "page_repeated", "duplicate_order", "looping_token")
AFTER: Final = {
    "read_timeout_after": refusals.read_timeout,
    "connection_reset_after": refusals.connection_reset,
    "status_500_after": refusals.status_500,
    "status_504_after": refusals.status_504,
}
AFTER_A_COMMAND: Final = {**AFTER, "status_503_after": refusals.status_503}
AT_STOCK: Final = (*AFTER, ITEM_REFUSED, "sale_between")
AT_NOTICES: Final = ("status_503_after",)
FAULTS: Final[dict[str, Fault]] = {
    **{name: _instead(refusal) for name, refusal in INSTEAD.items()},
    **{name: _spoilt(spoil) for name, spoil in SPOILT.items()},
    **{name: _twisted(name) for name in TWISTED},
    "row_left": row_left,
    "row_inserted": row_inserted,
    "many_ties": many_ties,
    **{name: _after(refusal) for name, refusal in AFTER.items()},
    ITEM_REFUSED: _twisted(ITEM_REFUSED),
    "sale_between": sale_between,
    **{name: _after(refusal) for name, refusal in AFTER_A_COMMAND.items() if name not in AFTER},
}
# where a fault can happen; everywhere for those not named here
ONLY_AT: Final[dict[str, frozenset[str]]] = {
    "graphql_errors": SHOPIFY,
    "throttled": SHOPIFY,
    "looping_token": BY_CURSOR,
    **dict.fromkeys(("row_left", "row_inserted", "many_ties"), LISTS),
    **{name: LISTS | ADVICES for name in SPOILT if name != "html_page"},
    **dict.fromkeys((*TWISTED[:3], "unknown_field", "unknown_object"), LISTS | GOODS | ADVICES | MONEY),
    **dict.fromkeys(("duplicate_key", "lone_surrogate", "nul_character"), LISTS | GOODS | ADVICES),
    "cut_body": LISTS | GOODS | MONEY | WRITES | ADVICES | COMMANDS | NOTICES | POSTAL,
    **dict.fromkeys(AT_STOCK, WRITES),
    **dict.fromkeys(AFTER, WRITES | COMMANDS | NOTICES | POSTAL),
    **{name: COMMANDS | NOTICES for name in AFTER_A_COMMAND if name not in AFTER},
}
