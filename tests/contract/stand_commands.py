"""Where commands are put to the test: one triple of write, submit and find, and a remote that keeps account of what was done.

A further command is one more row of `WORDINGS`, one more stream, and in the dialects of those who take it a door that `makes` it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import httpx

from connectors._kit.x12 import cut_groups
from connectors.capabilities import Command, CommandFacts, DocumentGroup, Receipt
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine, NoticeLine, ShipmentNotice
from model.records.label import LabelRequest, Package
from model.records.order import Party
from model.records.partner_reply import AnsweredLine, OrderAnswer, Verdict
from tests.contract.dialects import Makes
from tests.contract.effects import Effect
from tests.contract.remote import Asked, Remote, Row
from tests.contract.stand import Link, Stand
from tests.contract.vouchers import voucher, voucher_reference_of
from tests.edi import interchange

ACCEPTED: Verdict = "accepted"
CHANGED: Verdict = "changed"
MANY = 8
"""Things that are there for commands done upon things."""
PLACED = datetime(2030, 5, 1, 12, tzinfo=UTC)


def reference_of(number: int) -> str:
    """Our name of a thing."""
    return f"FO-{number:06}"


class Wording(NamedTuple):
    """One command: what its methods and facts are called, and what is said to the first, by the number of a thing and its vendor's id."""

    write: str
    submit: str
    find: str
    facts: str
    words: Callable[[int, str | None], tuple[object, ...]]
    named: Callable[[int], str] = reference_of
    """What the remote knows the thing by."""


def fulfilment_order(number: int) -> FulfilmentOrder:
    """An order that any partner can ship: whole pieces to a whole address."""
    lines = [FulfilmentOrderLine(reference=str(place), sku=f"SKU-{place}", title=f"Mug {place}", quantity=place * 1000) for place in (1, 2)]
    return FulfilmentOrder(
        reference=reference_of(number),
        order_number=f"10{number}",
        placed_at=PLACED,
        released_at=PLACED,
        ship_to=Party(
            role="shipping",
            name="Ida Sample",
            email="ida@example.com",
            phone="+1-555-0142",
            street=("12 Test Lane", "Apt 3"),
            city="Springfield",
            region="IL",
            postcode="62704",
            country="US",
        ),
        lines=tuple(lines),
        currency="USD",
        value_minor=5965,
    )


def shipment_notice(number: int) -> ShipmentNotice:
    """Goods of an order that left; the first and the third of one order, by two parcels, the second without a number to follow it by.

    What it is followed by bears our reference, as that is all by which some vendors' requests can be told apart.
    """
    order, line = (7002, 1) if number == 2 else (7001, number)
    return ShipmentNotice(
        reference=reference_of(number),
        order_external_id=str(order),
        shipped_at=PLACED,
        lines=(NoticeLine(line_external_id=f"{order}{line}", quantity=2000),),
        carrier="UPS",
        tracking_numbers=() if number == 2 else (f"1Z-{reference_of(number)}", f"2Z-{reference_of(number)}"),
        is_last=number != 1,
    )


def label_request(number: int, service: str = "USPS Priority") -> LabelRequest:
    """A parcel within one country; the suite's vendors sell `USPS Priority` for it."""
    ship_to = fulfilment_order(number).ship_to
    return LabelRequest(
        reference=reference_of(number),
        decided_at=PLACED,
        ship_from=Party(
            role="shipping", company="Hub Goods", street=("1 Dock Road",), city="Springfield", region="IL", postcode="62701", country="US"
        ),
        ship_to=ship_to,
        package=Package(weight_g=450 + number, length_mm=250, width_mm=200, height_mm=100),
        service=service,
        value_minor=5965,
        currency="USD",
    )


def _of_label(number: int, _thing: str | None) -> tuple[object, ...]:
    return (label_request(number),)


def _of_shipment(number: int, _thing: str | None) -> tuple[object, ...]:
    return (fulfilment_order(number),)


def _of_cancel(number: int, thing: str | None) -> tuple[object, ...]:
    return (reference_of(number), thing)


def _of_notice(number: int, _thing: str | None) -> tuple[object, ...]:
    return (shipment_notice(number),)


def group_of(number: int) -> str:
    """What a partner calls a group of its documents."""
    return str(900 + number)


def document_group(number: int) -> DocumentGroup:
    """Three shipping advices that came together, none of which says what left: nobody tells in groups but by X12."""
    [together] = cut_groups(interchange([("945", (f"W06*F*FO-{place}*20300501",)) for place in range(3)], number=int(group_of(number))))
    documents = tuple((piece.kind, piece.raw) for piece in together.pieces)
    return DocumentGroup(external_id=f"group {number}", reference=group_of(number), documents=documents)


def _of_acknowledgement(number: int, _thing: str | None) -> tuple[object, ...]:
    return (document_group(number), tuple(place < number for place in range(3)), PLACED)


def _of_voucher(number: int, _thing: str | None) -> tuple[object, ...]:
    return (voucher(number),)


def order_answer(number: int) -> OrderAnswer:
    """The word on an order of two lines, of which the second is shortened."""
    whole = AnsweredLine(line_external_id="1", verdict=ACCEPTED, ordered=5000, accepted=5000, unit_price="2.50", sku="SKU-1")
    less = AnsweredLine(line_external_id="2", verdict=CHANGED, ordered=5000, accepted=1000 * number, unit_price="2.50", sku="SKU-2")
    return OrderAnswer(
        reference=reference_of(number), order_external_id=f"NORTHDOCK:PO-{number}", order_number=f"PO-{number}", ordered_on=PLACED.date(),
        decided_at=PLACED, verdict=CHANGED, currency="USD", lines=(whole, less),
    )  # fmt: skip


def _of_reply(number: int, _thing: str | None) -> tuple[object, ...]:
    return (order_answer(number),)


WORDINGS = {
    "shipment": Wording("write_shipment", "submit_shipment", "find_shipment", "shipment_command", _of_shipment),
    "cancel": Wording("write_cancel", "submit_cancel", "find_cancel", "cancel_command", _of_cancel),
    "notice": Wording("write_notice", "submit_shipment_notice", "find_notice", "notice_command", _of_notice),
    "acknowledgement": Wording(
        "write_acknowledgement", "submit_acknowledgement", "find_acknowledgement", "acknowledgement_command", _of_acknowledgement, group_of
    ),
    "reply": Wording("write_reply", "submit_reply", "find_reply", "reply_command", _of_reply),
    "label": Wording("write_label", "submit_label", "find_label", "label_command", _of_label),
    "voucher": Wording("write_voucher", "submit_voucher", "find_voucher", "voucher_command", _of_voucher, voucher_reference_of),
}


@dataclass
class CommandStand(Stand):
    """One connector class under test as one who commands."""

    def usual_rows(self) -> list[Row]:
        """None: commands are about what they make."""
        return []

    @property
    def wording(self) -> Wording:
        """How this command is worded."""
        return WORDINGS[self.stream.kind]

    @property
    def declared(self) -> CommandFacts:
        """What the connector declares of the command."""
        facts: CommandFacts = getattr(self.kind, self.wording.facts)
        return facts

    @property
    def makes(self) -> Makes:
        """How the vendor takes the command."""
        found = self.dialect.makes(self.stream.kind)
        assert found is not None, f"the dialect has no door that makes a {self.stream.kind}"
        return found

    @property
    def steps(self) -> int:
        """Requests that the vendor needs for one command."""
        return sum(door.makes is not None and door.makes.command == self.stream.kind for door in self.dialect.doors)

    def thing(self, number: int) -> str | None:
        """The vendor's id of the thing that the command is done upon; None where it makes a thing of its own."""
        upon = self.dialect.makes(self.makes.upon) if self.makes.upon else None
        return upon.numbered(number) if upon else None

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> Remote:
        """The vendor, who has the things that are to be done something upon."""
        remote = Remote(self.dialect, {"": rows or []}, shop=shop, empties=empties)
        things = ((reference_of(number), self.thing(number)) for number in range(1, MANY + 1))
        remote.account.effects += [Effect(self.makes.upon, reference, thing) for reference, thing in things if thing]
        return remote

    def written(self, link: Link, number: int) -> bytes:
        """The command's body; the vendor's id of what it is done upon is known of every other thing."""
        write: Callable[..., bytes] = getattr(link.connector, self.wording.write)
        return write(*self.wording.words(number, self.thing(number) if number % 2 else None), f"{number:032x}")

    def command(self, number: int) -> Command:
        """The command about one thing."""
        return Command(key=f"{number:032x}", reference=self.wording.named(number), body=self.written(self.link(), number))

    def submit(self, link: Link, command: Command) -> Receipt:
        """The command, sent."""
        submit: Callable[[Command], Receipt] = getattr(link.connector, self.wording.submit)
        return submit(command)

    def find(self, link: Link, command: Command) -> Receipt | None:
        """What the remote has of the command."""
        find: Callable[[Command], Receipt | None] = getattr(link.connector, self.wording.find)
        return find(command)

    def again(self, link: Link, command: Command) -> Receipt:
        """The command done again as its class allows: sent again, or looked for and sent only if it is not there."""
        found = None if self.declared.provider_class == "A" else self.find(link, command)
        return found or self.submit(link, command)

    def done(self, remote: Remote, command: Command) -> list[str]:
        """The vendor's ids of what the command did."""
        named = {command.reference, command.key}
        return [each.external_id for each in remote.account.effects if each.command == self.stream.kind and each.reference in named]

    def is_command(self, request: httpx.Request) -> bool:
        """Whether a request commands something, and does not only ask."""
        request.read()
        door = next((door for door in self.dialect.doors if Asked.of(request, door)), None)
        return door is not None and door.makes is not None

    def sent(self, link: Link) -> list[httpx.Request]:
        """The commands that left."""
        return [request for request in link.asked if self.is_command(request)]


def requests_of(stand: CommandStand) -> list[httpx.Request]:
    """Everything that one command sends, and what looks for it afterwards."""
    link = stand.link(stand.remote())
    command = stand.command(2)
    stand.submit(link, command)
    assert stand.find(link, command)
    return link.asked
