"""What labels promise beside what every command does: money leaves once, for what was asked for, and what it bought can be read."""

from itertools import product

import pytest

from connectors.capabilities import Command
from model.errors import HubError, RejectedError
from tests.contract import faults
from tests.contract.checks_commands import COMMANDS, DONE, NUMBERS, TURNED_AWAY, UNKNOWN, told_again_it_shows_one
from tests.contract.faults import Fault, Spoiler
from tests.contract.remote import Remote
from tests.contract.stand_labels import LabelStand

NOWHERE = "Nobody Overnight"
"""A service that no vendor of the suite sells."""


def a_label_is_paid_for_once(stand: LabelStand) -> None:
    """Whatever answer is lost, and without anybody looking first: bought again and again, it is paid for once."""
    for spoil, step in product((*DONE, *UNKNOWN, *TURNED_AWAY), range(stand.steps)):
        remote, command = stand.remote(), stand.command(1)
        with pytest.raises(HubError):
            stand.submit(stand.link(_spoilt(stand, remote, spoil, step)), command)
        receipts = {stand.submit(stand.link(remote), command).external_id for _ in range(3)}
        assert stand.paid(remote, command) == list(receipts)


def a_service_that_is_not_offered_pays_nothing(stand: LabelStand) -> None:
    """It is refused for good, by its name, and no other is bought in its place; nor is it found."""
    remote, command = stand.remote(), stand.of_service(1, NOWHERE)
    for _ in range(2):
        with pytest.raises(RejectedError, match=NOWHERE):
            stand.submit(stand.link(remote), command)
    assert stand.paid(remote, command) == []
    assert stand.find(stand.link(remote), command) is None


def a_refused_purchase_pays_nothing(stand: LabelStand) -> None:
    """The vendor's no to the last request is final as well; asked anew once it is willing, it is paid for once."""
    remote, command = stand.remote(), stand.command(1)
    with pytest.raises(RejectedError):
        stand.submit(stand.link(_spoilt(stand, remote, faults.status(422), stand.steps - 1)), command)
    assert stand.paid(remote, command) == []
    assert [stand.submit(stand.link(remote), command).external_id] == stand.paid(remote, command)


def a_bought_label_is_read(stand: LabelStand) -> None:
    """Under the id of its receipt stands a label that can be printed, followed and accounted for, the same each time."""
    remote = stand.remote()
    for number in NUMBERS:
        receipt = stand.submit(stand.link(remote), stand.command(number))
        label = stand.fetch(stand.link(remote), receipt.external_id)
        assert label == stand.fetch(stand.link(remote), receipt.external_id)
        assert label.external_id == receipt.external_id
        assert label.tracking_number
        assert label.cost.amount_minor > 0
        assert label.url.startswith("https://")
        assert label.file_format in {"PDF", "PNG", "ZPL"}


def what_nobody_paid_for_is_no_label(stand: LabelStand) -> None:
    """One that is there and was not bought, one that was never there, and one that could not be there are all refused."""
    remote, command = stand.remote(), stand.of_service(1, NOWHERE)
    with pytest.raises(RejectedError):
        stand.submit(stand.link(remote), command)
    for external_id in (*stand.done(remote, command), stand.makes.numbered(77), "../users"):
        with pytest.raises(RejectedError):
            stand.fetch(stand.link(remote), external_id)


def the_same_label_is_asked_for_alike(stand: LabelStand) -> None:
    """What leaves for a command is settled when it is written: by any connector at any time the same bytes."""
    for number in NUMBERS:
        assert _sent(stand, stand.command(number)) == _sent(stand, stand.command(number))


def _sent(stand: LabelStand, command: Command) -> list[tuple[str, str, bytes]]:
    link = stand.link()
    stand.submit(link, command)
    return [(request.method, request.url.path, request.content) for request in stand.sent(link)]


def _spoilt(stand: LabelStand, remote: Remote, spoil: Spoiler, step: int) -> Fault:
    return Fault(remote, spoil, lambda turn: turn == step + 1, stand.is_command)


LABELS = (
    *COMMANDS,
    told_again_it_shows_one,
    a_label_is_paid_for_once,
    a_service_that_is_not_offered_pays_nothing,
    a_refused_purchase_pays_nothing,
    a_bought_label_is_read,
    what_nobody_paid_for_is_no_label,
    the_same_label_is_asked_for_alike,
)
