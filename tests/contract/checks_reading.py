"""What every stream promises about reading a window: nothing is missed, whatever moves, repeats or comes back empty meanwhile."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.capabilities import Window
from model.errors import ContractError, TransientError
from tests.contract.faults import Replay
from tests.contract.hostile import dumped
from tests.contract.remote import WINDOW, Row, put
from tests.contract.stand import MOST_REQUESTS, Stand, ids_of

SECOND = timedelta(seconds=1)


def every_row_of_the_window_is_read(stand: Stand) -> None:
    """Each row comes at least once, the one at the very start and the last before the end included."""
    assert set(stand.link().ids()) == ids_of(stand.rows)


def the_window_is_respected(stand: Stand) -> None:
    """Nothing that changed outside of the window, by more than the overlap that the connector and its dialect declare, is fetched."""
    again = timedelta(days=stand.shape.again_days)
    before, after = WINDOW.start - stand.facts.overlap - again - SECOND, WINDOW.end + stand.facts.overlap + SECOND
    strangers = [stand.row(1, stand.shape.numbered(1001), before), stand.row(2, stand.shape.numbered(9001), after)]
    assert set(stand.link(stand.remote([*stand.rows, *strangers])).ids()) == ids_of(stand.rows)


def an_empty_window_is_read(stand: Stand) -> None:
    """No rows is no failure: empty pages, the last without a token."""
    pages = list(stand.link(stand.remote([])).pages())
    assert [raw for page in pages for raw in page.slices] == []
    assert [page.resume for page in pages][-1:] in ([], [None])


def only_the_last_page_has_no_token(stand: Stand) -> None:
    """A page without token says that the window is read, so it says it once, at the end."""
    tokens = [page.resume for page in stand.link().pages()]
    assert len(tokens) > 1
    assert None not in tokens[:-1]
    assert tokens[-1] is None


def resuming_after_any_page_loses_nothing(stand: Stand) -> None:
    """Stopping behind any page and going on with its token, in a new connector, brings the rest; twice with one token as well."""
    read: set[str | None] = set()
    for page in stand.link().pages():
        read |= {stand.kind.external_id_in(raw) for raw in page.slices}
        if page.resume is not None:
            rest = [set(stand.link().ids(resume=page.resume)) for _ in range(2)]
            assert rest[0] == rest[1]
            assert read | rest[0] == ids_of(stand.rows)
    assert read == ids_of(stand.rows)


def a_token_goes_on_and_not_back(stand: Stand) -> None:
    """Going on with the last token of a window does not read the window once more."""
    last = [page.resume for page in stand.link().pages()][-2]
    assert len(set(stand.link().ids(resume=last))) < len(stand.rows)


def ties_lose_nothing(stand: Stand) -> None:
    """More rows than a page holds share one instant."""
    noon = WINDOW.start + timedelta(hours=12)
    rows = [stand.row(place, row.external_id, noon) for place, row in enumerate(stand.rows)]
    assert set(stand.link(stand.remote(rows)).ids()) == ids_of(rows)


def rows_that_leave_lose_nothing(stand: Stand) -> None:
    """Rows already read change and leave the window, so that all behind them move up."""
    remote = stand.remote()

    def leave(turn: int, shown: list[Row]) -> None:
        for row in shown[: 3 * len(shown) // 4] if turn in {1, 3} else ():
            row.updated = WINDOW.end + timedelta(days=1)

    remote.rows = {stream: [replace(row) for row in rows] for stream, rows in remote.rows.items()}
    remote.after_list = leave
    assert set(stand.link(remote).ids()) >= ids_of(stand.rows)


def rows_that_arrive_lose_nothing(stand: Stand) -> None:
    """Late rows turn up among those already read, so that all behind them move down."""
    remote = stand.remote()
    late = [stand.row(place, stand.ids.numbered(1001 + place), WINDOW.start + place * SECOND) for place in range(stand.dialect.page)]

    def arrive(turn: int, _shown: list[Row]) -> None:
        remote.rows[stand.stream.rows] += late if turn == 1 else []

    remote.after_list = arrive
    assert set(stand.link(remote).ids()) >= ids_of(stand.rows)


def a_repeated_page_is_harmless(stand: Stand) -> None:
    """A cache serves the first page once more in place of the second."""
    assert set(stand.link(Replay(stand.remote(), stand.is_list, times=1)).ids()) == ids_of(stand.rows)


def a_looping_token_ends(stand: Stand) -> None:
    """A remote that leads back to the same page for ever is reported in bounded requests, as broken where the token is its own."""
    link = stand.link(Replay(stand.remote(), stand.is_list, times=MOST_REQUESTS))
    with pytest.raises(ContractError if stand.dialect.has_tokens else (ContractError, TransientError)):
        link.ids()


def an_empty_page_is_asked_again(stand: Stand) -> None:
    """A page that is empty although more is promised is no end: it is asked for again, and reported if it stays so."""
    assert set(stand.link(stand.remote(empties=2)).ids()) == ids_of(stand.rows)
    with pytest.raises(TransientError):
        stand.link(stand.remote(empties=MOST_REQUESTS)).ids()


def a_window_can_be_read_again(stand: Stand) -> None:
    """A connector keeps no state: the same window read twice, or after another one, is the same."""
    link = stand.link()
    first = link.ids()
    link.ids(Window(WINDOW.start - timedelta(days=3), WINDOW.start - timedelta(days=2)))
    assert link.ids() == first


def changes_the_clock_does_not_show_are_read(stand: Stand) -> None:
    """Where a change does not move a record's own time, as the dialect states, it is found by what did change."""
    if not stand.shape.silent:
        pytest.skip("this vendor's own clock shows every change, says its dialect")
    old, moment = WINDOW.start - stand.facts.overlap - timedelta(hours=1), WINDOW.start + timedelta(hours=1)
    for place, path in enumerate(stand.shape.silent):
        row = stand.row(stand.place_with(path), stand.shape.numbered(1001 + place), old)
        row.body = dumped(put(json.loads(row.body), path, stand.shape.stamped(moment)))
        assert row.external_id in stand.link(stand.remote([*stand.rows, row])).ids()


def what_is_put_aside_is_read(stand: Stand) -> None:
    """Where a source lists what it has put aside (in the trash) apart, as the dialect states, that is read too."""
    if not any(door.only_hidden for door in stand.dialect.doors):
        pytest.skip("this vendor puts nothing aside, says its dialect")
    rows = [replace(row, is_hidden=place % 2 == 0) for place, row in enumerate(stand.rows)]
    assert set(stand.link(stand.remote(rows)).ids()) == ids_of(rows)


READING = (
    every_row_of_the_window_is_read,
    the_window_is_respected,
    an_empty_window_is_read,
    only_the_last_page_has_no_token,
    resuming_after_any_page_loses_nothing,
    a_token_goes_on_and_not_back,
    ties_lose_nothing,
    rows_that_leave_lose_nothing,
    rows_that_arrive_lose_nothing,
    a_repeated_page_is_harmless,
    a_looping_token_ends,
    an_empty_page_is_asked_again,
    a_window_can_be_read_again,
    changes_the_clock_does_not_show_are_read,
    what_is_put_aside_is_read,
)
