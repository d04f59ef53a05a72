"""What whoever answers a trading partner promises beside what every command does: all that is said of each line is told, and sums agree."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model.errors import RejectedError
from model.records.partner_reply import Bill, BilledPart, Departure, LeftLine, PartnerReply
from tests.contract.stand import Link
from tests.contract.stand_commands import CHANGED, PLACED, CommandStand, order_answer

KEY = f"{1:032x}"
DEPARTURE = Departure(
    reference="FO-000001", order_external_id="NORTHDOCK:PO-1", order_number="PO-1", ordered_on=PLACED.date(),
    shipped_at=PLACED, ship_to=None, carrier="UPS", tracking_numbers=("1Z1", "1Z2"),
    lines=tuple(LeftLine(line_external_id=str(place), quantity=place * 1000, ordered=9000, sku=f"SKU-{place}") for place in (1, 2)),
)  # fmt: skip
BILL = Bill(
    reference="IN-1", order_external_id="NORTHDOCK:PO-1", order_number="PO-1", ordered_on=PLACED.date(),
    issued_on=PLACED.date(), issued_at=PLACED, due_on=None, currency="USD", discount_minor=100, taxes=(("VAT", "0.19", 475),),
    parts=(
        BilledPart(title="Mug", amount_minor=1000, line_external_id="1", quantity=4000, sku="SKU-1"),
        BilledPart(title="Plate", amount_minor=1100, line_external_id="2", quantity=2000, sku="SKU-2"),
        BilledPart(title="Freight", amount_minor=500),
    ),
    total_minor=2975,
)  # fmt: skip


def each_kind_of_reply_is_written(stand: CommandStand) -> None:
    """An answer, a departure and a bill: each another body, and the same each time."""
    link = stand.link()
    replies: tuple[PartnerReply, ...] = (order_answer(1), DEPARTURE, BILL)
    written = [_written(link, reply) for reply in replies]
    assert len(set(written)) == len(replies)
    assert [_written(stand.link(), reply) for reply in replies] == written


def every_line_is_told(stand: CommandStand) -> None:
    """Another quantity of the last line, another verdict or another parcel is another body."""
    link = stand.link()
    answer = order_answer(1)
    less = replace(answer.lines[-1], accepted=2000)
    none = replace(answer.lines[-1], accepted=0, verdict="rejected")
    answers = [answer, *(replace(answer, lines=(*answer.lines[:-1], last)) for last in (less, none)), replace(answer, verdict="rejected")]
    assert answer.verdict == CHANGED
    left = [DEPARTURE, replace(DEPARTURE, lines=DEPARTURE.lines[:1]), replace(DEPARTURE, tracking_numbers=("1Z1",))]
    written = {_written(link, reply) for reply in (*answers, *left)}
    assert len(written) == len(answers) + len(left)


def a_bill_that_does_not_add_up_never_leaves(stand: CommandStand) -> None:
    """Parts, discount and taxes are the total, or nothing is written and the reason names the sum."""
    for wrong in (
        replace(BILL, total_minor=2974),
        replace(BILL, discount_minor=0),
        replace(BILL, taxes=()),
        replace(BILL, parts=BILL.parts[:2]),
    ):
        with pytest.raises(RejectedError, match="total"):
            _written(stand.link(), wrong)


def _written(link: Link, reply: PartnerReply) -> bytes:
    write: Callable[[PartnerReply, str], bytes] = getattr(link.connector, "write_reply")  # noqa: B009  not every connector has it
    return write(reply, KEY)


REPLYING: tuple[Callable[[Any], None], ...] = (
    each_kind_of_reply_is_written,
    every_line_is_told,
    a_bill_that_does_not_add_up_never_leaves,
)
