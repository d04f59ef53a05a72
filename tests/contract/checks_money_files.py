"""Promises of those who read files of money: settlements and bank statements."""

import dataclasses
from collections import Counter
from datetime import date, datetime
from typing import Any

from model.errors import RejectedError
from model.records.settlement import Settlement
from model.rules.settlements import check_settlement, check_statement
from tests.contract.money_files import amounts_in, rewritten, with_amount
from tests.contract.money_hostile import hostile_files, spoilt
from tests.contract.stand_money_files import MoneyFileStand, amount_of, lines_of

CUTS = 60
PERSON = "Zofia Nowak"
LIKE_OURS = {"deep", "deep camt", "bomb", "a tag without end"}
"""Hostile files that begin as honest ones do."""
PLAIN = (str, int, date, datetime, type(None))


def every_line_is_told(stand: MoneyFileStand) -> None:
    """As many lines, and as much money, as a person counted in the file."""
    for file in stand.files:
        lines = lines_of(stand.tells(file))
        assert (file.name, len(lines), sum(map(amount_of, lines))) == (file.name, file.lines, file.total)


def what_is_told_adds_up(stand: MoneyFileStand) -> None:
    """Gross less fees is net, lines are the total, opening and lines are closing; and where a file states sums they are told."""
    for file in stand.files:
        for told in stand.tells(file):
            _check(told)
            balances = (told.opening_minor, told.closing_minor)
            total = told.total_minor if isinstance(told, Settlement) else None
            payouts = told.payouts if isinstance(told, Settlement) else ()
            assert not file.has_sums or total is not None or None not in balances or payouts, f"{file.name}: no sum is told"


def a_file_read_twice_is_the_same(stand: MoneyFileStand) -> None:
    """Ids and all."""
    for file in stand.files:
        assert stand.tells(file) == stand.tells(file)


def ids_are_each_lines_own(stand: MoneyFileStand) -> None:
    """No two lines of a file are one, and no two accounts of a period."""
    for file in stand.files:
        told = stand.tells(file)
        assert [each for each, count in Counter(line.external_id for line in lines_of(told)).items() if count > 1] == []
        assert len({each.external_id for each in told}) == len(told)
        assert all(line.external_id for line in lines_of(told))


def the_name_of_a_file_means_nothing(stand: MoneyFileStand) -> None:
    """Mails and people rename files."""
    for file in stand.files:
        assert stand.tells(file, name=f"copy of {file.name}") == stand.tells(file)


def another_layout_says_the_same(stand: MoneyFileStand) -> None:
    """Other line ends, and the encodings in which the form is known to come."""
    for file in stand.files:
        raw, told = stand.raw(file), stand.tells(file)
        if file.has_free_newlines:
            bare = raw.replace(b"\r\n", b"\n")
            assert stand.tells(file, bare) == told, f"{file.name}: LF"
            assert stand.tells(file, bare.replace(b"\n", b"\r\n")) == told, f"{file.name}: CRLF"
        for encoding in file.encodings:
            assert stand.tells(file, rewritten(raw, file, encoding)) == told, f"{file.name}: {encoding}"


def a_cut_file_is_refused(stand: MoneyFileStand) -> None:
    """Wherever it was cut: refused, with the place; never read as less than it was, unless whole accounts of a period are left."""
    for file in stand.files:
        raw, told = stand.raw(file), stand.tells(file)
        ends = {place for place in range(len(raw)) if raw[place - 1 : place] == b"\n"}
        for place in sorted(ends | {*range(0, len(raw), max(len(raw) // CUTS, 1))} | {*range(len(raw) - 20, len(raw))}):
            if (reason := stand.refusal(file, raw[:place])) is not None:
                assert ": " in reason, reason
            elif file.tells_its_end:
                left = stand.tells(file, raw[:place])
                assert left == told[: len(left)], f"{file.name}: cut after {place} bytes, and read"
                assert left, f"{file.name}: cut after {place} bytes, and nothing"


def a_changed_amount_is_noticed(stand: MoneyFileStand) -> None:
    """Where a file states sums, no line can be another one unseen."""
    for file in stand.files:
        amounts = amounts_in(stand.raw(file), file)
        assert len(amounts) >= file.lines - file.unproven or not file.has_sums, (
            f"{file.name}: the pattern finds {len(amounts)} amounts of {file.lines}"
        )
        for place, amount in enumerate(amounts if file.has_sums else ()):
            digit = max(each for each, sign in enumerate(amount) if sign.isdigit())
            other = amount[:digit] + str((int(amount[digit]) + 1) % 10) + amount[digit + 1 :]
            assert stand.refusal(file, with_amount(stand.raw(file), file, place, other)), f"{file.name}: {amount} as {other}"


def hostile_files_end_by_name(stand: MoneyFileStand) -> None:
    """MalformedError or RejectedError, and soon; or they are read."""
    for file in stand.files:
        for name, raw in (*hostile_files(), *spoilt(stand.raw(file), file)):
            try:
                reason = stand.refusal(file, raw)
            except Exception as error:
                raise AssertionError(f"{file.name}, {name}: {error!r:.300}") from error
            assert reason is None or ": " in reason, f"{file.name}, {name}: {reason}"


def nothing_is_read_of_what_is_no_file_of_money(stand: MoneyFileStand) -> None:
    """An empty file is no file without movements."""
    for file in stand.files:
        for name, raw in hostile_files():
            assert stand.refusal(file, raw) is not None, f"{file.name}, {name}: is read"


def refusals_of_files_quote_no_person(stand: MoneyFileStand) -> None:
    """What stands in a file may be a name, wherever it stands; reasons are logged and shown."""
    for file in stand.files:
        raw = stand.raw(file)
        for place in range(len(amounts_in(raw, file))):
            reason = stand.refusal(file, with_amount(raw, file, place, PERSON))
            assert reason is not None, f"{file.name}: amount {place} is a person, and read"
            assert not any(part in reason for part in PERSON.split()), reason


def a_file_is_known_by_its_form(stand: MoneyFileStand) -> None:
    """Its own are claimed under any name, and nobody else's."""
    for file in stand.files:
        assert stand.claims(file, "file", stand.raw(file)), f"{file.name} is not claimed"
        for name, raw in (*stand.foreign(), *hostile_files()):
            if name not in LIKE_OURS:
                assert not stand.claims(file, file.name, raw), f"{name} is claimed"


def asking_whose_a_file_is_never_fails(stand: MoneyFileStand) -> None:
    """Whatever the file is."""
    for file in stand.files:
        raw = stand.raw(file)
        for _name, other in (*hostile_files(), *spoilt(raw, file), *((str(place), raw[:place]) for place in range(0, len(raw), 97))):
            stand.claims(file, file.name, other)


def all_that_is_told_is_plain(stand: MoneyFileStand) -> None:
    """Texts, whole numbers and dates in records of ours: no float, and nothing that could not go to another process."""
    for file in stand.files:
        for told in stand.tells(file):
            _plain(told, file.name)


def an_overlapping_statement_tells_the_same_lines(stand: MoneyFileStand) -> None:
    """A line keeps its id, whichever statement tells it."""
    both = [(file, next(each for each in stand.files if each.name == file.overlaps)) for file in stand.files if file.overlaps]
    assert both, "no recording overlaps another"
    for file, other in both:
        ids = [{line.external_id for line in lines_of(stand.tells(each))} for each in (file, other)]
        assert len(ids[0] & ids[1]) == file.shared > 0, f"{file.name} and {other.name}"
        assert ids[0] - ids[1], f"{file.name}: is within {other.name}"


def _check(told: Any) -> None:  # noqa: ANN401  a lie may be anything
    try:
        check_settlement(told) if isinstance(told, Settlement) else check_statement(told)
    except RejectedError as error:
        raise AssertionError(str(error)) from error


def _plain(told: Any, place: str) -> None:  # noqa: ANN401  same
    if isinstance(told, tuple):
        for number, each in enumerate(told):  # pyright: ignore
            _plain(each, f"{place}[{number}]")
    elif dataclasses.is_dataclass(told):
        assert type(told).__module__.startswith("model.records."), f"{place}: {type(told)}"
        for field in dataclasses.fields(told):
            _plain(getattr(told, field.name), f"{place}.{field.name}")
    else:
        assert isinstance(told, PLAIN), f"{place}: {type(told)}"
        assert not isinstance(told, datetime) or told.utcoffset() is not None, f"{place}: has no zone"


MONEY_FILES = (
    every_line_is_told,
    what_is_told_adds_up,
    a_file_read_twice_is_the_same,
    ids_are_each_lines_own,
    the_name_of_a_file_means_nothing,
    another_layout_says_the_same,
    a_cut_file_is_refused,
    a_changed_amount_is_noticed,
    hostile_files_end_by_name,
    nothing_is_read_of_what_is_no_file_of_money,
    refusals_of_files_quote_no_person,
    a_file_is_known_by_its_form,
    asking_whose_a_file_is_never_fails,
    all_that_is_told_is_plain,
)
STATEMENTS = (*MONEY_FILES, an_overlapping_statement_tells_the_same_lines)
