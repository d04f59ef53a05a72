"""Following parcels: trackers that EasyPost has are asked for in batches, and those that it has not are made one by one.

A tracker costs money, unless it is of a label bought here; asked for again within three months of its making, the same one comes back and
costs nothing (https://docs.easypost.com/docs/trackers). So making one may be asked for again and again. Behind three months a carrier
may have given the number to another parcel: an older tracker is not believed, and a new one asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.exchange import TurnedAwayError
from connectors.easypost.mapping import read_tracker
from model.errors import MalformedError, RejectedError, TransientError
from model.records.tracking import Parcel, Tracked, Untracked
from model.values.instant import instant

BATCH: Final = 50
"""Numbers in one question; how many EasyPost takes is not documented, and a page of answers holds a hundred at the most."""
BELIEVED: Final = timedelta(days=90)


class Words(NamedTuple):
    """The account's own translations: of statuses, and of carriers to the names that EasyPost has for them."""

    statuses: Mapping[str, str]
    carriers: Mapping[str, str]


class _Trackers(msgspec.Struct):
    trackers: list[msgspec.Raw]
    has_more: bool = False


class _Known(msgspec.Struct):
    """What of a tracker tells whose it is."""

    tracking_code: str
    created_at: str
    carrier: str | None = None


class _Found(NamedTuple):
    told: _Known
    raw: bytes


def follow(http: Http, parcels: Sequence[Parcel], words: Words, now: datetime) -> Iterator[tuple[Tracked | Untracked, ...]]:
    """What is known of each parcel, a batch at a time; one that cannot be followed or read is told as that."""
    asked = {_key(parcel.tracking_number): parcel for parcel in reversed(parcels)}
    waiting = iter(reversed(asked.items()))
    while batch := dict(islice(waiting, BATCH)):
        found = _found(http, [parcel.tracking_number for parcel in batch.values()])
        answers = (_told(http, parcel, [each for each in found if _key(each.told.tracking_code) == key], words, now)
                   for key, parcel in batch.items())  # fmt: skip
        yield tuple(answer for answer in answers if answer is not None)


def _key(tracking_number: str) -> str:
    """A number as it is compared: people and carriers write it with and without spaces."""
    return "".join(tracking_number.split()).upper()


def _found(http: Http, numbers: list[str]) -> list[_Found]:
    """The trackers that are there. A batch that is refused, or takes more than a page, is asked for in halves."""
    try:
        page = http.ask("trackers/batch", {"tracking_codes": numbers}, read=_page)
    except RejectedError:
        page = None
    if page is not None and (len(numbers) == 1 or not page.has_more):
        return [each for raw in page.trackers if (each := _known(bytes(raw))) is not None]
    middle = len(numbers) // 2
    return [*_found(http, numbers[:middle]), *_found(http, numbers[middle:])] if middle else []


def _page(answer: Answer) -> _Trackers:
    return decoded(answer.body, _Trackers, "trackers")


def _known(raw: bytes) -> _Found | None:
    """A tracker, if it can be told whose it is; one that cannot be is asked for by its own number, and told as unreadable then."""
    try:
        told = decoded(raw, _Known, "trackers")
        instant(told.created_at)
    except (TransientError, MalformedError):
        return None
    return _Found(told, raw)


def _told(http: Http, parcel: Parcel, found: list[_Found], words: Words, now: datetime) -> Tracked | Untracked | None:
    try:
        raw = _newest(parcel, found, words, now) or _made(http, parcel, words)
        return read_tracker(raw, parcel.tracking_number, words.statuses)
    except (RejectedError, MalformedError) as error:
        return Untracked(parcel.tracking_number, str(error))


def _newest(parcel: Parcel, found: list[_Found], words: Words, now: datetime) -> bytes | None:
    """The newest tracker of the number, one of its own carrier before all others."""
    carrier = _carrier(parcel, words)
    believed = [each for each in found if instant(each.told.created_at) > now - BELIEVED]
    best = max(believed, key=lambda each: (each.told.carrier == carrier, instant(each.told.created_at)), default=None)
    return best.raw if best else None


def _made(http: Http, parcel: Parcel, words: Words) -> bytes:
    """A tracker, made or there before; a remote that fails at this number alone is no reason to leave the others unasked."""
    carrier = _carrier(parcel, words)
    tracker = {"tracking_code": parcel.tracking_number, **({"carrier": carrier} if carrier else {})}
    try:
        return http.ask("trackers", {"tracker": tracker}, read=_whole)
    except TurnedAwayError:
        raise
    except TransientError as error:
        raise RejectedError(str(error)) from error


def _whole(answer: Answer) -> bytes:
    """The answer, if it is whole; one that is cut off is asked for again."""
    decoded(answer.body, dict[str, object], "trackers")
    return answer.body


def _carrier(parcel: Parcel, words: Words) -> str | None:
    return words.carriers.get(parcel.carrier, parcel.carrier) if parcel.carrier else None
