"""Lies about setting levels and reading them back."""

import dataclasses
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import cast
from urllib.parse import parse_qsl, urlencode

import httpx

from connectors._kit import ChannelSettings, Wiring
from connectors._kit.http import Pause
from connectors.capabilities import SinkFacts, StockAnswer, StockSeen, StockTarget
from model.errors import AuthError, RejectedError
from model.records.listing import Listing
from tests.contract.dialects import Json, Sets, dialect_of
from tests.contract.lying import Lie, Send, answering, on_the_wire, subclass, wired
from tests.contract.remote import at, put
from tests.contract.stand import Kind, Stream

Answers = tuple[StockAnswer, ...]
Publish = Callable[[Sequence[StockTarget]], Iterator[Answers]]
Show = Callable[[Sequence[Listing]], Iterator[tuple[StockSeen, ...]]]


def _publishing(lie: Callable[[Publish, Sequence[StockTarget]], Iterator[Answers]]) -> Lie:
    return answering("publish_stock", lie)


def _showing(lie: Callable[[Show, Sequence[Listing]], Iterator[tuple[StockSeen, ...]]]) -> Lie:
    return answering("fetch_stock", lie)


@_publishing
def forgets_the_last_one(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    yield from publish(targets[:-1])
    yield (StockAnswer(targets[-1].external_id, "told"),)


@_publishing
def drops_zeroes(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    yield from publish([target for target in targets if target.quantity])
    yield tuple(StockAnswer(target.external_id, "told") for target in targets if not target.quantity)


def numbers_its_requests(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
        request.url = request.url.copy_merge_params({"run": str(next(turns))})
        return send(request)

    return on_the_wire(lie)(kind, stream)


def adds_each_time(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
        turn = next(turns)
        return publish([dataclasses.replace(target, quantity=target.quantity + turn, expected=None) for target in targets])

    return _publishing(lie)(kind, stream)


def says_each_twice(kind: Kind, stream: Stream) -> Kind:
    told = [door.sets for door in dialect_of(kind.manifest.name).doors if door.sets]
    paths = [sets.changes.removeprefix("body.") for sets in told]

    def lie(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
        if "form-urlencoded" in request.headers.get("content-type", ""):
            return send(_with_each_twice(request, told))
        body = cast("Json", json.loads(request.content or b"null"))
        for path in paths:
            if isinstance(changes := at(body, path), list):
                body = put(body, path, [*changes, *changes])
                headers = {name: value for name, value in request.headers.items() if name != "content-length"}
                request = httpx.Request(request.method, request.url, headers=headers, json=body)
        return send(request)

    return on_the_wire(lie)(kind, stream)


def _with_each_twice(request: httpx.Request, told: Sequence[Sets]) -> httpx.Request:
    """A form whose changes are one text, and stand there twice."""
    pairs = dict(parse_qsl(request.content.decode()))
    texts = {sets.changes.removeprefix("body."): sets.parted for sets in told if sets.parted}
    twice = {name: f"{value}{texts[name]}{value}" if name in texts else value for name, value in pairs.items()}
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return httpx.Request(request.method, request.url, headers=headers, content=urlencode(twice))


@_publishing
def gives_the_batch_up(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    answers = tuple(answer for batch in publish(targets) for answer in batch)
    is_spoilt = any(answer.fate == "refused" for answer in answers)
    yield tuple(dataclasses.replace(answer, fate="refused", reason="batch") for answer in answers) if is_spoilt else answers


@_publishing
def raises_what_is_refused(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    for answers in publish(targets):
        if any(answer.fate == "refused" for answer in answers):
            raise RejectedError("batch: refused")
        yield answers


@_publishing
def calls_everything_told(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    for answers in publish(targets):
        yield tuple(StockAnswer(answer.external_id, "told") for answer in answers)


@_publishing
def takes_silence_for_no(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    given = list(publish(targets))
    answered = {answer.external_id for answers in given for answer in answers}
    yield from given
    yield tuple(StockAnswer(target.external_id, "refused", "silence") for target in targets if target.external_id not in answered)


@_publishing
def takes_silence_for_yes(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    given = list(publish(targets))
    answered = {answer.external_id for answers in given for answer in answers}
    yield from given
    yield tuple(StockAnswer(target.external_id, "told") for target in targets if target.external_id not in answered)


@_publishing
def overwrites_blindly(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    return publish([dataclasses.replace(target, expected=None) for target in targets])


@_publishing
def expects_nothing_to_be_there(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    return publish([dataclasses.replace(target, expected=target.expected or 99) for target in targets])


def says_the_other_meaning(kind: Kind, _stream: Stream) -> Kind:
    facts: SinkFacts = getattr(kind, "sink_facts")  # noqa: B009  a connector class of unknown abilities
    other = "on_hand" if facts.level_means == "sellable" else "sellable"
    return subclass(kind, sink_facts=dataclasses.replace(facts, level_means=other))


@on_the_wire
def forgets_what_is_held(send: Send, request: httpx.Request, _secrets: list[str]) -> httpx.Response:
    answer = send(request)
    body = re.sub(rb'("stockAllocated"\s*:\s*)\d+', rb"\g<1>0", answer.read())
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return httpx.Response(answer.status_code, content=body, headers=headers)


@_showing
def leaves_one_listing_out(show: Show, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    return show(listings[:-1])


@_showing
def takes_null_for_zero(show: Show, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    seen = {one.external_id: one for batch in show(listings) for one in batch}
    yield tuple(StockSeen(each.external_id, (found.sellable or 0) if (found := seen.get(each.external_id)) else 0) for each in listings)


@_publishing
def overlooks_that_it_is_refused(publish: Publish, targets: Sequence[StockTarget]) -> Iterator[Answers]:
    try:
        yield from publish(targets)
    except AuthError:
        return


@wired
def hurries(_settings: ChannelSettings, wiring: Wiring) -> Wiring:
    return dataclasses.replace(wiring, pause=Pause(lambda _seconds: None, wiring.pause.chance, wiring.pause.clock))
