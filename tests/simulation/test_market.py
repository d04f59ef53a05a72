"""A fixed sample of the market programme, and bugs that it must see; `python -m tests.simulation --market` runs the whole."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import operations.publish_stock
import operations.pull
from model.store import runs
from model.store.pages import PageToSave
from model.store.publishing import Telling
from tests.simulation.fleet import run_all
from tests.simulation.fleet import stores as fresh_stores
from tests.simulation.market import run_market
from tests.simulation.stores import Stores
from tests.simulation.tally import Tally, complaint

SAMPLE = 10
ON_POSTGRES = (3, 7)
MOST = 40
"""Seeds tried until a planted bug is seen, so that other dice cost time and not the test."""


def test_ring_fenced_shops_never_sell_a_unit_twice_and_leave_none() -> None:
    jobs = [(seed, "postgres" if seed in ON_POSTGRES else "sqlite") for seed in range(SAMPLE)]
    tally = Tally()
    with fresh_stores(postgres=True) as shared:
        for verdict in run_all(jobs, shared, workers=2, run=run_market):
            tally.add(verdict)

    assert not tally.failed, "\n".join(complaint(verdict, " --market") for verdict in tally.failed)
    assert tally.orders > SAMPLE * 5
    assert tally.steps["told"] > SAMPLE * 5
    assert tally.crashes.total() > SAMPLE


def _telling_all(_connection: object, rows: list[Any], *_more: object, compares: bool) -> list[Telling]:
    """The planted bug: every shop is told all there is."""
    return [Telling(row, row.desired, row.exposure if compares else None) for row in rows]


def _known_at_once(*_given: object) -> datetime:
    """The planted bug: what was told or seen bounds what a shop can sell, whatever is still unread."""
    return datetime(2100, 1, 1, tzinfo=UTC)


def _telling_nobody(*_given: object, **_more: object) -> list[Telling]:
    """The planted bug: no shop is told anything, so nothing can be sold twice, nor at all."""
    return []


def _telling_none_is_there(_connection: object, rows: list[Any], *_more: object, compares: bool) -> list[Telling]:
    """The planted bug: every shop is told that there is none, and as it shall show more, it is told again for ever."""
    return [Telling(row, 0, (row.exposure if row.told_at else row.seen) if compares else None) for row in rows]


_SAVE: Any = operations.pull.save_sparing


def _saving_no_orders(database: object, page: PageToSave, *behind: object) -> object:
    """The planted bug: the cursor moves on, and what was read is not stored."""
    return _SAVE(database, replace(page, read=[]), *behind)


BUGS: dict[str, tuple[str, int, tuple[object, str, object]]] = {
    "no fence": ("oversold", 0, (operations.publish_stock, "fenced", _telling_all)),
    "nothing is ever unread": ("oversold", 11, (runs, "read_until", _known_at_once)),
    "nobody is told": ("left over", 0, (operations.publish_stock, "fenced", _telling_nobody)),
    "told for ever": ("liveness", 0, (operations.publish_stock, "fenced", _telling_none_is_there)),
    "orders not stored": ("lost", 0, (operations.pull, "save_sparing", _saving_no_orders)),
}
"""The check that must see it, the first seed where it does, and what is swapped for what."""


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_seen(bug: str, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    check, first, swap = BUGS[bug]
    monkeypatch.setattr(*swap)

    assert any(each.check == check for seed in range(first, first + MOST) for each in run_market(seed, stores).violations)
