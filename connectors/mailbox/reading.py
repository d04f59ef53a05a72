"""The mails of a window as pages of slices.

Mails are read by UID, folder by folder. A UIDVALIDITY other than the token's means that the UIDs are new ones: the folder's days are read
anew, and what was read is recognised by its bytes. The server's calendar cuts the days generously; the mail's own time of arrival decides.
Who sent each mail is judged by the headers alone, over whole days, so that a day's count of strangers is the same whenever it is read.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, Window
from connectors.mailbox.cutting import cut_mail
from connectors.mailbox.heads import Verdict, judged
from connectors.mailbox.session import Head, Session
from connectors.mailbox.settings import Settings
from connectors.mailbox.slices import Slice, mail_of, packed_slice, refused, strangers

KIND: Final = "order"
TOLD_A_DAY: Final = 5
"""Refused mails that say to be of declared senders, told one by one; further ones of a day are counted, so that nobody can flood."""
_PAGE_BYTES: Final = 16 * 2**20
_DAY: Final = timedelta(days=1)


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in which folder, and behind which mail of it."""

    folder: int
    validity: int
    uid: int


class Seen(NamedTuple):
    """One mail as its headers show it."""

    uid: int
    arrived_at: datetime
    verdict: Verdict
    is_counted_only: bool
    """Whether it is refused, and beyond the number that is told one by one."""


class _Page(NamedTuple):
    slices: tuple[bytes, ...]
    place: Place


def pages_of(session: Session, settings: Settings, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Every order of the window's mails; the last page carries no token."""
    start = place_of(resume, Place) if resume else Place(0, 0, 0)
    last: _Page | None = None
    for page in _read(session, settings, window, start):
        if last is not None:
            yield RawPage(KIND, last.slices, token_of(last.place))
        last = page
    yield RawPage(KIND, last.slices if last else (), None)


def _read(session: Session, settings: Settings, window: Window, start: Place) -> Iterator[_Page]:
    for number, folder in enumerate(settings.folders):
        if number < start.folder:
            continue
        validity = session.open(folder, to_mark=settings.marks_read)
        behind = start.uid if (number, validity) == (start.folder, start.validity) else 0
        seen = _seen(session, settings, window)
        inside = [each for each in seen if window.start <= each.arrived_at < window.end and each.uid > behind]
        for slices, uid in _cut(session, settings, inside):
            yield _Page(slices, Place(number, validity, uid))
        counted = _told_of_strangers(folder, seen, window, tells_strangers=settings.tells_strangers)
        yield _Page(tuple(packed_slice(each) for each in counted), Place(number + 1, 0, 0))


def _seen(session: Session, settings: Settings, window: Window) -> list[Seen]:
    """The mails of the window's days, judged; a day wider at both ends, as days begin elsewhere at other times."""
    uids = session.uids((window.start - _DAY).date(), (window.end + 2 * _DAY).date())
    refusals: Counter[str] = Counter()
    found: list[Seen] = []
    for head in session.heads(uids):
        verdict = judged(head, settings)
        day = _day(head.arrived_at)
        refusals[day] += verdict.standing == "refused"
        found.append(Seen(head.uid, head.arrived_at, verdict, verdict.standing == "refused" and refusals[day] > TOLD_A_DAY))
    return found


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _cut(session: Session, settings: Settings, mails: Sequence[Seen]) -> Iterator[tuple[tuple[bytes, ...], int]]:
    """Slices of mails, some mails at a time, each time with the UID of the last."""
    slices: list[bytes] = []
    uids: list[int] = []
    for each in mails:
        slices += [packed_slice(one) for one in _slices_of(session, settings, each)]
        uids.append(each.uid)
        if len(uids) >= settings.page_mails or sum(map(len, slices)) > _PAGE_BYTES:
            _mark(session, settings, uids)
            yield tuple(slices), each.uid
            slices, uids = [], []
    if uids:
        _mark(session, settings, uids)
        yield tuple(slices), uids[-1]


def _mark(session: Session, settings: Settings, uids: Sequence[int]) -> None:
    if settings.marks_read:
        session.mark(uids)


def _slices_of(session: Session, settings: Settings, seen: Seen) -> list[Slice]:
    """What one mail tells; nothing where it is of a stranger, counted only, or gone meanwhile."""
    verdict = seen.verdict
    if verdict.standing == "stranger" or seen.is_counted_only or verdict.sender is None:
        return []
    mail = mail_of(verdict.message_id, seen.arrived_at, verdict.sender, verdict.proof)
    if verdict.standing == "refused":
        return [refused(mail, verdict.reason)]
    raw = session.read(seen.uid)
    if raw is None:
        return []
    if len(raw) > settings.most_bytes:
        return [refused(mail, f"mail: has {len(raw)} bytes, more than {settings.most_bytes}; raise most_bytes, or have it sent in parts")]
    return cut_mail(raw, mail, settings.senders[verdict.sender])


def _told_of_strangers(folder: str, seen: Sequence[Seen], window: Window, *, tells_strangers: bool) -> Iterator[Slice]:
    """One slice for each day that the window's end is the first to leave behind whole. What was refused is told whoever is counted."""
    day = window.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day + _DAY <= window.end:
        name = day.date().isoformat()
        of_day = [each for each in seen if _day(each.arrived_at) == name]
        unknown = [each.verdict.domain for each in of_day if tells_strangers and each.verdict.standing == "stranger"]
        unread = sum(each.is_counted_only for each in of_day)
        if unknown or unread:
            yield strangers(folder, name, len(unknown), dict(Counter(unknown)), unread)
        day += _DAY


def found_by_number(session: Session, settings: Settings, numbers: Sequence[str]) -> Iterator[Slice]:
    """The orders of mails in which the server finds one of these numbers; it may not look into attachments."""
    for folder in settings.folders:
        session.open(folder)
        uids = sorted({uid for number in numbers for uid in session.uids_with(number)})
        for head in session.heads(uids):
            verdict = judged(head, settings)
            if verdict.standing == "welcome":
                yield from _slices_of(session, settings, _as_seen(head, verdict))


def _as_seen(head: Head, verdict: Verdict) -> Seen:
    return Seen(head.uid, head.arrived_at, verdict, is_counted_only=False)
