"""Where commands are put to the test: one triple of write, submit and find, and a remote that keeps account of what was done.

A further command is one more row of `WORDINGS`, one more stream, and in the dialects of those who take it a door that `makes` it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import httpx

from connectors.capabilities import Command, CommandFacts, Receipt
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.records.order import Party
from tests.contract.dialects import Makes
from tests.contract.effects import Effect
from tests.contract.remote import Asked, Remote, Row
from tests.contract.stand import Link, Stand

MANY = 8
"""Things that are there for commands done upon things."""
PLACED = datetime(2030, 5, 1, 12, tzinfo=UTC)


class Wording(NamedTuple):
    """One command: what its methods and facts are called, and what is said to the first, by the number of a thing and its vendor's id."""

    write: str
    submit: str
    find: str
    facts: str
    words: Callable[[int, str | None], tuple[object, ...]]


def reference_of(number: int) -> str:
    """Our name of a thing."""
    return f"FO-{number:06}"


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


def _of_shipment(number: int, _thing: str | None) -> tuple[object, ...]:
    return (fulfilment_order(number),)


def _of_cancel(number: int, thing: str | None) -> tuple[object, ...]:
    return (reference_of(number), thing)


WORDINGS = {
    "shipment": Wording("write_shipment", "submit_shipment", "find_shipment", "shipment_command", _of_shipment),
    "cancel": Wording("write_cancel", "submit_cancel", "find_cancel", "cancel_command", _of_cancel),
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
        return Command(key=f"{number:032x}", reference=reference_of(number), body=self.written(self.link(), number))

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
