"""What an OrderSource promises beside its stream: looking orders up, saying what is gone, counting, and who it is."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.capabilities import Window
from model.errors import HubError, TransientError
from tests.contract import faults
from tests.contract.faults import Fault, after_the_first, always, every_other
from tests.contract.remote import NOW, WINDOW
from tests.contract.stand import Stand, ids_of

ABSENT = (8001, 8002)


def orders_are_found_by_id(stand: Stand) -> None:
    """Any number of ids, each found as it stands in a page, none called gone."""
    link = stand.link()
    asked = [row.external_id for row in stand.rows]
    found = link.by_id(*asked)
    assert found.kind == stand.stream.kind
    assert found.gone == ()
    assert _said(found.slices) == _said(row.body for row in stand.rows)


def gone_is_what_the_source_calls_gone(stand: Stand) -> None:
    """Ids the source does not know are gone, the others beside them are found."""
    absent = tuple(stand.shape.numbered(number) for number in ABSENT)
    found = stand.link().by_id(absent[0], stand.rows[0].external_id, absent[1])
    assert found.gone == absent
    assert {stand.kind.external_id_in(raw) for raw in found.slices} == {stand.rows[0].external_id}


def absence_from_a_list_says_nothing(stand: Stand) -> None:
    """An order that lists leave out, though the source still has it, is not gone."""
    hidden = stand.row(0, stand.shape.numbered(1001), WINDOW.start)
    hidden.is_hidden = True
    assert stand.link(stand.remote([*stand.rows, hidden])).by_id(hidden.external_id).gone == ()


def an_outage_is_not_gone(stand: Stand) -> None:
    """A source that cannot answer has called nothing gone."""
    with pytest.raises(TransientError):
        stand.link(Fault(stand.remote(), faults.status(503), always)).by_id(stand.shape.numbered(ABSENT[0]))


def a_wrong_address_is_not_gone(stand: Stand) -> None:
    """A 404 of a proxy, which is not the source's own word, makes no order gone; neither for a list nor for a single order."""
    hidden = stand.row(0, stand.shape.numbered(1001), WINDOW.start)
    hidden.is_hidden = True
    for turns in (always, after_the_first):
        link = stand.link(Fault(stand.remote([*stand.rows, hidden]), faults.status(404), turns))
        with contextlib.suppress(HubError):
            assert link.by_id(hidden.external_id).gone == ()


def looking_up_nothing_asks_nothing(stand: Stand) -> None:
    """No ids, no requests."""
    link = stand.link()
    found = link.by_id()
    assert (found.slices, found.gone) == ((), ())
    assert link.asked == []


def the_count_agrees(stand: Stand) -> None:
    """As many orders are counted as are read, also where answers are spoilt, in a part of the window and in an empty one."""
    assert stand.link().count() == len(stand.rows)
    assert stand.link(Fault(stand.remote(), faults.cut, every_other)).count() == len(stand.rows)
    assert stand.link(stand.remote([])).count() == 0
    half = Window(WINDOW.start, stand.rows[len(stand.rows) // 2].updated - timedelta(seconds=30))
    assert stand.link().count(half) == len(ids_of(stand.rows[: len(stand.rows) // 2]))


def what_is_put_aside_is_counted(stand: Stand) -> None:
    """Where a source lists what it has put aside apart, as the dialect states, that is counted too."""
    if not any(door.only_hidden for door in stand.dialect.doors):
        pytest.skip("this vendor puts nothing aside, says its dialect")
    rows = [replace(row, is_hidden=place % 2 == 0) for place, row in enumerate(stand.rows)]
    assert stand.link(stand.remote(rows)).count() == len(rows)


def the_remote_is_recognised(stand: Stand) -> None:
    """One shop has one fingerprint, whoever asks and whenever; another shop has another."""
    first, again, other = (stand.link(stand.remote(shop=shop)).identity() for shop in ("north", "north", "south"))
    assert first == again
    assert first.fingerprint
    assert first.title
    assert other.fingerprint != first.fingerprint


def the_remote_tells_its_own_time(stand: Stand) -> None:
    """Windows are cut by the source's clock, not by ours."""
    assert stand.link().identity().now == NOW


def identifying_costs_one_request(stand: Stand) -> None:
    """Whoever asks often must ask cheaply; a log-in, which lasts, is none of it; a session, where the dialect says so, costs one more."""
    link = stand.link()
    link.identity()
    asked = [request for request in link.asked if "grant_type=" not in request.content.decode()]
    assert len(asked) == 1 + stand.dialect.logs_in


def _said(slices: Iterable[bytes]) -> list[bytes]:
    """What slices say, in some order: an envelope of the connector's own is written by the connector, not by the remote."""
    return sorted(json.dumps(json.loads(raw), sort_keys=True).encode() if raw.startswith(b"{") else raw for raw in slices)


ORDERS = (
    orders_are_found_by_id,
    gone_is_what_the_source_calls_gone,
    absence_from_a_list_says_nothing,
    an_outage_is_not_gone,
    a_wrong_address_is_not_gone,
    looking_up_nothing_asks_nothing,
    the_count_agrees,
    what_is_put_aside_is_counted,
    the_remote_is_recognised,
    the_remote_tells_its_own_time,
    identifying_costs_one_request,
)
