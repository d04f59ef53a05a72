"""What every command by file promises in place of what others promise about requests: one distinct file, however its writing ends."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from connectors._kit.exchange import TurnedAwayError
from connectors.capabilities import Command
from model.errors import ConfigError, HubError, TransientError
from tests.contract import checks_commands
from tests.contract.file_remote import INBOX, FileRemote, Touch
from tests.contract.file_stand import FileCommandStand

Spoil = Callable[[FileRemote], None]


def a_lost_answer_leaves_the_file_open(stand: FileCommandStand) -> None:
    """Renamed and not answered is neither done nor turned away; done again, there is one file."""
    for spoil in (_lost, _unwritten):
        remote, command = stand.remote(), stand.command(1)
        spoil(remote)
        _is_left_open(stand, remote, command)
        assert [stand.again(stand.link(remote), command).external_id] == stand.done(remote, command)
        assert len(list((remote.root / INBOX).iterdir())) == 1


def a_file_turned_away_is_told_apart(stand: FileCommandStand) -> None:
    """Where certainly no file was put down, that is said."""
    remote, command = stand.remote(), stand.command(1)
    _turned_away(remote)
    with pytest.raises(TurnedAwayError):
        stand.submit(stand.link(remote), command)
    assert stand.done(remote, command) == []


def a_file_is_written_once_a_call(stand: FileCommandStand) -> None:
    """However it ends, a call writes the file once and waits for nothing."""
    for spoil in (_lost, _unwritten, _turned_away):
        remote = stand.remote()
        spoil(remote)
        link = stand.link(remote)
        with pytest.raises(HubError):
            stand.submit(link, stand.command(1))
        assert len(stand.sent(link)) == 1
        assert link.waits == []


def a_file_taken_away_is_known_again(stand: FileCommandStand) -> None:
    """What is declared of repetitions is true: written once more behind the partner's back, the file says by its numbers that it is one."""
    assert stand.declared.provider_class == stand.makes.provider_class
    remote, command = stand.remote(), stand.command(1)
    _lost(remote)
    _is_left_open(stand, remote, command)
    for _ in range(2):
        remote.take()
        assert [stand.submit(stand.link(remote), command).external_id] == stand.done(remote, command)
    assert len(set(remote.commanded())) == 1


def a_missing_inbox_finds_nothing_out(stand: FileCommandStand) -> None:
    """Without the folder nothing was written and nothing is said of what was: it is a ConfigError, which quotes nobody."""
    remote, command = stand.remote(), stand.command(1)
    (remote.root / INBOX).rmdir()
    for act in (stand.submit, stand.find):
        with pytest.raises(ConfigError, match=INBOX) as caught:
            act(stand.link(remote), command)
        assert not [person for person in ("Ida", "@example", "Test Lane") if person in str(caught.value)]
    (remote.root / INBOX).mkdir()
    assert stand.done(remote, command) == []


def _is_left_open(stand: FileCommandStand, remote: FileRemote, command: Command) -> None:
    with pytest.raises(TransientError) as caught:
        stand.submit(stand.link(remote), command)
    assert not isinstance(caught.value, TurnedAwayError)


def _lost(remote: FileRemote) -> None:
    """The first file is put down, and nobody says so."""
    remote.after = _once(TransientError("in: connection lost"))


def _unwritten(remote: FileRemote) -> None:
    """The first file is not put down, but for all we know it may have been."""
    remote.before = _once(TransientError("in: connection lost"))


def _turned_away(remote: FileRemote) -> None:
    """Nobody takes the connection."""
    remote.before = _once(TurnedAwayError("in: no connection"))


def _once(error: HubError) -> Callable[[Touch], None]:
    errors = [error]

    def spoil(touch: Touch) -> None:
        if touch.verb == "publish" and errors:
            raise errors.pop()

    return spoil


FILE_COMMANDS = (
    a_lost_answer_leaves_the_file_open,
    a_file_turned_away_is_told_apart,
    a_file_is_written_once_a_call,
    a_file_taken_away_is_known_again,
    a_missing_inbox_finds_nothing_out,
)
NO_FILE_COMMANDS: Mapping[Callable[[Any], None], str] = {
    **dict.fromkeys(
        (checks_commands.a_lost_answer_leaves_it_open, checks_commands.an_answer_of_nobody_leaves_it_open),
        "files: a rename has no answer to spoil, says their dialect; see a_lost_answer_leaves_the_file_open",
    ),
    checks_commands.what_is_turned_away_is_told_apart: "files: none asks to wait, says their dialect; see a_file_turned_away_is_told_apart",
    checks_commands.a_command_is_sent_once_a_call: "files: there are no requests, says their dialect; see a_file_is_written_once_a_call",
    checks_commands.a_refused_command_is_rejected: "files: a folder takes every file, and a no is a document, says their dialect",
    **dict.fromkeys(
        (checks_commands.refused_credentials_stop_a_command, checks_commands.commands_are_signed, checks_commands.commands_tell_no_secret),
        "files: a folder of this machine has no credentials, says their dialect",
    ),
    checks_commands.an_outage_finds_nothing_out: "files: there are no answers, says their dialect; see a_missing_inbox_finds_nothing_out",
    checks_commands.the_class_is_the_vendors: "files: there are no requests, says their dialect; see a_file_taken_away_is_known_again",
}
