"""A fixed sample of the market programme, and bugs that it must see; `python -m tests.simulation --market` runs the whole."""

from datetime import UTC, datetime
from typing import Any

import pytest

import operations.publish_stock
from model.store.publishing import Telling
from tests.simulation.fleet import run_all
from tests.simulation.fleet import stores as fresh_stores
from tests.simulation.market import run_market
from tests.simulation.stores import Stores
from tests.simulation.tally import Tally, complaint

SAMPLE = 10
ON_POSTGRES = (3, 7)
MOST = 40
"""Seeds tried until a planted bug is seen."""


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


def _telling_all(_connection: object, rows: list[Any], *, compares: bool) -> list[Telling]:
    """The planted bug: every shop is told all there is."""
    return [Telling(row, row.desired, row.exposure if compares else None) for row in rows]


def _known_at_once(_connection: object, _channel: object, _late: object) -> datetime:
    """The planted bug: what was told or seen bounds what a shop can sell, whatever is still unread."""
    return datetime(2100, 1, 1, tzinfo=UTC)


BUGS: dict[str, tuple[object, str, object]] = {
    "no fence": (operations.publish_stock, "fenced", _telling_all),
    "nothing is ever unread": (operations.publish_stock, "_known_until", _known_at_once),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_seen(bug: str, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BUGS[bug])

    assert any(each.check == "oversold" for seed in range(MOST) for each in run_market(seed, stores).violations)
