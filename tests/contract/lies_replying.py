"""Lies of those who answer trading partners."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors._kit import Connector
from model.records.partner_reply import Bill, Departure, OrderAnswer, PartnerReply
from tests.contract.lying import Lie, named, subclass
from tests.contract.stand import Kind, Stream
from tests.contract.stand_commands import order_answer

Write = Callable[[PartnerReply, str], bytes]


def _writing(lie: Callable[[Write, PartnerReply, str], bytes]) -> Lie:
    """`lie` gets the honest way to write, the reply and the key."""

    def make(kind: Kind, _stream: Stream) -> Kind:
        honest: Callable[..., bytes] = getattr(kind, "write_reply")  # noqa: B009  not every connector has it

        def write(self: Connector[Any], reply: PartnerReply, key: str) -> bytes:
            return lie(lambda told, one: honest(self, told, one), reply, key)

        return subclass(kind, write_reply=write)

    return named(make, lie)


@_writing
def answers_everything_alike(write: Write, _reply: PartnerReply, key: str) -> bytes:
    return write(order_answer(1), key)


@_writing
def leaves_the_last_line_out(write: Write, reply: PartnerReply, key: str) -> bytes:
    return write(replace(reply, lines=reply.lines[:1]) if isinstance(reply, OrderAnswer | Departure) else reply, key)


@_writing
def makes_the_sum_fit(write: Write, reply: PartnerReply, key: str) -> bytes:
    if not isinstance(reply, Bill):
        return write(reply, key)
    parts = sum(each.amount_minor for each in reply.parts) - reply.discount_minor + sum(each for _, _, each in reply.taxes)
    return write(replace(reply, total_minor=parts), key)
