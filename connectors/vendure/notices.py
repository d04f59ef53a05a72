"""Telling Vendure that goods left: a fulfilment is added to the order, and then moved to Shipped.

Vendure has no keys, so an attempt whose answer never came is looked for: the fulfilment that shows our tracking code, and some of our
lines, is ours. It shows all numbers of the shipment in its one field, or `Shipment REFERENCE` where there is none. Between the two
steps the fulfilment is there and not yet shipped; then it is no answer to `find`, and telling goes on from it.

A refusal comes as a kind of result with status 200, with a code of its own; a fulfilment that is refused was not added.
Source: the Admin API's schema of 3.7 (order.api.graphql), order.service.ts, default-fulfillment-process.ts
"""

from collections import Counter
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded, notices
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.vendure.listings import Query
from connectors.vendure.paging import Problem, refuse_errors
from connectors.vendure.queries import ADD_FULFILMENT, MOVE_FULFILMENT, NOTICE_ORDER
from connectors.vendure.session import Session
from model.errors import ContractError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice

NOTICE: Final = CommandFacts(
    provider_class="B",
    rate=Rate(Fraction(5), 5),  # no limit but the machine; a notice is two changes and a reading
)

HANDLER: Final = "manual-fulfillment"
"""The handler of Vendure's own; a shop that has taken it out refuses the notice by name."""
SHIPPED: Final = "Shipped"
DONE: Final = frozenset({SHIPPED, "Delivered"})
GONE: Final = "Cancelled"

MENDS: Final = {
    "ITEMS_ALREADY_FULFILLED_ERROR": "; somebody else fulfilled them, or they were cancelled",
    "INSUFFICIENT_STOCK_ON_HAND_ERROR": "; the shop counts less than what left, publish its stock",
    "INVALID_FULFILLMENT_HANDLER_ERROR": f"; the shop has no handler {HANDLER}",
}

_WHERE: Final = "fulfillment"
_JSON: Final = {"content-type": "application/json"}


class Line(msgspec.Struct):
    """An order line; what was cancelled is no longer in its quantity."""

    id: str
    quantity: int


class Share(msgspec.Struct):
    """How much of a line a fulfilment carries."""

    orderLineId: str  # noqa: N815  the vendor's name
    quantity: int


class Fulfilment(msgspec.Struct):
    """A fulfilment."""

    id: str
    state: str
    trackingCode: str | None = None  # noqa: N815  the vendor's name
    lines: tuple[Share, ...] = ()


class Order(msgspec.Struct):
    """The order a notice is about."""

    id: str
    state: str
    lines: tuple[Line, ...] = ()
    fulfillments: tuple[Fulfilment, ...] | None = None


class _Found(msgspec.Struct):
    order: Order | None = None


class _FoundAnswer(msgspec.Struct):
    data: _Found | None = None
    errors: tuple[Problem, ...] = ()


class Outcome(msgspec.Struct):
    """A fulfilment, or why there is none."""

    id: str | None = None
    state: str = ""
    errorCode: str | None = None  # noqa: N815  the vendor's name


class _Changed(msgspec.Struct):
    outcome: Outcome


class _ChangedAnswer(msgspec.Struct):
    data: _Changed | None = None
    errors: tuple[Problem, ...] = ()


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command; RejectedError for what cannot be told."""
    notices.whole_units(notice)
    return notices.written(notice)


def submit(query: Query, http: Http, session: Session | None, command: Command) -> Receipt:
    """Tell, from wherever an earlier attempt left off; RejectedError where the lines are not there to be fulfilled."""
    notice = notices.read(command.body)
    order = _read(query, session, notice)
    found = _ours(order, notice)
    if found is not None and found.state in DONE:
        return Receipt(found.id, is_repeat=True)
    added = found.id if found is not None else _added(query, http, session, notice, order)
    moved = _changed(http, session, MOVE_FULFILMENT, {"id": added, "state": SHIPPED})
    if moved.errorCode is not None:
        return _after_refusal(query, session, notice, moved.errorCode)
    return Receipt(added)


def find(query: Query, session: Session | None, command: Command) -> Receipt | None:
    """The fulfilment of this very notice, if it is shipped; one that is only added leaves the notice half told."""
    notice = notices.read(command.body)
    found = _ours(_read(query, session, notice), notice)
    return Receipt(found.id, is_repeat=True) if found is not None and found.state in DONE else None


def tracking_code(notice: ShipmentNotice) -> str:
    """What the fulfilment shows to follow the parcels by, and is found by."""
    return notices.JOINT.join(notices.shown_numbers(notice))


def fulfilment_input(notice: ShipmentNotice) -> dict[str, object]:
    """`FulfillOrderInput`."""
    told = {"method": notice.carrier or notice.service or "", "trackingCode": tracking_code(notice)}
    return {
        "lines": [{"orderLineId": line, "quantity": many} for line, many in notices.whole_units(notice).items()],
        "handler": {"code": HANDLER, "arguments": [{"name": name, "value": value} for name, value in told.items()]},
    }


def _ours(order: Order, notice: ShipmentNotice) -> Fulfilment | None:
    lines = {line.line_external_id for line in notice.lines}
    ours = (
        each
        for each in order.fulfillments or ()
        if each.state != GONE and each.trackingCode == tracking_code(notice) and any(share.orderLineId in lines for share in each.lines)
    )
    return next(ours, None)


def _added(query: Query, http: Http, session: Session | None, notice: ShipmentNotice, order: Order) -> str:
    """The id of the fulfilment, added now; or of one that an earlier attempt added meanwhile."""
    _refuse(order, notice)
    made = _changed(http, session, ADD_FULFILMENT, {"input": fulfilment_input(notice)})
    if made.errorCode is None and made.id is not None:
        return made.id
    late = _ours(_read(query, session, notice), notice)
    if late is None:
        raise _refused(made.errorCode or "")
    return late.id


def _refuse(order: Order, notice: ShipmentNotice) -> None:
    """Lines that the order does not have, or no longer to be fulfilled: Vendure would answer some of that with an error of its own code."""
    if order.state == GONE:
        raise RejectedError(f"{_WHERE}: the order is cancelled")
    left = Counter({line.id: line.quantity for line in order.lines})
    for share in [share for each in order.fulfillments or () if each.state != GONE for share in each.lines]:
        left[share.orderLineId] -= share.quantity
    short = ", ".join(sorted(line for line, many in notices.whole_units(notice).items() if left[line] < many))
    if short:
        raise RejectedError(f"{_WHERE}: lines {short} were fulfilled by somebody else, were cancelled, or are none of this order")


def _after_refusal(query: Query, session: Session | None, notice: ShipmentNotice, code: str) -> Receipt:
    """Somebody else, or an earlier attempt, may have moved it meanwhile."""
    found = _ours(_read(query, session, notice), notice)
    if found is None or found.state not in DONE:
        raise _refused(code)
    return Receipt(found.id, is_repeat=True)


def _refused(code: str) -> RejectedError:
    return RejectedError(f"{_WHERE}: {code[:60] or 'refused without a code'}{MENDS.get(code, '')}")


def _read(query: Query, session: Session | None, notice: ShipmentNotice) -> Order:
    def read(answer: Answer) -> Order | None:
        told = decoded(answer.body, _FoundAnswer, "order")
        refuse_errors(told.errors, session, "order")
        if told.data is None:
            raise TransientError("order: an answer without data")
        return told.data.order

    order = query(NOTICE_ORDER, {"id": notice.order_external_id}, read)
    if order is None:
        raise RejectedError("order: the shop does not know it")
    return order


def _changed(http: Http, session: Session | None, document: str, variables: dict[str, object]) -> Outcome:
    """Send one change, once. That the shop refuses it as such (400) says that its interface is not the one we know."""
    body = msgspec.json.encode({"query": document, "variables": variables})
    try:
        answer = http.submit("POST", "admin-api", body, _JSON)
    except RejectedError as error:
        raise ContractError(str(error)) from error
    told = decoded(answer.body, _ChangedAnswer, _WHERE)
    refuse_errors(told.errors, session, _WHERE)
    if told.data is None:
        raise TransientError(f"{_WHERE}: an answer without data")
    return told.data.outcome
