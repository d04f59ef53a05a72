"""Telling Shopify that goods left: `fulfillmentCreate` over the order's open fulfilment orders, found again by its tracking numbers.

Shopify has no key for this change and no field for a reference of ours, so an attempt whose answer never came is looked for: a
fulfilment that shows our tracking numbers, and some of our lines, is ours. A parcel without a number shows `Shipment REFERENCE` in its
place, as two parcels of one order may hold the same goods.

One change may take from several fulfilment orders, but only from those of one location. Which of them still hold the lines is read at
each attempt; the change is made of the notice and that reading, and of nothing else.
Source: shopify.dev, fulfillmentCreate, FulfillmentOrder and "Build for fulfillment" (2026-07)
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final, TypeVar

import msgspec

from connectors._kit import Answer, Http, notices
from connectors._kit.exchange import TurnedAwayError
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.shopify.graph import WHERE, Reply, one_answer
from connectors.shopify.payloads_notices import FulfilmentOrder, LinesAnswer, Made, MadeAnswer, NoticeOrder, OrderAnswer, UserError
from connectors.shopify.queries_notices import LINES, ORDER, TELL
from connectors.shopify.terms import number
from model.errors import ContractError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice

NOTICE: Final = CommandFacts(
    provider_class="B",
    rate=Rate(Fraction(1), 2),  # by the published rules a notice may read for 1,200 points, of which the smallest plan gives 100 a second
    read_lag=timedelta(seconds=10),  # an order is read by its id, not searched for; the vendor names no bound, so a bound with room
)

OPEN: Final = frozenset({"OPEN", "IN_PROGRESS"})
WAITING: Final = frozenset({"ON_HOLD", "SCHEDULED"})
UNDONE: Final = frozenset({"CANCELLED", "ERROR", "FAILURE"})
"""Fulfilments that fulfil nothing."""

PAGES: Final = 200
"""More pages than any order has; a token that leads back to itself ends here."""

_JSON: Final = {"content-type": "application/json"}
_STEP: Final = re.compile(r"\w{1,40}", re.ASCII)

D = TypeVar("D")


_ORDER: Final = msgspec.json.Decoder(Reply[OrderAnswer])
_LINES: Final = msgspec.json.Decoder(Reply[LinesAnswer])
_MADE: Final = msgspec.json.Decoder(Reply[MadeAnswer])


@dataclass(frozen=True, slots=True)
class Held:
    """What one fulfilment order still holds of one line of the order."""

    order: str
    place: str
    line: str
    """The fulfilment order's own id of the line."""
    order_line: str
    remaining: int


Takes = dict[str, list[dict[str, object]]]
"""Lines and quantities to fulfil, by fulfilment order."""


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command; RejectedError for what Shopify could not be told."""
    notices.whole_units(notice)
    if not notice.order_external_id.rpartition("/")[2].isdigit():
        raise RejectedError(f"notice {notice.reference}: {notice.order_external_id[:40]!r} is no order id of Shopify")
    return notices.written(notice)


def submit(http: Http, command: Command) -> Receipt:
    """Tell, unless it was told before; RejectedError where nothing of the lines is left to be fulfilled."""
    notice = notices.read(command.body)
    order, held_by = _read_order(http, notice)
    if (told := _told(order, notice)) is not None:
        return Receipt(told, is_repeat=True)
    if order.cancelled_at is not None:
        raise RejectedError(f"{WHERE}: the order is cancelled")
    held = [each for one in held_by if one.status in OPEN for each in _read_lines(http, one)]
    made = _submitted(http, change(notice, takes(notice, held, held_by)))
    if made.fulfillment is not None and not made.user_errors:
        return Receipt(number(made.fulfillment.id))
    return _after_refusal(http, notice, made.user_errors)


def find(http: Http, command: Command) -> Receipt | None:
    """The fulfilment of this very notice, if the order has it."""
    notice = notices.read(command.body)
    told = _told(_read_order(http, notice)[0], notice)
    return Receipt(told, is_repeat=True) if told is not None else None


def change(notice: ShipmentNotice, taken: Takes) -> bytes:
    """The document and its variables."""
    shown = notices.shown_numbers(notice)
    tracking: dict[str, object] = {"numbers": list(shown)}
    if notice.carrier:
        tracking["company"] = notice.carrier
    if notice.tracking_numbers and notice.tracking_urls:
        tracking["urls"] = list(notice.tracking_urls[: len(shown)])  # matched to the numbers by their places
    fulfilment: dict[str, object] = {
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": order, "fulfillmentOrderLineItems": lines} for order, lines in taken.items()
        ],
        "notifyCustomer": notice.tells_buyer,
        "trackingInfo": tracking,
    }
    return msgspec.json.encode({"query": TELL, "variables": {"fulfillment": fulfilment}})


def takes(notice: ShipmentNotice, held: Sequence[Held], held_by: Sequence[FulfilmentOrder] = ()) -> Takes:
    """What to fulfil of which fulfilment order: the first location that still holds all of the notice, its orders as they are listed."""
    wanted = notices.whole_units(notice)
    for place in dict.fromkeys(each.place for each in held):
        taken = _taken(wanted, [each for each in held if each.place == place])
        if taken is not None:
            return taken
    raise RejectedError(f"{WHERE}: {_why_not(wanted, held, held_by)}")


def _taken(wanted: Mapping[str, int], held: Iterable[Held]) -> Takes | None:
    left, taken = dict(wanted), Takes()
    for each in held:
        many = min(left.get(each.order_line, 0), each.remaining)
        if many > 0:
            left[each.order_line] -= many
            taken.setdefault(each.order, []).append({"id": each.line, "quantity": many})
    return None if any(left.values()) else taken


def _why_not(wanted: Mapping[str, int], held: Sequence[Held], held_by: Sequence[FulfilmentOrder]) -> str:
    if _taken(wanted, held) is not None:
        return "the lines are to leave from several locations; Shopify takes a notice for each"
    short = sorted(line for line, many in wanted.items() if sum(each.remaining for each in held if each.order_line == line) < many)
    if any(one.status in WAITING for one in held_by):
        return f"lines {', '.join(short)} are on hold or scheduled; release them in Shopify"
    return f"lines {', '.join(short)} were fulfilled or cancelled by somebody else, or the app may not see where they lie"


def _told(order: NoticeOrder, notice: ShipmentNotice) -> str | None:
    """The id of the fulfilment that shows all our numbers and some of our lines; one parcel may be told twice for different lines."""
    numbers, lines = set(notices.shown_numbers(notice)), {line.line_external_id for line in notice.lines}
    for each in order.fulfillments:
        shown = {told.number for told in each.tracking_info}
        carried = {number(line.line_item.id) for line in each.fulfillment_line_items.nodes}
        if each.status not in UNDONE and numbers <= shown and not lines.isdisjoint(carried):
            return number(each.id)
    return None


def _read_order(http: Http, notice: ShipmentNotice) -> tuple[NoticeOrder, list[FulfilmentOrder]]:
    """The order with all its fulfilment orders; one that the shop does not know is a RejectedError."""
    gid = f"gid://shopify/Order/{number(notice.order_external_id)}"
    after: str | None = None
    held_by: list[FulfilmentOrder] = []
    for _ in range(PAGES):
        order = _asked(http, ORDER, {"id": gid, "after": after}, _ORDER).order
        if order is None:
            raise RejectedError(f"{WHERE}: the shop no longer has order {number(gid)}, or the app may not see it")
        held_by += order.fulfillment_orders.nodes
        after = order.fulfillment_orders.page_info.cursor(is_empty=not order.fulfillment_orders.nodes)
        if after is None:
            return order, held_by
    raise ContractError(f"{WHERE}: the fulfilment orders never end")


def _read_lines(http: Http, held_by: FulfilmentOrder) -> list[Held]:
    """What a fulfilment order still holds."""
    after: str | None = None
    held: list[Held] = []
    for _ in range(PAGES):
        found = _asked(http, LINES, {"id": held_by.id, "after": after}, _LINES).fulfillment_order
        if found is None:
            return held
        lines = found.line_items
        held += [
            Held(held_by.id, held_by.place, each.id, number(each.line_item.id), each.remaining_quantity)
            for each in lines.nodes
            if each.remaining_quantity > 0
        ]
        after = lines.page_info.cursor(is_empty=not lines.nodes)
        if after is None:
            return held
    raise ContractError(f"{WHERE}: the lines of a fulfilment order never end")


def _asked(http: Http, document: str, variables: dict[str, object], decoder: "msgspec.json.Decoder[Reply[D]]") -> D:
    return http.ask(WHERE, {"query": document, "variables": variables}, read=one_answer(decoder))


def _submitted(http: Http, body: bytes) -> Made:
    return _made(http.submit("POST", WHERE, body, _JSON))


def _made(answer: Answer) -> Made:
    """What Shopify says of the change; throttled it did nothing."""
    try:
        made = one_answer(_MADE)(answer).fulfillment_create
    except TransientError as error:
        if error.retry_after is None:
            raise
        raise TurnedAwayError(str(error), retry_after=error.retry_after) from error
    if made is None:
        raise TransientError(f"{WHERE}: the answer tells nothing of the fulfilment")
    return made


def _after_refusal(http: Http, notice: ShipmentNotice, errors: Sequence[UserError]) -> Receipt:
    """An earlier attempt that took effect meanwhile is why this one found nothing left; else it is refused for good.

    The vendor gives these errors no codes, only prose, so the field it points at is all that is told of them.
    """
    told = _told(_read_order(http, notice)[0], notice)
    if told is not None:
        return Receipt(told, is_repeat=True)
    if not errors:
        raise TransientError(f"{WHERE}: neither a fulfilment nor an error")
    steps = [step for error in errors for step in error.field or () if _STEP.fullmatch(step)]
    raise RejectedError(f"{WHERE}: fulfillmentCreate is refused at {'.'.join(steps[:6]) or 'no field in particular'}")
