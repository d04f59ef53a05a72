"""What every reader of files promises in place of what others promise about requests: late, growing, doubled and missing files."""

import dataclasses
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import Record, Window
from model.errors import ConfigError, MalformedError, RejectedError, TransientError
from model.records.advice import AdjustmentAdvice
from tests.contract import checks_days, checks_failing, checks_mapping, checks_orders, checks_reading
from tests.contract.checks_mapping import FACTS
from tests.contract.file_dialects import found_at, grown, put_at
from tests.contract.file_remote import OUTBOX, FileRemote, Touch
from tests.contract.file_stand import FileStand
from tests.contract.remote import WINDOW, Row
from tests.contract.stand import ids_of

SECOND = timedelta(seconds=1)
DAYS = range(12)
MOST_RUNS = 40
ODD = "QQ9"
PERSON = ("N1*ST*Ida Sample", "N3*12 Test Lane", "PER*CN*Ida Sample*EM*ida@example.com")
NO_PERSON = ("Ida", "Test Lane", "@example")


def what_is_older_is_left_alone(stand: FileStand) -> None:
    """Nothing that was modified before the window, by more than the declared overlap, is read."""
    strangers = [stand.row(1, "1001", WINDOW.start - stand.facts.overlap - SECOND)]
    assert set(stand.link(stand.remote([*stand.rows, *strangers])).ids()) == ids_of(stand.rows)


def files_that_leave_lose_nothing(stand: FileStand) -> None:
    """The partner clears away what was read, between two runs."""
    remote = stand.remote()
    first = next(stand.link(remote).pages())
    read = {stand.kind.external_id_in(raw) for raw in first.slices}
    for row in [row for row in stand.rows if row.external_id in read]:
        remote.clear(row)
    assert read | set(stand.link(remote).ids(resume=first.resume)) == ids_of(stand.rows)


def a_late_file_is_found(stand: FileStand) -> None:
    """A file that comes between two runs is found by the second; one stamped earlier by the next window, which overlaps this one."""
    remote = stand.remote()
    first = next(stand.link(remote).pages())
    now, earlier = stand.row(1, "1001", WINDOW.end - SECOND), stand.row(2, "1002", WINDOW.start + SECOND)
    for row in (now, earlier):
        remote.tell(row)
    assert now.external_id in stand.link(remote).ids(resume=first.resume)
    following = Window(WINDOW.end - stand.facts.overlap, WINDOW.end + timedelta(days=1))
    assert set(stand.link(remote).ids(following)) >= {*ids_of(stand.rows), now.external_id, earlier.external_id}


def a_growing_file_is_left_for_later(stand: FileStand) -> None:
    """Nothing of a file is used that grows while it is read; the next reading finds it whole."""
    remote = stand.remote()
    growing = stand.rows[1]
    remote.drop(f"{growing.external_id}.edi", growing.body[:-60], growing.updated)

    def grow(touch: Touch) -> None:
        if touch.verb == "read" and touch.name.startswith(growing.external_id):
            remote.tell(growing)

    remote.before = grow
    assert set(stand.link(remote).ids()) == ids_of(stand.rows) - {growing.external_id}
    assert set(stand.link(remote).ids()) == ids_of(stand.rows)


def an_unfinished_file_is_left_alone(stand: FileStand) -> None:
    """What says by its name that it is being written is not read, until it is called otherwise."""
    remote, late = stand.remote(), stand.row(1, "1001", WINDOW.end - SECOND)
    for name in ("a.edi.part", "b.tmp", "c.filepart", ".d.edi"):
        remote.drop(name, late.body, late.updated)
    assert set(stand.link(remote).ids()) == ids_of(stand.rows)
    (remote.root / OUTBOX / "a.edi.part").rename(remote.root / OUTBOX / "a.edi")
    assert set(stand.link(remote).ids()) == ids_of([*stand.rows, late])


def a_file_sent_twice_is_one(stand: FileStand) -> None:
    """A copy under another name, at another time, tells the same record by the same id."""
    remote = stand.remote()
    for place, row in enumerate(stand.rows):
        remote.drop(f"copy-{place}.edi", row.body + b"\n", row.updated + SECOND)
    link = stand.link(remote)
    slices = [raw for page in link.pages() for raw in page.slices]
    assert len(slices) == 2 * len(stand.rows)
    assert {stand.kind.external_id_in(raw) for raw in slices} == ids_of(stand.rows)
    told = [stand.read(raw) for raw in slices]
    assert len({record.external_id for record in told if isinstance(record, FACTS)}) == len(stand.rows)


def a_file_of_many_is_read_on_from_any_document(stand: FileStand) -> None:
    """Stopping within a file of many, whole ones beside broken ones, and going on with the token loses nothing."""
    remote = stand.remote([])
    broken = [row.body[: row.body.index(b"\nST*")] for row in stand.rows]
    remote.drop("many.edi", b"\n".join(part for row, cut in zip(stand.rows, broken, strict=True) for part in (row.body, cut)), WINDOW.start)
    read: set[str | None] = set()
    pages = 0
    for page in stand.link(remote).pages():
        read |= {stand.kind.external_id_in(raw) for raw in page.slices}
        pages += 1
        rest = set(stand.link(remote).ids(resume=page.resume)) if page.resume else set[str | None]()
        assert (read | rest) - {None} == ids_of(stand.rows)
    assert pages > 1


def a_truncated_file_is_set_aside_by_name(stand: FileStand) -> None:
    """A file that ends in the middle is given out as it is, refused by reading, and named by the id of what it began."""
    remote = stand.remote()
    torn = stand.row(1, "1001", WINDOW.end - SECOND)
    torn.body = torn.body[: 2 * len(torn.body) // 3]
    remote.tell(torn)
    slices = [raw for page in stand.link(remote).pages() for raw in page.slices]
    found = [raw for raw in slices if stand.kind.external_id_in(raw) == torn.external_id]
    assert found == [torn.body.strip()]
    assert not stand.is_readable(found[0])
    assert sum(stand.is_readable(raw) for raw in slices) == len(stand.rows)


def an_id_is_the_documents_own(stand: FileStand) -> None:
    """Out of what cannot be read, the id is that of the first set, or none; never that of something behind it."""
    own, other = stand.rows[0], stand.rows[1]
    assert stand.kind.external_id_in(own.body[: own.body.index(b"\nSE*")] + other.body) == own.external_id
    assert stand.kind.external_id_in(own.body[:110] + other.body) is None
    assert stand.kind.external_id_in(b"x" + own.body) is None


def a_missing_folder_is_the_operators_matter(stand: FileStand) -> None:
    """Without the folder nothing is claimed to be read: it is a ConfigError that names it."""
    remote = stand.remote([])
    (remote.root / OUTBOX).rmdir()
    with pytest.raises(ConfigError, match=OUTBOX):
        stand.link(remote).ids()


def an_outage_of_folders_ends_in_bounds(stand: FileStand) -> None:
    """A partner that cannot be read is an outage at once, and nobody waits in the connector."""
    remote = stand.remote()
    remote.before = _down
    link = stand.link(remote)
    with pytest.raises(TransientError):
        link.ids()
    assert len(link.asked) == 1
    assert link.waits == []


def an_outage_of_folders_keeps_what_was_read(stand: FileStand) -> None:
    """Pages before an outage are given out before it is reported, and the last token goes on behind them."""
    remote = stand.remote()
    link = stand.link(remote)
    remote.before = lambda touch: _down(touch) if len(link.asked) > 2 * stand.dialect.page + 3 else None
    seen: list[str | None] = []
    tokens: list[str | None] = []

    def gather() -> None:
        for page in link.pages():
            seen.extend(stand.kind.external_id_in(raw) for raw in page.slices)
            tokens.append(page.resume)

    with pytest.raises(TransientError):
        gather()
    assert tokens
    assert {*seen, *stand.link(stand.remote()).ids(resume=tokens[-1])} == ids_of(stand.rows)


def a_bad_day_of_files_loses_nothing(stand: FileStand) -> None:
    """Every file is read in the end, whatever fails, comes late or is cleared away behind us, on each of some days of chance."""
    for seed in DAYS:
        chance = random.Random(seed)  # noqa: S311  a fixed day
        remote = stand.remote()
        seen: set[str | None] = set()
        remote.before = lambda touch, chance=chance: _down(touch) if chance.random() < 1 / 12 else None
        told = _read_through(stand, remote, chance, seen)
        assert ids_of(told) - seen == set(), f"day {seed}"


def _read_through(stand: FileStand, remote: FileRemote, chance: random.Random, seen: set[str | None]) -> list[Row]:
    """Reads the window as the flow does: a new run after each outage, from the last token. Gives every row that was there."""
    rows = list(stand.rows)
    token: str | None = None
    latest = WINDOW.start
    for _run in range(MOST_RUNS):
        try:
            for page in stand.link(remote).pages(resume=token):
                ids = {stand.kind.external_id_in(raw) for raw in page.slices}
                latest = max([latest, *(row.updated for row in rows if row.external_id in ids)])
                seen |= ids
                token = page.resume
        except TransientError:
            late = stand.row(len(rows), str(5000 + len(rows)), max(latest + SECOND, WINDOW.end - timedelta(hours=1)))
            if chance.random() < 1 / 2:
                rows.append(late)
                remote.tell(late)
            continue
        return rows
    raise AssertionError("the day never ends")


def identifying_looks_into_each_folder_once(stand: FileStand) -> None:
    """Whoever asks often must ask cheaply: nothing is read or written, and another partner has another fingerprint."""
    remote, other = stand.remote(), stand.remote()
    link = stand.link(remote)
    first = link.identity()
    assert sorted(link.asked) == sorted({Touch("list", touch.folder) for touch in link.asked})
    assert stand.link(remote).identity() == first
    assert stand.link(other).identity().fingerprint != first.fingerprint


def an_unknown_code_names_the_way_out(stand: FileStand) -> None:
    """A code nobody knows is refused with the setting that translates it, and that setting helps."""
    name, _, number = stand.files.codes[stand.stream.kind].partition(".")
    path, word = f"{name}.{number}", f"{name}{int(number):02}"
    payload = next(raw for raw in stand.recorded() if found_at(raw, path))
    odd = put_at(payload, path, ODD)
    with pytest.raises(MalformedError, match=rf"{word}:{ODD}.*settings\.statuses"):
        stand.read(odd)
    translated = stand.read(odd, {f"{word}:{ODD}": f"{word}:{found_at(payload, path)}"})
    assert _without_words(translated) == _without_words(stand.read(payload))


def refusals_of_sets_quote_no_person(stand: FileStand) -> None:
    """The reason of a refusal goes to logs and lists: nobody who stands in the document stands in it."""
    for payload in stand.recorded():
        told = grown(payload, *PERSON)
        reasons = [
            reason for raw in [*stand.hostile(told).values(), *(raw for _, raw in stand.strange(told))] if (reason := _reason(stand, raw))
        ]
        assert reasons
        assert not [reason for reason in reasons for person in NO_PERSON if person in reason]


def the_orders_of_files_are_counted(stand: FileStand) -> None:
    """As many as are read, copies once; none in an empty folder, and those of a part of the window in that part."""
    remote = stand.remote()
    remote.drop("copy.edi", stand.rows[0].body, stand.rows[0].updated)
    assert stand.link(remote).count() == len(stand.rows)
    assert stand.link(stand.remote([])).count() == 0
    half = Window(WINDOW.start, stand.rows[len(stand.rows) // 2].updated - timedelta(seconds=30))
    assert stand.link().count(half) == len(ids_of(stand.rows[: len(stand.rows) // 2]))


def _without_words(record: Record) -> Record:
    """The record without what it quotes of the partner's own codes."""
    if not isinstance(record, AdjustmentAdvice):
        return record
    return dataclasses.replace(record, lines=tuple(dataclasses.replace(line, reason="") for line in record.lines))


def _reason(stand: FileStand, raw: bytes) -> str:
    try:
        stand.read(raw)
    except (MalformedError, RejectedError) as error:
        return str(error)
    return ""


def _down(touch: Touch) -> None:
    raise TransientError(f"{touch.folder}: cannot be reached")


FILES = (
    what_is_older_is_left_alone,
    files_that_leave_lose_nothing,
    a_late_file_is_found,
    a_growing_file_is_left_for_later,
    an_unfinished_file_is_left_alone,
    a_file_sent_twice_is_one,
    a_file_of_many_is_read_on_from_any_document,
    a_truncated_file_is_set_aside_by_name,
    an_id_is_the_documents_own,
    a_missing_folder_is_the_operators_matter,
    an_outage_of_folders_ends_in_bounds,
    an_outage_of_folders_keeps_what_was_read,
    a_bad_day_of_files_loses_nothing,
    identifying_looks_into_each_folder_once,
    an_unknown_code_names_the_way_out,
    refusals_of_sets_quote_no_person,
)
ORDER_FILES = (the_orders_of_files_are_counted,)
_NO_ANSWERS = "files: there are no answers that could be spoilt or ask to wait, says their dialect; folders fail in checks_files"
_TWO_FOLDERS = "files: there are two folders, says their dialect; see identifying_looks_into_each_folder_once"
NO_FILES: Mapping[Callable[[Any], None], str] = {
    checks_reading.the_window_is_respected: "files: a window has a start and no end, says their dialect; see what_is_older_is_left_alone",
    checks_reading.rows_that_leave_lose_nothing: "files: they are listed once a run, says their dialect; see files_that_leave_lose_nothing",
    checks_reading.rows_that_arrive_lose_nothing: "files: they are listed once a run, says their dialect; see a_late_file_is_found",
    **dict.fromkeys(
        (checks_reading.a_repeated_page_is_harmless, checks_reading.a_looping_token_ends, checks_reading.an_empty_page_is_asked_again),
        "files: pages are ours and no cache's or vendor's, says their dialect; see a_file_sent_twice_is_one",
    ),
    checks_reading.changes_the_clock_does_not_show_are_read: "files: a document never changes, says their dialect",
    checks_reading.what_is_put_aside_is_read: "files: a partner lists nothing apart, says their dialect",
    checks_days.a_bad_day_loses_nothing: "files: their bad days are others, says their dialect; see a_bad_day_of_files_loses_nothing",
    **dict.fromkeys(checks_failing.FAILING, _NO_ANSWERS),
    checks_mapping.an_id_is_the_records_own: "files: a set is no JSON, says their dialect; see an_id_is_the_documents_own",
    checks_mapping.an_unknown_status_names_the_way_out: "files: a set has codes, says their dialect; see an_unknown_code_names_the_way_out",
    checks_mapping.yes_is_no_number: "files: a set knows no `true`, says their dialect",
    checks_mapping.refusals_quote_no_person: "files: a set is no JSON, says their dialect; see refusals_of_sets_quote_no_person",
    checks_orders.identifying_costs_one_request: _TWO_FOLDERS,
    checks_orders.the_remote_is_recognised: _TWO_FOLDERS,
    **dict.fromkeys(
        (
            checks_orders.gone_is_what_the_source_calls_gone,
            checks_orders.absence_from_a_list_says_nothing,
            checks_orders.an_outage_is_not_gone,
            checks_orders.a_wrong_address_is_not_gone,
        ),
        "files: a folder calls no order gone, says their dialect",
    ),
    checks_orders.the_count_agrees: "files: there are no answers, says their dialect; see the_orders_of_files_are_counted",
    checks_orders.what_is_put_aside_is_counted: "files: a partner lists nothing apart, says their dialect",
}
