"""A vendor that does a command once more whenever it is asked: who looks first keeps every promise, who does not look is caught."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.shipbob import CONNECTOR
from tests.contract import checks_commands, lies_commands
from tests.contract.checks import Check
from tests.contract.checks_commands import COMMANDS
from tests.contract.dialects import Dialect, Door, dialect_of
from tests.contract.lying import Lie, subclass
from tests.contract.stand import STREAMS, Kind
from tests.contract.stand_commands import CommandStand

SHIPMENTS = next(stream for stream in STREAMS if stream.name == "shipments")
FORGETFUL = subclass(CONNECTOR, shipment_command=replace(CONNECTOR.shipment_command, provider_class="B"))


def forgetful(door: Door) -> Door:
    """The door, where nobody remembers what was asked before."""
    makes = door.makes.model_copy(update={"provider_class": "B"}) if door.makes else None
    return door.model_copy(update={"makes": makes})


@dataclass
class ForgetfulStand(CommandStand):
    """ShipBob, if it did not know its references."""

    @property
    def dialect(self) -> Dialect:
        """How it would speak then."""
        told = dialect_of(self.name)
        return told.model_copy(update={"doors": tuple(map(forgetful, told.doors))})


def stand_of(kind: Kind) -> ForgetfulStand:
    return ForgetfulStand("shipbob", SHIPMENTS, kind)


@pytest.mark.parametrize("check", COMMANDS)
def test_who_looks_first_keeps_every_promise(check: Check) -> None:
    check(stand_of(FORGETFUL))


@pytest.mark.parametrize(
    ("lie", "check"),
    [
        (lies_commands.finds_nothing, checks_commands.done_again_it_has_no_other),
        (lies_commands.finds_nothing, checks_commands.a_lost_answer_leaves_it_open),
        (lies_commands.says_another_class, checks_commands.the_class_is_the_vendors),
    ],
)
def test_who_does_not_look_is_caught(lie: Lie, check: Check) -> None:
    liar: Any = lie(FORGETFUL, SHIPMENTS)

    with pytest.raises(AssertionError):
        check(stand_of(liar))
