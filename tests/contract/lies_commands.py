"""Lies about commands: what is written, how often it is sent, and what is said of it afterwards."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from connectors._kit import Connector
from connectors._kit.exchange import TurnedAwayError
from connectors.capabilities import Command, CommandFacts, Receipt
from model.errors import AuthError, HubError, RejectedError, TransientError
from tests.contract.lying import Lie, Send, named, on_the_wire, subclass
from tests.contract.stand import Kind, Stream
from tests.contract.stand_commands import WORDINGS

Submit = Callable[[Command], Receipt]
Find = Callable[[Command], Receipt | None]
NOTHING = Receipt("1")


def _method(part: str, lie: Callable[..., object]) -> Lie:
    """`lie` gets the honest method of the stream's command, bound, and its arguments."""

    def make(kind: Kind, stream: Stream) -> Kind:
        method: str = getattr(WORDINGS[stream.kind], part)
        honest: Callable[..., object] = getattr(kind, method)

        def answer(self: Connector[Any], *asked: object) -> object:
            return lie(partial(honest, self), *asked)

        return subclass(kind, **{method: answer})

    return named(make, lie)


def _submitting(lie: Callable[[Submit, Command], Receipt]) -> Lie:
    return _method("submit", lie)


def _finding(lie: Callable[[Find, Command], Receipt | None]) -> Lie:
    return _method("find", lie)


def numbers_what_it_writes(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(write: Callable[..., bytes], *words: object) -> bytes:
        return write(*words) + b" " * next(turns)

    return _method("write", lie)(kind, stream)


@_submitting
def says_that_it_is_done(_submit: Submit, _command: Command) -> Receipt:
    return NOTHING


@_submitting
def takes_a_repeat_for_a_refusal(submit: Submit, command: Command) -> Receipt:
    receipt = submit(command)
    if receipt.is_repeat:
        raise RejectedError("order: 422")
    return receipt


@_submitting
def says_nothing_of_repeats(submit: Submit, command: Command) -> Receipt:
    return replace(submit(command), is_repeat=False)


def keeps_to_its_first_command(kind: Kind, stream: Stream) -> Kind:
    kept: list[Command] = []

    def lie(submit: Submit, command: Command) -> Receipt:
        kept.append(command)
        return submit(kept[0])

    return _submitting(lie)(kind, stream)


@_submitting
def takes_silence_for_haste(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except TransientError as error:
        raise TurnedAwayError(str(error)) from error


@_submitting
def takes_silence_for_done(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except TransientError:
        return NOTHING


@_submitting
def takes_haste_for_silence(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except TurnedAwayError as error:
        raise TransientError(str(error)) from error


@_submitting
def tries_once_more(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except TransientError:
        return submit(command)


@_submitting
def overhears_no(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except RejectedError:
        return NOTHING


@_submitting
def takes_a_locked_door_for_no(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except AuthError as error:
        raise RejectedError(str(error)) from error


@_finding
def finds_whatever_it_is_asked_for(find: Find, command: Command) -> Receipt | None:
    return find(command) or NOTHING


@_finding
def finds_another(find: Find, command: Command) -> Receipt | None:
    return NOTHING if find(command) else None


@_finding
def finds_nothing(_find: Find, _command: Command) -> Receipt | None:
    return None


@_finding
def takes_an_outage_for_nothing(find: Find, command: Command) -> Receipt | None:
    try:
        return find(command)
    except HubError:
        return None


def gives_what_it_looks_for(kind: Kind, stream: Stream) -> Kind:
    submit: Callable[[Connector[Any], Command], Receipt] = getattr(kind, WORDINGS[stream.kind].submit)

    def find(self: Connector[Any], command: Command) -> Receipt | None:
        return submit(self, command)

    return subclass(kind, **{WORDINGS[stream.kind].find: find})


@on_the_wire
def sends_it_in_its_own_words(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    if not request.content:
        return send(request)
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return send(httpx.Request(request.method, request.url, headers=headers, content=json.dumps(json.loads(request.content), indent=1)))


def says_another_class(kind: Kind, stream: Stream) -> Kind:
    name = WORDINGS[stream.kind].facts
    facts: CommandFacts = getattr(kind, name)
    return subclass(kind, **{name: replace(facts, provider_class="B" if facts.provider_class == "A" else "A")})
