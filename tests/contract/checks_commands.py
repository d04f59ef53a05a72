"""What every command promises, whatever answer is lost: written once and purely, sent once at a time, and done once."""

from collections.abc import Iterator
from itertools import product

import httpx
import pytest

from connectors._kit.exchange import TurnedAwayError
from connectors.capabilities import Command
from model.errors import AuthError, HubError, RejectedError, TransientError
from tests.contract import faults
from tests.contract.checks_failing import is_proven, log_in_of, proofs_of
from tests.contract.faults import Fault, Spoiler, always
from tests.contract.stand import Link
from tests.contract.stand_commands import CommandStand

DONE: tuple[Spoiler, ...] = (faults.dropped, faults.cut, faults.done_then(500), faults.done_then(503), faults.done_then(504))
"""The remote does it, and we do not hear of it."""
EMPTY: tuple[Spoiler, ...] = (faults.cut,)
"""What does no harm to an answer that has nothing in it."""
UNKNOWN: tuple[Spoiler, ...] = (faults.for_people, faults.status(500), faults.status(502), faults.status(503))
"""Nobody did anything, but for all we know it may have been done."""
TURNED_AWAY: tuple[Spoiler, ...] = (faults.unreachable, faults.status(429, Retry_After="7"))
"""Certainly nothing was done."""
NUMBERS = (1, 2, 3)


def writing_is_pure(stand: CommandStand) -> None:
    """The same thing is written in the same bytes by any connector at any time, another thing in others, and nothing is asked for it."""
    links = [stand.link(), stand.link()]
    first, again = ([stand.written(link, number) for number in NUMBERS] for link in links)
    assert first == again == [stand.written(links[0], number) for number in NUMBERS]
    assert len(set(first)) == len(NUMBERS)
    assert [link.asked for link in links] == [[], []]


def a_command_has_one_effect(stand: CommandStand) -> None:
    """It is done, once, and its receipt names what was made; each by as many requests as the dialect states."""
    for number in NUMBERS:
        remote, command = stand.remote(), stand.command(number)
        link = stand.link(remote)
        receipt = stand.submit(link, command)
        assert stand.done(remote, command) == [receipt.external_id]
        assert not receipt.is_repeat
        assert len(stand.sent(link)) == stand.steps


def done_again_it_has_no_other(stand: CommandStand) -> None:
    """The same command once more, as its class allows, by whichever connector: still one effect, and the same receipt."""
    for number in NUMBERS:
        remote, command = stand.remote(), stand.command(number)
        first = stand.submit(stand.link(remote), command)
        for _ in range(2):
            assert stand.again(stand.link(remote), command).external_id == first.external_id
        assert stand.done(remote, command) == [first.external_id]


def two_commands_have_two_effects(stand: CommandStand) -> None:
    """Each thing is made for itself."""
    remote = stand.remote()
    commands = [stand.command(number) for number in NUMBERS]
    receipts = [stand.submit(stand.link(remote), command).external_id for command in commands]
    assert len(set(receipts)) == len(commands)
    assert [stand.done(remote, command) for command in commands] == [[receipt] for receipt in receipts]


def a_lost_answer_leaves_it_open(stand: CommandStand) -> None:
    """Done and not answered is neither done nor refused nor turned away; done again, it is done once."""
    for spoil, step in product(_done(stand), range(stand.steps)):
        remote, command = stand.remote(), stand.command(1)
        _is_left_open(stand, stand.link(_spoilt(stand, remote, spoil, step)), command)
        assert len(stand.done(remote, command)) == 1
        assert [stand.again(stand.link(remote), command).external_id] == stand.done(remote, command)


def an_answer_of_nobody_leaves_it_open(stand: CommandStand) -> None:
    """A page for people, or an error in between, says nothing of what was done; done again, it is done once."""
    for spoil, step in product(UNKNOWN, range(stand.steps)):
        remote, command = stand.remote(), stand.command(1)
        _is_left_open(stand, stand.link(_spoilt(stand, remote, spoil, step)), command)
        assert [stand.again(stand.link(remote), command).external_id] == stand.done(remote, command)
        assert len(stand.done(remote, command)) == 1


def what_is_turned_away_is_told_apart(stand: CommandStand) -> None:
    """Where certainly nothing was done, that is said, and the remote's wish to wait with it."""
    for spoil in TURNED_AWAY:
        remote, command = stand.remote(), stand.command(1)
        with pytest.raises(TurnedAwayError) as caught:
            stand.submit(stand.link(_spoilt(stand, remote, spoil)), command)
        assert caught.value.retry_after == (None if spoil is faults.unreachable else 7)
        assert stand.done(remote, command) == []


def a_command_is_sent_once_a_call(stand: CommandStand) -> None:
    """However it ends, a call sends the command once and waits for nothing: when to send again is not the connector's to say."""
    for spoil, step in product((*_done(stand), *UNKNOWN, *TURNED_AWAY, faults.status(401)), range(stand.steps)):
        link = stand.link(_spoilt(stand, stand.remote(), spoil, step))
        with pytest.raises(HubError):
            stand.submit(link, stand.command(1))
        assert len(stand.sent(link)) == step + 1
        assert link.waits == []


def a_refused_command_is_rejected(stand: CommandStand) -> None:
    """The remote's no is final and made nothing."""
    for number in NUMBERS:
        remote, command = stand.remote(), stand.command(number)
        remote.account.is_unwilling = True
        with pytest.raises(RejectedError):
            stand.submit(stand.link(remote), command)
        assert stand.done(remote, command) == []


def refused_credentials_stop_a_command(stand: CommandStand) -> None:
    """A 401 is an operator's matter, and no refusal of the command."""
    with pytest.raises(AuthError):
        stand.submit(stand.link(_spoilt(stand, stand.remote(), faults.status(401))), stand.command(1))


def what_was_made_is_found(stand: CommandStand) -> None:
    """What a command made is found by it afterwards; what was never made, or was made by another command, is not."""
    remote = stand.remote()
    made, other, never = (stand.command(number) for number in NUMBERS)
    receipts = {command.reference: stand.submit(stand.link(remote), command).external_id for command in (other, made)}
    for command in (made, other):
        found = stand.find(stand.link(remote), command)
        assert found is not None
        assert found.external_id == receipts[command.reference]
    assert stand.find(stand.link(remote), never) is None


def an_outage_finds_nothing_out(stand: CommandStand) -> None:
    """A remote that cannot answer has not said that nothing is there, nor that something is."""
    silent: dict[Spoiler, type[HubError]] = dict.fromkeys((faults.status(503), faults.for_people, faults.cut), TransientError)
    for spoil, error in (silent | {faults.status(404): HubError}).items():
        remote, command = stand.remote(), stand.command(1)
        stand.submit(stand.link(remote), command)
        with pytest.raises(error):
            stand.find(stand.link(Fault(remote, spoil, always)), command)


def what_is_half_done_is_not_found(stand: CommandStand) -> None:
    """Where one command takes several requests, it is not there before the last of them; whoever goes on then does not begin anew."""
    if stand.steps == 1:
        pytest.skip("one request is all of this command, says its dialect")
    for step in range(1, stand.steps):
        remote, command = stand.remote(), stand.command(1)
        _is_left_open(stand, stand.link(_spoilt(stand, remote, faults.status(503), step)), command)
        begun = stand.done(remote, command)
        assert len(begun) == 1
        assert stand.find(stand.link(remote), command) is None
        assert [stand.submit(stand.link(remote), command).external_id] == begun == stand.done(remote, command)
        assert stand.find(stand.link(remote), command) is not None


def told_again_it_shows_one(stand: CommandStand) -> None:
    """Of a notice whoever sends it sees to it that it is told once, whatever the vendor would do: sent again, it is the same again."""
    for number in NUMBERS:
        remote, command = stand.remote(), stand.command(number)
        first = stand.submit(stand.link(remote), command)
        again = [stand.submit(stand.link(remote), command) for _ in range(2)]
        assert [receipt.external_id for receipt in again] == [first.external_id] * 2
        assert all(receipt.is_repeat for receipt in again)
        assert stand.done(remote, command) == [first.external_id]


def finding_does_nothing(stand: CommandStand) -> None:
    """To look for a command is not to give it."""
    remote, command = stand.remote(), stand.command(1)
    link = stand.link(remote)
    stand.find(link, command)
    assert stand.done(remote, command) == []
    assert stand.sent(link) == []


def the_body_is_sent_as_it_was_written(stand: CommandStand) -> None:
    """Where the command's body is what is sent, as the dialect states, it is so byte for byte, also when it is sent again."""
    if not stand.makes.is_body:
        pytest.skip("this command's body is not what is sent, says its dialect")
    remote, command = stand.remote(), stand.command(1)
    link = stand.link(remote)
    for _ in range(2):
        stand.again(link, command)
    assert {request.content for request in stand.sent(link)} == {command.body}


def the_class_is_the_vendors(stand: CommandStand) -> None:
    """What is declared of repetitions is true of the vendor, and of class A the same bytes sent again after a lost answer are harmless."""
    assert stand.declared.provider_class == stand.makes.provider_class
    if stand.declared.provider_class != "A":
        return
    remote, command = stand.remote(), stand.command(1)
    _is_left_open(stand, stand.link(_spoilt(stand, remote, faults.dropped)), command)
    receipts = [stand.submit(stand.link(remote), command) for _ in range(2)]
    assert {receipt.external_id for receipt in receipts} == set(stand.done(remote, command))
    assert len(stand.done(remote, command)) == 1


def commands_are_signed(stand: CommandStand) -> None:
    """Every request of a command, and of looking for it, proves by its headers who asks."""
    remote, command = stand.remote(), stand.command(1)
    link = stand.link(remote)
    stand.submit(link, command)
    stand.find(link, command)
    assert link.secrets()
    for request in link.asked:
        proof = " ".join((*proofs_of(request), *log_in_of(request)))
        assert is_proven(stand, link, request, proof), f"{request.method} {request.url.path} is not signed"


def commands_tell_no_secret(stand: CommandStand) -> None:
    """No secret, and nobody's name, in an address or in an error."""
    for code in (400, 401, 403, 404, 422, 503):
        link = stand.link(_spoilt(stand, stand.remote(), faults.status(code)))
        told = [*_failure(stand, link), *(str(request.url) for request in link.asked)]
        assert not [text for text in told for secret in (*link.secrets(), "Ida", "ida@example.com") if secret in text]


def _done(stand: CommandStand) -> list[Spoiler]:
    """How an answer gets lost; one that is empty, as the dialect states, cannot be cut."""
    is_empty = any(door.makes is stand.makes and not door.answer for door in stand.dialect.doors)
    return [spoil for spoil in DONE if not (is_empty and spoil in EMPTY)]


def _spoilt(stand: CommandStand, remote: httpx.BaseTransport, spoil: Spoiler, step: int = 0) -> Fault:
    """The remote of which one request that commands, the first unless told, is spoilt; all others, and questions, are answered well."""
    return Fault(remote, spoil, lambda turn: turn == step + 1, stand.is_command)


def _is_left_open(stand: CommandStand, link: Link, command: Command) -> None:
    with pytest.raises(TransientError) as caught:
        stand.submit(link, command)
    assert not isinstance(caught.value, TurnedAwayError)


def _failure(stand: CommandStand, link: Link) -> Iterator[str]:
    try:
        stand.submit(link, stand.command(1))
    except HubError as error:
        yield str(error)


COMMANDS = (
    writing_is_pure,
    a_command_has_one_effect,
    done_again_it_has_no_other,
    two_commands_have_two_effects,
    a_lost_answer_leaves_it_open,
    an_answer_of_nobody_leaves_it_open,
    what_is_turned_away_is_told_apart,
    a_command_is_sent_once_a_call,
    a_refused_command_is_rejected,
    refused_credentials_stop_a_command,
    what_was_made_is_found,
    an_outage_finds_nothing_out,
    what_is_half_done_is_not_found,
    finding_does_nothing,
    the_body_is_sent_as_it_was_written,
    the_class_is_the_vendors,
    commands_are_signed,
    commands_tell_no_secret,
)
NOTICES = (*COMMANDS, told_again_it_shows_one)
