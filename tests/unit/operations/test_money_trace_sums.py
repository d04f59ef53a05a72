"""A trace sums at each level also where a match joins several lines of which only some hang on what was asked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from operations.money.trace import OTHERS, Trace, trace
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.orders import PLACED
from tests.unit.operations.money_desk import Desk, charge, open_desk, payout
from tests.unit.operations.test_money_attacks import told
from tests.unit.operations.test_money_matching import RULES, TOTAL, run, write_rules


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """A payment settled by two lines in two payouts, and a payout that the bank booked in two parts."""
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    later = {"payout_external_id": "po_2", "occurred_at": PLACED + timedelta(days=1)}
    opened.lines(
        charge("a", 2000, 0, payment_reference="pay-1001"), charge("b", TOTAL - 2000, 0, payment_reference="pay-1001", **later),
    )  # fmt: skip
    opened.payouts(payout("po_1", 2000), payout("po_2", TOTAL - 2000, arrival_on=date(2026, 3, 4)))
    opened.statement(told("b1", 900, "FIRST"), told("b2", 1100, "SECOND"), told("b3", TOTAL - 2000, "THIRD", date(2026, 3, 4)))
    run(opened)
    return opened


def unexplained(found: Trace) -> dict[str, dict[str, int]]:
    return {level.name: dict(level.unexplained) for level in found.levels if any(level.unexplained.values())}


def others(found: Trace) -> dict[str, dict[str, int]]:
    return {level.name: dict(level.remainders[OTHERS]) for level in found.levels if OTHERS in level.remainders}


ASKED: Sequence[tuple[str, str, dict[str, dict[str, int]]]] = (
    ("b1", "bank line", {"payouts": {"EUR": -1100}, "payments and refunds": {"EUR": 2000 - TOTAL}}),
    ("po_1", "payout", {"payments and refunds": {"EUR": 2000 - TOTAL}}),
    ("a", "settlement line", {"payments and refunds": {"EUR": 2000 - TOTAL}}),
    ("b3", "bank line", {"payments and refunds": {"EUR": -2000}}),
    ("pay-1001", "payment", {}),
    ("#1001", "order", {}),
)


@pytest.mark.parametrize(("named", "kind", "elsewhere"), ASKED)
def test_what_a_match_joins_beyond_the_trace_is_named(desk: Desk, named: str, kind: str, elsewhere: dict[str, dict[str, int]]) -> None:
    found = trace(desk.hub, named, kind)

    assert unexplained(found) == {}
    assert others(found) == elsewhere


def test_an_order_whose_payout_came_in_one_deposit_with_another_is_explained(desk: Desk) -> None:
    desk.payouts(payout("po_3", 700, arrival_on=date(2026, 3, 10)), payout("po_4", 800, arrival_on=date(2026, 3, 10)))
    desk.lines(charge("c", 700, 0, kind="adjustment", payout_external_id="po_3"))
    desk.statement(told("b4", 1500, "BOTH", date(2026, 3, 10)), name="s2")
    run(desk)

    found = trace(desk.hub, "po_3", "payout")
    up = trace(desk.hub, "c", "settlement line")

    assert found.is_explained
    assert unexplained(up) == {}
    assert others(up)["payouts"] == {"EUR": 800}
